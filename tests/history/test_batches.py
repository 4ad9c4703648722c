import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import write_deltalake

from data_contracts.checks.drift import profile_of
from data_contracts.row import Row
from data_contracts.tables import AcceptedBatch, Application, Evidence, Executor, Quarantined, Run, Stage
from sparkwright.cli import main
from sparkwright.config import load_config
from sparkwright.history.harvest.incremental import harvest
from sparkwright.lake import Lake
from sparkwright.lake.rows import rows_of
from sparkwright.validation.batch import ValidationConfig, accept, harvested_since, next_batch, of_applications
from sparkwright.validation.check import CONFIG
from sparkwright.validation.page import write_page
from sparkwright.validation.report import ValidationReport
from sparkwright.validation.validate import validate
from tests.support.simulated_runs import simulated_runs

OOM = {"Reason": "ExceptionFailure", "Class Name": "java.lang.OutOfMemoryError", "Description": "Java heap space"}
COUNT = 12


@pytest.fixture
def harvested(write_log: Callable[..., Path], lake: Lake) -> Lake:
    for number in range(COUNT):
        path = write_log(f"app-{number:02d}", failure=OOM if number == 0 else None)
    harvest(path.parent, None, lake)
    return lake


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., ValidationReport]:
    """Validates the whole lake, or with ``tables`` some of it, which takes a second where the whole takes several."""

    def run(lake: Lake, *overrides: str, tables: Sequence[type[Row]] | None = None) -> ValidationReport:
        return validate(lake, tmp_path / "out", tables, load_config(ValidationConfig, CONFIG, list(overrides)))

    return run


def spoil(lake: Lake, row_type: type[Row], column: str, value: object, app_ids: set[str]) -> None:
    """Write a value that another tool put into the rows of some applications."""
    rows = lake.read(row_type)
    position = rows.column_names.index(column)
    hit = pc.is_in(rows["app_id"], pa.array(sorted(app_ids)))
    values = pc.if_else(hit, pa.scalar(value, rows.schema.field(column).type), rows[column])
    write_deltalake(f"{lake.uri}/{row_type.table}", rows.set_column(position, column, values), mode="overwrite")


def page_of(report: ValidationReport, folder: Path) -> str:
    write_page(report, folder / "index.html")
    return (folder / "index.html").read_text()


def app_ids(lake: Lake, row_type: type[Row]) -> set[str]:
    return set(lake.read(row_type)["app_id"].to_pylist())


def test_few_bad_rows_move_to_quarantine_with_their_reasons_and_the_next_validation_is_clean(
    harvested: Lake, check: Callable[..., ValidationReport]
) -> None:
    spoil(harvested, Executor, "executor_cores_count", 0, {"app-03"})
    report = check(harvested, tables=[Executor])
    assert (report.passed, report.bad_count) == (True, 1)
    assert app_ids(harvested, Executor) == {f"app-{number:02d}" for number in range(COUNT)} - {"app-03"}
    (aside,) = rows_of(Quarantined, harvested.read(Quarantined))
    assert aside.table_name == "executors"
    assert aside.reason.startswith("expected a row of executors where executor_cores_count is >= 1; got app_id=app-03")
    assert Path(aside.source_path).name == "app-03"
    assert json.loads(aside.row_json or "")["executor_cores_count"] == 0
    again = check(harvested, tables=[Executor])
    assert (again.passed, again.failures, again.bad_count) == (True, [], 0)
    assert harvested.read(Quarantined).num_rows == 1


def test_too_many_bad_rows_stop_and_nothing_is_moved(
    harvested: Lake, check: Callable[..., ValidationReport], tmp_path: Path
) -> None:
    spoil(harvested, Executor, "executor_cores_count", 0, {"app-03", "app-04"})
    spoil(harvested, Application, "status", "exploded", {"app-05"})
    report = check(harvested, tables=[Application, Executor])
    assert not report.passed
    assert {suite.table: suite.verdict for suite in report.suites} == {
        "applications": "few bad rows",
        "executors": "failed",
    }
    assert harvested.read(Executor).num_rows == harvested.read(Application).num_rows == COUNT
    assert not harvested.exists(Quarantined)
    assert not harvested.exists(AcceptedBatch)
    assert "still in the table" in page_of(report, tmp_path)
    assert check(harvested, "max_bad_share=0.3", tables=[Application, Executor]).passed
    aside = [row.table_name for row in rows_of(Quarantined, harvested.read(Quarantined))]
    assert sorted(map(str, aside)) == ["applications", *["executors"] * 3]  # what belongs to a bad row is bad


