"""Advice for sessions that a Python program starts; the last ones with real Spark."""

import json
import os
import subprocess
import sys
import time
import types
import warnings
from pathlib import Path

import pytest

import sparkwright
from data_contracts.properties.provenance import DECISION_ID, WORKLOAD
from sparkwright.errors import ConfigError
from sparkwright.orchestration import REPOSITORY
from tests.launchers.answering import OneAnswer

ALLOCATION = {"spark.executor.memory": "3g", "spark.sql.shuffle.partitions": "64"}
EXAMPLE = REPOSITORY / "docs/examples/pyspark_session.py"


@pytest.fixture(autouse=True)
def alone(home, monkeypatch):
    """Nothing around says anything of Spark; warnings are errors unless a test expects them."""
    for name in ("PYSPARK_SUBMIT_ARGS", "PYSPARK_GATEWAY_PORT", "SPARK_REMOTE", "SPARK_API_MODE", "SPARK_CONF_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("SPARK_CONNECT_MODE_ENABLED", raising=False)
    for module in ("pyspark.core.context", "pyspark.context"):  # another test's gateway would be the driver's JVM
        monkeypatch.delitem(sys.modules, module, raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        yield


@pytest.fixture
def answering(misbehaving_service, monkeypatch):
    def start(allocation, **further):
        service = OneAnswer(allocation, **further)
        monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", misbehaving_service(service))
        return service

    return start


def context_runs(monkeypatch, conf, gateway=None):
    """As if PySpark had been imported and its context had this conf; the real one is in the slow tests."""
    running = types.SimpleNamespace(getConf=lambda: conf, appName="another")
    context = types.SimpleNamespace(_active_spark_context=None if conf is None else running, _gateway=gateway)
    monkeypatch.setitem(sys.modules, "pyspark.core.context", types.SimpleNamespace(SparkContext=context))


def test_advice_and_marks_stand_beside_what_the_user_set(answering, capsys):
    service = answering(ALLOCATION)
    own = {"spark.app.name": "orders", "spark.executor.memory": "2g", "spark.x": True, "spark.none": None}
    assert sparkwright.advise("nightly", own) == {
        "spark.app.name": "orders",
        "spark.executor.memory": "2g",
        "spark.x": "true",
        "spark.sql.shuffle.partitions": "64",
        WORKLOAD: "nightly",
        DECISION_ID: "d1",
    }
    [(path, request)] = service.asked
    assert path == "/v1/recommend"
    assert (request["workload"], request["app_name"], request["properties"]["spark.x"]) == ("nightly", "orders", "true")
    assert "decision d1" in capsys.readouterr().err
    assert sparkwright.advise("nightly", own, override=True)["spark.executor.memory"] == "3g"


def test_what_the_line_of_pyspark_set_is_the_users_too(answering, monkeypatch):
    service = answering({"spark.executor.memory": "3g", "spark.driver.memory": "2g", "spark.executor.cores": "2"})
    monkeypatch.setenv(
        "PYSPARK_SUBMIT_ARGS", "--master yarn --executor-memory 4g --conf spark.executor.cores=1 pyspark-shell"
    )
    advised = sparkwright.advise("nightly")
    assert advised == {"spark.driver.memory": "2g", WORKLOAD: "nightly", DECISION_ID: "d1"}
    assert service.asked[0][1]["platform"] == "yarn"
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "--driver-memory 1g pyspark-shell")
    with pytest.warns(UserWarning, match="spark.driver.memory=2g is advised and not set"):
        assert "spark.driver.memory" not in sparkwright.advise("nightly", override=True)


def test_an_answer_that_could_run_code_or_that_spark_refuses_is_not_taken(answering):
    answering({"spark.driver.extraJavaOptions": "-Dx"})
    assert sparkwright.advise("nightly", {"spark.a": "1"}) == {"spark.a": "1", WORKLOAD: "nightly"}
    answering({"spark.executor.memory": "100m"})
    assert "spark.executor.memory" not in sparkwright.advise("nightly")


def test_what_a_policy_lets_nobody_set_is_taken_out(answering):
    change = {"property": "spark.speculation", "policies": ["p"], "capped": None, "text": "no"}
    answering({}, policy_changes=[change])
    assert "spark.speculation" not in sparkwright.advise("nightly", {"spark.speculation": "true"})


def test_nobody_there_costs_no_more_than_the_time_limit(closed_port, misbehaving_service, monkeypatch, capsys):
    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", closed_port)
    assert sparkwright.advise("nightly", {"spark.a": "1"}) == {"spark.a": "1", WORKLOAD: "nightly"}
    monkeypatch.setenv("SPARKWRIGHT_LAUNCHER_TIMEOUT_S", "0.3")
    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", misbehaving_service(lambda connection: time.sleep(3)))
    started = time.monotonic()
    assert DECISION_ID not in sparkwright.advise("nightly")
    assert time.monotonic() - started < 2.5
    monkeypatch.setenv("SPARKWRIGHT_LAUNCHER_TIMEOUT_S", "soon")
    assert sparkwright.advise("nightly") == {}
    assert "expected seconds above 0" in capsys.readouterr().err


def test_switched_off_it_is_as_if_it_were_not_there(answering, monkeypatch):
    service = answering(ALLOCATION)
    monkeypatch.setenv("SPARKWRIGHT_OFF", "1")
    assert sparkwright.advise("nightly", {"spark.a": 1}) == {"spark.a": "1"}
    assert service.asked == []


def test_a_context_that_runs_keeps_what_it_has_and_a_cell_run_again_says_nothing(answering, monkeypatch):
    service = answering(ALLOCATION)
    context_runs(monkeypatch, {})
    with pytest.warns(UserWarning, match="the context of another runs already"):
        assert sparkwright.advise("nightly", {"spark.a": "1"}) == {"spark.a": "1"}
    context_runs(monkeypatch, {WORKLOAD: "nightly", DECISION_ID: "d0"})
    assert sparkwright.advise("nightly", {"spark.a": "1"}) == {"spark.a": "1"}
    assert service.asked == []


def test_after_a_stopped_context_the_drivers_jvm_is_the_old_one(answering, monkeypatch):
    answering({"spark.driver.memory": "2g", "spark.executor.memory": "3g"})
    context_runs(monkeypatch, None, gateway=object())
    with pytest.warns(UserWarning, match="set it where that is started"):
        advised = sparkwright.advise("nightly")
    assert "spark.driver.memory" not in advised
    assert advised["spark.executor.memory"] == "3g"


@pytest.mark.parametrize(
    ("environ", "own"),
    [
        ({"SPARK_REMOTE": "sc://host:15002/;token=s3cret"}, {}),
        ({"SPARK_CONNECT_MODE_ENABLED": "1"}, {}),
        ({"SPARK_API_MODE": "connect"}, {}),
        ({}, {"spark.remote": "sc://host"}),
        ({}, {"spark.master": "sc://host"}),
        ({}, {"spark.api.mode": "connect"}),
    ],
)
def test_a_connect_server_has_its_memory_already(answering, monkeypatch, environ, own):
    service = answering(ALLOCATION)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with pytest.warns(UserWarning, match="takes what its server was started with") as found:
        assert sparkwright.advise("nightly", own) == own
    assert "s3cret" not in str(found[0].message)
    assert service.asked == []


def test_a_decision_that_is_carried_is_kept(answering):
    service = answering(ALLOCATION)
    assert sparkwright.advise("nightly", {DECISION_ID: "d0"}) == {DECISION_ID: "d0"}
    assert service.asked == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"workload": ""},
        {"workload": None},
        {"workload": "w", "inputs": "12g"},
        {"workload": "w", "attempt": 0},
        {"workload": "w", "max_risk": 2},
        {"workload": "w", "deadline_s": -1},
    ],
)
def test_an_argument_that_cannot_be_one_is_said_at_once(wrong):
    with pytest.raises(ConfigError, match="expected"):
        sparkwright.advise(**wrong)


