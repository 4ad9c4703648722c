"""Cases that people reported elsewhere: sizes, Python's overhead on Kubernetes, words that reach spark-submit."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from data_contracts.properties.spark import GIB, MIB
from data_contracts.tables import Run
from sparkwright.allocation.advise import advise
from sparkwright.allocation.past import past_runs
from sparkwright.history.harvest.incremental import harvest
from sparkwright.lake import Lake
from sparkwright.launchers.advice import Advice
from sparkwright.launchers.spark_submit.submission import SparkSubmit, read_submission
from sparkwright.spark.allocation import overhead_bytes
from sparkwright.spark.command_line import parse_submit
from tests.allocation.runs import request
from tests.conftest import REPOSITORY

_DATA = Path(os.environ.get("SPARKWRIGHT_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))


@pytest.fixture
def field_case(request: pytest.FixtureRequest) -> Path:
    folder = _DATA / "field" / request.param
    if not folder.is_dir():
        pytest.skip(f"no {folder}: set SPARKWRIGHT_SHARED_DATA")
    return folder


@pytest.fixture
def words(tmp_path: Path):
    """A function from the words of ``sparkwright submit`` to those of ``spark-submit``."""

    def made(*given: str, **advised: str) -> list[str]:
        spark = SparkSubmit(Path(sys.executable), {}, tmp_path)
        advice = Advice("d1", "w", {name.replace("__", "."): value for name, value in advised.items()}, "")
        submission = read_submission(parse_submit(given), spark)
        return submission.words(submission.injected("launch", advice))

    return made


def test_sizes_that_would_end_a_jvm_in_client_mode_go_out_as_the_same_size(words):
    said = words("--conf", "spark.driver.memory= 4g ", "--conf", "spark.executor.memory=4096", "app.jar")
    assert "spark.driver.memory=4g" in said
    assert "spark.executor.memory=4096m" in said
    assert not any(" 4g " in word or word.endswith("=4096") for word in said)
    assert words("--driver-memory", "4096", "app.jar").count("spark.driver.memory=4096m") == 1


def test_sizes_that_spark_reads_or_refuses_itself_are_not_touched(words):
    given = ["--driver-memory", "4g", "--executor-memory", "1.5g", "app.py", "--executor-memory", " 4g "]
    assert words(*given)[-len(given) :] == given


def test_an_overhead_for_a_small_heap_does_not_go_out_with_a_larger_one_of_the_users(words):
    advised = {"spark__executor__memory": "4096m", "spark__executor__memoryOverhead": "1638m"}
    assert not any("memoryOverhead" in word for word in words("--executor-memory", "8g", "app.py", **advised))
    assert "spark.executor.memoryOverhead=1638m" in words("--executor-memory", "2g", "app.py", **advised)
    assert "spark.executor.memoryOverhead=1638m" in words("--override", "--executor-memory", "8g", "app.py", **advised)


@pytest.mark.parametrize(
    "own",
    [
        "spark.yarn.executor.memoryOverhead=2g",
        "spark.executor.memoryOverheadFactor=0.5",
        "spark.kubernetes.memoryOverheadFactor=0.5",
    ],
)
def test_an_overhead_the_user_set_in_another_way_wins(words, own):
    advised = {"spark__executor__memory": "4096m", "spark__executor__memoryOverhead": "896m"}
    assert not any("spark.executor.memoryOverhead=" in word for word in words("--conf", own, "app.py", **advised))
    overridden = words("--override", "--conf", own, "app.py", **advised)
    assert "spark.executor.memoryOverhead=896m" in overridden


def test_cores_advised_for_a_large_heap_do_not_go_out_with_a_smaller_one_of_the_users(words):
    advised = {"spark__executor__memory": "8192m", "spark__executor__cores": "4"}
    assert "spark.executor.cores=4" not in words("--executor-memory", "2g", "app.py", **advised)
    assert "spark.executor.cores=4" in words("--executor-memory", "8g", "app.py", **advised)
    assert "spark.executor.cores=4" in words("--override", "--executor-memory", "2g", "app.py", **advised)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("--deploy-mode", "cluster", "local:///opt/app.py"), "1638m"),
        (("--deploy-mode", "cluster", "local:///opt/app.R"), "1638m"),
        (("--deploy-mode", "cluster", "local:///opt/app.jar", "x.py"), "409m"),
        (("local:///opt/app.py",), "409m"),
    ],
)
def test_the_request_tells_what_spark_submit_will_make_of_the_primary_resource(tmp_path, given, expected):
    spark = SparkSubmit(Path(sys.executable), {}, tmp_path)
    command = parse_submit(("--master", "k8s://https://h", *given))
    properties = read_submission(command, spark).request["properties"]
    assert f"{overhead_bytes(properties, 'kubernetes', 4 * GIB) // MIB}m" == expected


def test_the_user_of_a_proxied_submission_is_the_one_the_event_log_will_name(tmp_path):
    command = parse_submit(("--proxy-user", "alice", "app.py"))
    assert read_submission(command, SparkSubmit(Path(sys.executable), {}, tmp_path)).user_name == "alice"
    hadoop = SparkSubmit(Path(sys.executable), {"HADOOP_USER_NAME": "service"}, tmp_path)
    assert read_submission(command, hadoop).user_name == "alice"
    named = SparkSubmit(Path(sys.executable), {"SPARK_USER": "bob"}, tmp_path)
    assert read_submission(command, named).user_name == "bob"


@pytest.mark.parametrize("field_case", ["A3"], indirect=True)
def test_python_on_kubernetes_keeps_the_overhead_that_spark_gives_it(field_case, tmp_path):
    asked = request("kubernetes", spark__executor__memory="4g", spark__executor__cores="2")
    assert "spark.executor.memoryOverhead" not in advise(asked, []).allocation
    lake = Lake(str(tmp_path / "lake"))
    harvest(field_case / "eventlogs", None, lake)
    past = past_runs(lake.read(Run))
    assert len(past) == 3
    assert advise(asked, past).allocation["spark.executor.memoryOverhead"] in {"1638m", "1639m"}


@pytest.mark.parametrize("field_case", ["A4"], indirect=True)
def test_words_reach_spark_submit_as_they_were(field_case, words):
    options = f"--properties-file {field_case}/job.conf --conf".split()
    java = "spark.executor.extraJavaOptions=-XX:+PrintGCDetails -XX:+PrintGCTimeStamps"
    given = [*options, java, "--conf=spark.a=b c", "--class", "com.example.Main", "app.jar"]
    application = ["--executor-memory", "99g", "two words", ""]
    said = words(*given, *application, spark__executor__memory="512m", spark__executor__cores="2")
    assert said[-len(given) - 4 :] == [*given, *application]
    assert "spark.executor.memory=512m" not in said, "the file's 3g, blanks behind it trimmed, is the user's own"
    assert "spark.executor.cores=2" in said


def test_the_printed_recommendation_needs_the_standard_library_alone():
    code = (
        "import sys; import sparkwright.launchers.commands.show_recommendation; "
        "print([name for name in ('pydantic', 'rich', 'pyarrow') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"