def test_rows_that_the_harvest_set_aside_count_against_the_batch(
    write_log: Callable[..., Path],
    log_events: Callable[..., list[dict[str, object]]],
    lake: Lake,
    check: Callable[..., ValidationReport],
) -> None:
    for number in range(COUNT):
        log = log_events(f"app-{number}")
        if number < 3:
            log[3]["Timestamp"], log[-1]["Timestamp"] = 1_100, 500  # the clock ran backwards
        path = write_log(f"app-{number}", b"\n".join(json.dumps(one).encode() for one in log))
    harvest(path.parent, None, lake)
    report = check(lake, tables=[Run])
    (runs,) = report.suites
    assert (runs.bad_count, runs.rejected_count, runs.batch.row_count, report.passed) == (0, 3, COUNT, False)
    accept(lake, next_batch(lake), [Run], bad_row_count=0, profile=None)
    assert check(lake, tables=[Run]).passed  # they belong to a batch that was accepted


@pytest.mark.slow
def test_an_application_takes_its_rows_along_and_a_retry_brings_all_back(
    harvested: Lake, check: Callable[..., ValidationReport], tmp_path: Path
) -> None:
    before = {row_type: harvested.read(row_type).num_rows for row_type in (Application, Stage, Run, Evidence)}
    spoil(harvested, Application, "status", "exploded", {"app-00"})
    assert check(harvested, "max_bad_share=1").passed
    for row_type in before:
        assert "app-00" not in app_ids(harvested, row_type)
    assert {Path(row.source_path).name for row in rows_of(Quarantined, harvested.read(Quarantined))} == {"app-00"}
    assert check(harvested).passed
    harvest(tmp_path / "logs", None, harvested, retry_quarantine=True)
    assert {row_type: harvested.read(row_type).num_rows for row_type in before} == before
    assert harvested.read(Quarantined).num_rows == 0


def test_old_rows_that_were_spoilt_count_against_the_table_not_against_a_small_batch(
    harvested: Lake, check: Callable[..., ValidationReport], write_log: Callable[..., Path]
) -> None:
    accept(harvested, next_batch(harvested), [Run], bad_row_count=0, profile=None)
    harvest(write_log("app-90").parent, None, harvested)
    spoil(harvested, Executor, "executor_cores_count", 0, {"app-03"})
    (executors,) = check(harvested, "tolerated_bad_rows=0", tables=[Executor]).suites
    assert (
        executors.batch.bad_count,
        executors.batch.row_count,
        executors.whole.bad_count,
        executors.whole.allowed_count,
    ) == (0, 1, 1, 1)
    assert executors.verdict == "few bad rows"


def test_a_row_that_stands_twice_goes_wholly(harvested: Lake, check: Callable[..., ValidationReport]) -> None:
    rows = harvested.read(Executor)
    write_deltalake(f"{harvested.uri}/executors", pa.concat_tables([rows, rows.slice(0, 1)]), mode="overwrite")
    assert check(harvested, "max_bad_share=0.5", tables=[Executor]).passed
    assert harvested.read(Executor).num_rows == COUNT - 1
    assert harvested.read(Quarantined).num_rows == 2


def test_a_row_that_was_repaired_in_the_meantime_stays(harvested: Lake) -> None:
    good = harvested.read(Executor)
    spoil(harvested, Executor, "executor_cores_count", 0, {"app-03"})
    seen = harvested.read(Run, filters=[("app_id", "=", "app-03")])
    write_deltalake(f"{harvested.uri}/executors", good, mode="overwrite")
    harvested.remove(Executor, seen)
    assert harvested.read(Executor).num_rows == COUNT


@pytest.mark.slow
def test_validating_again_without_news_writes_nothing(harvested: Lake, check: Callable[..., ValidationReport]) -> None:
    check(harvested)
    versions = [harvested.version(row_type) for row_type in (AcceptedBatch, Run, Application)]
    assert check(harvested).application_count == 0
    assert versions == [harvested.version(row_type) for row_type in (AcceptedBatch, Run, Application)]


