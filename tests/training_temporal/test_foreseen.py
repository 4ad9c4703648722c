"""What a past of amounts alone cannot foresee: Sundays, a new level, and a size that the request tells."""

import math
from datetime import timedelta

import numpy as np
import pytest

from data_contracts.api.recommendation import RecommendRequest
from data_contracts.tables import Run
from sparkwright.advisor.foreseen_inputs import inputs_after
from sparkwright.allocation.need import NeedPosterior
from sparkwright.allocation.past import past_runs
from sparkwright.features.windows import HistoryIndex
from sparkwright.forecast.answers import forecast_of, history_of, input_quantiles
from sparkwright.forecast.forecaster import Forecaster
from sparkwright.spark.allocation import Allocation
from tests.support.simulated_runs import GIB, MIB, START, as_table, simulated_run
from training.temporal.config import TemporalConfig
from training.temporal.split import split_by_time
from training.temporal.train import train_forecaster

SUNDAY = 3  # START is a Thursday
ALLOCATION = Allocation(2 * GIB, 384 * MIB, 0, 0, GIB, 2, 4, 1, 200, False, "standalone")


def daily(workload_id: str, input_gib: list[float], *, noise: float = 0.05, seed: int = 0) -> list[Run]:
    """A run every night that takes five seconds a GiB, and ten."""
    dice = np.random.default_rng(seed)
    rows = []
    for day, usual in enumerate(input_gib):
        size = usual * math.exp(dice.normal(0, noise))
        at = START + timedelta(days=day, hours=2, seconds=seed)
        duration_ms = int((10_000 + 5000 * size) * math.exp(dice.normal(0, noise)))
        amounts = {"input_bytes": int(size * GIB), "duration_ms": duration_ms, "executor_run_time_ms": 6 * duration_ms}
        ended_at = at + timedelta(milliseconds=duration_ms)
        rows.append(simulated_run(workload_id, day, started_at=at, ended_at=ended_at, **amounts))
    return rows


@pytest.fixture(scope="module")
def forecaster(config: TemporalConfig) -> Forecaster:
    """Fitted to workloads that are larger on Sundays, and to others that reach a new level once."""
    dice = np.random.default_rng(5)
    rows = []
    for number in range(20):
        level, days = math.exp(dice.normal(3, 0.8)), np.arange(120)
        if number % 2:
            sizes = np.where(days % 7 == SUNDAY, dice.uniform(3, 15), 1.0) * level
        else:
            sizes = np.where(days >= dice.integers(8, 110), dice.uniform(2, 6), 1.0) * level
        rows += daily(f"w{number:02d}", sizes.tolist(), seed=number)
    index = HistoryIndex(as_table(rows))
    split = split_by_time(index, train_ratio=0.6, calibrate_ratio=0.2, held_out_ratio=0.1, min_run_count=40)
    short = config.model_copy(update={"epochs": 2, "context_length": 32})
    return train_forecaster(index, split, short, {}, lambda number, metrics: None).forecaster


def asked(forecaster: Forecaster, past: list[Run], **known: int):
    """Median and p90 of the input in GiB, and median duration in seconds, of the night after ``past``."""
    index, at = HistoryIndex(as_table(past)), START + timedelta(days=len(past), hours=2)
    request = RecommendRequest(app_name="nightly", **known)
    history = history_of(forecaster, index, past[0].workload_id, at, request)
    levels, quantiles = input_quantiles(forecaster, history)
    median, high = (quantiles[levels.index(level)] / GIB for level in (0.5, 0.9))
    return median, high, forecast_of(forecaster, history)(ALLOCATION).duration_ms.p50 / 1000


def test_a_sunday_of_ten_times_the_weekdays_is_no_surprise(forecaster):
    past = daily("sundays", [500.0 if day % 7 == SUNDAY else 50.0 for day in range(28 + SUNDAY)], seed=77)
    median, high, duration_s = asked(forecaster, past)
    assert median > 200
    assert high > 350
    assert duration_s > 1000
    past += daily("sundays", [500.0 if day % 7 == SUNDAY else 50.0 for day in range(29 + SUNDAY)], seed=77)[-1:]
    median, _, duration_s = asked(forecaster, past)
    assert 40 < median < 70
    assert 150 < duration_s < 450


def test_the_need_of_a_large_sunday_is_weighed_on_the_night_before(forecaster):
    past = daily("sundays", [500.0 if day % 7 == SUNDAY else 50.0 for day in range(28 + SUNDAY)], seed=77)

    def heap_risk(day: int) -> float:
        runs = past[:day]
        at = START + timedelta(days=day, hours=2)
        history = history_of(forecaster, HistoryIndex(as_table(runs)), "sundays", at, RecommendRequest(app_name="n"))
        known = past_runs(as_table(runs))
        inputs = inputs_after(forecaster, forecaster.outlook(history))[0](known)
        return NeedPosterior.of(known).death_probability([known[-1].heap_bytes], inputs)[0]

    assert forecaster.spec.input_errors
    assert heap_risk(28 + SUNDAY) > 3 * heap_risk(28 + SUNDAY - 2)


def test_three_runs_of_a_new_level_are_believed(forecaster):
    past = daily("grown", [50.0] * 20 + [200.0] * 3, seed=78)
    median, _, duration_s = asked(forecaster, past)
    assert median > 150
    assert duration_s > 700


def test_a_told_size_is_followed_where_the_past_says_otherwise(forecaster):
    past = daily("told", [50.0, 40.0, 60.0, 55.0, 45.0] * 4, seed=79)
    median, high, duration_s = asked(forecaster, past, input_bytes=120 * GIB)
    assert median == high == pytest.approx(120, rel=1e-4)
    # Five seconds per GiB make 610 s; the past alone suggests 260.
    assert 450 < duration_s < 800
    assert 200 < asked(forecaster, past)[2] < 330


def test_a_retry_is_forecast_like_the_run_that_it_repeats(forecaster):
    past = daily("retried", [50.0] * 20, seed=80)
    at = START + timedelta(days=20, hours=2)
    died = simulated_run(
        "retried",
        99,
        started_at=at,
        ended_at=at + timedelta(minutes=1),
        status="failed",
        memory_verdict="heap_oom",
        input_bytes=GIB,
        duration_ms=60_000,
    )
    index = HistoryIndex(as_table([*past, died]))
    request = RecommendRequest(app_name="nightly", attempt=2)
    history = history_of(forecaster, index, "retried", at + timedelta(minutes=5), request)
    levels, quantiles = input_quantiles(forecaster, history)
    assert quantiles[levels.index(0.5)] / GIB == pytest.approx(asked(forecaster, past)[0], rel=0.2)
