"""The table ``oracle``: rows from a measurement, and a file of rows to keep with the code."""

import json
import os
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from data_contracts.tables import Oracle
from evaluation.lab.campaign import Case
from evaluation.lab.consumed import consumed
from evaluation.lab.oracle.fit import fit_oom
from evaluation.lab.oracle.measure import Measurement
from sparkwright.errors import ConfigError, reason

MIB = 1024**2
MEASURED = Path(__file__).with_name("measured.json")
"""The rows shipped with the code."""


def rows(measured: Measurement) -> list[Oracle]:
    """Return a row for each settled case, in the order of the plan; unfinished cases have none."""
    return [row for case in measured.plan.cases if (row := _row(measured, case)) is not None]


def _row(measured: Measurement, case: Case) -> Oracle | None:
    evidence, plan = measured.evidence(case), measured.plan
    if evidence.hopeless or evidence.next_trial() is not None:
        return None
    heap, runs = evidence.edge_mib, evidence.outcomes
    logs = [consumed(log) for trial, log in measured.logs(case) if trial.heap_mib == plan.grid.generous_mib]
    slower = evidence.slow_down(heap) if heap else None
    on_the_clock = evidence.slow_down(heap, clock=True) if heap else None
    deaths = [(one.trial.heap_mib, one.ending == "oom") for one in runs if one.ending != "other"]
    curve = fit_oom(deaths, plan.grid.step_ratio) if any(death for _, death in deaths) else None
    half = curve.half() if curve else None
    risk = curve.probability(heap) if curve and heap else None
    too_small = evidence.insufficient_mib
    return Oracle(
        workload_id=case.workload,
        input_scale=f"{case.scale:g}",
        spark_version=logs[0].spark_version,
        executor_cores_count=1,
        origin="lab",
        input_bytes=round(statistics.median(log.input_bytes for log in logs)),
        parallel_task_count=1,
        collector="G1, the default of the JVM",
        oracle_heap_bytes=heap * MIB if heap else None,
        insufficient_heap_bytes=too_small * MIB if too_small else None,
        generous_heap_bytes=plan.grid.generous_mib * MIB,
        grid_step_ratio=plan.grid.step_ratio,
        repeat_count=len(evidence.at(heap, rounds=True)) if heap else 0,
        slow_down_ratio=slower.value if slower else None,
        slow_down_low_ratio=slower.low if slower else None,
        slow_down_high_ratio=slower.high if slower else None,
        clock_slow_down_ratio=on_the_clock.value if on_the_clock else None,
        half_oom_heap_bytes=round(half.value * MIB) if half else None,
        half_oom_low_bytes=round(half.low * MIB) if half else None,
        half_oom_high_bytes=round(half.high * MIB) if half else None,
        oom_probability_ratio=risk.value if risk else None,
        oom_probability_high_ratio=risk.high if risk else None,
        busy_ms=statistics.median(log.cpu_ms + log.gc_ms for log in logs),
        run_count=len(runs),
        oom_count=sum(one.ending == "oom" for one in runs),
        other_failure_count=sum(one.ending == "other" for one in runs),
        seed=plan.seed,
        measured_at=datetime.fromtimestamp(max(log.ended_at_ms for log in logs) / 1000, UTC),
    )


def write(found: Sequence[Oracle], measured: Measurement, file: Path) -> None:
    """Write rows atomically, with the plan and machine they were measured with."""
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    content = {
        "machine": f"{os.cpu_count()} cores, {memory_bytes / 1024**3:.0f} GiB",
        "plan": measured.plan.model_dump(mode="json"),
        "rows": [row.model_dump(mode="json") for row in found],
    }
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    partial.replace(file)


def read(file: Path) -> list[Oracle]:
    """Read the rows of a file written by :func:`write`.

    Raises:
        ConfigError: The file is missing, or of another kind.
    """
    try:
        return [Oracle.model_validate_json(json.dumps(row)) for row in json.loads(file.read_text("utf-8"))["rows"]]
    except OSError as error:
        raise ConfigError(f"expected rows of the oracle in {file}: {reason(error)}") from error
    except (ValidationError, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise ConfigError(
            f"expected rows of the oracle in {file}, as sparkwright lab oracle writes: {error}"
        ) from error
