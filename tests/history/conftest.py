"""Real logs written by Spark, and a writer of small logs for what Spark would not write."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sparkwright.lake import Lake
from tests.support.history_server import history_server
from tests.support.moto_server import Put
from tests.support.moto_server import cloud as cloud
from tests.support.moto_server import s3 as s3

REPOSITORY = Path(__file__).resolve().parents[2]
CAMPAIGN = REPOSITORY / "tests" / "fixtures" / "campaign"
CODECS = ("none", "zstd", "lz4", "snappy", "lzf")


@pytest.fixture(scope="session")
def spark_logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``eventlogs`` and ``drivers`` that real Spark filled: one good run per codec, one failed run."""
    folder = tmp_path_factory.mktemp("spark")
    script = Path(__file__).with_name("spark_jobs.py")
    environ = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    done = subprocess.run(
        [sys.executable, script, folder / "out"], env=environ, cwd=folder, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return folder / "out"


@pytest.fixture(scope="session")
def campaign_logs() -> Path:
    """Event logs that the lab recorded: one rolling folder for each application."""
    return CAMPAIGN / "eventlogs"


@pytest.fixture(scope="session")
def campaign_server(campaign_logs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a History Server over the recorded logs."""
    folder = tmp_path_factory.mktemp("history-server")
    with history_server(campaign_logs, folder, len(list(campaign_logs.iterdir()))) as url:
        yield url


@pytest.fixture(scope="session")
def shared_logs() -> Path:
    """Event logs of many origins that nobody here wrote."""
    data = Path(os.environ.get("SPARKWRIGHT_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (data / "eventlogs").is_dir():
        pytest.skip(f"no shared event logs in {data}: set SPARKWRIGHT_SHARED_DATA")
    return data


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def event(name: str, **fields: object) -> dict[str, object]:
    return {"Event": name, **fields}


def small_log(
    app_id: str = "app-1",
    *,
    tasks: int = 3,
    ended: bool = True,
    failure: dict[str, object] | None = None,
    properties: dict[str, str] | None = None,
) -> list[dict[str, object]]:
    """The events of a batch application with one stage; ``failure`` is the end reason of its last task."""
    stage = {"Stage ID": 0, "Stage Attempt ID": 0, "Stage Name": "count", "Number of Tasks": tasks}
    events = [
        event("SparkListenerLogStart", **{"Spark Version": "4.0.0"}),
        event(
            "SparkListenerEnvironmentUpdate",
            **{"Spark Properties": {"spark.master": "spark://m:7077", "spark.app.name": "job", **(properties or {})}},
        ),
        event(
            "SparkListenerApplicationStart", **{"App Name": "job", "App ID": app_id, "Timestamp": 1_000, "User": "u"}
        ),
        event(
            "SparkListenerExecutorAdded",
            **{"Timestamp": 1_100, "Executor ID": "0", "Executor Info": {"Host": "h", "Total Cores": 2}},
        ),
        event("SparkListenerJobStart", **{"Job ID": 0, "Submission Time": 1_200}),
        event("SparkListenerStageSubmitted", **{"Stage Info": {**stage, "Submission Time": 1_200}}),
    ]
    for number in range(tasks):
        failed = failure is not None and number == tasks - 1
        events.append(
            event(
                "SparkListenerTaskEnd",
                **{
                    "Stage ID": 0,
                    "Stage Attempt ID": 0,
                    "Task End Reason": failure if failed else {"Reason": "Success"},
                    "Task Info": {"Task ID": number, "Executor ID": "0", "Launch Time": 1_200, "Finish Time": 1_300},
                    "Task Metrics": {"Executor Run Time": 90, "JVM GC Time": 1, "Result Size": 5},
                },
            )
        )
    reason = {"Failure Reason": "Job aborted due to stage failure: Lost task"} if failure else {}
    events.append(event("SparkListenerStageCompleted", **{"Stage Info": {**stage, "Completion Time": 1_400, **reason}}))
    result: dict[str, object] = {"Result": "JobSucceeded"}
    if failure:
        result = {"Result": "JobFailed", "Exception": {"Message": "Job aborted due to stage failure: Lost task"}}
    events.append(event("SparkListenerJobEnd", **{"Job ID": 0, "Completion Time": 1_400, "Job Result": result}))
    if ended:
        events.append(event("SparkListenerApplicationEnd", Timestamp=1_500))
    return events


def as_bytes(events: list[dict[str, object]]) -> bytes:
    return b"".join(json.dumps(one, separators=(",", ":")).encode() + b"\n" for one in events)


@pytest.fixture
def log_events() -> Callable[..., list[dict[str, object]]]:
    """Makes the events of a small application."""
    return small_log


@pytest.fixture
def log_bytes() -> Callable[..., bytes]:
    """The bytes of a log: of the given events, or of a small application's with these options."""
    return lambda log=None, **options: as_bytes(small_log(**options) if log is None else log)


@pytest.fixture
def write_log(tmp_path: Path) -> Callable[..., Path]:
    """Writes a small application's log, or the given bytes, to ``<tmp>/logs/<name>``."""

    def write(name: str, content: list[dict[str, object]] | bytes | None = None, **options: object) -> Path:
        path = tmp_path / "logs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(content, bytes):
            content = as_bytes(small_log(**{"app_id": name, **options}) if content is None else content)  # type: ignore[arg-type]
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def put(s3: Any) -> Put:
    """Puts one object below ``s3://history``."""

    def put(key: str, body: bytes) -> None:
        s3.put_object(Bucket="history", Key=key, Body=body)

    return put
