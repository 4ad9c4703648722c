"""How long ``sparkwright feedback join`` takes after a million decisions, and how much it reads.

    python -m evaluation.benchmarks.feedback [--home DIR] [--decisions 1000000] [--new 500] [--fill-only]

The log and the lake hold a year of decisions with their runs and outcomes. Then an hour's decisions and runs come, and
the join runs three times, each in a process of its own: over everything, over what is new, and over nothing new.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import sqlalchemy as sa
from deltalake import write_deltalake
from rich.progress import Progress

from data_contracts.api.recommendation import Forecast, Quantiles
from data_contracts.arrow import may_be_missing, schema
from data_contracts.row import Row
from data_contracts.tables import Application, Decision, Outcome, Run
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.feedback.decision_table import DECISIONS
from sparkwright.feedback.group_commit import Entry
from sparkwright.feedback.join import outcomes
from sparkwright.settings import Settings, settings

_ROOT = Path(__file__).resolve().parents[2]
_FILE_ROWS, _GROUP = 25_000, 5_000
_BETWEEN = timedelta(seconds=30)
_QUANTILES = Quantiles(p10=8_000, p50=10_000, p90=15_000)
_ALLOCATION = {"spark.executor.memory": "1536m", "spark.sql.shuffle.partitions": "64"}
_PROPERTIES = _ALLOCATION | {f"spark.hadoop.site.setting.{number}": f"value-{number}" for number in range(40)}


def main() -> None:
    """Print what each join took."""
    parser = argparse.ArgumentParser(description="how long the join of feedback takes")
    parser.add_argument("--home", type=Path, help="installation to fill or to use (default: a temporary one)")
    parser.add_argument("--decisions", type=int, default=1_000_000, help="made before (default: %(default)s)")
    parser.add_argument("--new", type=int, default=500, help="made in the last hour (default: %(default)s)")
    parser.add_argument("--fill-only", action="store_true", help="fill the installation and measure nothing")
    args = parser.parse_args()
    with _installation(args.home) as where:
        if not Path(where.lake_uri).exists():
            _fill(where, args.decisions)
        if args.fill_only:
            return
        _joined("everything", "--full")
        _add_hour(where, args.new)
        _joined(f"{args.new} new decisions and runs")
        _joined("nothing new")


@contextmanager
def _installation(home: Path | None) -> Iterator[Settings]:
    with TemporaryDirectory(prefix="sparkwright-benchmark-") as name:
        for variable in [variable for variable in os.environ if variable.startswith("SPARKWRIGHT_")]:
            del os.environ[variable]
        os.environ["SPARKWRIGHT_HOME"] = str((home or Path(name)).resolve())
        settings.cache_clear()
        yield settings()


def _joined(what: str, *options: str) -> None:
    command = [sys.executable, "-m", "sparkwright.cli", "feedback", "join", *options]
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        watched, peak = psutil.Process(process.pid), 0
        while process.poll() is None:
            peak = max(peak, watched.memory_info().rss)
            time.sleep(0.05)
        took_s = time.perf_counter() - began
        said = process.stdout.read().strip() if process.stdout else ""
    if process.returncode:
        raise SystemExit(f"feedback join failed with exit code {process.returncode}")
    print(f"{what}: {took_s:.1f} s, {peak / 1e6:,.0f} MB; {said}", flush=True)


def _fill(where: Settings, count: int) -> None:
    began = datetime.now(UTC) - count * _BETWEEN - timedelta(hours=3)
    with Progress(transient=True) as progress:
        for start in progress.track(range(0, count, _FILE_ROWS), description="filling log and lake"):
            made = _made("old", start, min(_FILE_ROWS, count - start), began + start * _BETWEEN)
            _log(where, made[Decision])
            _append(where, made)
    engine = sa.create_engine(where.decision_log_url)
    with engine.begin() as connection:  # as if each had been written when it was made, not just now
        connection.execute(sa.update(DECISIONS).values(changed_at=DECISIONS.c.decided_at))
    engine.dispose()


def _add_hour(where: Settings, count: int) -> None:
    made = _made(f"new-{time.time():.0f}", 0, count, datetime.now(UTC) - timedelta(minutes=50))
    _log(where, made[Decision])
    _append(where, {row_type: made[row_type] for row_type in (Run, Application)})


def _log(where: Settings, decisions: pa.Table) -> None:
    log = DecisionLog(where.decision_log_url)
    rows = [Decision.model_construct(**row) for row in decisions.to_pylist()]
    for start in range(0, len(rows), _GROUP):
        log.write_all([Entry(one) for one in rows[start : start + _GROUP]])
    log.close()


def _append(where: Settings, made: dict[type[Row], pa.Table]) -> None:
    for row_type, rows in made.items():
        write_deltalake(f"{where.lake_uri}/{row_type.table}", rows, mode="append")


def _made(prefix: str, start: int, count: int, at: datetime) -> dict[type[Row], pa.Table]:
    """Decisions of these numbers with their runs, applications and outcomes: copies of one, with their own ids."""
    decision, run, application = _template()
    [outcome] = outcomes([decision], [run], [application])
    # Random, as UUIDs are, so that no file holds a range of ids of its own.
    marks = np.random.default_rng(start).integers(2**62, size=count)
    ids = pa.array([f"{mark:016x}-{prefix}-{start + number}" for number, mark in enumerate(marks)])
    apps = pa.array([f"app-{at:%Y%m%d%H%M%S}-{prefix}-{start + number}" for number in range(count)])
    moments = pa.array([at + number * _BETWEEN for number in range(count)], pa.timestamp("us", "UTC"))
    workloads = pa.array([f"workload-{(start + number) % 3000}" for number in range(count)])
    own = {
        "decision_id": ids,
        "app_id": apps,
        "decided_at": moments,
        "started_at": moments,
        "ended_at": moments,
        "harvested_at": moments,
        "workload_id": workloads,
    }
    return {
        row_type: _copies(row, count, {name: own[name] for name in own.keys() & row_type.model_fields.keys()})
        for row_type, row in ((Decision, decision), (Run, run), (Application, application), (Outcome, outcome))
    }


def _copies(row: Row, count: int, own: dict[str, pa.Array]) -> pa.Table:
    columns = []
    for field in schema(type(row)):
        value = pa.scalar(getattr(row, field.name), field.type)
        columns.append(own.get(field.name, pa.repeat(value, count)).cast(field.type))
    fields = [field.with_nullable(True).remove_metadata() for field in schema(type(row))]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def _template() -> tuple[Decision, Run, Application]:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    forecast = Forecast(
        duration_ms=_QUANTILES,
        executor_run_time_ms=_QUANTILES,
        input_bytes=_QUANTILES,
        shuffle_write_bytes=_QUANTILES,
        disk_spilled_bytes=_QUANTILES,
    )
    common = {"workload_id": "w", "decision_id": "d", "app_id": "a", "attempt_id": "1", "origin": "cluster"}
    ran = {"platform": "standalone", "started_at": at, "ended_at": at, "status": "succeeded"}
    measured = {"evidence_tier": "tasks", "log_state": "complete", "memory_verdict": "enough", "shape": "batch"}
    decision = _row(
        Decision,
        {
            **common,
            "decided_at": at,
            "request_json": json.dumps({"app_name": "etl", "user": "ana", "properties": _PROPERTIES}),
            "forecast_json": forecast.model_dump_json(),
            "allocation_json": json.dumps(_ALLOCATION),
            "recommendation_json": json.dumps({"allocation": _ALLOCATION, "explanation": "as before " * 60}),
            "release_version": "1",
            "forecaster_version": "1",
        },
    )
    sizes = {"executor_memory_bytes": 1536 * 2**20, "driver_memory_bytes": 2**30, "duration_ms": 11_000}
    counts = {"executor_cores_count": 1, "task_cpus_count": 1, "executor_count": 2, "shuffle_partitions_count": 64}
    run = _row(Run, {**common, **ran, **measured, **sizes, **counts})
    texts = {"app_name": "etl", "user_name": "ana", "queue": "", "spark_version": "4.1.0", "source_path": "log"}
    application = _row(
        Application,
        {
            **common,
            **ran,
            **measured,
            **texts,
            "properties_json": json.dumps(_PROPERTIES),
            "resource_profiles_json": "{}",
            "harvested_at": at,
        },
    )
    return decision, run, application


def _row(row_type: type[Any], known: dict[str, object]) -> Any:
    """A row with these values, its defaults, and nothing or 0 for the rest."""
    rest = {
        name: None if may_be_missing(field.annotation) else 0
        for name, field in row_type.model_fields.items()
        if field.is_required()
    }
    return row_type.model_validate(rest | {name: known[name] for name in known.keys() & row_type.model_fields.keys()})


if __name__ == "__main__":
    main()
