"""Rows with the least that their contract asks for, and what a test says."""

from datetime import datetime
from typing import Any, Literal, get_args, get_origin

from data_contracts.row import Row
from data_contracts.tables import Application, Evidence, Executor, Run, Stage

_GIB = 1024**3
_APPLICATION = {
    "attempt_id": "1", "workload_id": "nightly", "app_name": "nightly", "user_name": "ana", "queue": "etl",
    "platform": "standalone", "shape": "batch", "status": "succeeded", "log_state": "complete",
    "evidence_tier": "heap_peaks", "properties_json": "{}", "resource_profiles_json": "{}", "origin": "cluster",
}  # fmt: skip
_RUN = {
    "attempt_id": "1", "workload_id": "nightly", "platform": "standalone", "origin": "cluster", "status": "succeeded",
    "memory_verdict": "enough", "executor_memory_bytes": 8 * _GIB, "executor_count": 2, "executor_cores_count": 4,
    "task_cpus_count": 1, "input_bytes": 10 * _GIB, "log_state": "complete", "shuffle_partitions_count": 200,
}  # fmt: skip


def application(**values: Any) -> Application:
    """One row of ``applications``."""
    return _row(Application, {**_APPLICATION, **values})


def run(**values: Any) -> Run:
    """One row of ``runs``."""
    return _row(Run, {**_RUN, **values})


def executor(**values: Any) -> Executor:
    """One row of ``executors``."""
    return _row(Executor, values)


def stage(**values: Any) -> Stage:
    """One row of ``stages``."""
    return _row(Stage, {"attempt_id": "1", "status": "complete", "task_count": 1, **values})


def evidence(**values: Any) -> Evidence:
    """One row of ``evidence``."""
    return _row(Evidence, {"kind": "task_failure", "source": "TaskEnd stage 1", "occurrence_count": 1, **values})


def _row(row_type: type[Row], values: dict[str, Any]) -> Any:
    given = {
        name: values.get(name, _least(field.annotation, field.metadata))
        for name, field in row_type.model_fields.items()
    }
    return row_type.model_validate({**given, **values})


def _least(annotation: Any, metadata: list[Any]) -> Any:
    """The least value of a column."""
    if type(None) in get_args(annotation):
        return None
    kind = annotation
    while get_origin(kind) not in (None, Literal):
        kind = get_args(kind)[0]
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    marks = [*metadata, *(inner for mark in metadata for inner in getattr(mark, "metadata", ()))]
    bounds = [getattr(mark, "ge", 0) for mark in marks] + [getattr(mark, "gt", -1) + 1 for mark in marks]
    return {
        str: "x", int: max([0, *bounds]), float: 1.0, bool: False, datetime: datetime.fromisoformat("2026-03-02T06:00Z")
    }[kind]  # fmt: skip
