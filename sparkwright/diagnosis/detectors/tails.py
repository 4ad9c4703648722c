"""Stages that wait for one task: because it reads most (skew), because its machine is slow, or for no known reason."""

import math

from sparkwright.diagnosis.detectors.metrics import StageMetrics
from sparkwright.diagnosis.detectors.signs import Sign, View
from sparkwright.diagnosis.detectors.words import is_on
from sparkwright.spark.figures import seconds, size

_MIB = 1024**2
_FEWEST_TASKS = 3  # to have a median that is not the long task itself
_SPARKS_THRESHOLD_BYTES = 256 * _MIB  # spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes

HOW_SKEW = (
    "the task that read most less the time that its stage needs with the same work spread evenly over the cores it "
    "had, no more than the time cores stood idle"
)
HOW_SLOW_NODE = (
    "the longest task less the time that its stage needs where that task takes as long as the median, the work spread "
    "over the cores it had"
)
HOW_STRAGGLERS = HOW_SKEW.replace("the task that read most", "the longest task")


def tail(stage: StageMetrics, view: View) -> Sign | None:
    """Data skew, a slow node or a straggler, in this order."""
    return _skew(stage, view) or _straggler(stage, view)


def _skew(stage: StageMetrics, view: View) -> Sign | None:
    largest, duration, p50 = stage.largest_task_read_bytes, stage.largest_task_ms, stage.task_duration_p50_ms
    if not largest or not duration or not p50 or stage.succeeded_task_count < _FEWEST_TASKS:
        return None
    usual = stage.mean_other_bytes
    limits = view.thresholds
    if largest < limits.skewed_bytes_ratio.value * usual or duration < limits.straggler_time_ratio.value * p50:
        return None
    # Where other tasks kept the cores busy meanwhile nothing is lost yet: it is with more cores, or more data.
    longer = duration - (stage.task_duration_p75_ms or 0)
    least = max(1000 * limits.min_skew_s.value, limits.min_skew_share.value * 1000 * view.timeline.duration_s)
    if longer < least:
        return None
    lost = _excess_ms(stage, duration, view)
    times = f"{largest / usual:.0f} times the {size(usual)}" if usual >= 1 else "all, next to nothing"
    fact = (
        f"one of {stage.succeeded_task_count:,} tasks read {size(largest)}, {times} that the others read on average, "
        f"and took {seconds(duration)} (median {seconds(p50)})"
    )
    return Sign("data_skew", stage, lost, fact, _split_skewed(stage, largest, usual, view))


def _split_skewed(stage: StageMetrics, largest: int, usual: float, view: View) -> dict[str, str]:
    """Let adaptive execution split the partition, which it can in a join of SQL only."""
    if stage.sql_execution_id is None or not stage.shuffle_read_bytes:
        return {}
    wanted = {}
    for name in ("spark.sql.adaptive.enabled", "spark.sql.adaptive.skewJoin.enabled"):
        if not is_on(view.properties, name, True):
            wanted[name] = "true"
    if largest <= _SPARKS_THRESHOLD_BYTES:
        # Half of the largest, and whole MiB; the pieces get the size of the others.
        half = max(1, math.floor(largest / 2 / _MIB))
        wanted["spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes"] = f"{half}m"
        wanted["spark.sql.adaptive.advisoryPartitionSizeInBytes"] = f"{max(1, math.ceil(usual / _MIB))}m"
    return wanted


def _straggler(stage: StageMetrics, view: View) -> Sign | None:
    duration, p50 = stage.longest_task_ms, stage.task_duration_p50_ms
    if not duration or not p50 or stage.succeeded_task_count < _FEWEST_TASKS:
        return None
    limits = view.thresholds
    ratio = limits.straggler_time_ratio.value
    mean_bytes = stage.read_bytes / max(1, stage.succeeded_task_count)
    if duration < ratio * p50 or (stage.longest_task_read_bytes or 0) > limits.straggler_bytes_ratio.value * mean_bytes:
        return None
    elsewhere = stage.longest_task_elsewhere_ms or 0
    where = f"executor {stage.longest_task_executor_id}"
    took = f"a task on {where} took {seconds(duration)} (median {seconds(p50)}) and read no more than others"
    wanted = {} if is_on(view.properties, "spark.speculation", False) else {"spark.speculation": "true"}
    if elsewhere and duration >= ratio * elsewhere:
        even = (stage.occupied_ms - duration + p50) / view.timeline.slots(stage)
        lost = max(0.0, duration - max(even, stage.task_duration_p75_ms or 0))
        return Sign("slow_node", stage, lost, f"{took}; the longest on any other was {seconds(elsewhere)}", wanted)
    return Sign("stragglers", stage, _excess_ms(stage, duration, view), took, {})


def _excess_ms(stage: StageMetrics, duration_ms: int, view: View) -> float:
    even = stage.occupied_ms / view.timeline.slots(stage)
    return max(0.0, min(duration_ms - max(even, stage.task_duration_p75_ms or 0), view.timeline.idle_ms(stage)))
