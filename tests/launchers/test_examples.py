"""Every example in docs/examples runs as its document says."""

import json
import os
import subprocess
import sys

import pytest
import yaml

from sparkwright.orchestration import REPOSITORY
from tests.launchers.answering import OneAnswer

EXAMPLES = REPOSITORY / "docs" / "examples"
FILES = {
    "livy": "livy_batch.json",
    "kyuubi": "kyuubi-session-nightly.conf",
    "databricks": "databricks_job.json",
    "emr": "emr_steps.json",
    "emr-serverless": "emr_serverless_job.json",
    "dataproc": "dataproc_job.json",
}


@pytest.fixture
def service(home, misbehaving_service, monkeypatch) -> OneAnswer:
    one = OneAnswer({"spark.executor.memory": "4096m", "spark.sql.shuffle.partitions": "64"})
    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", misbehaving_service(one))
    return one


def run(*words: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-m", "sparkwright.cli", *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize("name", FILES)
def test_files_of_other_launchers(service, name):
    printed = run("inject", "--format", name, str(EXAMPLES / FILES[name])).stdout
    assert "spark.sparkwright.decisionId" in printed
    assert "spark.sql.shuffle.partitions" in printed
    if FILES[name].endswith(".json"):
        json.loads(printed)


def test_manifests_and_their_patch(service):
    file = EXAMPLES / "spark_application.yaml"
    before, after = file.read_text(), run("operator", str(file)).stdout
    assert [line for line in before.splitlines() if line.lstrip().startswith("#")] == [
        line for line in after.splitlines() if line.lstrip().startswith("#")
    ]
    assert after.count("spark.sparkwright.decisionId: d1") == 3
    orders, report, _ = yaml.safe_load_all(after)
    assert orders["spec"]["executor"]["memory"] == "4096m"
    assert report["spec"]["template"]["executor"]["memory"] == "4g", "the manifest's own"
    patches = list(yaml.safe_load_all(run("operator", "--patch", str(file)).stdout))
    assert [one["metadata"]["name"] for one in patches] == ["nightly-orders", "nightly-report", "nightly-orders-apache"]


def test_the_script_shows_and_then_submits(service, spark_home, tmp_path, monkeypatch):
    monkeypatch.setenv("SPARK_HOME", str(spark_home('printf "%s\\n" "$@"')))
    command = tmp_path / "bin" / "sparkwright"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m sparkwright.cli "$@"\n')
    command.chmod(0o755)
    environ = {**os.environ, "PATH": f"{command.parent}:{os.environ['PATH']}"}
    line = [str(EXAMPLES / "spark_submit.sh"), "jobs/orders.py"]
    done = subprocess.run(line, capture_output=True, text=True, env=environ, timeout=60)
    assert done.returncode == 0, done.stderr
    shown, submitted = done.stdout.split("spark-submit --conf", 1)
    assert shown.startswith("nothing is submitted")
    assert submitted.rstrip().endswith("jobs/orders.py")
    assert [request["input_bytes"] for path, request in service.asked if path == "/v1/recommend"] == [12 * 1024**3] * 2


def test_every_file_is_named_in_the_document():
    text = (REPOSITORY / "docs" / "launchers.md").read_text()
    launchers = {path.name for path in EXAMPLES.iterdir() if path.is_file()} - {"client.py", "orders_job.py"}
    assert [name for name in sorted(launchers) if name not in text] == []
