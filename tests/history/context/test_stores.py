"""Places around event logs in a store: S3 as moto's server speaks it, in the layouts of the folders of this machine."""

import gzip
import json
import os
import pickle
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from data_contracts.tables import Application, Evidence, Source
from sparkwright import stores
from sparkwright.errors import ConfigError
from sparkwright.history.context import store_folder
from sparkwright.history.context.findings import Keys
from sparkwright.history.context.log_context import ContextConfig, LogContext, context_config
from sparkwright.history.context.store_folder import StoreFolder
from sparkwright.history.harvest.incremental import harvest
from sparkwright.history.harvest.local_engine import LocalEngine
from sparkwright.history.harvest.spark_executor import harvested_from, read_task
from sparkwright.history.harvest.spark_harvest import SparkEngine
from sparkwright.history.sources.log_files import LogSource, find_logs
from sparkwright.lake import Lake
from sparkwright.settings import Settings, read_settings
from sparkwright.stores import RemotePath, place
from tests.support.history_contents import rows
from tests.support.moto_server import Put, between, post

CAMPAIGN = Path(__file__).resolve().parents[2] / "fixtures" / "campaign"
LOST = {"Reason": "ExecutorLostFailure", "Executor ID": "0", "Loss Reason": "lost"}
OOM = (
    "26/01/02 03:04:05 INFO Executor: running\n"
    "26/01/02 03:04:06 ERROR SparkUncaughtExceptionHandler: Uncaught exception\n"
    "java.lang.OutOfMemoryError: Java heap space\n"
)
TRACEBACK = "Traceback (most recent call last):\nKeyError: 'x'\n"
CLUSTER = "0102-030405-abc"
APP_ID = "application_1410450250506_0003"
CONTAINER = "container_1410450250506_0003_01_00000"
SUBMITTED = f"26/01/02 03:04:00 INFO YarnClientImpl: Submitted application {APP_ID}\n"
HEAD = f"Container: {CONTAINER}2 on nm_45454"
PRINTED = (
    f"{HEAD}\n{'=' * len(HEAD)}\nLogType:stderr\nLogLength:{len(OOM)}\nLogContents:\n{OOM}\nEnd of LogType:stderr\n"
)


def upload(folder: Path, prefix: str, put: Put) -> None:
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            put(f"{prefix}/{file.relative_to(folder)}", file.read_bytes())


