"""The harvest on a Spark cluster: the same rows as on this machine, or an error a person can act on."""

import pickle
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from evaluation.lab.cluster import Cluster, cluster
from sparkwright.history.context.log_context import ContextConfig
from sparkwright.history.harvest.incremental import harvest
from sparkwright.history.harvest.local_engine import LocalEngine
from sparkwright.history.harvest.spark_executor import harvested_from, read_task
from sparkwright.history.harvest.spark_harvest import pack_code, tasks_of, waves_of
from sparkwright.history.sources.log_files import LogSource, find_logs
from sparkwright.lake import Lake
from tests.support.history_contents import command, contents

CAMPAIGN = Path(__file__).resolve().parents[2] / "fixtures" / "campaign"


def source(number: int, size_bytes: int) -> LogSource:
    return LogSource(f"/logs/{number}", (), size_bytes, 0)


def test_tasks_hold_every_log_once_and_about_the_same_work() -> None:
    sources = [source(number, size) for number, size in enumerate([900, 20, 30, 400, 500, 10, 10, 10]) for _ in (1, 2)]
    sources = [source(number, 1_000_000 * one.size_bytes) for number, one in enumerate(sources)]
    tasks = tasks_of(sources, 4)
    assert sorted(number for task in tasks for number, _ in task) == list(range(16))
    assert all(sources[number] == found for task in tasks for number, found in task)
    sizes = [sum(found.size_bytes for _, found in task) for task in tasks]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] - sizes[-1] <= 80_000_000
    assert len(tasks_of(sources[:2], 4)) == 2


def test_waves_hold_every_log_once_and_each_its_share_of_large_ones() -> None:
    sources = [source(number, number) for number in range(2500)]
    waves = waves_of(sources)
    assert [len(wave) for wave in waves] == [834, 833, 833]
    assert sorted(one.path for wave in waves for one in wave) == sorted(one.path for one in sources)
    assert {wave[0].size_bytes for wave in waves} == {2499, 2498, 2497}


def test_executors_can_read_with_the_code_that_is_sent_and_five_libraries(tmp_path: Path) -> None:
    pack_code(tmp_path / "code.zip")
    script = (
        "import sys\n"
        f"sys.path.insert(0, {str(tmp_path / 'code.zip')!r})\n"
        "import sparkwright.history.harvest.spark_executor as executor\n"
        "assert '.zip' in executor.__file__, executor.__file__\n"
        "absent = {'deltalake', 'fsspec', 'pandas', 'pydantic_settings', 'pyspark', 'torch', 'mlflow'}\n"
        "assert not absent & set(sys.modules), absent & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_an_answer_holds_all_that_a_local_reader_would_return(
    write_log: Callable[..., Path], log_bytes: Callable[..., bytes]
) -> None:
    folder = write_log("app-1").parent
    write_log("driver.log", b"26/10/01 12:00:00 INFO SparkContext: Running Spark\n")
    write_log("empty", b"")
    write_log("two", log_bytes(app_id="app-2") + log_bytes(app_id="app-3"))
    sources = [found for found in find_logs(folder) if isinstance(found, LogSource)]
    task = pa.record_batch({"task": [pickle.dumps(list(enumerate(sources)))]})
    answers = [row for batch in read_task(iter([task]), ContextConfig(), []) for row in batch.to_pylist()]
    here = list(LocalEngine(1)(sources, ContextConfig()))
    for answer, expected in zip(answers, here, strict=True):
        found = harvested_from(answer, sources[answer["number"]])
        assert (found.unreadable, found.is_foreign) == (expected.unreadable, expected.is_foreign)
        assert [row.reason for row in found.quarantined] == [row.reason for row in expected.quarantined]
        assert found.event_count == expected.event_count
    assert [found.is_foreign for found in here] == [False, True, False, False]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [(["--master", "local[1]"], "--engine spark"), (["--engine", "spark", "--conf", "spark.executor.memory"], "KEY=")],
)
def test_settings_of_spark_are_checked_before_anything_starts(tmp_path: Path, words: list[str], wanted: str) -> None:
    done = subprocess.run(
        command("harvest", "--event-log-dir", tmp_path, *words, home=tmp_path), capture_output=True, text=True
    )
    assert done.returncode == 2
    assert wanted in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A standalone cluster from the installed pyspark, with two cores."""
    with cluster(tmp_path_factory.mktemp("cluster"), cores_count=2, memory_mib=1024) as started:
        yield started


def harvested_by(running: Cluster, home: Path, **env: str) -> subprocess.CompletedProcess[str]:
    spark = ["--engine", "spark", "--master", running.master_url, "--conf", "spark.executor.memory=512m"]
    words = [*command("harvest", "--event-log-dir", CAMPAIGN / "eventlogs", home=home), *spark]
    return subprocess.run(words, env=running.env | env, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
def test_a_cluster_writes_the_same_rows_as_this_machine(running: Cluster, tmp_path: Path) -> None:
    here = Lake(str(tmp_path / "here"))
    report = harvest(CAMPAIGN / "eventlogs", None, here)
    assert report.runs
    done = harvested_by(running, tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"{report.applications:,} ({report.runs:,} of them runs)" in done.stdout
    assert contents(Lake(str(tmp_path / "lake"))) == contents(here)
    assert list((running.folder / "work").glob("app-*/*/sparkwright_code.zip")), "no executor was sent the code"


@pytest.mark.slow
def test_executors_without_the_libraries_are_named_and_nothing_is_written(running: Cluster, tmp_path: Path) -> None:
    venv.create(tmp_path / "bare")
    done = harvested_by(running, tmp_path, PYSPARK_PYTHON=str(tmp_path / "bare" / "bin" / "python"))
    assert done.returncode == 2
    assert "spark.archives" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "lake" / "sources").exists()


@pytest.mark.slow
def test_folders_that_executors_do_not_see_stop_the_harvest(running: Cluster, tmp_path: Path) -> None:
    (tmp_path / "drivers").mkdir()
    script = tmp_path / "unseen.py"
    # A relative path means another folder to an executor.
    script.write_text(
        "from pathlib import Path\n"
        "from sparkwright.errors import HistoryError\n"
        "from sparkwright.history.sources.log_files import LogFile, LogSource\n"
        "from sparkwright.history.harvest.spark_harvest import SparkEngine\n"
        "from sparkwright.history.context.log_context import ContextConfig\n"
        f"engine = SparkEngine({running.master_url!r}, {{'spark.executor.memory': '512m'}})\n"
        f"source = LogSource('app-1', (LogFile(Path({str(script)!r})),), 2, 0)\n"
        "try:\n"
        "    list(engine([source], ContextConfig(driver_log_dir=Path('drivers'))))\n"
        "except HistoryError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, script], env=running.env, cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert "expected executors to see drivers" in done.stdout, done.stderr[-3000:]
