from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sparkwright.errors import ConfigError
from sparkwright.features.submissions import CALENDAR_FEATURES, calendar_features, check_region
from sparkwright.features.windows import HistoryIndex
from tests.support.simulated_runs import GIB, START, as_table, simulated_run


def calendar(*moments: datetime, region: str = "") -> dict[str, np.ndarray]:
    days = np.array([moment.timestamp() // 86_400 for moment in moments]).astype(np.int64)
    return dict(zip(CALENDAR_FEATURES, calendar_features(days, region), strict=True))


def test_weekends_and_month_ends():
    days = [datetime(2026, 5, day, 12, tzinfo=UTC) for day in (29, 30, 31)] + [datetime(2026, 6, 1, tzinfo=UTC)]
    found = calendar(*days)
    assert found["weekend"].tolist() == [0, 1, 1, 0]
    assert found["month_end"].tolist() == [0, 0, 1, 1]


def test_holidays_are_those_of_the_region():
    days = [
        datetime(2026, 1, 6, 8, tzinfo=UTC),
        datetime(2026, 12, 25, 8, tzinfo=UTC),
        datetime(2026, 7, 4, tzinfo=UTC),
    ]
    assert calendar(*days)["holiday"].tolist() == [0, 0, 0]
    assert calendar(*days, region="DE")["holiday"].tolist() == [0, 1, 0]
    assert calendar(*days, region="DE-BY")["holiday"].tolist() == [1, 1, 0]
    assert calendar(*days, region="US")["holiday"].tolist() == [0, 1, 1]


@pytest.mark.parametrize("region", ["XX", "DE-QQ", "Germany?"])
def test_an_unknown_region_is_refused(region):
    with pytest.raises(ConfigError, match="ISO 3166"):
        check_region(region)


def test_a_run_that_follows_a_failure_at_once_is_a_retry_and_a_later_one_is_new():
    def run(number: int, minute: int, status: str):
        at = START + timedelta(minutes=minute)
        return simulated_run(
            "w", number, started_at=at, ended_at=at + timedelta(minutes=1), status=status, memory_verdict="unknown"
        )

    rows = [
        run(0, 0, "succeeded"),
        run(1, 5, "failed"),
        run(2, 10, "failed"),
        run(3, 15, "succeeded"),
        run(4, 20, "failed"),
        run(5, 90, "succeeded"),
    ]
    other = simulated_run("another", 0, started_at=START + timedelta(minutes=12))
    index = HistoryIndex(as_table([*rows, other]))
    found = index.submissions(np.arange(len(index)), told_input=False).attempt
    assert found.tolist() == [1, 1, 1, 2, 3, 1, 1]


def test_only_a_run_with_a_told_input_has_one():
    index = HistoryIndex(as_table([simulated_run("w", number, input_bytes=GIB) for number in range(2)]))
    told = index.submissions(np.arange(2), told_input=np.array([True, False])).input_log
    assert told[0] == pytest.approx(np.log1p(1024))
    assert np.isnan(told[1])
    history = index.history("w", START + timedelta(days=1), 4, input_bytes=GIB, attempt=2)
    assert history.submitted.input_log[0] == told[0]
    assert history.submitted.attempt.tolist() == [2]
    assert np.isnan(index.history("w", START + timedelta(days=1), 4).submitted.input_log[0])