def write_tree(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        os.utime(path, (1e9, 1e9))  # S3 knows no fractions of seconds: files of the same moment are read by their names
    return folder


@pytest.fixture
def failed_log(write_log: Callable[..., Path], log_events: Callable[..., list[dict[str, Any]]]) -> Callable[..., Path]:
    """Writes the event log of an application that lost its executor; gives the folder."""

    def write(app_id: str, properties: dict[str, str], *, driver_container: str = "") -> Path:
        events = log_events(app_id, properties=properties, failure=LOST)
        start = next(event for event in events if event["Event"] == "SparkListenerApplicationStart")
        if driver_container:
            start["Driver Attributes"] = {"CONTAINER_ID": driver_container}
        if app_id.startswith("application_"):
            added = next(event for event in events if event["Event"] == "SparkListenerExecutorAdded")
            container = app_id.replace("application_", "container_") + "_01_000002"
            added["Executor Info"]["Log Urls"] = {"stderr": f"http://nm:8042/node/containerlogs/{container}/etl/stderr"}
        return write_log(app_id, b"".join(json.dumps(event).encode() + b"\n" for event in events)).parent

    return write


@pytest.fixture
def asking(cloud: str) -> Callable[..., Any]:
    """A server before S3 that notes what it is asked and refuses what it is told to; reads go through it inside."""

    class Asking:
        def __init__(self, refuses: Callable[[str, str], bool] = lambda method, path: False) -> None:
            self._between = between(cloud, refuses)
            self._patch = pytest.MonkeyPatch()

        def __enter__(self) -> list[tuple[str, str, str]]:
            url, asked = self._between.__enter__()
            self._patch.setenv("AWS_ENDPOINT_URL", url)
            stores._store.cache_clear()
            return asked

        def __exit__(self, *error: object) -> None:
            self._patch.undo()
            stores._store.cache_clear()
            self._between.__exit__(None, None, None)

    return Asking


LAYOUTS = {
    "standalone": ("standalone_work_dir", "app-1", {"app-1/0/stderr": OOM, "app-1/0-1/stderr.gz": TRACEBACK}, 2),
    "databricks": (
        "databricks_log_dir",
        "app-1",
        {
            f"{CLUSTER}/driver/stderr": TRACEBACK,
            f"{CLUSTER}/driver/log4j-2026-01-02-03.log.gz": "26/01/02 03:04:05 ERROR Driver: gone\n",
            f"{CLUSTER}/executor/app-1/0/stderr--2026-01-02--03-00": OOM,
            f"{CLUSTER}/executor/app-9/0/stderr": OOM,
        },
        3,
    ),
    "yarn containers": (
        "yarn_log_dir",
        APP_ID,
        {f"{APP_ID}/{CONTAINER}2/stderr.gz": OOM, f"{APP_ID}/{CONTAINER}1/stdout": TRACEBACK},
        2,
    ),
    "yarn logs -out": ("yarn_log_dir", APP_ID, {f"{APP_ID}/nm_45454/{CONTAINER}2": PRINTED}, 1),
    "yarn logs, printed": ("yarn_log_dir", APP_ID, {f"{APP_ID}.log": PRINTED}, 1),
    "one cluster of EMR": (
        "yarn_log_dir",
        APP_ID,
        {
            f"containers/{APP_ID}/{CONTAINER}2/stderr.gz": OOM,
            f"containers/{APP_ID}/{CONTAINER}2/launch_container.sh.gz": "ERROR no log",
            "steps/s-1ABC/stderr.gz": SUBMITTED + TRACEBACK,
        },
        2,
    ),
    "all clusters of EMR": (
        "yarn_log_dir",
        APP_ID,
        {
            "j-1AAA/containers/application_1500000000000_0001/container_1500000000000_0001_01_000002/stderr.gz": OOM,
            f"j-2BBB/containers/{APP_ID}/{CONTAINER}2/stderr.gz": OOM,
            "j-2BBB/steps/s-0OTHER/stderr.gz": "ERROR another application's\n",
            "j-2BBB/steps/s-1ABC/stderr.gz": SUBMITTED + TRACEBACK,
            "j-2BBB/node/i-1/daemons/x.log.gz": "ERROR not ours\n",
            "j-3CCC/steps/s-1ABC/stderr.gz": SUBMITTED + TRACEBACK,
        },
        2,
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_place_on_s3_says_the_same_as_its_folder(
    failed_log: Callable[..., Path], put: Put, lake: Lake, tmp_path: Path, layout: str
) -> None:
    setting, app_id, files, said = LAYOUTS[layout]
    properties = {"spark.databricks.clusterUsageTags.clusterId": CLUSTER} if setting.startswith("databricks") else {}
    if app_id == APP_ID:
        properties["spark.master"] = "yarn"
    in_cluster_mode = layout == "yarn containers"
    logs = failed_log(app_id, properties, driver_container=f"{CONTAINER}1" if in_cluster_mode else "")
    tree = write_tree(tmp_path / "around", files)
    upload(tree, "around", put)
    here = Lake(str(tmp_path / "here"))
    assert harvest(logs, ContextConfig(**{setting: tree}), here).around == {}
    config = ContextConfig(**{setting: place("s3a://history/around/")})
    assert harvest(logs, config, lake).around == {}
    heard = [row for row in lake.read(Evidence).to_pylist() if row["kind"] in {"driver_log", "executor_log"}]
    assert len(heard) == said
    assert rows(lake) == rows(here)
    assert lake.read(Source)["size_bytes"].to_pylist() == here.read(Source)["size_bytes"].to_pylist()
    assert harvest(logs, config, lake).unchanged == 1
    changed = next(name for name in files if "stderr" in name or "nm_" in name or name.endswith(".log"))
    if "j-1AAA" in changed:  # of another cluster
        put(f"around/{changed}", b"ERROR more of it\n" * 9)
        assert harvest(logs, config, lake).unchanged == 1
        changed = f"j-2BBB/containers/{APP_ID}/{CONTAINER}2/stderr.gz"
    put(f"around/{changed}", b"ERROR more of it\n" * 99)
    assert harvest(logs, config, lake).unchanged == 0


@pytest.fixture
def recorded(tmp_path: Path, put: Put) -> Path:
    """A folder with ``eventlogs`` and ``drivers`` of some recorded applications; the same lies below ``s3://history``."""
    for log in sorted((CAMPAIGN / "eventlogs").iterdir())[::16]:
        shutil.copytree(log, tmp_path / "recorded" / "eventlogs" / log.name)
    shutil.copytree(CAMPAIGN / "drivers", tmp_path / "recorded" / "drivers")
    upload(tmp_path / "recorded", "prefix", put)
    return tmp_path / "recorded"


def test_drivers_output_beside_event_logs_on_s3_is_found_with_one_listing(
    recorded: Path, lake: Lake, tmp_path: Path, put: Put, asking: Callable[..., Any]
) -> None:
    here = Lake(str(tmp_path / "here"))
    harvest(recorded / "eventlogs", None, here)
    with asking() as asked:
        report = harvest(place("s3://history/prefix/eventlogs"), None, lake, engine=LocalEngine(1))
        listed = [path for _, path, _ in asked if "prefix=prefix%2Fdrivers%2F" in path]
        assert (report.applications, report.around, len(listed)) == (report.found, {}, 1)
        del asked[:]
        assert harvest(place("s3://history/prefix/eventlogs"), None, lake).unchanged == report.found
        assert len(asked) == 2  # the event logs, the drivers
    assert rows(lake) == rows(here)
    exits = [row["exit_code"] for row in lake.read(Application).to_pylist()]
    assert None not in exits
    launch_id = next(row["launch_id"] for row in lake.read(Source).to_pylist() if row["launch_id"])
    put(f"prefix/drivers/{launch_id}.exit", b"99\n")
    assert harvest(place("s3://history/prefix/eventlogs"), None, lake).unchanged == report.found - 1
    assert 99 in lake.read(Application)["exit_code"].to_pylist()


def test_several_reading_processes_look_into_stores(recorded: Path, lake: Lake, tmp_path: Path) -> None:
    here = Lake(str(tmp_path / "here"))
    harvest(recorded / "eventlogs", None, here)
    harvest(place("s3://history/prefix/eventlogs"), None, lake, engine=LocalEngine(2))
    assert rows(lake) == rows(here)


def test_beside_event_logs_in_a_store_is_in_the_store_and_what_submit_keeps_is_in_home(home: Settings) -> None:
    found = context_config(home, place("s3://key:hunter2@bucket/prefix/eventlogs/?region=eu-west-1"), None)
    assert found.driver_log_dir == RemotePath("s3://key:hunter2@bucket/prefix/drivers?region=eu-west-1")
    assert found.databricks_log_dir == place("s3://key:hunter2@bucket/prefix/eventlogs/?region=eu-west-1")
    assert found.kept_driver_log_dir == home.home / "drivers"
    assert "hunter2" not in repr(found)
    assert pickle.loads(pickle.dumps(found)) == found
    assert context_config(home, place("s3://bucket"), None).driver_log_dir is None
    assert context_config(home, place("s3://bucket/logs"), place("gs://other/drivers")).kept_driver_log_dir is None
    assert context_config(home, place("dbfs:/logs"), None).driver_log_dir == RemotePath("dbfs:/drivers")
    assert context_config(home, None, None).kept_driver_log_dir == home.home / "drivers"


def test_output_that_submit_kept_on_its_machine_comes_before_the_store(
    write_log: Callable[..., Path], put: Put, lake: Lake, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        logs = write_log(name, properties={"spark.sparkwright.launchId": name}).parent
        put(f"drivers/{name}.exit", b"7\n")
    kept = write_tree(tmp_path / "kept", {"one.exit": "3\n"})
    harvest(logs, ContextConfig(driver_log_dir=place("s3://history/drivers"), kept_driver_log_dir=kept), lake)
    codes = {row["app_id"]: row["exit_code"] for row in lake.read(Application).to_pylist()}
    assert codes == {"one": 3, "two": 7}


@pytest.mark.parametrize("address", ["s3://no-such-bucket/work", "s3://history/nothing"])
def test_a_missing_bucket_or_folder_is_reported_once_and_never_fails_the_harvest(
    s3: Any, failed_log: Callable[..., Path], lake: Lake, address: str
) -> None:
    for number in range(5):
        logs = failed_log(f"application_1_{number}", {"spark.master": "yarn"})
    report = harvest(logs, ContextConfig(yarn_log_dir=place(address)), lake)
    assert report.applications == 5
    ((title, (reason, count)),) = report.around.items()
    assert (title, count) == ("YARN container logs", 5)
    assert address in reason
    assert ("NO_SUCH_BUCKET" in reason) == ("no-such-bucket" in address)


def test_a_denied_permission_is_reported_without_the_keys(
    failed_log: Callable[..., Path], put: Put, lake: Lake, cloud: str, s3: Any
) -> None:
    put("work/app-1/0/stderr", OOM.encode())
    logs = failed_log("app-1", {})
    post(cloud, "/moto-api/reset-auth", "0")
    try:
        report = harvest(logs, ContextConfig(standalone_work_dir=place("s3://AKIAX:hunter2@history/work")), lake)
    finally:
        post(cloud, "/moto-api/reset-auth", "1000000")
    ((title, (reason, _)),) = report.around.items()
    assert title == "standalone work folder"
    assert "s3://history/work" in reason
    assert "hunter2" not in str(report)
    assert report.applications == 1


def test_a_store_that_is_down_is_given_up_and_its_logs_are_read_when_it_is_back(
    failed_log: Callable[..., Path],
    put: Put,
    lake: Lake,
    asking: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(store_folder, "_MAX_FAILURES", 2)  # each takes the 6 s for which pyarrow tries
    for number in range(6):
        put(f"work/app-{number}/0/stderr", OOM.encode())
        logs = failed_log(f"app-{number}", {})
    here = Lake(str(tmp_path / "here"))
    config = ContextConfig(standalone_work_dir=place("s3://history/work"))
    harvest(logs, config, here)
    with asking(lambda method, path: "work" in path) as asked:
        report = harvest(logs, config, lake)
        (reason, count) = report.around["standalone work folder"]
        assert (report.applications, count, "503" in reason) == (6, 6, True)
        assert len({path for _, path, _ in asked}) == 2  # two applications were asked about, no more
        assert lake.read(Source)["awaited_until_at"].null_count == 0
        # Logs that were read while it was up count as unchanged while it is down.
        report = harvest(logs, config, here)
        assert report.around["standalone work folder"][1] == 6
        assert (report.unchanged, report.applications) == (6, 0)
    assert harvest(logs, config, lake).applications == 6
    assert rows(lake) == rows(here)


def test_a_log_that_s3_lists_and_does_not_give_is_asked_for_the_next_time(
    failed_log: Callable[..., Path], put: Put, lake: Lake, asking: Callable[..., Any]
) -> None:
    put("work/app-1/0/stderr", OOM.encode())
    logs = failed_log("app-1", {})
    config = ContextConfig(standalone_work_dir=place("s3://history/work"))
    with asking(lambda method, path: path.endswith("stderr")):
        report = harvest(logs, config, lake)
    assert list(report.around) == ["standalone work folder"]
    assert (report.faulty, lake.read(Application)["surroundings_json"].to_pylist()) == ([], ["[]"])
    # Not only while more is awaited: the size of what was not read counts as never seen.
    (mark,) = lake.read(Source).to_pylist()
    assert mark["size_bytes"] == (logs / "app-1").stat().st_size
    assert harvest(logs, config, lake).applications == 1
    assert lake.read(Application)["surroundings_json"].to_pylist() == ['["executor_log"]']


def test_of_a_large_log_on_s3_only_its_ends_are_asked_for(
    failed_log: Callable[..., Path], put: Put, lake: Lake, asking: Callable[..., Any]
) -> None:
    put("work/app-1/0/stderr", b"26/01/02 03:04:05 INFO Executor: running\n" * 500_000 + OOM.encode())
    logs = failed_log("app-1", {})
    with asking() as asked:
        harvest(logs, ContextConfig(standalone_work_dir=place("s3://history/work")), lake)
    assert len(lake.read(Evidence).to_pylist()) >= 1
    ranges = [wanted for method, path, wanted in asked if path.endswith("stderr") and method == "GET"]
    spans = [[int(end) for end in wanted.removeprefix("bytes=").split("-")] for wanted in ranges]
    assert len(spans) == 2
    assert sum(end - start + 1 for start, end in spans) <= 8 * 1024**2
    assert len(asked) == 1 + 1 + 2  # one listing of the application, and of its log: how large it is, and two pieces


def state_requests(asking: Callable[..., Any], names: list[str], **place_of: Any) -> int:
    with asking() as asked, LogContext(ContextConfig(**place_of)) as context:
        for name in names:
            context.state(Keys(app_id=name))
            context.state(Keys(app_id=name))
    return len(asked)


def test_many_known_applications_cost_few_listings(put: Put, asking: Callable[..., Any]) -> None:
    names = [f"app-{number}" for number in range(200)]
    for name in names[:150]:
        put(f"work/{name}/0/stderr", b"x")
    work = place("s3://history/work")
    assert state_requests(asking, names[:5], standalone_work_dir=work) == 5
    # 32 listings of one name each, one of the existing names, one of everything.
    assert state_requests(asking, names, standalone_work_dir=work) == 32 + 1 + 1
    # Other names need no further listing.
    others = [f"other-{number}" for number in range(200)]
    assert state_requests(asking, others, standalone_work_dir=work) == 32 + 1


def test_a_place_that_holds_too_many_files_is_never_listed_whole(
    put: Put, asking: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_folder, "_MAX_FILES", 50)
    names = [f"app-{number}" for number in range(60)]
    for name in names:
        put(f"work/{name}/0/stderr", b"x")
    requests = state_requests(asking, names, standalone_work_dir=place("s3://history/work"))
    assert 60 + 1 <= requests < 60 + 10  # a slow store is asked again


def test_one_listing_or_many_the_files_are_the_same(put: Put, s3: Any) -> None:
    for name in ("a", "a-b", "a.b", "b"):
        for file in ("stderr", "0/stderr", "0/stdout", "0/deep/stderr", "0-1/stderr"):
            put(f"work/{name}/{file}", name.encode())
    single, whole = (StoreFolder("work", RemotePath("s3://history/work")) for _ in range(2))
    whole.names()
    whole.below("b")
    for name in ("a", "a-b", "a.b", "b", "nothing"):
        assert single.below(name) == whole.below(name)
        assert [*single.below(name)] == ([] if name == "nothing" else ["", "0", "0-1"])
    assert [file.name for file in single.below("a")["0"]] == ["stderr", "stdout"]
    assert str(single.below("a")["0"][0]) == "s3://history/work/a/0/stderr"


def test_tasks_of_one_executor_share_what_they_listed(recorded: Path, asking: Callable[..., Any]) -> None:
    logs = place("s3://history/prefix/eventlogs")
    config = pickle.loads(pickle.dumps(ContextConfig(driver_log_dir=place("s3://history/prefix/drivers"))))
    sources = [source for source in find_logs(logs) if isinstance(source, LogSource)]
    with asking() as asked:
        answers = []
        for number, source in enumerate(sources):
            task = pa.record_batch([pa.array([pickle.dumps([(number, source)])])], names=["task"])
            (answer,) = read_task(iter([task]), config, [])
            answers += answer.to_pylist()
        found = [harvested_from(answer, sources[answer["number"]]) for answer in answers]
        assert sum("list-type=2" in path for _, path, _ in asked) == 1
    assert len(found) > 2
    assert all(one.rows.application is not None and one.rows.application.exit_code is not None for one in found)
    assert all(one.record is not None and one.record.size_bytes > one.source.size_bytes for one in found)


@pytest.mark.slow
def test_executors_of_a_spark_cluster_look_into_stores(
    recorded: Path, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    here = Lake(str(tmp_path / "here"))
    harvest(recorded / "eventlogs", None, here)
    report = harvest(place("s3://history/prefix/eventlogs"), None, lake, engine=SparkEngine("local[2]", {}))
    assert (report.around, report.unreadable) == ({}, [])
    assert rows(lake) == rows(here)


def test_an_address_that_no_store_has_is_wrong_use(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKWRIGHT_YARN_LOG_DIR", "ftp://me:hunter2@host/logs")
    with pytest.raises(ConfigError, match="expected a folder, or a URL that starts with") as refused:
        context_config(read_settings(None), None, None)
    assert "hunter2" not in str(refused.value)
