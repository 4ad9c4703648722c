from datetime import timedelta

import numpy as np
import pytest

from sparkwright.features.columns import REQUIREMENTS
from sparkwright.features.lags import GENERAL, LAGS, Lags, lags_of
from sparkwright.features.windows import HistoryIndex
from tests.support.simulated_runs import GIB, START, as_table, simulated_run

SLOPES = np.array([0.5, 1.0, 1.0, 1.0, 1.0])
INPUT, WORK = REQUIREMENTS.index("input_bytes"), REQUIREMENTS.index("executor_run_time_ms")
NAMES = list(GENERAL)


def daily(count: int, size=lambda day: 4 * GIB, hour: int = 2) -> HistoryIndex:
    rows = [
        simulated_run("w", day, started_at=START + timedelta(days=day, hours=hour), input_bytes=int(size(day)))
        for day in range(count)
    ]
    return HistoryIndex(as_table(rows))


def of(index: HistoryIndex, day: int, length: int = 32, **known: int) -> Lags:
    return lags_of(index.history("w", START + timedelta(days=day, hours=2), length, **known), SLOPES, "")


def lag(found: Lags, requirement: int, name: str) -> float:
    """In its own unit, not as a distance."""
    return float(found.centre[0, requirement] + found.lags[0, requirement, LAGS.index(name)])


def logs(size: float) -> float:
    return float(np.log1p(size / 1024**2))


def test_lags_are_the_newest_values_and_those_of_the_same_hour_and_weekday():
    index = daily(15, lambda day: (day + 1) * GIB)
    found = of(index, 15)
    assert lag(found, INPUT, "last") == pytest.approx(logs(15 * GIB), abs=1e-4)
    assert lag(found, INPUT, "third") == pytest.approx(logs(13 * GIB), abs=1e-4)
    assert lag(found, INPUT, "day_ago") == pytest.approx(logs(15 * GIB), abs=1e-4)
    assert lag(found, INPUT, "week_ago") == pytest.approx(logs(9 * GIB), abs=1e-4)


def test_a_sunday_is_known_by_the_sundays_before():
    """START is a Thursday: day 3 is the first Sunday."""
    index = daily(20, lambda day: (500 if day % 7 == 3 else 50) * GIB)
    sunday, monday = of(index, 17), of(index, 18)
    assert lag(sunday, INPUT, "week_ago") == pytest.approx(logs(500 * GIB), abs=1e-4)
    assert lag(monday, INPUT, "week_ago") == pytest.approx(logs(50 * GIB), abs=1e-4)
    assert sunday.general[0, NAMES.index("weekday")] == 6
    assert sunday.general[0, NAMES.index("weekend")] == 1


def test_nothing_is_known_of_an_unseen_workload_but_the_calendar():
    index = daily(3)
    found = lags_of(index.history("unseen", START + timedelta(hours=5), 8), SLOPES, "")
    assert np.isnan(found.centre).all()
    assert np.isnan(found.lags).all()
    assert found.general[0, NAMES.index("hour")] == 5
    assert found.general[0, NAMES.index("count")] == 0
    assert np.isnan(found.general[0, NAMES.index("gap")])


def test_a_told_input_moves_each_requirement_as_far_as_it_follows_the_input():
    index = daily(16, lambda day: (2 + day % 3) * GIB)
    plain, told = of(index, 16), of(index, 16, input_bytes=30 * GIB)
    assert told.centre[0, INPUT] == pytest.approx(logs(30 * GIB), abs=1e-4)
    # The made-up core time does not depend on the input, and sixteen runs outweigh the usual slope.
    moved = told.centre[0, WORK] - plain.centre[0, WORK]
    assert 0 < moved < 0.15 * (told.centre[0, INPUT] - plain.centre[0, INPUT])
    few = daily(2)
    moved = of(few, 2, input_bytes=8 * GIB).centre[0, WORK] - of(few, 2).centre[0, WORK]
    assert moved == pytest.approx(np.log(2), abs=0.01), "two runs of one size say nothing: the usual slope"


def test_the_gap_of_a_retry_is_the_one_to_the_run_before_its_first_try():
    rows = [simulated_run("w", day, started_at=START + timedelta(days=day)) for day in range(3)]
    died = simulated_run("w", 9, started_at=START + timedelta(days=3), status="failed", memory_verdict="heap_oom")
    index = HistoryIndex(as_table([*rows, died]))
    at = START + timedelta(days=3, minutes=10)
    retry, fresh = (lags_of(index.history("w", at, 8, attempt=n), SLOPES, "").general[0] for n in (2, 1))
    assert np.expm1(retry[NAMES.index("gap")]) == pytest.approx(24 + 1 / 6, abs=0.01)
    assert np.expm1(fresh[NAMES.index("gap")]) == pytest.approx(1 / 6, abs=0.01)
    assert np.expm1(retry[NAMES.index("usual_gap")]) == pytest.approx(24)


def test_runs_since_a_change_are_counted_and_the_new_level_is_theirs():
    index = daily(24, lambda day: (4 if day < 20 else 16) * GIB)
    found = of(index, 24)
    assert found.general[0, NAMES.index("runs_since_input_change")] == 4
    assert lag(found, INPUT, "level") == pytest.approx(logs(16 * GIB), abs=1e-3)
    assert of(index, 20).general[0, NAMES.index("runs_since_input_change")] == 20


def test_submissions_in_a_batch_do_not_see_each_other():
    index = daily(30, lambda day: (2 + day % 5) * GIB)
    start, stop = index.past(8)
    every = np.arange(len(index))
    together = lags_of(index.histories(start, stop, 8, index.submissions(every, told_input=False)), SLOPES, "")
    for position in (0, 1, 7, 29):
        one = np.array([position])
        history = index.histories(start[one], stop[one], 8, index.submissions(one, told_input=False))
        for mine, theirs in zip(lags_of(history, SLOPES, ""), together, strict=True):
            np.testing.assert_array_equal(mine[0], theirs[position])


def test_the_newest_runs_of_a_history_are_those_of_a_shorter_one():
    index = daily(12, lambda day: (1 + day) * GIB)
    at = START + timedelta(days=12)
    for workload in ("w", "unseen"):
        cut, short = index.history(workload, at, 10).recent(4), index.history(workload, at, 4)
        for mine, theirs in zip(cut[:-1], short[:-1], strict=True):
            np.testing.assert_array_equal(mine, theirs)
    few = index.history("w", START + timedelta(days=2), 10).recent(4)
    np.testing.assert_array_equal(few.requirement, index.history("w", START + timedelta(days=2), 4).requirement)


def test_a_requirement_that_is_unknown_since_a_change_keeps_its_old_level():
    rows = [
        simulated_run(
            "w",
            day,
            started_at=START + timedelta(days=day),
            input_bytes=(4 if day < 20 else 40) * GIB,
            executor_run_time_ms=400_000 if day < 20 else 4_000_000,
        )
        for day in range(24)
    ]
    index = HistoryIndex(as_table(rows))
    index.arrays.requirement[20:, 0] = np.nan
    found = lags_of(index.history("w", START + timedelta(days=24), 32), SLOPES, "")
    assert found.centre[0, 0] == pytest.approx(np.log1p(60_000), abs=1e-4)
    assert found.centre[0, WORK] == pytest.approx(np.log1p(4_000_000), abs=1e-3)
