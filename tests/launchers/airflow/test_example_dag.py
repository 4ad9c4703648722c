"""The example's DAG by ``airflow dags test``, with real Spark: the event log names the decision, which is joined."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from data_contracts.properties.provenance import DECISION_ID, LAUNCH_ID, WORKLOAD
from sparkwright.history.context.log_context import ContextConfig, LogContext
from sparkwright.history.harvest.read import harvest_source
from sparkwright.orchestration import REPOSITORY, airflow_environment
from sparkwright.settings import Settings
from tests.launchers.answering import OneAnswer
from tests.launchers.launches import MOMENT, decided, joined, only_log

pytest.importorskip("airflow.providers.apache.spark", reason="apache-airflow-providers-apache-spark is not installed")


@pytest.mark.slow
def test_the_decision_of_the_example_is_joined_to_its_run(misbehaving_service, tmp_path):
    dags, conf, events, home = (tmp_path / name for name in ("dags", "conf", "eventlogs", "home"))
    for folder in (dags, conf, events):
        folder.mkdir()
    for name in ("airflow_dag.py", "orders_job.py"):
        shutil.copy(REPOSITORY / "docs/examples" / name, dags)
    (conf / "spark-defaults.conf").write_text(
        f"spark.eventLog.enabled true\nspark.eventLog.dir file://{events}\nspark.ui.enabled false\n"
    )
    service = OneAnswer({"spark.sql.shuffle.partitions": "7", "spark.driver.memory": "700m"})
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SPARK")}
    programs = Path(sys.executable).parent
    env = {
        **inherited,
        **airflow_environment(Settings(home=home)),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW_CONN_SPARK_DEFAULT": json.dumps({"conn_type": "spark", "host": "local[1]"}),
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_CONF_DIR": str(conf),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARKWRIGHT_HOME": str(home),
        "SPARKWRIGHT_LAUNCHER_TIMEOUT_S": "20",
        "SPARKWRIGHT_SERVICE_URL": misbehaving_service(service),
    }
    subprocess.run([programs / "airflow", "db", "migrate"], env=env, check=True, capture_output=True)
    words = [programs / "airflow", "dags", "test", "nightly_orders"]
    done = subprocess.run(words, env=env, cwd=REPOSITORY, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    log = only_log(events)
    [request] = [body for path, body in service.asked if path == "/v1/recommend"]
    recommendation = decided(request, {"spark.sql.shuffle.partitions": "7", "spark.driver.memory": "700m"}, "d1")
    _, outcome = joined(request, recommendation, log)
    assert (outcome.decision_id, outcome.disobeyed_json) == ("d1", "{}")
    rows = harvest_source(log, LogContext(ContextConfig()), MOMENT).rows
    assert rows.run is not None
    assert (rows.run.decision_id, rows.run.workload_id) == ("d1", "airflow:nightly_orders.orders")
    properties = json.loads(rows.application.properties_json)
    assert properties["spark.sql.shuffle.partitions"] == "7"
    assert properties["spark.driver.memory"] == "700m"
    assert (properties[DECISION_ID], properties[WORKLOAD]) == ("d1", "airflow:nightly_orders.orders")
    kept = events.parent / "drivers" / f"{properties[LAUNCH_ID]}.log"
    assert "10 remainders" in kept.read_text()
    assert kept.with_suffix(".exit").read_text() == "0\n"
    told = [body for path, body in service.asked if path == "/v1/feedback"]
    assert told == [{"decision_id": "d1", "app_id": rows.application.app_id, "exit_code": 0}]
