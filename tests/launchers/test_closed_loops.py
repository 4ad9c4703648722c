"""The whole loop through each launcher: it submits, the event log names the decision, the outcome is joined to it.

Real Spark on this machine; ``airflow/test_example_dag.py`` is the same for Airflow. A manifest becomes an
object, and what the operator makes of that is submitted; no operator was run.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sparkwright.launchers.manifests.spark_application import read_application
from sparkwright.orchestration import REPOSITORY
from tests.launchers.answering import OneAnswer
from tests.launchers.launches import decided, joined, line_of, only_log

EXAMPLES = REPOSITORY / "docs" / "examples"
ALLOCATION = {"spark.sql.shuffle.partitions": "7", "spark.driver.memory": "700m"}
SPARK_SUBMIT = str(Path(sys.executable).with_name("spark-submit"))
SPARKWRIGHT = [sys.executable, "-m", "sparkwright.cli"]
MANIFEST = """\
apiVersion: sparkoperator.k8s.io/v1beta2
kind: {kind}
metadata: {{name: nightly, namespace: etl}}
spec:
  schedule: "@daily"
  template: &application
    type: Python
    mode: cluster
    sparkVersion: 4.0.0
    mainApplicationFile: local:///orders_job.py
    driver: {{cores: 1}}
    executor: {{instances: 1}}
"""


class Place:
    """Where an application runs: a folder of event logs, and a service that answers all questions alike."""

    def __init__(self, folder: Path, service: OneAnswer, url: str) -> None:
        self.events, self.service = folder / "eventlogs", service
        conf = folder / "conf"
        for one in (self.events, conf):
            one.mkdir()
        (conf / "spark-defaults.conf").write_text(
            f"spark.master local[1]\nspark.eventLog.enabled true\nspark.eventLog.dir file://{self.events}\n"
            "spark.ui.enabled false\n"
        )
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SPARK")}
        self.environ = {
            **inherited,
            "PYSPARK_PYTHON": sys.executable,
            "PYTHONPATH": str(REPOSITORY),
            "SPARK_CONF_DIR": str(conf),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARKWRIGHT_HOME": str(folder / "home"),
            "SPARKWRIGHT_LAUNCHER_TIMEOUT_S": "60",  # a loaded machine is no reason to go without advice here
            "SPARKWRIGHT_SERVICE_URL": url,
        }

    def run(self, *words: str, text: str = "") -> str:
        done = subprocess.run(
            words, input=text, env=self.environ, cwd=REPOSITORY, capture_output=True, text=True, timeout=400
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def is_closed(self, workload_id: str) -> None:
        """The only run carried the only decision, and had all that it said."""
        [request] = [body for path, body in self.service.asked if path == "/v1/recommend"]
        recommendation = decided(request, ALLOCATION, "d1")
        run, outcome = joined(request, recommendation, only_log(self.events))
        assert run.workload_id == recommendation.workload_id == workload_id
        assert (outcome.decision_id, json.loads(outcome.disobeyed_json)) == ("d1", {})


@pytest.fixture
def place(tmp_path, misbehaving_service) -> Place:
    service = OneAnswer(ALLOCATION, workload_id="nightly_orders")
    return Place(tmp_path, service, misbehaving_service(service))


@pytest.mark.slow
def test_spark_submit(place):
    job = [str(EXAMPLES / "orders_job.py"), "1000"]
    out = place.run(*SPARKWRIGHT, "submit", "--workload", "nightly_orders", "--name", "orders", *job)
    assert "10 remainders" in out
    place.is_closed("nightly_orders")
    [told] = [body for path, body in place.service.asked if path == "/v1/feedback"]
    assert told["exit_code"] == 0


@pytest.mark.slow
def test_a_programs_own_session(place):
    assert place.run(sys.executable, str(EXAMPLES / "pyspark_session.py"), "1000").split()[-1] == "10"
    place.is_closed("nightly_orders")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["SparkApplication", "ScheduledSparkApplication"])
def test_an_operator(place, kind):
    manifest = MANIFEST.format(kind=kind)
    if kind == "SparkApplication":
        manifest = manifest.replace('  schedule: "@daily"\n  template: &application\n', "").replace("    ", "  ")
    place.service.answer["workload_id"] = "sparkoperator:etl.nightly"  # as a service names it
    created = yaml.safe_load(place.run(*SPARKWRIGHT, "operator", text=manifest))
    submitted = read_application(created).properties
    here = {"spark.master": "local[1]", "spark.submit.deployMode": "client"}  # no cluster is here: only that differs
    place.run(SPARK_SUBMIT, *line_of(submitted | here), str(EXAMPLES / "orders_job.py"), "1000")
    place.is_closed("sparkoperator:etl.nightly")
