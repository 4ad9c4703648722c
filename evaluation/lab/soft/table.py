"""Rows of soft evidence, one per run, as the harvest reads them, and a file of rows to keep with the code."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from data_contracts.tables import Oracle, Run
from evaluation.lab.campaign import Launch
from evaluation.lab.manifest import Manifest
from evaluation.lab.soft.plan import SoftPlan, soft_launches
from evaluation.lab.truth import NO_FAULT
from sparkwright.errors import ConfigError, reason
from sparkwright.history.harvest.incremental import harvest
from sparkwright.lake import Lake

MEASURED = Path(__file__).with_name("measured.json")
"""The rows shipped with the code."""
_FIGURES = (
    "duration_ms",
    "input_bytes",
    "executor_run_time_ms",
    "executor_cpu_time_ns",
    "jvm_gc_time_ms",
    "major_gc_count",
    "memory_spilled_bytes",
    "disk_spilled_bytes",
    "peak_jvm_heap_bytes",
    "peak_process_rss_bytes",
    "peak_unified_memory_bytes",
    "peak_execution_memory_bytes",
)


class SoftRun(BaseModel):
    """One run of a case of the oracle; figures are those of its row in ``runs``, None if Spark wrote none.

    Attributes:
        launch_id: Launch id of the run.
        workload_id: Workload of the case.
        input_scale: Input scale of the case.
        oracle_heap_bytes: The measured need of the case.
        heap_bytes: What the executor had.
        ended: ``good``, ``oom`` (its heap was full), or ``other`` (the lab stopped it, or it failed in another way).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    launch_id: str
    workload_id: str
    input_scale: str
    oracle_heap_bytes: int
    heap_bytes: int
    ended: Literal["good", "oom", "other"]
    duration_ms: int | None = None
    input_bytes: int | None = None
    executor_run_time_ms: int | None = None
    executor_cpu_time_ns: int | None = None
    jvm_gc_time_ms: int | None = None
    major_gc_count: int | None = None
    memory_spilled_bytes: int | None = None
    disk_spilled_bytes: int | None = None
    peak_jvm_heap_bytes: int | None = None
    peak_process_rss_bytes: int | None = None
    peak_unified_memory_bytes: int | None = None
    peak_execution_memory_bytes: int | None = None


def soft_runs(plan: SoftPlan, oracles: Sequence[Oracle], out: Path) -> list[SoftRun]:
    """Return the rows of every run in a folder, in the order of the plan.

    Raises:
        ConfigError: ``out`` has no runs of a lab.
    """
    done = Manifest.read(out).done
    need = {(one.workload_id, float(one.input_scale)): one.oracle_heap_bytes for one in oracles}
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(folder)
        harvest(out / "eventlogs", None, lake)
        figures = {row.pop("app_id"): row for row in lake.read(Run, columns=["app_id", *_FIGURES]).to_pylist()}
    found = []
    for launch in soft_launches(plan, oracles):
        line, oracle = done.get(launch.launch_id), need[launch.workload, launch.scale]
        if line is None or oracle is None:
            continue
        ended: Literal["good", "oom", "other"] = "other"
        if line.state == "verified":
            ended = "good" if line.root_cause == NO_FAULT else "oom"
        found.append(_row(launch, oracle, ended, figures.get(line.event_log.removeprefix("eventlog_v2_"), {})))
    return found


def _row(
    launch: Launch, oracle_bytes: int, ended: Literal["good", "oom", "other"], figures: Mapping[str, Any]
) -> SoftRun:
    return SoftRun(
        launch_id=launch.launch_id,
        workload_id=launch.workload,
        input_scale=f"{launch.scale:g}",
        oracle_heap_bytes=oracle_bytes,
        heap_bytes=launch.executors.memory_mib * 1024**2,
        ended=ended,
        **figures,
    )


def write(found: Sequence[SoftRun], plan: SoftPlan, file: Path) -> None:
    """Write rows atomically, one per line, with the plan and machine they were measured with."""
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    head = {
        "machine": f"{os.cpu_count()} cores, {memory_bytes / 1024**3:.0f} GiB",
        "plan": plan.model_dump(mode="json"),
    }
    rows = ",\n".join(row.model_dump_json() for row in found)
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(head)[:-1] + f', "rows": [\n{rows}\n]}}\n', encoding="utf-8")
    partial.replace(file)


def read(file: Path) -> list[SoftRun]:
    """Read the rows of a file written by :func:`write`.

    Raises:
        ConfigError: The file is missing, or of another kind.
    """
    try:
        return [SoftRun.model_validate(row) for row in json.loads(file.read_text("utf-8"))["rows"]]
    except OSError as error:
        raise ConfigError(f"expected rows of soft evidence in {file}: {reason(error)}") from error
    except (ValidationError, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise ConfigError(
            f"expected rows of soft evidence in {file}, as sparkwright lab soft writes: {error}"
        ) from error
