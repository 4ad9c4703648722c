import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from data_contracts.api.recommendation import Forecast, Quantiles
from data_contracts.arrow import may_be_missing
from data_contracts.row import Row
from data_contracts.tables import Application, Decision, Outcome, Run
from sparkwright.feedback.join import outcomes

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
ALLOCATION = {"spark.executor.memory": "1536m", "spark.sql.shuffle.partitions": "64"}


def zeros(row: type[Row]) -> dict[str, object]:
    """Nothing for what may be missing, 0 for the rest: enough for the columns that do not matter to a test."""
    return {name: None if may_be_missing(field.annotation) else 0 for name, field in row.model_fields.items()}


@pytest.fixture
def decision() -> Callable[..., Decision]:
    def make(**changes: object) -> Decision:
        quantiles = Quantiles(p10=8_000, p50=10_000, p90=15_000)
        forecast = Forecast(
            duration_ms=quantiles,
            executor_run_time_ms=quantiles,
            input_bytes=quantiles,
            shuffle_write_bytes=quantiles,
            disk_spilled_bytes=quantiles,
        )
        values = {
            "decision_id": "d1",
            "workload_id": "etl",
            "decided_at": AT,
            "release_version": "1",
            "forecaster_version": "1",
            "request_json": "{}",
            "forecast_json": forecast.model_dump_json(),
            "allocation_json": json.dumps(ALLOCATION),
            "cold": False,
            "trial": False,
            "extrapolated": False,
            "reported_app_id": None,
            "reported_exit_code": None,
        }
        return Decision.model_validate({**values, **changes})

    return make


@pytest.fixture
def run() -> Callable[..., Run]:
    def make(**changes: object) -> Run:
        values: dict[str, object] = {
            "app_id": "app-1",
            "attempt_id": "1",
            "workload_id": "etl",
            "platform": "standalone",
            "origin": "cluster",
            "started_at": AT,
            "ended_at": AT,
            "decision_id": "d1",
            "executor_memory_bytes": 1536 * 2**20,
            "driver_memory_bytes": 2**30,
            "executor_cores_count": 1,
            "task_cpus_count": 1,
            "shuffle_partitions_count": 64,
            "dynamic_allocation": False,
            "duration_ms": 11_000,
            "memory_verdict": "enough",
            "status": "succeeded",
            "evidence_tier": "tasks",
            "log_state": "complete",
            "task_skew_ratio": None,
        }
        return Run.model_validate({**zeros(Run), **values, **changes})

    return make


@pytest.fixture
def application() -> Callable[..., Application]:
    def make(properties: dict[str, str], **changes: object) -> Application:
        values = {
            "app_id": "app-1",
            "attempt_id": "1",
            "workload_id": "etl",
            "app_name": "etl",
            "user_name": "ana",
            "queue": "",
            "origin": "cluster",
            "platform": "standalone",
            "shape": "batch",
            "spark_version": "4.3.0",
            "started_at": AT,
            "ended_at": AT,
            "status": "succeeded",
            "exit_code": 0,
            "log_state": "complete",
            "evidence_tier": "tasks",
            "decision_id": "d1",
            "properties_json": json.dumps(properties),
            "resource_profiles_json": "{}",
            "source_path": "log",
            "harvested_at": AT,
        }
        return Application.model_validate({**zeros(Application), **values, **changes})

    return make


@pytest.fixture
def claimed(
    decision: Callable[..., Decision], run: Callable[..., Run], application: Callable[..., Application]
) -> Callable[..., Outcome]:
    """An outcome of advice that was followed, with the risk that it claimed."""

    def make(claim: float | None, *, trial: bool = False, **changes: object) -> Outcome:
        decided = decision(claimed_death_probability=claim, trial=trial)
        [outcome] = outcomes([decided], [run()], [application(ALLOCATION)])
        return outcome.model_copy(update=changes)

    return make
