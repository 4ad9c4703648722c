"""Lakes and reports that several tests look at."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from data_contracts.api.report import Filters, Prices, Report
from data_contracts.tables import Application, Evidence, Executor, Run
from sparkwright.lake import Lake
from sparkwright.report.build import build_report
from sparkwright.report.reading import reading_of
from sparkwright.report.tables import read_tables
from tests.report import rows

CAMPAIGN = Path(__file__).resolve().parents[1] / "fixtures" / "campaign" / "eventlogs"
PRICES = Prices(currency="EUR", vcore_hour=1.0, memory_gib_hour=0.5, source="a test")
START = datetime(2026, 3, 2, 6, tzinfo=UTC)


def report_on(lake: Lake, **filters: Any) -> Report:
    """The report on all that a lake holds."""
    tables = read_tables(lake, since=filters.get("since"), workload=filters.get("workload"))
    return build_report(
        tables, source=lake.uri, reading=reading_of(None, tables), prices=PRICES, filters=Filters(**filters)
    )


def add_run(
    lake: Lake,
    app_id: str,
    *,
    days: float = 0,
    hours: float = 1,
    executors: int = 2,
    cores: int = 4,
    peak_gib: float | None = None,
    busy_hours: float = 0.0,
    properties: dict[str, str] | None = None,
    evidence: list[dict[str, Any]] | None = None,
    application: dict[str, Any] | None = None,
    run: dict[str, Any] | None = None,
) -> None:
    """Write one application with equal executors that lived as long as it did.

    Args:
        lake: Where to.
        app_id: Its id.
        days: When it started, from START.
        hours: How long it took.
        executors: How many.
        cores: Of each.
        peak_gib: Largest heap of each, where measured.
        busy_hours: Core-hours of tasks of each.
        properties: Effective ones.
        evidence: Facts.
        application: Other values of its row.
        run: Other values of the run's row.
    """
    properties = {"spark.executor.memory": "8g", "spark.executor.cores": str(cores), **(properties or {})}
    started = START + timedelta(days=days)
    ended = started + timedelta(hours=hours)
    peak = int(peak_gib * 1024**3) if peak_gib is not None else None
    times = {"started_at": started, "ended_at": ended}
    given = {"app_id": app_id, "properties_json": json.dumps(properties), **times, **(application or {})}
    lake.merge(Application, [rows.application(**given)])
    key = {"app_id": app_id, "attempt_id": given.get("attempt_id", "1")}
    lake.merge(
        Executor,
        [
            rows.executor(
                **key,
                **times,
                executor_id=str(number),
                executor_cores_count=cores,
                executor_run_time_ms=int(busy_hours * 3_600_000),
                peak_jvm_heap_bytes=peak,
            )
            for number in range(executors)
        ],
    )
    same = {name: given[name] for name in ("workload_id", "platform", "status") if name in given}
    lake.merge(
        Run,
        [
            rows.run(
                **{
                    **key,
                    **times,
                    **same,
                    "duration_ms": int(hours * 3_600_000),
                    "executor_count": executors,
                    "executor_cores_count": cores,
                    "peak_jvm_heap_bytes": peak,
                    "evidence_tier": "tasks" if peak is None else "heap_peaks",
                    **(run or {}),
                }
            )
        ],
    )
    if evidence:
        lake.merge(
            Evidence,
            [rows.evidence(**key, evidence_id=f"e{number}", **fact) for number, fact in enumerate(evidence, 1)],
        )