def test_sizes_and_places_of_the_input_are_added_up(answering, tmp_path):
    service = answering({})
    (tmp_path / "part-0").write_bytes(b"x" * 1000)
    sparkwright.advise("nightly", inputs=["2k", str(tmp_path)], attempt=3)
    request = service.asked[0][1]
    assert (request["input_bytes"], request["attempt"]) == (3048, 3)


def test_secrets_stay_here(answering):
    service = answering({})
    sparkwright.advise(
        "nightly", {"spark.hadoop.fs.s3a.secret.key": "abcdefgh", "spark.app.name": "a password=hunter2x"}
    )
    assert "abcdefgh" not in json.dumps(service.asked)
    assert "hunter2x" not in json.dumps(service.asked)


def test_asking_imports_no_pyspark_and_nothing_but_the_standard_library():
    script = (
        "import sys; import sparkwright; sparkwright.advise; print(*sorted({n.split('.')[0] for n in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert not {"pyspark", "py4j", "pydantic", "pyarrow", "numpy"} & set(done.stdout.split())


def event_log(folder) -> dict[str, str]:
    """The properties in the only event log below a folder."""
    [log] = [path for path in folder.rglob("*") if path.is_file() and path.name.startswith(("events_", "local-"))]
    for line in log.read_text().splitlines():
        event = json.loads(line)
        if event["Event"] == "SparkListenerEnvironmentUpdate":
            return event["Spark Properties"]
    raise AssertionError(f"no properties in {log}")


@pytest.mark.slow
@pytest.mark.parametrize("under_spark_submit", [False, True])
def test_real_spark_writes_the_decision_into_its_event_log(answering, tmp_path, under_spark_submit):
    service = answering({"spark.sql.shuffle.partitions": "7", "spark.driver.memory": "700m"})
    conf, events = tmp_path / "conf", tmp_path / "events"
    conf.mkdir()
    events.mkdir()
    (conf / "spark-defaults.conf").write_text(
        f"spark.master local[1]\nspark.eventLog.enabled true\nspark.eventLog.dir file://{events}\n"
        "spark.eventLog.compress false\nspark.ui.enabled false\n"
    )
    submit = [str(Path(sys.executable).with_name("spark-submit")), "--conf", "spark.sql.shuffle.partitions=5"]
    done = subprocess.run(
        [*(submit if under_spark_submit else [sys.executable]), EXAMPLE, "1000"],
        env={
            **os.environ,
            "SPARK_CONF_DIR": str(conf),
            "PYTHONPATH": str(REPOSITORY),
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_LOCAL_IP": "127.0.0.1",
        },
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "10"
    properties = event_log(events)
    assert properties[DECISION_ID] == "d1"
    assert properties[WORKLOAD] == "nightly_orders"
    assert properties["spark.app.name"] == "nightly orders"
    assert service.asked[0][1]["platform"] == "local"
    if under_spark_submit:  # its line was the user's word, and the driver's JVM ran already
        assert properties["spark.sql.shuffle.partitions"] == "5"
        assert "spark.driver.memory" not in properties
        assert "is advised and not set" in done.stdout  # spark-submit sends there what Python says
    else:
        assert properties["spark.sql.shuffle.partitions"] == "7"
        assert properties["spark.driver.memory"] == "700m"
