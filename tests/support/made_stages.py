"""Applications made of a few figures, for detectors to look at."""

from dataclasses import replace
from typing import Any

from sparkwright.diagnosis.detectors.metrics import ApplicationMetrics, ExecutorMetrics, SqlMetrics, StageMetrics

MIB = 1024**2
START_MS = 1_700_000_000_000


def stage(
    stage_id: int = 0, *, from_s: float = 0, to_s: float = 100, tasks: int = 40, task_s: float = 10, **changes: Any
) -> StageMetrics:
    """A stage whose tasks are all alike: so long, 10 MiB of shuffle each, of SQL execution 0."""
    duration = int(1000 * task_s)
    even = StageMetrics(
        stage_id=stage_id,
        stage_attempt_id=0,
        stage_name="save at job.py:1",
        sql_execution_id=0,
        status="complete",
        started_at=START_MS + int(1000 * from_s),
        ended_at=START_MS + int(1000 * to_s),
        task_count=tasks,
        failed_task_count=0,
        killed_task_count=0,
        speculative_task_count=0,
        speculation_wasted_ms=0,
        executor_run_time_ms=tasks * duration,
        executor_cpu_time_ns=tasks * duration * 500_000,
        jvm_gc_time_ms=0,
        input_bytes=0,
        shuffle_read_bytes=tasks * 10 * MIB,
        shuffle_write_bytes=0,
        memory_spilled_bytes=0,
        disk_spilled_bytes=0,
        max_task_duration_ms=duration,
        task_time_ms=tasks * duration,
        failed_task_time_ms=0,
        longest_task_ms=duration,
        longest_task_read_bytes=10 * MIB,
        longest_task_executor_id="1",
        longest_task_elsewhere_ms=duration,
        largest_task_read_bytes=10 * MIB,
        largest_task_ms=duration,
        task_duration_p25_ms=duration,
        task_duration_p50_ms=duration,
        task_duration_p75_ms=duration,
    )
    return replace(even, **changes)


def application(
    *stages: StageMetrics, executors: int = 2, cores: int = 2, lasts_s: float = 100, **changes: Any
) -> ApplicationMetrics:
    """A YARN application that succeeded, whose executors stay from its start to its end."""
    end = START_MS + int(1000 * lasts_s)
    workers = [
        ExecutorMetrics(str(number + 1), f"host-{number}", cores, START_MS, end, 20, 0) for number in range(executors)
    ]
    app = ApplicationMetrics(
        app_id="application_1",
        attempt_id="1",
        app_name="job",
        platform="yarn",
        shape="batch",
        started_at=START_MS,
        ended_at=end,
        status="succeeded",
        properties={"spark.executor.memory": "4g"},
        stages=list(stages),
        executors=workers,
        sql_executions=[SqlMetrics(0, 0, "save", "f1", START_MS, end)],
    )
    return replace(app, **changes)
