"""`sparkwright inject`: files of other launchers, checked against published shapes; none of their services is asked.

EMR and EMR Serverless: the service models that come with botocore. Livy, Kyuubi, Databricks and Dataproc: what their
reference documentation says, written down here.
"""

import importlib
import json
import os
import shlex
import subprocess
import sys
from typing import Any

import botocore.session
import jsonschema
import pytest
from botocore.validate import ParamValidator

from sparkwright.errors import ConfigError
from sparkwright.launchers.formats import kyuubi
from sparkwright.launchers.inject_args import FORMATS
from tests.launchers.answering import OneAnswer

INJECT = [sys.executable, "-m", "sparkwright.cli", "inject"]
HEAP, CORES, PARTITIONS = "spark.executor.memory", "spark.executor.cores", "spark.sql.shuffle.partitions"
DECISION, WORKLOAD = "spark.sparkwright.decisionId", "spark.sparkwright.workload"
ALLOCATION = {HEAP: "4096m", CORES: "2", "spark.executor.instances": "3", PARTITIONS: "64"}

LIVY = {
    "file": "hdfs:///jobs/orders.jar",
    "className": "acme.Orders",
    "proxyUser": "alice",
    "args": ["--day", "1"],
    "name": "nightly",
    "conf": {"spark.acme.note": "x"},
}
KYUUBI = """\
# engines of the night
spark.executor.cores = 1

kyuubi.engine.share.level = CONNECTION
spark.acme.password = hunter2hunter2
"""
CLUSTER = {"spark_version": "16.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 4}
DATABRICKS = {
    "name": "nightly",
    "tasks": [
        {"task_key": "load", "new_cluster": CLUSTER, "spark_python_task": {"python_file": "dbfs:/load.py"}},
        {"task_key": "report", "job_cluster_key": "small", "notebook_task": {"notebook_path": "/report"}},
        {"task_key": "adhoc", "existing_cluster_id": "1", "notebook_task": {"notebook_path": "/adhoc"}},
    ],
    "job_clusters": [
        {
            "job_cluster_key": "small",
            "new_cluster": {
                "spark_version": "16.4.x-scala2.12",
                "node_type_id": "i3.xlarge",
                "autoscale": {"min_workers": 1, "max_workers": 4},
                "spark_conf": {PARTITIONS: "8"},
            },
        }
    ],
}
EMR = {
    "Steps": [
        {"Name": "copy", "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["s3-dist-cp", "--src", "x"]}},
        {
            "Name": "nightly",
            "ActionOnFailure": "CONTINUE",
            "HadoopJarStep": {
                "Jar": "command-runner.jar",
                "Args": [
                    "spark-submit",
                    "--deploy-mode",
                    "cluster",
                    "--name",
                    "nightly",
                    "s3://b/job.py",
                    "--x",
                    "a b",
                ],
            },
        },
    ]
}
EMR_SERVERLESS = {
    "applicationId": "00f1r2e3s4t5",
    "executionRoleArn": "arn:aws:iam::123456789012:role/job",
    "clientToken": "t",
    "name": "nightly",
    "jobDriver": {
        "sparkSubmit": {
            "entryPoint": "s3://b/job.py",
            "entryPointArguments": ["--executor-memory", "99g"],
            "sparkSubmitParameters": "--conf spark.acme.note='a b' --conf spark.executor.cores=2",
        }
    },
}
DEFAULTS = {
    "applicationConfiguration": [{"classification": "spark-defaults", "properties": {"spark.dynamicAllocation.x": "1"}}]
}
DATAPROC = {
    "job": {
        "reference": {"jobId": "nightly-1"},
        "placement": {"clusterName": "etl"},
        "pysparkJob": {"mainPythonFileUri": "gs://b/orders.py", "args": ["--x"], "properties": {"spark.a": "b"}},
    }
}
FILES = {
    "livy": json.dumps(LIVY),
    "kyuubi": KYUUBI,
    "databricks": json.dumps(DATABRICKS),
    "emr": json.dumps(EMR),
    "emr-serverless": json.dumps(EMR_SERVERLESS),
    "dataproc": json.dumps(DATAPROC),
}

_STRING, _INT = {"type": "string"}, {"type": "integer", "minimum": 1}
_STRINGS = {"type": "array", "items": _STRING}
_MAP = {"type": "object", "additionalProperties": _STRING}
LIVY_BATCH = {
    "type": "object",
    "required": ["file"],
    "additionalProperties": False,
    "properties": {
        **dict.fromkeys(("file", "proxyUser", "className", "driverMemory", "executorMemory", "queue", "name"), _STRING),
        **dict.fromkeys(("args", "jars", "pyFiles", "files", "archives"), _STRINGS),
        **dict.fromkeys(("driverCores", "executorCores", "numExecutors"), _INT),
        "conf": _MAP,
    },
}
DATABRICKS_CLUSTER = {
    "type": "object",
    "required": ["spark_version"],
    "properties": {
        **dict.fromkeys(("spark_version", "node_type_id", "driver_node_type_id"), _STRING),
        "num_workers": {"type": "integer", "minimum": 0},
        "autoscale": {"type": "object", "required": ["min_workers", "max_workers"]},
        "spark_conf": _MAP,
    },
}
DATAPROC_PYSPARK = {
    "type": "object",
    "required": ["mainPythonFileUri"],
    "additionalProperties": False,
    "properties": {
        "mainPythonFileUri": _STRING,
        **dict.fromkeys(("args", "pythonFileUris", "jarFileUris", "fileUris", "archiveUris"), _STRINGS),
        "properties": _MAP,
        "loggingConfig": {"type": "object"},
    },
}


@pytest.fixture
def service(home, misbehaving_service, monkeypatch) -> OneAnswer:
    one = OneAnswer(ALLOCATION)
    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", misbehaving_service(one))
    return one


def inject(name: str, content: object, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    text = content if isinstance(content, str) else json.dumps(content)
    line = [*INJECT, "--format", name, *words]
    return subprocess.run(line, input=text, capture_output=True, text=True, env={**os.environ, **environ}, timeout=60)


def printed(name: str, content: object, *words: str) -> Any:
    done = inject(name, content, *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def valid(schema: dict[str, Any], value: object) -> None:
    jsonschema.Draft202012Validator(schema).validate(value)


def test_livy_has_fields_for_sizes_and_conf_for_the_rest(service):
    body = printed("livy", LIVY)
    valid(LIVY_BATCH, body)
    assert (body["executorMemory"], body["executorCores"], body["numExecutors"]) == ("4096m", 2, 3)
    conf = {"spark.acme.note": "x", WORKLOAD: "etl/nightly", DECISION: "d1", PARTITIONS: "64"}
    assert body["conf"] == conf
    assert {key: body[key] for key in LIVY if key != "conf"} == {key: LIVY[key] for key in LIVY if key != "conf"}
    [(_, request)] = service.asked
    assert (request["app_name"], request["user_name"], request["platform"]) == ("nightly", "alice", "yarn")


def test_livys_fields_win_over_its_conf_and_the_users_over_ours(service):
    body = printed("livy", {**LIVY, "executorMemory": "2g", "conf": {HEAP: "9g", CORES: "1"}})
    assert (body["executorMemory"], body["conf"][HEAP], body["conf"][CORES]) == ("2g", "9g", "1")
    assert "executorCores" not in body
    over = printed("livy", {**LIVY, "executorMemory": "2g", "conf": {HEAP: "9g", CORES: "1"}}, "--override")
    assert (over["executorMemory"], over["conf"][CORES]) == ("4096m", "2")


def test_kyuubis_file_keeps_its_lines(service):
    done = inject("kyuubi", KYUUBI)
    assert done.stdout.startswith(KYUUBI)
    added = done.stdout.removeprefix(KYUUBI).splitlines()
    assert f"{HEAP} = 4096m" in added
    assert f"{DECISION} = d1" in added
    assert not any(line.startswith(CORES) for line in added)
    assert "hunter2" not in str(service.asked) + done.stderr
    replaced = inject("kyuubi", KYUUBI, "--override").stdout
    assert f"{CORES} = 2\n" in replaced
    assert "spark.executor.cores = 1" not in replaced
    shared = inject("kyuubi", KYUUBI.replace("CONNECTION", "USER"))
    assert "shared by the sessions of a user" in shared.stderr


@pytest.mark.parametrize("line", ["spark.a b", "spark.a=b", "spark.a:b", "spark.a = b", "  spark.a\tb  "])
def test_lines_of_properties_are_read_as_java_does(line):
    assert kyuubi.read(line).pairs() == {"spark.a": "b"}
    assert kyuubi.write(kyuubi.read(f"# x\n\n{line}\n")) == f"# x\n\n{line}\n"


def test_databricks_gets_spark_conf_in_each_new_cluster_and_keeps_its_node_types(service):
    done = inject("databricks", DATABRICKS)
    job = json.loads(done.stdout)
    load, small = job["tasks"][0]["new_cluster"], job["job_clusters"][0]["new_cluster"]
    for cluster in (load, small):
        valid(DATABRICKS_CLUSTER, cluster)
        assert cluster["node_type_id"] == "i3.xlarge"
        assert cluster["spark_conf"][DECISION] == "d1"
        assert not {HEAP, CORES, "spark.executor.instances"} & cluster["spark_conf"].keys()
    assert (load["spark_conf"][PARTITIONS], small["spark_conf"][PARTITIONS]) == ("64", "8")
    assert load["spark_conf"][WORKLOAD] == "databricks:nightly.load"
    assert small["spark_conf"][WORKLOAD] == "databricks:nightly.small"
    assert f"{HEAP}=4096m is advised and not set: the node type i3.xlarge decides" in done.stderr
    assert "num_workers=4 decides" in done.stderr
    assert job["tasks"][1:] == DATABRICKS["tasks"][1:]
    assert [request["workload"] for _, request in service.asked] == [
        "databricks:nightly.load",
        "databricks:nightly.small",
    ]


def test_emr_steps_keep_to_the_api_and_other_steps_pass(service):
    steps = printed("emr", EMR)
    model = botocore.session.get_session().get_service_model("emr").operation_model("AddJobFlowSteps")
    assert not ParamValidator().validate({"JobFlowId": "j-1", **steps}, model.input_shape).generate_report()
    assert steps["Steps"][0] == EMR["Steps"][0]
    args = steps["Steps"][1]["HadoopJarStep"]["Args"]
    assert args[0] == "spark-submit"
    assert f"{DECISION}=d1" in args
    assert args[-len(EMR["Steps"][1]["HadoopJarStep"]["Args"]) + 1 :] == EMR["Steps"][1]["HadoopJarStep"]["Args"][1:]
    shorthand = [{"Type": "Spark", "Name": "n", "Args": ["--workload", "w", "--executor-memory", "8g", "s3://b/j.py"]}]
    [step] = printed("emr", shorthand)
    assert "--workload" not in step["Args"], "nobody there knows our options"
    assert f"{WORKLOAD}=w" in step["Args"]
    assert "--executor-memory" in step["Args"]
    assert "--executor-memory" not in printed("emr", shorthand, "--override")[0]["Args"]


def test_a_job_run_of_emr_serverless_keeps_to_the_api_and_its_sizes(service):
    run = printed("emr-serverless", EMR_SERVERLESS)
    model = botocore.session.get_session().get_service_model("emr-serverless").operation_model("StartJobRun")
    assert not ParamValidator().validate(run, model.input_shape).generate_report()
    words = shlex.split(run["jobDriver"]["sparkSubmit"]["sparkSubmitParameters"])
    assert "spark.acme.note=a b" in words
    assert f"{HEAP}=4096m" in words
    assert f"{CORES}=2" in words
    assert run["jobDriver"]["sparkSubmit"]["entryPointArguments"] == ["--executor-memory", "99g"]
    service.answer["allocation"] = {HEAP: "15g", CORES: "3", "spark.driver.memory": "29g"}
    done = inject("emr-serverless", EMR_SERVERLESS, "--override")
    assert "above the 16384m of the largest worker of as many vCPUs" in done.stderr
    assert f"{CORES}=3 is advised and not set: a worker has 1, 2, 4, 8, 16 vCPUs" in done.stderr
    assert HEAP not in done.stdout


def test_properties_of_a_dataproc_job(service):
    job = printed("dataproc", DATAPROC)["job"]
    valid(DATAPROC_PYSPARK, job["pysparkJob"])
    assert job["pysparkJob"]["properties"] == {
        "spark.a": "b",
        WORKLOAD: "etl/nightly",
        DECISION: "d1",
        **ALLOCATION,
    }
    assert service.asked[0][1]["app_name"] == "orders.py"


@pytest.mark.parametrize("name", FORMATS)
def test_a_second_pass_changes_nothing_and_asks_nobody(service, name):
    once = inject(name, FILES[name]).stdout
    questions = len(service.asked)
    twice = inject(name, once)
    assert (twice.returncode, twice.stdout, len(service.asked)) == (0, once, questions)
    assert "carries decision d1 already" in twice.stderr


@pytest.mark.parametrize("name", FORMATS)
def test_without_advice_or_switched_off_the_file_comes_out_as_it_came(home, closed_port, name):
    for environ in ({}, {"SPARKWRIGHT_OFF": "1"}):
        done = inject(name, FILES[name], **{"SPARKWRIGHT_SERVICE_URL": closed_port, **environ})
        assert (done.returncode, done.stdout) == (0, FILES[name])
        assert done.stderr.startswith("sparkwright: ")


@pytest.mark.parametrize("name", FORMATS)
def test_advice_that_spark_would_refuse_is_not_applied(service, name):
    service.answer["allocation"] = {HEAP: "1m", CORES: "0", PARTITIONS: "0"}
    done = inject(name, FILES[name])
    assert (done.returncode, "d1" in done.stdout) == (0, True)
    for word in (HEAP, CORES, PARTITIONS, "executorMemory", "executorCores"):
        assert done.stdout.count(word) == FILES[name].count(word)
    assert "not applied: expected a whole number of at least 1" in done.stderr or "yours" in done.stderr


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "kyuubi"])
@pytest.mark.parametrize("content", ["", "{", "[]", "3", "{}", '{"a": 1}', '{"Steps": 3}', '{"job": []}', "[[]]"])
def test_what_is_not_of_the_format_is_an_error_that_says_what_was_expected(name, content):
    module = importlib.import_module(f"sparkwright.launchers.formats.{name.replace('-', '_')}")
    with pytest.raises(ConfigError, match=r"^expected "):
        module.slots(module.read(content))


def test_an_error_prints_nothing_and_asks_nobody(service):
    done = inject("livy", "[]")
    assert (done.returncode, done.stdout, service.asked) == (2, "", [])
    assert done.stderr.startswith("sparkwright inject: expected the body of Livy")


def test_what_is_told_of_a_run_reaches_the_service(service):
    told = "--workload w --user bob --queue q --app-name n --platform kubernetes"
    words = [*told.split(), "--input", "1g", "--attempt", "2"]
    inject("livy", LIVY, *words)
    wanted = {"workload": "w", "user_name": "bob", "queue": "q", "app_name": "n", "platform": "kubernetes"}
    assert service.asked[0][1].items() >= {**wanted, "input_bytes": 1024**3, "attempt": 2}.items()
    assert inject("databricks", DATABRICKS, "--workload", "w").returncode == 2
    assert inject("ftp", LIVY).returncode == 2


@pytest.mark.parametrize("name", FORMATS)
def test_what_a_policy_lets_nobody_set_is_taken_out(service, name):
    marked = {
        "livy": LIVY,
        "kyuubi": KYUUBI + "spark.acme.note = x\n",
        "databricks": {"name": "n", "new_cluster": {**CLUSTER, "spark_conf": {"spark.acme.note": "x"}}},
        "emr": [{"Type": "Spark", "Args": ["--conf", "spark.acme.note=x", "s3://b/j.py"]}],
        "emr-serverless": EMR_SERVERLESS,
        "dataproc": {"pysparkJob": {"mainPythonFileUri": "gs://b/a.py", "properties": {"spark.acme.note": "x"}}},
    }[name]
    text = marked if isinstance(marked, str) else json.dumps(marked)
    assert "spark.acme.note" in text
    changes = [{"property": "spark.acme.note", "capped": None, "policies": ["no notes"]}]
    service.answer |= {"allocation": {}, "policy_changes": changes}
    done = inject(name, text)
    assert done.returncode == 0, done.stderr
    assert "spark.acme.note" not in done.stdout
    assert "no notes" in done.stderr


def test_a_field_of_livy_and_the_defaults_of_emr_serverless_can_be_forbidden_too(service):
    changes = [{"property": HEAP, "capped": None, "policies": ["ours"]}]
    service.answer |= {"allocation": {}, "policy_changes": changes}
    assert "executorMemory" not in inject("livy", {**LIVY, "executorMemory": "3g"}).stdout
    defaults = {"classification": "spark-defaults", "properties": {HEAP: "3g", "spark.a": "b"}}
    run = {**EMR_SERVERLESS, "configurationOverrides": {"applicationConfiguration": [defaults]}}
    printed_run = json.loads(inject("emr-serverless", run).stdout)
    [kept] = printed_run["configurationOverrides"]["applicationConfiguration"]
    assert kept["properties"] == {"spark.a": "b"}


CONTAINERS = {
    "livy": [("conf", LIVY), ("executorMemory", LIVY), ("numExecutors", LIVY), ("queue", LIVY)],
    "databricks": [
        ("tasks", DATABRICKS),
        ("tasks.0", DATABRICKS),
        ("tasks.0.new_cluster", DATABRICKS),
        ("job_clusters", DATABRICKS),
        ("job_clusters.0", DATABRICKS),
        ("job_clusters.0.new_cluster", DATABRICKS),
        ("job_clusters.0.new_cluster.spark_conf", DATABRICKS),
        ("new_settings", {"job_id": 1, "new_settings": DATABRICKS}),
        ("settings", {"settings": DATABRICKS}),
        ("new_cluster", {"new_cluster": CLUSTER}),
    ],
    "emr": [
        ("Steps", EMR),
        ("Steps.0", EMR),
        ("Steps.1.HadoopJarStep", EMR),
        ("Steps.1.HadoopJarStep.Args", EMR),
        ("Steps.1.HadoopJarStep.Args.2", EMR),
        ("0.Args", [{"Type": "Spark", "Args": ["s3://b/j.py"]}, EMR["Steps"][1]]),
    ],
    "emr-serverless": [
        ("jobDriver", EMR_SERVERLESS),
        ("jobDriver.sparkSubmit", EMR_SERVERLESS),
        ("jobDriver.sparkSubmit.sparkSubmitParameters", EMR_SERVERLESS),
        ("configurationOverrides", {**EMR_SERVERLESS, "configurationOverrides": {}}),
        ("configurationOverrides.applicationConfiguration", {**EMR_SERVERLESS, "configurationOverrides": DEFAULTS}),
        ("configurationOverrides.applicationConfiguration.0", {**EMR_SERVERLESS, "configurationOverrides": DEFAULTS}),
        (
            "configurationOverrides.applicationConfiguration.0.properties",
            {**EMR_SERVERLESS, "configurationOverrides": DEFAULTS},
        ),
    ],
    "dataproc": [
        ("job", DATAPROC),
        ("job.pysparkJob", DATAPROC),
        ("job.pysparkJob.properties", DATAPROC),
        ("jobs", {"jobs": [DATAPROC["job"]]}),
        ("jobs.0", {"jobs": [DATAPROC["job"]]}),
    ],
}
_WRONG = {"a number": 7, "text": "x", "a list": [3], "an object": {"a": 1}, "true": True}


def _with(document: Any, path: str, value: object) -> tuple[Any, object]:
    """A copy of the document with another value at the path, and what stood there."""
    copy = json.loads(json.dumps(document))
    at, (*way, last) = copy, [int(step) if step.isdecimal() else step for step in path.split(".")]
    for step in way:
        at = at[step]
    before = at[last] if isinstance(at, list) else at.get(last, "")
    at[last] = value
    return copy, before


@pytest.mark.parametrize(
    ("name", "path", "document"), [(name, *one) for name, all_ in CONTAINERS.items() for one in all_]
)
def test_a_container_of_the_wrong_type_is_refused_and_never_replaced(name, path, document):
    module = importlib.import_module(f"sparkwright.launchers.formats.{name.replace('-', '_')}")
    for kind, value in _WRONG.items():
        changed, before = _with(document, path, value)
        is_scalar = not isinstance(before, dict | list)
        if type(value) is type(before) or (is_scalar and not isinstance(value, dict | list)):
            continue
        with pytest.raises(ConfigError) as refused:
            module.slots(module.read(json.dumps(changed)))
        said, last = str(refused.value), path.rpartition(".")[2]
        assert said.startswith("expected "), said
        assert f"got {kind}" in said, said
        assert last.isdecimal() or last in said, said


@pytest.mark.parametrize("name", ["livy", "databricks", "dataproc", "emr-serverless"])
@pytest.mark.parametrize(("value", "kind"), [(None, "null"), ([1], "a list"), ({"b": 1}, "an object")])
def test_a_property_that_is_no_text_is_refused_by_name(name, value, kind):
    module = importlib.import_module(f"sparkwright.launchers.formats.{name.replace('-', '_')}")
    conf = {"spark.a": value}
    document = {
        "livy": {**LIVY, "conf": conf},
        "databricks": {"new_cluster": {**CLUSTER, "spark_conf": conf}},
        "dataproc": {"sparkJob": {"properties": conf}},
        "emr-serverless": {
            **EMR_SERVERLESS,
            "configurationOverrides": {
                "applicationConfiguration": [{"classification": "spark-defaults", "properties": conf}]
            },
        },
    }[name]
    with pytest.raises(ConfigError, match=rf"spark\.a.*got {kind}"):
        module.slots(module.read(json.dumps(document)))


def test_null_is_what_is_not_there():
    module = importlib.import_module("sparkwright.launchers.formats.livy")
    [slot] = module.slots(module.read(json.dumps({**LIVY, "conf": None, "executorMemory": None})))
    assert HEAP not in slot.properties


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "kyuubi"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("null", "got null"),
        ('"x"', "got text"),
        ('{"conf": {}, "conf": {"spark.a": "b"}}', "every key once"),
        ('{"conf": {"spark.a": NaN}}', "NaN"),
        ('{"file": "a", "x": 1e999}', "1e999"),
    ],
)
def test_json_that_cannot_be_given_back_as_it_came_is_refused(name, text, said):
    module = importlib.import_module(f"sparkwright.launchers.formats.{name.replace('-', '_')}")
    with pytest.raises(ConfigError, match=said):
        module.slots(module.read(text))


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("spark.a = one \\\n   two\nspark.b=c\n", {"spark.a": "one two", "spark.b": "c"}),
        ("# note \\\nspark.b=c\n", {"spark.b": "c"}),
        ("spark.a = b\\\\\nspark.b=c\n", {"spark.a": "b\\", "spark.b": "c"}),
        ("spark.a = x\\u0041\n", {"spark.a": "xA"}),
        ("spark.a = list,\\\n  spark.executor.memory = 9g\n", {"spark.a": "list,spark.executor.memory = 9g"}),
    ],
)
def test_lines_that_go_on_are_one_line(text, pairs):
    assert kyuubi.read(text).pairs() == pairs
    assert kyuubi.write(kyuubi.read(text)) == text


def test_a_last_line_that_goes_on_takes_nothing_of_ours_with_it(service):
    text = KYUUBI + "spark.acme.list = a,\\\n    b,\\\n"
    done = inject("kyuubi", text)
    after = kyuubi.read(done.stdout).pairs()
    assert after["spark.acme.list"] == "a,b,"
    assert after[DECISION] == "d1"
    assert kyuubi.read(inject("kyuubi", text, "--override").stdout).pairs()[CORES] == "2"


def test_windows_lines_and_signs_of_properties_files_stay(service):
    done = subprocess.run(
        [*INJECT, "--format", "kyuubi", "--workload", r"a\b"],
        input=KYUUBI.replace("\n", "\r\n").encode(),
        capture_output=True,
        timeout=60,
    )
    assert done.stdout.startswith(KYUUBI.replace("\n", "\r\n").encode())
    assert done.stdout.count(b"\n") == done.stdout.count(b"\r\n")
    assert kyuubi.read(done.stdout.decode()).pairs()[WORKLOAD] == r"a\b"
