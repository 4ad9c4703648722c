"""What a launcher asks and hands to Spark, also one that asks by itself: of Airflow, or of PySpark."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest.mock import patch

import sparkwright
from data_contracts.api.recommendation import Recommendation, RecommendRequest
from data_contracts.properties.provenance import WORKLOAD
from data_contracts.tables import Outcome, Run
from sparkwright.advisor.core import ForecastReply, conclude, prepare
from sparkwright.feedback.join import outcomes
from sparkwright.history.context.log_context import ContextConfig, LogContext
from sparkwright.history.harvest.read import harvest_source
from sparkwright.history.sources.log_files import LogSource, find_logs
from sparkwright.launchers.advice import Advice
from sparkwright.launchers.manifests.spark_application import read_application
from sparkwright.spark.command_line import parse_submit
from tests.launchers.answering import OneAnswer
from tests.support.misbehaving_service import misbehaving


class Launch(NamedTuple):
    """A launcher's question, and what it hands to Spark once it is answered."""

    request: dict[str, Any]
    handed: Callable[[Advice], dict[str, str]]


def line_of(properties: dict[str, str]) -> list[str]:
    return [word for name, value in properties.items() for word in ("--conf", f"{name}={value}")]


def asking(run: Callable[[], dict[str, str]]) -> Launch:
    """A launcher that asks over the network each time it runs."""

    def over(advice: Advice) -> tuple[dict[str, str], OneAnswer]:
        service = OneAnswer(advice.allocation, decision_id=advice.decision_id, workload_id=advice.workload_id)
        with misbehaving() as start, patch.dict(os.environ, SPARKWRIGHT_SERVICE_URL=start(service)):
            return run(), service

    _, service = over(Advice("d0", "w", {}, ""))
    [(_, request)] = service.asked
    return Launch(request, lambda advice: over(advice)[0])


def _begun(operator: Any) -> Any:
    """An operator of Airflow in the middle of the first try of ``sales.load``, without Airflow's database."""
    ti = SimpleNamespace(dag_id="sales", task_id="load", run_id="r", map_index=-1, try_number=1, max_tries=0)
    ti.xcom_push = lambda **_: None
    operator._begin({"ti": ti, "task": operator})
    return operator


def airflow_submit(properties: dict[str, str], workload: str) -> Launch:
    from sparkwright.launchers.airflow import AdvisedSparkSubmitOperator

    def run() -> dict[str, str]:
        operator = _begun(AdvisedSparkSubmitOperator(task_id="load", application="app.py", workload=workload))
        words = ["spark-submit", "--master", "yarn", "--deploy-mode", "cluster", *line_of(properties)]
        return parse_submit(operator._advised([*words, "--name", "nightly", "app.py"])[1:]).properties

    return asking(run)


def airflow_kubernetes(properties: dict[str, str], workload: str) -> Launch:
    from sparkwright.launchers.airflow import AdvisedSparkKubernetesOperator

    def run() -> dict[str, str]:
        manifest = {
            "apiVersion": "sparkoperator.k8s.io/v1beta2",
            "kind": "SparkApplication",
            "metadata": {"name": "nightly", "namespace": "etl"},
            "spec": {"sparkConf": dict(properties)},
        }
        _begun(AdvisedSparkKubernetesOperator(task_id="load", template_spec={}, workload=workload))._advise(manifest)
        return read_application(manifest).properties

    return asking(run)


def own_session(properties: dict[str, str], workload: str) -> Launch:
    key = workload or properties.get(WORKLOAD, "nightly")
    return asking(lambda: sparkwright.advise(key, {"spark.app.name": "nightly", **properties}))


MOMENT = datetime(2026, 11, 29, tzinfo=UTC)
ALLOCATION = {"spark.executor.memory": "1100m", "spark.sql.shuffle.partitions": "64"}


def decided(request: dict[str, Any], allocation: dict[str, str] = ALLOCATION, decision_id: str = "") -> Recommendation:
    """What a service would answer: the workload is named as it names it."""
    asked = prepare(RecommendRequest.model_validate(request), MOMENT)
    return Recommendation(
        decision_id=decision_id or asked.decision_id,
        workload_id=asked.workload_id,
        allocation=allocation,
        cold=False,
        trial=False,
        extrapolated=False,
        observed_run_count=5,
        reasons=[],
        release_version="1",
        forecaster_version="1",
    )


def joined(request: dict[str, Any], recommendation: Recommendation, log: LogSource) -> tuple[Run, Outcome]:
    """The run that an event log tells of, and the outcome that joins it to its decision."""
    asked = prepare(RecommendRequest.model_validate(request), MOMENT)
    _, decision = conclude(asked, ForecastReply(recommendation=recommendation))
    decision = decision.model_copy(update={"decision_id": recommendation.decision_id})
    rows = harvest_source(log, LogContext(ContextConfig()), MOMENT).rows
    assert rows.run is not None
    [outcome] = outcomes([decision], [rows.run], [rows.application])
    return rows.run, outcome


def only_log(folder: Path) -> LogSource:
    """The one event log below a folder."""
    [log] = find_logs(folder)
    assert isinstance(log, LogSource)
    return log
