import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import write_deltalake

from data_contracts.arrow import schema
from data_contracts.tables import Application, Executor, Run, Stage
from sparkwright.errors import LakeError
from sparkwright.history.harvest.incremental import harvest
from sparkwright.lake import Lake
from sparkwright.validation.check import check
from sparkwright.validation.page import write_page
from sparkwright.validation.report import ValidationReport
from sparkwright.validation.validate import validate


@pytest.fixture
def harvested(write_log, lake: Lake) -> Lake:
    for name in ("app-1", "app-2", "app-3"):
        path = write_log(name)
    harvest(path.parent, None, lake)
    return lake


def spoil(lake: Lake, table: type, column: str, values: pa.Array) -> None:
    """Write a column that another tool has spoilt."""
    rows = lake.read(table)
    write_deltalake(
        f"{lake.uri}/{table.table}",
        rows.set_column(rows.column_names.index(column), rows.schema.field(column), values),
        mode="overwrite",
    )


def page_of(report: ValidationReport, folder: Path) -> str:
    write_page(report, folder / "index.html")
    return (folder / "index.html").read_text()


def test_a_harvested_lake_keeps_its_contracts_and_both_pages_are_written(harvested: Lake, tmp_path: Path) -> None:
    report = validate(harvested, tmp_path / "out")
    assert report.passed
    assert {suite.table: suite.row_count for suite in report.suites} == {
        "applications": 3,
        "stages": 3,
        "executors": 3,
        "runs": 3,
    }
    assert report.data_docs is not None
    assert report.data_docs.is_file()
    page = page_of(report, tmp_path)
    assert not re.search(r"<script|<link|@import|url\(|src=", page)
    assert "https://" not in page


def test_broken_rows_are_named_with_their_keys_in_report_and_page(harvested: Lake, tmp_path: Path) -> None:
    runs = harvested.read(Run).sort_by("app_id")
    write_deltalake(f"{harvested.uri}/runs", runs, mode="overwrite")
    ends = pa.chunked_array([[runs["started_at"][0].as_py() - timedelta(seconds=1), *runs["ended_at"].to_pylist()[1:]]])
    spoil(harvested, Run, "ended_at", ends.cast(pa.timestamp("us", "UTC")))
    spoil(harvested, Stage, "stage_name", pa.nulls(3, pa.string()))
    report = validate(harvested, tmp_path / "out")
    by_sentence = {failure.expected: failure for failure in report.failures}
    late = by_sentence["started_at <= ended_at: nothing ends before it starts"]
    assert late.bad_rows[0]["app_id"] == runs["app_id"][0].as_py()
    assert late.unexpected_count == 1
    assert by_sentence["stage_name is present"].unexpected_count == 3
    page = page_of(report, tmp_path)
    assert "nothing ends before it starts" in page
    assert runs["app_id"][0].as_py() in page


def test_a_product_rule_is_checked_too(harvested: Lake, tmp_path: Path) -> None:
    huge = pa.array([10**9, 1, 1], pa.int64())
    spoil(harvested, Run, "executor_run_time_ms", huge)
    report = validate(harvested, tmp_path / "out", [Run])
    assert [failure.unexpected_count for failure in report.failures] == [1]
    assert "core-time" in report.failures[0].expected


def test_a_table_without_rows_does_not_pass(harvested: Lake, tmp_path: Path) -> None:
    write_deltalake(f"{harvested.uri}/executors", schema(Executor).empty_table(), mode="overwrite")
    report = validate(harvested, tmp_path / "out", [Executor])
    assert [failure.expected for failure in report.failures] == ["the table has rows"]


def test_a_doubled_key_and_an_unknown_word_do_not_pass(harvested: Lake, tmp_path: Path) -> None:
    rows = harvested.read(Application)
    status = pc.replace_with_mask(
        rows["status"].combine_chunks(), pa.array([True, False, False]), pa.scalar("exploded")
    )
    rows = rows.set_column(rows.column_names.index("status"), "status", status)
    write_deltalake(f"{harvested.uri}/applications", pa.concat_tables([rows, rows.slice(2, 1)]), mode="overwrite")
    report = validate(harvested, tmp_path / "out", [Application])
    expected = " ".join(failure.expected for failure in report.failures)
    assert "app_id and attempt_id are unique" in expected
    assert "status is succeeded | failed | unknown" in expected


def test_a_page_shows_hostile_values_as_text(harvested: Lake, tmp_path: Path) -> None:
    spoil(harvested, Application, "app_id", pa.array(["<script>alert(1)</script>"] * 3))
    report = validate(harvested, tmp_path / "out", [Application])
    assert not report.passed
    assert "<script" not in page_of(report, tmp_path)


def test_a_check_writes_nothing_and_gives_the_good_rows(harvested: Lake, tmp_path: Path) -> None:
    spoil(harvested, Run, "executor_memory_bytes", pa.array([1, -1, 1], pa.int64()))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    found = check(harvested, [Run])
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    assert found.report.passed
    assert found.report.data_docs is None
    assert found.good_rows(Run)["executor_memory_bytes"].to_pylist() == [1, 1]
    assert "Data Docs" not in page_of(found.report, tmp_path)


def test_a_lake_without_tables_cannot_be_validated(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="sparkwright harvest"):
        validate(lake, tmp_path / "out")


def test_the_command_exits_3_and_lists_the_rows(harvested: Lake, tmp_path: Path) -> None:
    spoil(harvested, Run, "executor_memory_bytes", pa.array([-1, -1, 1], pa.int64()))
    words = [sys.executable, "-m", "sparkwright.cli", "validate", "--lake", harvested.uri, "--out", tmp_path / "out"]
    done = subprocess.run([*words, "--table", "runs"], capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    assert "executor_memory_bytes is > 0" in done.stderr
    assert "app_id=app-" in done.stderr
    wrong = subprocess.run([*words, "--table", "walks"], capture_output=True, text=True)
    assert wrong.returncode == 2
    assert "Traceback" not in wrong.stderr
