"""What all launchers share: one workload id, the decision in the event log, an outcome that is joined to it.

The event logs are those that the lab recorded on a real cluster, with the properties that each launcher hands to Spark
in the place of their own: Spark writes down what it was submitted with (``SparkListenerEnvironmentUpdate``).
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data_contracts.properties.provenance import DECISION_ID, WORKLOAD
from sparkwright.history.sources.codecs import decoded
from sparkwright.history.sources.log_files import LogSource, find_logs
from sparkwright.launchers.advice import Advice, read_advice
from sparkwright.launchers.formats import databricks, dataproc, emr, emr_serverless, kyuubi, livy
from sparkwright.launchers.formats.slot import put_advice
from sparkwright.launchers.manifests.advised import advised, manifest_request
from sparkwright.launchers.manifests.patch import json_patch_of
from sparkwright.launchers.manifests.spark_application import read_application
from sparkwright.launchers.request import recommend_request
from sparkwright.launchers.spark_submit.submission import SparkSubmit, read_submission
from sparkwright.orchestration import REPOSITORY
from sparkwright.spark.command_line import parse_submit
from sparkwright.spark.workload import airflow_key
from tests.launchers.launches import (
    Launch,
    airflow_kubernetes,
    airflow_submit,
    decided,
    joined,
    line_of,
    only_log,
    own_session,
)

LOGS = REPOSITORY / "tests/fixtures/campaign/eventlogs"


def spark_submit(properties: dict[str, str], workload: str) -> Launch:
    line = [*(["--workload", workload] if workload else []), "--master", "yarn", "--deploy-mode", "cluster"]
    nowhere = SparkSubmit(Path("/nowhere"), {"SPARK_USER": "spark"}, Path("/nowhere"))
    submission = read_submission(parse_submit([*line, *line_of(properties), "--name", "nightly", "app.py"]), nowhere)

    def handed(advice: Advice) -> dict[str, str]:
        return parse_submit(submission.words(submission.injected("l1", advice))).properties

    return Launch(submission.request_for(None, "l1"), handed)


def operator(kind: str, api: str) -> Callable[[dict[str, str], str], Launch]:
    def launch(properties: dict[str, str], workload: str) -> Launch:
        label = "spark.kubernetes.driver.label."
        labels = {name.removeprefix(label): value for name, value in properties.items() if name.startswith(label)}
        conf = {name: value for name, value in properties.items() if not name.startswith(label)}
        spec: dict[str, Any] = {"sparkConf": conf}
        metadata = {"name": "nightly", "namespace": "etl", "labels": labels}
        spec = {"schedule": "@daily", "template": spec} if kind.startswith("Scheduled") else spec
        document = {"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec}
        application = read_application(document)

        def handed(advice: Advice) -> dict[str, str]:
            for one in json_patch_of(document, advised(application, advice, workload=workload).edits):
                *way, last = str(one["path"]).split("/")[1:]
                at: Any = document
                for step in way:
                    at = at[step]
                at[last] = one["value"]
            return read_application(document).properties

        return Launch(manifest_request(application, workload=workload), handed)

    return launch


def file_format(module: Any, file: Callable[[dict[str, str]], str]) -> Callable[[dict[str, str], str], Launch]:
    def launch(properties: dict[str, str], workload: str) -> Launch:
        document = module.read(file(properties))
        [slot] = module.slots(document)
        workload = workload or slot.workload
        request = recommend_request(
            slot.properties, app_name=slot.app_name, user_name="spark", workload=workload, platform=slot.platform
        )

        def handed(advice: Advice) -> dict[str, str]:
            put_advice(slot, advice, workload=workload)
            [after] = module.slots(module.read(module.write(document)))
            return after.properties

        return Launch(request, handed)

    return launch


def emr_steps(properties: dict[str, str]) -> str:
    return json.dumps([{"Type": "Spark", "Args": [*line_of(properties), "--name", "nightly", "s3://b/app.py"]}])


def job_run(properties: dict[str, str]) -> str:
    parameters = " ".join(line_of(properties))
    submit = {"entryPoint": "s3://b/app.py", "sparkSubmitParameters": parameters}
    return json.dumps({"name": "nightly", "jobDriver": {"sparkSubmit": submit}})


LAUNCHERS = {
    "spark-submit": spark_submit,
    "kubeflow": operator("SparkApplication", "sparkoperator.k8s.io/v1beta2"),
    "kubeflow scheduled": operator("ScheduledSparkApplication", "sparkoperator.k8s.io/v1beta2"),
    "apache operator": operator("SparkApplication", "spark.apache.org/v1"),
    "livy": file_format(livy, lambda conf: json.dumps({"file": "app.py", "name": "nightly", "conf": conf})),
    "kyuubi": file_format(kyuubi, lambda conf: "".join(f"{name}={value}\n" for name, value in conf.items())),
    "databricks": file_format(
        databricks, lambda conf: json.dumps({"name": "n", "new_cluster": {"num_workers": 1, "spark_conf": conf}})
    ),
    "emr": file_format(emr, emr_steps),
    "emr serverless": file_format(emr_serverless, job_run),
    "dataproc": file_format(
        dataproc, lambda conf: json.dumps({"pysparkJob": {"mainPythonFileUri": "gs://b/a.py", "properties": conf}})
    ),
    "airflow, spark-submit": airflow_submit,
    "airflow, kubernetes": airflow_kubernetes,
    "pyspark": own_session,
}
needs = {
    "airflow, spark-submit": "airflow.providers.apache.spark",
    "airflow, kubernetes": "airflow.providers.cncf.kubernetes",
}


@pytest.fixture
def launcher(request: pytest.FixtureRequest, home: Path) -> Callable[[dict[str, str], str], Launch]:
    if request.param in needs:
        pytest.importorskip(needs[request.param], reason="its provider is not installed")
    return LAUNCHERS[request.param]


every_launcher = pytest.mark.parametrize("launcher", LAUNCHERS, indirect=True)


@every_launcher
def test_an_explicit_key_names_one_workload_from_every_launcher(launcher):
    assert decided(launcher({}, "orders/nightly").request).workload_id == "orders/nightly"
    assert decided(launcher({WORKLOAD: "orders/nightly"}, "").request).workload_id == "orders/nightly"


@every_launcher
def test_dag_and_task_of_airflow_name_one_workload_from_every_launcher(launcher):
    key = airflow_key("sales", "load")
    assert decided(launcher({}, key).request).workload_id == "airflow:sales.load"


@pytest.mark.parametrize("launcher", needs, indirect=True)
def test_a_task_of_airflow_that_names_no_workload_is_its_dag_and_task(launcher):
    assert decided(launcher({}, "").request).workload_id == airflow_key("sales", "load")


@pytest.mark.parametrize("name", ["spark-submit", "kubeflow", "kubeflow scheduled", "apache operator", "livy", "emr"])
def test_airflows_labels_on_a_driver_say_the_same(name):
    labels = {f"spark.kubernetes.driver.label.{key}": value for key, value in _AIRFLOW.items()}
    assert decided(LAUNCHERS[name](labels, "").request).workload_id == airflow_key("sales", "load")


_AIRFLOW = {"dag_id": "sales", "task_id": "load"}


def test_a_schedule_its_runs_and_their_event_logs_are_one_workload():
    scheduled = decided(LAUNCHERS["kubeflow scheduled"]({}, "").request).workload_id
    plain = decided(LAUNCHERS["kubeflow"]({}, "").request).workload_id
    assert scheduled == plain == "sparkoperator:etl.nightly"


@every_launcher
def test_the_decision_reaches_the_event_log_and_its_outcome_is_joined(launcher, tmp_path, request):
    launch = launcher({}, "")
    recommendation = decided(launch.request)
    properties = launch.handed(read_advice(recommendation.model_dump(mode="json")))
    assert properties[DECISION_ID] == recommendation.decision_id
    run, outcome = joined(launch.request, recommendation, recorded_with(properties, tmp_path))
    assert run.workload_id == recommendation.workload_id
    assert outcome.decision_id == run.decision_id == recommendation.decision_id
    missed = json.loads(outcome.disobeyed_json).keys()
    assert missed == ({"spark.executor.memory"} if request.node.callspec.id == "databricks" else set())


def recorded_with(properties: dict[str, str], folder: Path) -> LogSource:
    """A recorded event log whose application was submitted with these properties."""
    [source] = [one for one in find_logs(LOGS) if "20261124040555" in one.path]
    events = []
    for file in source.files:
        with file.open() as stream:
            events += [json.loads(line) for line in b"".join(decoded(stream)).splitlines()]
    for event in events:
        if event["Event"] == "SparkListenerEnvironmentUpdate":
            there = event["Spark Properties"]
            own = {name: value for name, value in there.items() if not name.startswith("spark.sparkwright.")}
            event["Spark Properties"] = own | properties
    folder = folder / "eventlogs"  # beside it may lie the home of a launcher
    folder.mkdir()
    written = folder / "app-1"
    written.write_text("".join(f"{json.dumps(event)}\n" for event in events))
    return only_log(folder)
