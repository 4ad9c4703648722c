"""The memory oracle: the yardstick for all advice on sizes."""

from typing import ClassVar

from data_contracts.column import Key, Meta
from data_contracts.fields import allocation as a
from data_contracts.fields import identity as i
from data_contracts.fields import oracle as o
from data_contracts.fields import requirement as r
from data_contracts.row import Row
from data_contracts.rules import AtMost, Rule


class Oracle(Row):
    """The smallest heap shown to be enough for one workload, at one input size: for scoring, never a feature."""

    table: ClassVar[str] = "oracle"
    rules: ClassVar[tuple[Rule, ...]] = (
        AtMost(("insufficient_heap_bytes",), ("oracle_heap_bytes",), "more memory is never worse"),
        AtMost(("oracle_heap_bytes",), ("generous_heap_bytes",), "the grid lies below the generous heap"),
        AtMost(("slow_down_low_ratio",), ("slow_down_ratio",), "an interval holds its estimate"),
        AtMost(("slow_down_ratio",), ("slow_down_high_ratio",), "an interval holds its estimate"),
        AtMost(("half_oom_low_bytes",), ("half_oom_heap_bytes",), "an interval holds its estimate"),
        AtMost(("half_oom_heap_bytes",), ("half_oom_high_bytes",), "an interval holds its estimate"),
        AtMost(("oom_count",), ("run_count",), "a run that died has run"),
    )

    workload_id: Key[i.WorkloadId]
    input_scale: Key[o.InputScale]
    spark_version: Key[i.SparkVersion]
    executor_cores_count: Key[a.ExecutorCoresCount]
    origin: Meta[i.Origin]
    input_bytes: Meta[r.InputBytes]
    parallel_task_count: Meta[o.ParallelTaskCount]
    collector: Meta[o.CollectorName]

    oracle_heap_bytes: Meta[o.OracleHeapBytes | None]
    insufficient_heap_bytes: Meta[o.InsufficientHeapBytes | None]
    generous_heap_bytes: Meta[o.GenerousHeapBytes]
    grid_step_ratio: Meta[o.GridStepRatio]
    repeat_count: Meta[o.RepeatCount]
    slow_down_ratio: Meta[o.SlowDownRatio | None]
    slow_down_low_ratio: Meta[o.SlowDownRatio | None]
    slow_down_high_ratio: Meta[o.SlowDownRatio | None]
    clock_slow_down_ratio: Meta[o.ClockSlowDownRatio | None]
    half_oom_heap_bytes: Meta[o.HalfOomHeapBytes | None]
    half_oom_low_bytes: Meta[o.HalfOomHeapBytes | None]
    half_oom_high_bytes: Meta[o.HalfOomHeapBytes | None]
    oom_probability_ratio: Meta[o.OomProbabilityRatio | None]
    oom_probability_high_ratio: Meta[o.OomProbabilityRatio | None]
    busy_ms: Meta[o.BusyMs]
    run_count: Meta[o.RunCount]
    oom_count: Meta[o.OomCount]
    other_failure_count: Meta[o.OtherFailureCount]
    seed: Meta[o.Seed]
    measured_at: Meta[o.MeasuredAt]
