"""A real standalone cluster: what its executors wrote explains failures that the event log does not."""

import subprocess
import sys
from pathlib import Path

import pytest

from data_contracts.tables import Application, Evidence, Executor, Run
from evaluation.lab.cluster import Cluster, cluster, event_log_properties
from sparkwright.history.harvest import harvest
from sparkwright.history.surroundings.places import Places
from sparkwright.lake import Lake, rows_of

pytestmark = pytest.mark.slow
JOB = Path(__file__).with_name("standalone_job.py")


def submit(running: Cluster, event_log_dir: Path, name: str, **more: str) -> None:
    properties = {
        **event_log_properties(event_log_dir),
        "spark.app.name": name,
        "spark.executor.memory": "512m",
        "spark.cores.max": "1",
        "spark.task.maxFailures": "1",
        **more,
    }
    words = [word for pair in properties.items() for word in ("--conf", "=".join(pair))]
    done = subprocess.run(
        [f"{running.env['SPARK_HOME']}/bin/spark-submit", "--master", running.master_url, *words, JOB],
        env=running.env | {"PYSPARK_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert done.returncode == 1, done.stderr[-3000:]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the event logs and the work folders of two failed applications."""
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "eventlogs").mkdir()
    with cluster(folder, cores_count=2, memory_mib=1024) as running:
        submit(running, folder / "eventlogs", "troubled")
        # Its executors never start: the event log tells of none.
        agent = {"spark.executor.extraJavaOptions": "-javaagent:/opt/nowhere/agent.jar"}
        submit(running, folder / "eventlogs", "stillborn", **agent)
    return folder


@pytest.fixture(scope="module")
def harvested(ran: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(str(tmp_path_factory.mktemp("lake")))
    report = harvest(ran / "eventlogs", Places(standalone_work_dir=ran / "work"), lake)
    assert (report.applications, report.around) == (2, {})
    return lake


def evidence(lake: Lake, app_name: str) -> list[Evidence]:
    """What executors' logs say of an application."""
    (app,) = [app for app in rows_of(Application, lake.read(Application)) if app.app_name == app_name]
    assert app.surroundings_json == '["executor_log"]'
    rows = rows_of(Evidence, lake.read(Evidence, filters=[("app_id", "=", app.app_id)]))
    return [row for row in rows if row.kind == "executor_log"]


def test_the_log_of_an_executor_tells_where_its_heap_ran_out(harvested: Lake) -> None:
    facts = [fact for fact in evidence(harvested, "troubled") if fact.exception_class == "java.lang.OutOfMemoryError"]
    assert facts
    assert all(fact.source.startswith("executor 0 stderr:") for fact in facts)
    assert [run.memory_verdict for run in rows_of(Run, harvested.read(Run)) if run.executor_count] == ["heap_oom"]


def test_executors_that_never_started_say_why(harvested: Lake) -> None:
    facts = evidence(harvested, "stillborn")
    said = "\n".join(fact.message for fact in facts)
    assert "Error opening zip file or JAR manifest missing : /opt/nowhere/agent.jar" in said
    assert "agent library failed to init" in said
    known = [row for row in rows_of(Executor, harvested.read(Executor)) if row.app_id == facts[0].app_id]
    assert not [row for row in known if row.executor_id != "driver"]


def test_a_secret_in_an_executors_log_stays_there(ran: Path, harvested: Lake) -> None:
    logs = "".join(path.read_text(encoding="utf-8") for path in ran.glob("work/*/*/stderr"))
    assert "never-in-the-lake" in logs
    assert "never-in-the-lake" not in str([harvested.read(table).to_pylist() for table in (Application, Evidence)])


def test_harvesting_again_changes_nothing_until_a_log_grows(ran: Path, harvested: Lake) -> None:
    places = Places(standalone_work_dir=ran / "work")
    assert harvest(ran / "eventlogs", places, harvested).unchanged == 2
    stderr = next(ran.glob("work/*/0/stderr"))
    with stderr.open("a", encoding="utf-8") as log:
        log.write("26/01/02 03:04:05 INFO Executor: late\n")
    assert harvest(ran / "eventlogs", places, harvested).unchanged == 1