def test_a_batch_holds_what_was_harvested_since_the_last_accepted_one(
    harvested: Lake, check: Callable[..., ValidationReport], write_log: Callable[..., Path]
) -> None:
    first = next_batch(harvested)
    assert (first.applications.num_rows, first.reference) == (COUNT, None)
    accept(harvested, first, [Run], bad_row_count=0, profile=None)
    assert next_batch(harvested).applications.num_rows == 0
    folder = write_log("app-90").parent
    write_log("app-91")
    harvest(folder, None, harvested)
    spoil(harvested, Executor, "executor_cores_count", 0, {"app-90", "app-91"})
    report = check(harvested, tables=[Executor])
    (executors,) = report.suites
    assert (executors.batch.row_count, executors.batch.bad_count, executors.batch.allowed_count) == (2, 2, 1)
    assert (report.passed, report.application_count) == (False, 2)


def simulated_lake(lake: Lake, seed: int, *, factor: int, at: datetime) -> None:
    runs = [
        run.model_copy(
            update={
                "app_id": f"{seed}-{run.app_id}",
                "input_bytes": run.input_bytes * factor,
                "ended_at": run.started_at + timedelta(milliseconds=run.duration_ms),
            }
        )
        for run in simulated_runs(20, 6, seed)
    ]
    more = dict.fromkeys(Application.model_fields) | {
        "app_name": "a",
        "user_name": "u",
        "queue": "",
        "shape": "batch",
        "spark_version": "4",
        "event_count": 1,
        "properties_json": "{}",
        "resource_profiles_json": "{}",
        "source_path": "/logs/x",
        "harvested_at": at,
    }
    applications = [
        Application.model_validate(
            more | {name: value for name, value in run.model_dump().items() if name in Application.model_fields}
        )
        for run in runs
    ]
    lake.merge(Application, applications)
    lake.merge(Run, runs)


@pytest.mark.slow
def test_drift_against_the_last_accepted_batch_is_reported_and_stops_only_if_configured(
    harvested: Lake, check: Callable[..., ValidationReport], tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    assert "no batch" in check(harvested).drift_note
    simulated_lake(harvested, 1, factor=1, at=now)
    first = check(harvested)
    assert first.passed, [failure.sentence for failure in first.failures]
    simulated_lake(harvested, 2, factor=1, at=now + timedelta(minutes=1))
    same = check(harvested)
    assert same.drift
    assert "input_bytes" not in {one.column for one in same.drifted}
    simulated_lake(harvested, 3, factor=20, at=now + timedelta(minutes=2))
    stopped = check(harvested, "drift.stops=true")
    assert (stopped.passed, stopped.contracts_hold) == (False, True)
    told = check(harvested)
    assert told.passed
    assert "input_bytes" in {one.column for one in told.drifted}
    assert "input_bytes" in page_of(told, tmp_path)
    # It was accepted, so the next batch is compared with it.
    simulated_lake(harvested, 4, factor=20, at=now + timedelta(minutes=3))
    assert "input_bytes" not in {one.column for one in check(harvested).drifted}


def test_the_reference_stays_until_a_batch_with_enough_runs_was_accepted(harvested: Lake) -> None:
    profile = profile_of(Run, harvested.read(Run))
    first = next_batch(harvested)
    accept(harvested, first, [Run], bad_row_count=0, profile=profile)
    simulated_lake(harvested, 1, factor=1, at=first.last_harvested_at + timedelta(minutes=1))
    small = next_batch(harvested)
    accept(harvested, small, [Run], bad_row_count=0, profile=None)
    after = next_batch(harvested)
    assert after.reference == small.reference == profile
    assert after.reference_at == first.last_harvested_at
    assert after.applications.num_rows == 0
    since = of_applications(harvested.read(Run), harvested_since(harvested, after.reference_at))
    assert since.num_rows == small.applications.num_rows


def test_the_command_reports_what_it_moved_and_accepts_other_limits(
    harvested: Lake, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["validate", "--lake", harvested.uri, "--out", str(tmp_path / "out"), "--table", "executors"]
    spoil(harvested, Executor, "executor_cores_count", 0, {"app-03"})
    assert main([*words, "--set", "tolerated_bad_rows=0", "--set", "max_bad_share=0"]) == 3
    assert "max_bad_share=1" in capsys.readouterr().err
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "1 row(s) are in quarantine" in said
    assert "executor_cores_count is >= 1" in said
    assert main([*words, "--set", "max_bad_share=2"]) == 2
