"""A real standalone cluster: what its executors wrote explains failures that the event log does not."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from data_contracts.tables import Application, Evidence, Run
from evaluation.lab.cluster import Cluster, cluster, event_log_properties
from sparkwright.history.context.log_context import ContextConfig
from sparkwright.history.harvest.incremental import harvest
from sparkwright.lake import Lake
from sparkwright.lake.rows import rows_of

pytestmark = pytest.mark.slow
JOB = Path(__file__).with_name("standalone_job.py")


def submitted(running: Cluster, event_log_dir: Path, name: str, **more: str) -> "subprocess.Popen[bytes]":
    properties = {
        **event_log_properties(event_log_dir),
        "spark.app.name": name,
        "spark.executor.memory": "512m",
        "spark.cores.max": "1",
        "spark.task.maxFailures": "1",
        **more,
    }
    words = [word for pair in properties.items() for word in ("--conf", "=".join(pair))]
    return subprocess.Popen(
        [f"{running.env['SPARK_HOME']}/bin/spark-submit", "--master", running.master_url, *words, JOB],
        env=running.env | {"PYSPARK_PYTHON": sys.executable},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the event logs and the work folders of two applications that came to nothing."""
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "eventlogs").mkdir()
    with cluster(folder, cores_count=2, memory_mib=1024) as running:
        troubled = submitted(running, folder / "eventlogs", "troubled")
        assert troubled.wait(150) == 1
        # Its executors die before they reach the driver, and Spark starts others until somebody stops it.
        agent = {"spark.executor.extraJavaOptions": "-javaagent:nowhere/agent.jar"}
        stillborn = submitted(running, folder / "eventlogs", "stillborn", **agent)
        for pattern in ("work/*-0001/3/stderr", "eventlogs/*-0001/events_*"):
            wait_until(lambda pattern=pattern: list(folder.glob(pattern)) != [])  # type: ignore[misc]
        time.sleep(3)  # the job waits for an executor
        stillborn.terminate()
        assert stillborn.wait(60) != 0
    return folder


@pytest.fixture(scope="module")
def harvested(ran: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(str(tmp_path_factory.mktemp("lake")))
    report = harvest(ran / "eventlogs", ContextConfig(standalone_work_dir=ran / "work"), lake)
    assert (report.applications, report.around) == (2, {})
    return lake


def evidence(lake: Lake, app_name: str) -> tuple[list[Evidence], list[Evidence]]:
    """What executors' logs say of an application, and what its event log does."""
    (app,) = [app for app in rows_of(Application, lake.read(Application)) if app.app_name == app_name]
    assert app.surroundings_json == '["executor_log"]'
    rows = rows_of(Evidence, lake.read(Evidence, filters=[("app_id", "=", app.app_id)]))
    return [row for row in rows if row.kind == "executor_log"], [row for row in rows if row.kind != "executor_log"]


def test_the_log_of_an_executor_tells_where_its_heap_ran_out(harvested: Lake) -> None:
    facts, _ = evidence(harvested, "troubled")
    deaths = [fact for fact in facts if fact.exception_class == "java.lang.OutOfMemoryError"]
    assert deaths
    assert all(fact.source.startswith("executor 0 stderr:") for fact in deaths)
    assert sorted(run.memory_verdict for run in rows_of(Run, harvested.read(Run))) == ["heap_oom", "unknown"]


def test_executors_that_never_started_say_why(harvested: Lake) -> None:
    facts, others = evidence(harvested, "stillborn")
    said = "\n".join(fact.message for fact in facts)
    assert "Error opening zip file or JAR manifest missing : nowhere/agent.jar" in said
    assert "agent library failed to init" in said
    assert "agent" not in "\n".join(fact.message for fact in others)


def test_a_secret_in_an_executors_log_stays_there(ran: Path, harvested: Lake) -> None:
    logs = "".join(path.read_text(encoding="utf-8") for path in ran.glob("work/*/*/stderr"))
    assert "never-in-the-lake" in logs
    assert "never-in-the-lake" not in str([harvested.read(table).to_pylist() for table in (Application, Evidence)])


def test_harvesting_again_changes_nothing_until_a_log_grows(ran: Path, harvested: Lake) -> None:
    config = ContextConfig(standalone_work_dir=ran / "work")
    assert harvest(ran / "eventlogs", config, harvested).unchanged == 2
    stderr = next(ran.glob("work/*/0/stderr"))
    with stderr.open("a", encoding="utf-8") as log:
        log.write("26/01/02 03:04:05 INFO Executor: late\n")
    assert harvest(ran / "eventlogs", config, harvested).unchanged == 1
