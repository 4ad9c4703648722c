"""The stages of a workload, as shares of what its run does, taken from its largest good run in the lab."""

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from data_contracts.properties.spark import KIB
from data_contracts.tables import Run, Stage
from sparkwright.lake import Lake

_FIXED_BYTES = 64 * KIB
_FOLDERS = re.compile(r"/(?:[^/\s]*/)*")


class StageShape(BaseModel):
    """One stage.

    Attributes:
        name: As Spark named it.
        job: Job that it belongs to.
        sql: SQL execution that it belongs to, counted from 0; -1 for none.
        fixed_ms: Core-time of a stage whose work does not grow with the input; else 0.
        run_share: Share of the core-time of the stages that grow.
        input_share: Share of the bytes read from sources.
        read_share: Share of the shuffle bytes read.
        write_share: Share of the shuffle bytes written.
        output_share: Share of the bytes written to sinks.
        result_bytes: What each of its tasks sends to the driver.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    job: int
    sql: int
    fixed_ms: int
    run_share: float
    input_share: float
    read_share: float
    write_share: float
    output_share: float
    result_bytes: int


class Shape(BaseModel):
    """The stages of a workload in order.

    Attributes:
        fatal: Position of the stage that dies if the heap is too small.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    stages: tuple[StageShape, ...]
    fatal: int


def read_shapes(lake: Lake, app_ids: Sequence[str]) -> dict[str, Shape]:
    """Return the shape of each workload, from its good run with the most input among ``app_ids``."""
    runs = lake.read(Run, filters=pc.field("app_id").isin(pa.array(app_ids, pa.string()))).to_pylist()
    stages = lake.read(Stage, filters=pc.field("app_id").isin(pa.array(app_ids, pa.string()))).to_pylist()
    by_app: dict[str, list[dict[str, Any]]] = {}
    for stage in stages:
        by_app.setdefault(stage["app_id"], []).append(stage)
    largest: dict[str, dict[str, Any]] = {}
    died_in: dict[str, set[int]] = {}
    for run in sorted(runs, key=lambda run: (run["input_bytes"], run["app_id"])):
        if run["status"] == "succeeded":
            largest[run["workload_id"]] = run
        else:
            failed = (stage["stage_id"] for stage in by_app.get(run["app_id"], []) if stage["status"] == "failed")
            died_in.setdefault(run["workload_id"], set()).update(failed)
    return {name: _shape(run, by_app[run["app_id"]], died_in.get(name, set())) for name, run in sorted(largest.items())}


def _shape(run: dict[str, Any], stages: list[dict[str, Any]], died_in: set[int]) -> Shape:
    stages = sorted(stages, key=lambda stage: (stage["stage_id"], stage["stage_attempt_id"]))
    fixed = [max(stage["input_bytes"], stage["shuffle_read_bytes"]) < _FIXED_BYTES for stage in stages]
    if all(fixed):
        fixed[max(range(len(stages)), key=lambda at: stages[at]["executor_run_time_ms"])] = False
    grows = [stage for stage, is_fixed in zip(stages, fixed, strict=True) if not is_fixed]
    jobs = [min(number, run["job_count"] - 1) for number in range(len(stages))]
    # A job belongs to one execution, so its stages do.
    asked = [stages[jobs.index(job)]["sql_execution_id"] for job in jobs]
    executions = sorted(set(asked) - {None})
    shapes = tuple(
        StageShape(
            name=_FOLDERS.sub("", stage["stage_name"]),
            job=jobs[number],
            sql=executions.index(asked[number]) if asked[number] is not None else -1,
            fixed_ms=stage["executor_run_time_ms"] if is_fixed else 0,
            run_share=0.0 if is_fixed else _share(stage, grows, "executor_run_time_ms"),
            input_share=_share(stage, stages, "input_bytes"),
            read_share=_share(stage, stages, "shuffle_read_bytes"),
            write_share=_share(stage, stages, "shuffle_write_bytes"),
            output_share=_share(stage, stages, "output_bytes"),
            result_bytes=stage["result_bytes"] // max(1, stage["task_count"]),
        )
        for number, (stage, is_fixed) in enumerate(zip(stages, fixed, strict=True))
    )
    weights = [shape.run_share + (stage["stage_id"] in died_in) for shape, stage in zip(shapes, stages, strict=True)]
    return Shape(stages=shapes, fatal=max(range(len(shapes)), key=weights.__getitem__))


def _share(stage: dict[str, Any], of: list[dict[str, Any]], name: str) -> float:
    total = sum(one[name] for one in of)
    return round(stage[name] / total, 6) if total else 0.0
