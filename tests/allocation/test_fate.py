"""What a run would have come to under an allocation that it was not given: only what the evidence bounds is said."""

from dataclasses import replace

import pytest

from data_contracts.properties.spark import MIB
from sparkwright.allocation.fate import fate_under
from sparkwright.allocation.known_runs import KnownRuns
from tests.allocation.runs import DIED, HELD, KILLED, past, row, runs


def fate(facts, heap_mib, *, of=0, told_mib=None, overhead_mib=None, tasks=2, platform="standalone"):
    """The fate of run ``of`` with another heap; the overhead stays unless it is given."""
    known = KnownRuns.of(runs(facts, platform=platform, executor_cores_count=2))
    run = known[of]
    other = replace(
        run.allocation,
        executor_memory_bytes=heap_mib * MIB,
        executor_cores_count=tasks,
        executor_memory_overhead_bytes=(
            run.allocation.executor_memory_overhead_bytes if overhead_mib is None else overhead_mib * MIB
        ),
    )
    return fate_under(other, run, known, told_mib and told_mib * MIB).fate


ASKED = [(4096, HELD, 1000)]


@pytest.mark.parametrize(
    ("facts", "heap", "expected"),
    [
        (ASKED, 4096, "ruled_out"),
        (ASKED, 5000, "ruled_out"),
        # It held: that says nothing of a lower heap.
        (ASKED, 2048, "undecidable"),
        ([*ASKED, (2048, HELD, 1000)], 2048, "ruled_out"),
        ([*ASKED, (2048, HELD, 1000)], 2047, "undecidable"),
        ([*ASKED, (2048, HELD, 999)], 2048, "undecidable"),
        ([*ASKED, (2048, HELD, 1000), (2100, DIED, 900)], 2048, "undecidable"),
        ([*ASKED, (2048, HELD, 1000), (2100, DIED, 1100)], 2048, "ruled_out"),
        ([*ASKED, (1024, DIED, 900), (2048, HELD, 1000)], 2048, "ruled_out"),
        ([(4096, HELD, 0), (2048, HELD, 0)], 2048, "undecidable"),
        ([(4096, DIED, 1000)], 4096, "certain"),
        ([(4096, DIED, 1000)], 1024, "certain"),
        # It read 1000 MiB until it died; how much it would have read nobody knows.
        ([(4096, DIED, 1000)], 5000, "undecidable"),
        ([(4096, DIED, 1000), (5000, HELD, 9000)], 5000, "undecidable"),
        ([(4096, "unknown", 1000)], 4096, "undecidable"),
        ([(4096, "unknown", 1000), (2048, HELD, 1000)], 4096, "ruled_out"),
        ([(4096, KILLED, 1000)], 4096, "undecidable"),
    ],
)
def test_a_fate_is_certain_or_ruled_out_only_where_the_evidence_says_so(facts, heap, expected):
    assert fate(facts, heap) == expected


@pytest.mark.parametrize(("told", "expected"), [(9000, "ruled_out"), (9001, "undecidable"), (None, "undecidable")])
def test_a_run_that_died_compares_with_others_only_where_its_whole_input_was_told(told, expected):
    assert fate([(4096, DIED, 1000), (5000, HELD, 9000)], 5000, told_mib=told) == expected


def test_more_tasks_in_a_heap_are_no_proof_and_fewer_no_certain_death():
    assert fate(ASKED, 4096, tasks=4) == "undecidable"
    assert fate(ASKED, 4096, tasks=1) == "ruled_out"
    assert fate([(4096, DIED, 1000)], 4096, tasks=4) == "certain"
    assert fate([(4096, DIED, 1000)], 4096, tasks=1) == "undecidable"


def test_where_containers_are_killed_there_must_be_as_much_beside_the_heap():
    assert fate(ASKED, 4096, overhead_mib=1, platform="standalone") == "ruled_out"
    assert fate(ASKED, 4096, overhead_mib=100, platform="yarn") == "undecidable"
    both = [*ASKED, (2048, HELD, 1000)]  # the rule gave it 384 MiB
    assert fate(both, 2048, overhead_mib=384, platform="yarn") == "ruled_out"
    assert fate(both, 2048, overhead_mib=300, platform="yarn") == "undecidable"
    killed = [*both, (2048, KILLED, 900)]
    assert fate(killed, 2048, overhead_mib=384, platform="yarn") == "undecidable"


def test_a_run_that_ended_early_for_another_reason_held_nothing():
    known = KnownRuns.of(past(row(0, 4096), row(1, 2048, status="failed")))
    less = replace(known[0].allocation, executor_memory_bytes=2048 * MIB)
    assert fate_under(less, known[0], known).fate == "undecidable"
