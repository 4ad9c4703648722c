"""Columns say of runs what the runs say one by one, and what a record makes of columns is what its definition says."""

from itertools import groupby

from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.properties.spark import MIB
from sparkwright.allocation.evidence import ENOUGH_RUNS, INPUT_MARGIN, RECENT_RUNS, HeapRecord
from sparkwright.allocation.known_runs import KnownRuns
from sparkwright.allocation.past import PastRun
from tests.allocation.runs import DIED, HELD, KILLED, past, row

histories = st.lists(
    st.builds(
        lambda heap, verdict, size, cores, rss, platform, status: {
            "heap_mib": heap,
            "verdict": verdict,
            "input_mib": size,
            "executor_cores_count": cores,
            "peak_process_rss_bytes": rss,
            "platform": platform,
            "status": status,
        },
        st.sampled_from([1024, 1152, 1280, 1536, 2048]),
        st.sampled_from([HELD, HELD, HELD, DIED, KILLED, "unknown"]),
        st.sampled_from([0, 64, 96, 128]),
        st.sampled_from([1, 2, 2]),
        st.sampled_from([None, 900 * MIB]),
        st.sampled_from(["yarn", "yarn", "local"]),
        st.sampled_from(["succeeded", "succeeded", "failed"]),
    ),
    max_size=24,
).map(lambda rows: past(*(row(number, **values) for number, values in enumerate(rows))))


@settings(deadline=None)
@given(histories, st.sampled_from(["yarn", "local"]))
def test_the_columns_are_the_runs(runs: list[PastRun], platform: str):
    known = KnownRuns.of(runs)
    assert list(known) == known[:] == runs and KnownRuns.of(known) is known
    facts = known.facts
    assert facts.heap_bytes.tolist() == [run.heap_bytes for run in runs]
    assert facts.tasks.tolist() == [run.tasks for run in runs]
    assert facts.resident_bytes.tolist() == [run.peak_process_rss_bytes or 0 for run in runs]
    assert facts.held.tolist() == [run.held for run in runs]
    assert list(known.comparable(platform)) == [run for run in runs if (run.allocation.platform == "local") == (
        platform == "local"
    )]  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(histories, st.sampled_from([1, 2]), st.sampled_from([None, 0, 64 * MIB, 100 * MIB]))
def test_a_record_is_what_its_definition_says(runs: list[PastRun], tasks: int, input_bytes: int | None):
    record = HeapRecord.of(runs, tasks, input_bytes)
    largest = max((run.input_bytes for run in runs[-RECENT_RUNS:]), default=0)
    proof, most = (input_bytes, input_bytes) if input_bytes else (largest, int(largest * INPUT_MARGIN))
    against = [run for run in runs if run.input_bytes <= most and run.tasks <= tasks]
    deaths = [run for run in against if run.memory_verdict == DIED and not outlived(run, runs)]
    died = max((run.heap_bytes for run in deaths), default=0)
    held = [run for run in runs if run.held and run.tasks >= tasks and run.heap_bytes > died]
    held.sort(key=lambda run: (run.heap_bytes, run.input_bytes))
    assert (record.proof_input_bytes, record.died_bytes, list(record.deaths)) == (proof, died, deaths)
    assert list(record.kills) == [run for run in against if run.memory_verdict == KILLED]
    assert record.runs.at(record.held) == held
    assert record.proven == proven(held, proof)
    for heap in {run.heap_bytes for run in runs} | {1, 1100 * MIB, 4096 * MIB}:
        found = record.evidence(heap)
        below, over = [run for run in held if run.heap_bytes <= heap], [run for run in deaths if run.heap_bytes >= heap]
        reads = max((run.input_bytes for run in below), default=-1)
        if over:
            expected = ("died", len(over), min(run.input_bytes for run in over))
        elif reads >= proof:
            expected = ("proven", len(below), reads)
        else:
            expected = ("never_tried", 0, proof)
        assert (found.standing, found.run_count, found.input_bytes) == expected
        heaps = [run.heap_bytes for run in runs]
        assert record.saw(heap) is (bool(heaps) and min(heaps) <= heap <= max(heaps))


def outlived(death: PastRun, runs: list[PastRun]) -> bool:
    later = [
        run
        for run in runs
        if run.held and run.ended_at > death.ended_at and run.input_bytes >= death.input_bytes
        if death.heap_bytes < run.heap_bytes <= 1.3 * death.heap_bytes and run.tasks >= death.tasks
    ]
    return len(later) >= 5


def proven(held: list[PastRun], proof_input_bytes: int) -> PastRun | None:
    """The last run with the least heap that held for the input and has enough runs behind it, or else the largest."""
    found, count, largest = None, 0, -1
    for _, same in groupby(held, key=lambda run: run.heap_bytes):
        group = list(same)
        count, largest = count + len(group), max(largest, *(run.input_bytes for run in group))
        if largest >= proof_input_bytes:
            found = group[-1]
            if count >= ENOUGH_RUNS:
                break
    return found
