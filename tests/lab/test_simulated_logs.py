"""The fleet's event logs say what its rows say: read back by our harvest, and by Spark's own History Server."""

import math
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from data_contracts.row import Row, primary_key
from data_contracts.tables import Application, Evidence, Executor, Run, Stage
from evaluation.lab.simulator.fleet import Fleet, simulate
from evaluation.lab.simulator.part_rows import OF_SINGLE_TASKS
from evaluation.lab.simulator.responses import load_responses
from evaluation.lab.simulator.rows import write_fleet
from evaluation.lab.simulator.settings import FLEET, FleetSettings
from evaluation.lab.simulator.spark_log import Written, write_logs
from sparkwright.config import load_config
from sparkwright.history.harvest.incremental import harvest
from sparkwright.history.sources.history_server import HistoryServer
from sparkwright.history.sources.log_files import LogSource, find_logs
from sparkwright.lake import Lake
from tests.history.test_history_server_agrees import compare
from tests.support.history_server import history_server

# What only the one or the other can know.
NOT_BOTH = {"source_path", "harvested_at", *OF_SINGLE_TASKS}
COMPARED = (Application, Run, Stage, Executor)


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    small = ["workload_count=24", "weeks=2", "surge.probability=0.05", "too_little_share=0.3"]
    return simulate(load_config(FleetSettings, FLEET, small), load_responses())


@pytest.fixture(scope="module")
def written(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Written]:
    folder = tmp_path_factory.mktemp("simulated") / "logs"
    return folder, write_logs(fleet, folder, 150)


@pytest.fixture(scope="module")
def read_back(written: tuple[Path, Written], tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(str(tmp_path_factory.mktemp("read") / "lake"))
    report = harvest(written[0], None, lake)
    assert (report.unreadable, report.faulty, report.duplicates) == ([], [], [])
    assert report.event_count == written[1].event_count
    return lake


@pytest.fixture(scope="module")
def direct(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(str(tmp_path_factory.mktemp("direct") / "lake"))
    write_fleet(lake, fleet)
    return lake


def by_key(lake: Lake, row_type: type[Row]) -> dict[tuple[object, ...], dict[str, object]]:
    return {tuple(row[name] for name in primary_key(row_type)): row for row in lake.read(row_type).to_pylist()}


def differ(left: object, right: object) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return not math.isclose(left, right, rel_tol=1e-9)
    return left != right


@pytest.mark.parametrize("row_type", COMPARED)
def test_a_harvest_of_the_logs_gives_the_rows_that_are_written_directly(
    read_back: Lake, direct: Lake, row_type: type[Row]
) -> None:
    harvested, made = by_key(read_back, row_type), by_key(direct, row_type)
    apps = {key[0] for key in by_key(read_back, Application)}
    assert harvested.keys() == {key for key in made if key[0] in apps}
    different = Counter(
        name for key, row in harvested.items() for name in row.keys() - NOT_BOTH if differ(row[name], made[key][name])
    )
    assert different == {}


def test_deaths_and_other_failures_are_among_what_is_compared(read_back: Lake) -> None:
    verdicts = Counter(read_back.read(Run)["memory_verdict"].to_pylist())
    assert verdicts["heap_oom"] > 2
    assert verdicts["unknown"] > 0
    assert {row["kind"] for row in read_back.read(Evidence).to_pylist()} >= {"task_failure", "stage_failure"}


def test_no_event_is_earlier_than_its_application_or_later_than_its_end(read_back: Lake) -> None:
    spans = {row["app_id"]: (row["started_at"], row["ended_at"]) for row in read_back.read(Application).to_pylist()}
    for row_type in (Stage, Executor):
        for row in read_back.read(row_type).to_pylist():
            began, ended = spans[row["app_id"]]
            moments: list[datetime] = [row[name] for name in ("started_at", "ended_at") if row[name] is not None]
            assert all(began <= moment <= ended for moment in moments)


@pytest.mark.slow
def test_the_history_server_opens_the_logs_and_reports_what_the_rows_say(
    written: tuple[Path, Written], tmp_path: Path
) -> None:
    folder, told = written
    sources = [source for source in find_logs(folder.resolve()) if isinstance(source, LogSource)]
    assert len(sources) == told.log_count
    with history_server(folder, tmp_path / "server", len(sources)) as url, HistoryServer(url) as client:
        assert [fault for source in sources[::3] for fault in compare(client, source)] == []
