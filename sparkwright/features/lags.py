"""What a workload's past says about its next run, as a row of numbers: levels, lags, the same hour, similar days.

All of it is known at submission. Amounts are distances from a centre on the scale of ``requirement_logs``, so that what
is learned from small jobs holds for large ones.

Shapes: B batch, T context, R requirements, L lag features of one requirement, G general features.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sparkwright.features.change import change_positions
from sparkwright.features.columns import REQUIREMENTS, USAGE_FEATURES
from sparkwright.features.picking import at_one, of_each
from sparkwright.features.submissions import DAY_US, HOUR_US, calendar_features, is_weekend
from sparkwright.features.windows import History

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

LAGS = ("last", "second", "third", "recent", "mean", "spread", "level", "same_hour", "same_days", "day_ago", "week_ago")
GENERAL = {
    "hour": (12.0, 8.0),
    "weekday": (3.0, 2.0),
    "weekend": (0.0, 1.0),
    "month_end": (0.0, 1.0),
    "holiday": (0.0, 1.0),
    "attempt": (1.0, 1.0),
    "count": (16.0, 16.0),
    "failed_ratio": (0.0, 0.3),
    "gap": (2.5, 1.5),
    "usual_gap": (2.5, 1.5),
    "runs_since_input_change": (16.0, 16.0),
    "runs_since_work_change": (16.0, 16.0),
    "told_input": (0.0, 0.3),
    "told_input_day_ago": (0.0, 0.3),
    "gc_ratio": (0.05, 0.05),
    "skew": (0.5, 0.5),
}
"""Features that belong to no requirement, each with its usual value and the distance that a network takes as one."""
_INPUT, _WORK = REQUIREMENTS.index("input_bytes"), REQUIREMENTS.index("executor_run_time_ms")
_GC, _SKEW, _FAILED = (USAGE_FEATURES.index(name) for name in ("gc_ratio", "skew", "failed"))
_HALF_LIFE, _LINE_HALF_LIFE = 3.0, 12.0
"""Runs after which a value counts half: for the centre, and for how a requirement follows the input."""
_SLOPE_RUNS = 3.0
_SLOPE_SPREAD = 0.1
"""The usual slope counts as much as this many runs whose log inputs have this spread."""
_SAME_HOUR_H = 1.5


class Lags(NamedTuple):
    """The features of B submissions."""

    centre: Doubles  # [B, R]; NaN where nothing is known of a requirement
    lags: Floats  # [B, R, L]
    general: Floats  # [B, G]


def lags_of(history: History, slopes: Doubles, region: str) -> Lags:
    """The features of B submissions.

    Args:
        history: What was known.
        slopes: How much each requirement usually grows with the input, both in logarithms ``[R]``.
        region: The region whose holidays count.
    """
    values = history.requirement.astype(np.float64)
    known = ~np.isnan(values)
    steps = np.arange(values.shape[1])
    # Age in runs: 0 for the newest of the past.
    rank = history.length[:, None] - 1 - steps
    begun = np.split(change_positions(np.concatenate([values[:, :, one] for one in (_INPUT, _WORK)])), 2)
    newest_level = (steps >= np.maximum(*begun)[:, None])[:, :, None] & known
    weight = 0.5 ** (np.maximum(rank, 0) / _HALF_LIFE)[:, :, None]
    # A changed level is used at once; if nothing is known of the new one, the old one is all there is.
    level, earlier = _weighted_means(values, newest_level * weight, known * weight)
    level = np.where(np.isnan(level), earlier, level)
    told = history.submitted.input_log.astype(np.float64)
    centre = level + _told_shift(values, known, rank, level, told, slopes)

    distance = values - centre[:, None]
    packed = _newest_first(distance, 3)
    at_us = history.submitted.at_us
    run_us = at_us[:, None] - np.where(np.isnan(history.age_h), 0, history.age_h).astype(np.float64) * HOUR_US
    days = np.floor(run_us / DAY_US)
    hours_apart = np.abs(history.age_h - 24 * np.round(history.age_h / 24))
    same_hour = (hours_apart <= _SAME_HOUR_H)[:, :, None] & known
    same_days = (is_weekend(days.astype(np.int64)) == is_weekend(at_us // DAY_US)[:, None])[:, :, None] & known
    mean, at_level, at_same_hour, on_same_days = _weighted_means(
        distance, known, newest_level, same_hour * weight, same_days
    )
    [variance] = _weighted_means((distance - mean[:, None]) ** 2, known)
    columns = [
        *packed,
        level - centre,
        mean,
        np.sqrt(variance),
        at_level,
        at_same_hour,
        on_same_days,
        _ago(distance, known, history.age_h, 24.0, _SAME_HOUR_H),
        _ago(distance, known, history.age_h, 168.0, 4 * _SAME_HOUR_H),
    ]
    lags = np.stack(columns, axis=-1).astype(np.float32)
    return Lags(centre, lags, _general(history, level, columns[-2][:, _INPUT] + centre[:, _INPUT], begun, region))


def _told_shift(
    values: Doubles, known: npt.NDArray[np.bool_], rank: Doubles, level: Doubles, told: Doubles, slopes: Doubles
) -> Doubles:
    """How far a given input size moves each requirement from its level ``[B, R]``; 0 if it is not given."""
    inputs = values[:, :, [_INPUT]]
    weight = 0.5 ** (np.maximum(rank, 0) / _LINE_HALF_LIFE)[:, :, None] * (known & known[:, :, [_INPUT]])
    [usual_input] = _weighted_means(np.broadcast_to(inputs, values.shape), weight)
    [usual] = _weighted_means(values, weight)
    x, y = inputs - usual_input[:, None], values - usual[:, None]
    moment = np.where(weight > 0, weight * x * y, 0.0).sum(axis=1)
    square = np.where(weight > 0, weight * x**2, 0.0).sum(axis=1)
    prior = _SLOPE_RUNS * _SLOPE_SPREAD**2
    slope = (moment + prior * slopes) / (square + prior)
    return np.where(np.isnan(told)[:, None], 0.0, slope * (told[:, None] - level[:, [_INPUT]]))


def _general(
    history: History, level: Doubles, day_ago: Doubles, begun: list[npt.NDArray[np.int64]], region: str
) -> Floats:
    submitted, length = history.submitted, history.length
    days, rest = np.divmod(submitted.at_us, DAY_US)
    # A retry is not a new run: the gap is that to the run before the first try.
    before = length - submitted.attempt
    gap = _at(history.age_h, before)
    usual = _median_gap(history.age_h)
    told = submitted.input_log
    columns = [
        rest / HOUR_US,
        (days + 3) % 7,
        *calendar_features(days, region),
        np.minimum(submitted.attempt, 5),
        length,
        _failed_ratio(history),
        np.log1p(gap),
        np.log1p(usual),
        *(length - one for one in begun),
        told - level[:, _INPUT],
        told - day_ago,
        _at(history.usage[:, :, _GC], length - 1),
        _at(history.usage[:, :, _SKEW], length - 1),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def _failed_ratio(history: History) -> Doubles:
    """The share of runs that failed ``[B]``, with one more that did not."""
    failed = history.usage[:, :, _FAILED]
    return np.asarray(np.nansum(failed, axis=1, dtype=np.float64) / (1 + (~np.isnan(failed)).sum(axis=1)))


def _weighted_means(values: Doubles, *weights: npt.NDArray[Any]) -> Doubles:
    """Means ``[W, B, R]`` over T of ``values`` ``[B, T, R]``, one for each of W weights; NaN where all are 0."""
    # One after another on an axis of their own: a call of numpy takes longer than what it computes here.
    weight = np.stack(weights, axis=1, dtype=np.float64)
    total = weight.sum(axis=2)
    summed = np.where(weight > 0, values[:, None] * weight, 0.0).sum(axis=2)
    means = np.divide(summed, total, out=np.full_like(summed, np.nan), where=total > 0)
    return np.asarray(means.swapaxes(0, 1))


def _newest_first(values: Doubles, count: int) -> list[Doubles]:
    """The newest ``count`` known values ``[B, R]`` of ``values`` ``[B, T, R]``; NaN if there are fewer."""
    order = np.argsort(~np.isnan(values), axis=1, kind="stable")[:, ::-1]
    return [
        of_each(values, order[:, one]) if one < order.shape[1] else np.full_like(values[:, 0], np.nan)
        for one in range(count)
    ]


def _ago(values: Doubles, known: npt.NDArray[np.bool_], age_h: Floats, period_h: float, tolerance_h: float) -> Doubles:
    """The value ``[B, R]`` of the run that started closest to ``period_h`` ago; NaN if none did around then."""
    apart = np.where(known, np.abs(age_h - period_h)[:, :, None], np.inf)
    nearest = apart.argmin(axis=1)
    return np.asarray(np.where(of_each(apart, nearest) <= tolerance_h, of_each(values, nearest), np.nan))


def _at(values: Floats, position: npt.NDArray[np.int64]) -> Floats:
    """``values`` ``[B, T]`` at one position each; NaN before the first."""
    found = at_one(values, np.maximum(position, 0))
    return np.asarray(np.where(position >= 0, found, np.nan), dtype=np.float32)


def _median_gap(age_h: Floats) -> Doubles:
    """Median hours from start to start ``[B]``; NaN if fewer than two runs are known."""
    gaps = np.sort(-np.diff(age_h, axis=1), axis=1)  # NaN last
    count = (~np.isnan(gaps)).sum(axis=1)
    middle = at_one(gaps, np.maximum((count - 1) // 2, 0))
    return np.where(count > 0, middle, np.nan)
