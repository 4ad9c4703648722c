"""``evaluate advice --on recorded``: as of the start of real runs, nothing of what came later is known."""

import pytest

from data_contracts.properties.spark import GIB, MIB
from evaluation.advice.on_recorded import on_recorded
from evaluation.advice.policies import RULES, UNREACHABLE, USER, Choice, told_input
from evaluation.advice.recorded import recorded_runs
from evaluation.closed_loop import HISTORY
from evaluation.lab.oracle.rows import MEASURED, read
from sparkwright.errors import ConfigError

HISTORIES = next(folder for folder in HISTORY if folder.name == "histories")


@pytest.fixture(scope="module")
def runs():
    return recorded_runs([HISTORIES], read(MEASURED))


def rows_of(report):
    return {row["policy"]: row for row in report.sections[0].rows}


def test_the_recorded_runs_that_have_an_oracle_come_in_order_with_what_was_before_them(runs):
    assert len(runs) == 16
    starts = [one.run.started_at for one in runs]
    assert starts == sorted(starts)
    for one in runs:
        assert one.before
        assert all(before.ended_at <= one.run.started_at for before in one.before)
        assert one.run not in one.before
    deaths = [one.run.heap_bytes < one.case.oracle_bytes for one in runs if one.run.memory_verdict == "heap_oom"]
    assert deaths == [True] * 5


def test_nobody_is_told_the_heap_that_the_run_had_nor_its_input_without_a_hint(runs):
    seen = []
    for policy in (seen.append, told_input(seen.append)):
        policy(runs[0].observation())
    untold, told = seen
    assert "spark.executor.memory" not in untold.request.properties.as_conf()
    assert untold.asked_bytes == GIB
    assert (untold.request.input_bytes, told.request.input_bytes) == (None, runs[0].run.input_bytes)


def test_answers_below_the_oracle_count_and_a_trial_or_silence_flags_them(runs):
    policies = {
        USER: RULES[USER],
        UNREACHABLE: RULES[UNREACHABLE],
        "sure": lambda observation: Choice(64 * MIB, claim=0.01),
        "trying": lambda observation: Choice(64 * MIB, trial=True, claim=0.01),
        "silent": lambda observation: Choice(64 * GIB),
    }
    rows = rows_of(on_recorded(runs, policies))
    below = {
        name: (row["below_count"], row["below_unflagged_count"], row["flagged_share"]) for name, row in rows.items()
    }
    assert below["sure"] == (16, 16, 0)
    assert below["trying"] == (16, 0, 1)
    assert below["silent"] == (0, 0, 1)
    assert below[USER][0] == sum(one.run.heap_bytes < one.case.oracle_bytes for one in runs)
    assert rows["sure"]["claimed"] == pytest.approx(0.16)
    assert rows["sure"]["expected"] == rows["sure"]["expected_claimed"] == pytest.approx(16, abs=0.01)
    assert rows["silent"]["expected"] == pytest.approx(0, abs=0.01)
    assert rows["silent"]["expected_claimed"] == 0


def test_each_decision_is_shown_beside_what_the_run_had(runs):
    report = on_recorded(runs[:2], {USER: RULES[USER], "ours": lambda observation: Choice(2 * GIB, claim=0.01)})
    section = report.sections[1]
    assert [row["run"] for row in section.rows] == [one.launch_id for one in runs[:2]]
    assert section.rows[0]["ours"]["heap_over_oracle"] == pytest.approx(2 * GIB / runs[0].case.oracle_bytes)
    assert section.table().row_count == 2


def test_an_oracle_of_other_sizes_is_told(runs):
    others = [row.model_copy(update={"input_scale": "7"}) for row in read(MEASURED)[:1]]
    with pytest.raises(ConfigError, match=r"expected runs in .*histories of a workload and size that the oracle has"):
        recorded_runs([HISTORIES], others)
