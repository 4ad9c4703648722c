"""`sparkwright submit --dry-run`, `--explain`, and what is said of a site's caps and of cluster mode."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.launchers.answering import OneAnswer

SUBMIT = [sys.executable, "-m", "sparkwright.cli", "submit"]
ALLOCATION = {"spark.executor.memory": "4096m", "spark.executor.cores": "2", "spark.task.cpus": "1"}
ANSWER = {
    "reasons": [{"property": "spark.executor.memory", "text": "held in 5 runs\x1b[31m"}],
    "release_version": "7",
    "forecaster_version": "3",
    "observed_run_count": 5,
    "risk": {"probability": 0.004, "basis": "model"},
}


@pytest.fixture
def service(home, misbehaving_service, spark_home, monkeypatch) -> OneAnswer:
    one = OneAnswer(ALLOCATION, **ANSWER)
    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", misbehaving_service(one))
    monkeypatch.setenv("SPARK_HOME", str(spark_home('printf "%s\\n" "$@"; echo submitted; exit 5')))
    for name in ("YARN_CONF_DIR", "HADOOP_CONF_DIR"):
        monkeypatch.delenv(name, raising=False)
    return one


def submit(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*SUBMIT, *words], capture_output=True, text=True, timeout=60)


def test_a_dry_run_shows_every_property_with_its_reason_and_submits_nothing(service, home):
    line = ["--dry-run", "--executor-memory", "2g", "--conf", "spark.acme.password=hunter2hunter2", "app.py"]
    done = submit("--master", "yarn", *line)
    assert (done.returncode, done.stderr) == (0, "")
    said = " ".join(done.stdout.split())
    assert "= spark.executor.memory=2g (advised 4096m) yours" in said
    assert "- spark.executor.cores=(advised 2) as many tasks belong to the larger heap" in said
    assert "+ spark.task.cpus=1 advised" in said
    assert "+ spark.sparkwright.decisionId=d1" in said
    assert not done.stdout.endswith("submitted\n")
    assert "hunter2" not in said
    assert "spark-submit --conf spark.sparkwright.launchId=" in said
    assert not list((home.home / "drivers").glob("*"))
    [(path, request)] = service.asked
    assert (path, "launch_id" in request) == ("/v1/recommend", False), "a dry run is no launch, and has no outcome"


def test_a_dry_run_with_override_shows_what_is_replaced(service):
    said = " ".join(submit("--dry-run", "--override", "--executor-memory", "2g", "app.py").stdout.split())
    assert "~ spark.executor.memory=2g -> 4096m held in 5 runs" in said
    assert "\x1b" not in said


def test_an_explanation_goes_to_standard_error_where_the_driver_has_standard_output(service):
    done = submit("--explain", "app.py")
    assert done.returncode == 5
    assert "P(death) 0.4% by this workload's own runs, not certified" in done.stderr
    assert "\x1b" not in done.stderr
    assert "P(death)" not in done.stdout
    assert "P(death) 0.4%" in submit("--dry-run", "--explain", "app.py").stdout


def test_an_answer_that_cannot_be_explained_holds_nothing_back(service):
    service.answer |= {"reasons": [7], "risk": "low"}
    done = submit("--explain", "app.py")
    assert (done.returncode, "cannot be explained" in done.stderr) == (5, True)
    assert "spark.executor.memory=4096m" in done.stdout


def test_what_is_told_of_a_run_reaches_the_service(service, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "part").write_bytes(bytes(2048))
    options = f"--input {tmp_path}/in --input 1k --attempt 3 --max-risk 0.5% --deadline 2h".split()
    submit("--dry-run", *options, "app.py")
    [(_, request)] = service.asked
    wanted = {"input_bytes": 3072, "attempt": 3, "max_risk": 0.005, "deadline_ms": 7_200_000}
    assert request.items() >= wanted.items()


def test_an_input_that_is_not_there_is_said_and_the_run_goes_on(service, tmp_path):
    done = submit("--input", str(tmp_path / "none"), "app.py")
    assert done.returncode == 5
    assert "the size of the input is not known" in done.stderr
    assert "input_bytes" not in service.asked[0][1]


def test_a_dry_run_without_a_service_still_shows_the_line(service, closed_port, monkeypatch):
    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", closed_port)
    done = submit("--dry-run", "--name", "x", "app.py")
    assert (done.returncode, "no recommendation:" in done.stderr) == (0, True)
    assert done.stdout.rstrip().endswith("--name x app.py")


def test_a_dry_run_takes_less_than_its_budget(service):
    """Of processor time: what the wall says depends on who else is there."""

    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        submit("--dry-run", "--master", "yarn", "app.py")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds() for _ in range(3)) < 0.4


def test_bare_submit_prints_our_usage():
    done = submit()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: sparkwright submit [--override]")


@pytest.mark.parametrize("line", ["--workload", "--workload --master yarn app.py", "--attempt none app.py"])
def test_our_own_options_used_wrongly_submit_nothing(service, line):
    done = submit(*line.split())
    assert (done.returncode, done.stdout, service.asked) == (2, "", [])
    assert f"expected {line.split()[0]}" in done.stderr


YARN_SITE = """<?xml version="1.0"?><configuration>
<property><name>yarn.scheduler.maximum-allocation-mb</name><value> 4096 </value></property>
<property><name>yarn.scheduler.maximum-allocation-vcores</name><value>${env.X}</value></property>
</configuration>"""


def test_advice_above_what_yarn_allows_is_not_applied(service, tmp_path, monkeypatch):
    (tmp_path / "yarn-site.xml").write_text(YARN_SITE)
    monkeypatch.setenv("HADOOP_CONF_DIR", str(tmp_path))
    done = submit("--master", "yarn", "app.py")
    assert "spark.executor.memory=" not in done.stdout
    assert "spark.executor.memory=4096m not applied: the container of an executor would take 4505m" in done.stderr
    assert "submitted" in done.stdout
    own = submit("--master", "yarn", "--executor-memory", "9g", "app.py")
    assert "above the 4096m of" in own.stderr
    assert "spark.executor.memory=9g is yours" in own.stderr
    elsewhere = submit("--master", "k8s://h", "app.py")
    assert "spark.executor.memory=4096m" in elsewhere.stdout


@pytest.mark.parametrize("text", ["<configuration>", "", "<a/>", YARN_SITE.replace("4096", "-1")])
def test_a_broken_yarn_site_is_no_cap(service, tmp_path, monkeypatch, text):
    (tmp_path / "yarn-site.xml").write_text(text)
    monkeypatch.setenv("YARN_CONF_DIR", str(tmp_path))
    assert "spark.executor.memory=4096m" in submit("--master", "yarn", "app.py").stdout


CLUSTER = ["--deploy-mode", "cluster"]


@pytest.mark.parametrize(
    ("words", "is_outcome"),
    [
        (["--master", "yarn"], True),
        (["--master", "local[2]"], True),
        (["--master", "k8s://https://h:443"], True),
        (["--master", "yarn", *CLUSTER], True),
        (["--master", "yarn", *CLUSTER, "--conf", "spark.yarn.submit.waitAppCompletion=false"], False),
        (["--master", "spark://h:7077", *CLUSTER], False),
        (["--master", "k8s://https://h:443", *CLUSTER], False),
    ],
)
def test_an_exit_code_that_is_only_the_submissions_is_reported_as_no_outcome(
    service, home, spark_home, monkeypatch, words, is_outcome
):
    script = 'printf "%s\\n" "$@"; echo "Submitted application application_1_0002 x"; exit 0'
    monkeypatch.setenv("SPARK_HOME", str(spark_home(script)))
    done = submit(*words, "app.py")
    assert "spark.sparkwright.decisionId=d1" in done.stdout, "the event log says which decision it was"
    reports = [request for path, request in service.asked if path == "/v1/feedback"]
    outcome = {"decision_id": "d1", "app_id": "application_1_0002", **({"exit_code": 0} if is_outcome else {})}
    assert reports == [outcome]
    assert len(list((home.home / "drivers").glob("*.exit"))) == is_outcome


def test_a_submission_that_failed_is_kept_in_cluster_mode_too(service, home):
    assert submit("--master", "spark://h:7077", *CLUSTER, "app.py").returncode == 5
    [kept] = (home.home / "drivers").glob("*.exit")
    assert kept.read_text() == "5\n"
    assert Path(kept).stem in service.asked[0][1]["launch_id"]
