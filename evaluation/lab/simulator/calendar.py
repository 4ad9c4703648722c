"""When the runs of a workload are due, and how large their inputs are.

Shapes: R scheduled runs.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time

import numpy as np
import numpy.typing as npt

from evaluation.lab.simulator.lab_runs import Doubles
from evaluation.lab.simulator.settings import FleetSettings

_HOUR_S, _DAY_S, _WEEK_S = 3600.0, 86_400.0, 604_800.0
_EVERY_S = {"hourly": _HOUR_S, "six_hourly": 6 * _HOUR_S, "daily": _DAY_S, "weekly": _WEEK_S}
# Jobs at night and in the early morning: hour and spread.
_PEAKS = ((2.0, 1.2), (6.5, 1.0), (13.0, 4.0))
_PEAK_SHARES = (0.5, 0.3, 0.2)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The scheduled runs of one workload, first to last.

    Attributes:
        schedule: How often it runs.
        at_s: Seconds since 1970 ``[R]``.
        input_mib: Whole input ``[R]``.
        surges: Whether the input is one of a surge ``[R]``.
        regime: Number of code changes so far ``[R]``.
        work_factor: Factor of the changes on the core-time ``[R]``.
        need_factor: Factor of the changes on the needed heap ``[R]``.
    """

    schedule: str
    at_s: Doubles
    input_mib: Doubles
    surges: npt.NDArray[np.bool_]
    regime: npt.NDArray[np.int64]
    work_factor: Doubles
    need_factor: Doubles


def draw_calendar(settings: FleetSettings, dice: np.random.Generator) -> Calendar:
    """Draw the calendar of one workload; over a short time it may have no run at all."""
    schedule = str(dice.choice(list(settings.schedules), p=list(settings.schedules.values())))
    begin_s = datetime.combine(settings.start, time(), UTC).timestamp()
    length_s = settings.weeks * _WEEK_S
    offsets = _offsets_s(schedule, settings, length_s, dice)
    at_s = begin_s + offsets
    count = len(at_s)
    level = np.log(settings.input_median_mib) + dice.normal(0, settings.input_spread)
    growth = dice.normal(settings.growth_per_week.mean, settings.growth_per_week.spread)
    peak_hour = dice.uniform(0, 24)
    by_hour = settings.daily_amplitude * np.cos(2 * np.pi * (offsets / _HOUR_S - peak_hour) / 24)
    weekend = _is_weekend(at_s) * settings.weekend_drop * dice.uniform(0, 1)
    noise = _lasting_noise(count, settings.input_noise, dice)
    surges, surge_logs = _surges(count, settings, dice)
    regime, changes = _code_changes(offsets, length_s, settings, dice)
    return Calendar(
        schedule,
        at_s,
        np.exp(level + growth * offsets / _WEEK_S + by_hour - weekend + noise + surge_logs),
        surges,
        regime,
        np.exp(changes[regime, 0]),
        np.exp(changes[regime, 1]),
    )


def _offsets_s(schedule: str, settings: FleetSettings, length_s: float, dice: np.random.Generator) -> Doubles:
    if schedule == "ad_hoc":
        count = dice.poisson(settings.ad_hoc_per_week * settings.weeks)
        days = dice.integers(0, settings.weeks * 7, count)
        return np.sort(days * _DAY_S + np.clip(dice.normal(13.5, 2.8, count), 7, 21) * _HOUR_S)
    every_s = _EVERY_S[schedule]
    hour, width = _PEAKS[dice.choice(len(_PEAKS), p=_PEAK_SHARES)]
    first_s = (
        float(np.clip(dice.normal(hour, width), 0, 23.5)) * _HOUR_S if every_s >= _DAY_S else dice.uniform(0, every_s)
    )
    first_s += dice.integers(0, 7) * _DAY_S if schedule == "weekly" else 0
    # People schedule at full hours and quarters.
    offsets = np.arange(round(first_s / 900) * 900, length_s, every_s, np.float64)
    if schedule == "daily" and dice.random() < settings.weekdays_only_share:
        begin_s = datetime.combine(settings.start, time(), UTC).timestamp()
        offsets = offsets[~_is_weekend(begin_s + offsets)]
    return np.sort(offsets + dice.gamma(1.5, 20, len(offsets)))


def _is_weekend(at_s: Doubles) -> npt.NDArray[np.bool_]:
    return (np.floor(at_s / _DAY_S) + 3) % 7 >= 5  # 1970 began on a Thursday


def _lasting_noise(count: int, spread: float, dice: np.random.Generator) -> Doubles:
    """Draw noise, half of whose variance persists from run to run."""
    shocks, fresh = dice.normal(0, spread, (2, count)) * np.sqrt(0.5)
    if not count:  # of nothing there is no convolution
        return np.zeros(0)
    kept = 0.8 ** np.arange(40)
    return np.asarray(fresh + np.convolve(shocks, kept)[:count] * np.sqrt(1 - 0.8**2))


def _surges(count: int, settings: FleetSettings, dice: np.random.Generator) -> tuple[npt.NDArray[np.bool_], Doubles]:
    logs = np.zeros(count)
    for begin in np.flatnonzero(dice.random(count) < settings.surge.probability):
        last = begin + dice.integers(1, settings.surge.most_runs + 1)
        logs[begin:last] = np.log(dice.uniform(settings.surge.least, settings.surge.most))
    return logs > 0, logs


def _code_changes(
    offsets: Doubles, length_s: float, settings: FleetSettings, dice: np.random.Generator
) -> tuple[npt.NDArray[np.int64], Doubles]:
    """Draw the regime of each run ``[R]``, and what each regime adds to the logs of work and need ``[C, 2]``."""
    count = dice.poisson(settings.code_changes_per_10_weeks * settings.weeks / 10)
    moments = np.sort(dice.uniform(0, length_s, count))
    steps = dice.normal(0, settings.code_change_spread, (count, 2))
    return np.searchsorted(moments, offsets), np.vstack([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
