"""Logs of Spark 1.1 to 4.2 that others wrote: totals against a second reading with nothing but ``json``."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sparkwright.history.context.log_context import ContextConfig, LogContext
from sparkwright.history.harvest.read import Harvested, harvest_source
from sparkwright.history.sources.log_files import LogSource, find_logs
from tests.support.spark_answers import Answer, events_of

METRICS = {
    "executor_run_time_ms": ("Executor Run Time",),
    "executor_cpu_time_ns": ("Executor CPU Time",),
    "jvm_gc_time_ms": ("JVM GC Time",),
    "result_bytes": ("Result Size",),
    "memory_spilled_bytes": ("Memory Bytes Spilled",),
    "disk_spilled_bytes": ("Disk Bytes Spilled",),
    "input_bytes": ("Input Metrics", "Bytes Read"),
    "input_record_count": ("Input Metrics", "Records Read"),
    "output_bytes": ("Output Metrics", "Bytes Written"),
    "shuffle_write_bytes": ("Shuffle Write Metrics", "Shuffle Bytes Written"),
    "shuffle_fetch_wait_ms": ("Shuffle Read Metrics", "Fetch Wait Time"),
}


@pytest.fixture(scope="module")
def harvested(shared_logs: Path) -> list[tuple[LogSource, Harvested]]:
    """Every log there that can be read, with its rows."""
    sources = [found for found in find_logs(shared_logs / "eventlogs") if isinstance(found, LogSource)]
    found = [(source, harvest_source(source, LogContext(ContextConfig()), datetime.now(UTC))) for source in sources]
    return [(source, one) for source, one in found if not one.unreadable]


def number(metrics: Answer | None, path: tuple[str, ...]) -> int:
    value: object = metrics
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, int) else 0


def totals(events: list[Answer]) -> Counter[str]:
    """What the ends of tasks add up to."""
    total: Counter[str] = Counter()
    for event in events:
        if event["Event"] == "SparkListenerTaskEnd":
            metrics = event.get("Task Metrics")
            total["task_count"] += 1
            total["failed_task_count"] += event["Task End Reason"]["Reason"] not in {
                "Success",
                "TaskKilled",
                "TaskCommitDenied",
            }
            for name, path in METRICS.items():
                total[name] += number(metrics, path)
            for part in ("Remote Bytes Read", "Local Bytes Read"):
                total["shuffle_read_bytes"] += number(metrics, ("Shuffle Read Metrics", part))
    return total


def test_totals_of_every_version_match_its_tasks(harvested: list[tuple[LogSource, Harvested]]) -> None:
    wrong = []
    for source, found in harvested:
        for name, expected in totals(events_of(source)).items():
            ours = sum(getattr(stage, name) for stage in found.rows.stages)
            if ours != expected:
                wrong.append(f"{source.path} {name}: {ours}, its tasks {expected}")
    assert wrong == []
    assert len(harvested) > 75


def test_executors_add_up_to_the_same_as_stages(harvested: list[tuple[LogSource, Harvested]]) -> None:
    for source, found in harvested:
        for name in ("task_count", "failed_task_count", "killed_task_count", "executor_run_time_ms", "jvm_gc_time_ms"):
            by_stage = sum(getattr(row, name) for row in found.rows.stages)
            by_executor = sum(getattr(row, name) for row in found.rows.executors)
            assert by_stage == by_executor, (source.path, name)


def named(harvested: list[tuple[LogSource, Harvested]], end: str) -> Harvested:
    return next(found for source, found in harvested if source.path.endswith(end))


def accumulated_peaks(source: LogSource) -> Iterator[int]:
    for event in events_of(source):
        for one in event.get("Task Info", {}).get("Accumulables", []) if "TaskEnd" in event["Event"] else []:
            if str(one.get("Name")).endswith("peakExecutionMemory"):
                yield int(one["Update"])


def test_the_peak_of_execution_memory_of_spark_1_5_to_2_4_is_read_from_its_accumulator(
    harvested: list[tuple[LogSource, Harvested]],
) -> None:
    versions = set()
    for source, found in harvested:
        app, peaks = found.rows.application, list(accumulated_peaks(source))
        assert app is not None
        if peaks and app.spark_version.startswith(("1.", "2.")):
            assert max(row.peak_execution_memory_bytes for row in found.rows.stages) == max(peaks), source.path
            versions.add(app.spark_version[:3])
    assert versions >= {"1.5", "2.2", "2.3", "2.4"}


def test_blacklisting_is_exclusion(harvested: list[tuple[LogSource, Harvested]]) -> None:
    stage = named(harvested, "apache-spark/application_1516285256255_0012").rows.stages[0]
    assert stage.excluded_executor_count == 3  # those of one node, two of them by name before
    unexcluded = named(harvested, "apache-spark/app-20161115172038-0000").rows.executors
    # Two by name, then their node with all four; then the node is readmitted, and all four with it.
    assert [(row.excluded, row.exclusion_count) for row in unexcluded] == [(False, 1)] * 4


def test_a_log_without_a_word_of_spark_s_version_is_read(harvested: list[tuple[LogSource, Harvested]]) -> None:
    old = named(harvested, "apache-spark-1.x/local-1422981780767").rows
    assert old.application is not None
    assert old.application.spark_version == ""
    assert sum(row.task_count for row in old.executors) == 32


def test_executors_of_a_second_resource_profile_are_told_apart(harvested: list[tuple[LogSource, Harvested]]) -> None:
    found = named(harvested, "nvidia/profiling/rp_sql_eventlog.zstd").rows
    assert found.application is not None
    assert set(json.loads(found.application.resource_profiles_json)) == {"0", "1"}
    assert {row.resource_profile_id for row in found.executors} == {0, 1}
