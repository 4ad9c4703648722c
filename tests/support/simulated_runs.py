"""Made-up runs (origin ``simulated``) with a known latent memory need, for tests only: never a figure to report."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from data_contracts.tables import Run

GIB = 1024**3
MIB = 1024**2
START = datetime(2026, 1, 1, tzinfo=UTC)


def simulated_run(workload_id: str, number: int, **changes: Any) -> Run:
    """One successful run of a small job, with ``changes`` laid over it."""
    started_at = changes.pop("started_at", START + timedelta(hours=number))
    values = {
        "app_id": f"app-{workload_id}-{number:06d}",
        "attempt_id": "1",
        "workload_id": workload_id,
        "platform": "standalone",
        "origin": "simulated",
        "started_at": started_at,
        "ended_at": started_at + timedelta(seconds=60),
        "decision_id": None,
        "executor_memory_bytes": 2 * GIB,
        "executor_memory_overhead_bytes": 384 * MIB,
        "executor_offheap_bytes": 0,
        "executor_pyspark_bytes": 0,
        "executor_cores_count": 2,
        "executor_count": 4,
        "task_cpus_count": 1,
        "driver_memory_bytes": GIB,
        "shuffle_partitions_count": 200,
        "dynamic_allocation": False,
        "duration_ms": 60_000,
        "executor_run_time_ms": 400_000,
        "input_bytes": 4 * GIB,
        "shuffle_write_bytes": GIB,
        "disk_spilled_bytes": 0,
        "memory_verdict": "enough",
        "status": "succeeded",
        "task_count": 400,
        "failed_task_count": 0,
        "killed_task_count": 0,
        "speculative_task_count": 0,
        "speculation_wasted_ms": 0,
        "job_count": 3,
        "failed_job_count": 0,
        "stage_count": 4,
        "failed_stage_count": 0,
        "sql_execution_count": 1,
        "added_executor_count": 4,
        "lost_executor_count": 0,
        "excluded_executor_count": 0,
        "executor_cpu_time_ns": 350_000_000_000,
        "jvm_gc_time_ms": 8_000,
        "shuffle_fetch_wait_ms": 500,
        "input_record_count": 10_000_000,
        "output_bytes": 10 * MIB,
        "shuffle_read_bytes": GIB,
        "memory_spilled_bytes": 0,
        "peak_execution_memory_bytes": 300 * MIB,
        "peak_jvm_heap_bytes": int(1.5 * GIB),
        "peak_jvm_offheap_bytes": 90 * MIB,
        "peak_unified_memory_bytes": 900 * MIB,
        "peak_storage_memory_bytes": 0,
        "peak_direct_memory_bytes": 20 * MIB,
        "major_gc_count": 3,
        "peak_process_rss_bytes": 2 * GIB,
        "peak_python_rss_bytes": None,
        "task_skew_ratio": 1.5,
        "evidence_tier": "process_tree",
        "log_state": "complete",
    }
    return Run.model_validate(values | changes)


def simulated_runs(workload_count: int, runs_each: int, seed: int = 0) -> list[Run]:
    """A cluster's history: inputs that grow and vary, people who raise memory after a death, a few odd failures."""
    random = np.random.default_rng(seed)
    rows = []
    for workload in range(workload_count):
        input_level = math.log(random.uniform(0.2, 20) * GIB)
        growth = random.normal(0.01, 0.01)
        work_per_gib_ms = math.exp(random.normal(math.log(60_000), 0.6))
        shuffle_ratio = random.uniform(0.05, 1.0)
        need_per_task = math.exp(random.normal(math.log(500 * MIB), 0.5))
        heap = int(2 ** random.integers(0, 4)) * GIB
        cores, count = int(random.integers(1, 5)), int(random.integers(2, 9))
        for number in range(runs_each):
            at = START + timedelta(hours=number, minutes=float(random.uniform(0, 30)), seconds=workload)
            input_bytes = math.exp(input_level + growth * number + random.normal(0, 0.15))
            # Part of the need is common, part is each task's own, and it grows with the input.
            size = (input_bytes / math.exp(input_level)) ** 0.6
            need = (300 * MIB + need_per_task * cores * size) * math.exp(random.normal(0, 0.08))
            pressure = need / heap
            work = work_per_gib_ms * input_bytes / GIB * (1 + 0.6 * max(0.0, pressure - 0.6))
            duration = (12_000 + work / (cores * count)) * math.exp(random.normal(0, 0.07))
            spilled = max(0.0, pressure - 0.7) * input_bytes * shuffle_ratio
            died, odd = need > heap, random.uniform() < 0.03
            done = random.uniform(0.2, 0.9) if died or odd else 1.0
            rows.append(
                simulated_run(
                    f"workload-{workload:03d}",
                    number,
                    started_at=at,
                    ended_at=at + timedelta(milliseconds=int(duration * done)),
                    executor_memory_bytes=heap,
                    executor_cores_count=cores,
                    executor_count=count,
                    duration_ms=int(duration * done),
                    executor_run_time_ms=int(work * done),
                    input_bytes=int(input_bytes * done),
                    shuffle_write_bytes=int(input_bytes * shuffle_ratio * done),
                    shuffle_read_bytes=int(input_bytes * shuffle_ratio * done),
                    disk_spilled_bytes=int(spilled * done),
                    memory_spilled_bytes=int(3 * spilled * done),
                    memory_verdict="heap_oom" if died else "unknown" if odd else "enough",
                    status="failed" if died or odd else "succeeded",
                    failed_task_count=4 if died or odd else 0,
                    jvm_gc_time_ms=int(work * done * min(0.5, 0.02 + 0.2 * max(0.0, pressure - 0.5))),
                    executor_cpu_time_ns=int(work * done * 0.85e6),
                    peak_jvm_heap_bytes=int(heap * min(0.97, 0.6 + 0.3 * pressure)),
                    peak_execution_memory_bytes=int(0.5 * min(need, heap)),
                    task_skew_ratio=float(1 + random.gamma(2, 0.3)),
                )
            )
            if died:
                heap = int(heap * 1.5)
    return rows


def as_table(rows: list[Run]) -> pa.Table:
    """The rows as the lake returns them."""
    return pa.Table.from_pylist([row.model_dump() for row in rows])
