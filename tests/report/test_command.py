"""The command as a person runs it: good input, bad input, and the ways a person leaves."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from deltalake import DeltaTable, write_deltalake

from data_contracts.api.report import Report
from sparkwright import cli
from sparkwright.lake import Lake
from sparkwright.report.command import moment
from sparkwright.settings import settings
from tests.report.report_lakes import CAMPAIGN, START, add_run

ROOT = Path(__file__).resolve().parents[2]
REAL_LOGS = ROOT.parent / "shared" / "data" / "eventlogs"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SPARKWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "120")
    settings.cache_clear()
    yield
    settings.cache_clear()


def report_of(capsys, *words):
    assert cli.main(["report", *map(str, words), "--json"]) == 0
    return Report.model_validate_json(capsys.readouterr().out)


def some_logs(folder, count=4):
    folder.mkdir()
    for path in sorted(CAMPAIGN.iterdir())[:count]:
        copy(path, folder / path.name)
    return folder


def copy(path, target):
    shutil.copytree(path, target) if path.is_dir() else shutil.copy(path, target)


def test_the_recorded_campaign(capsys):
    report = report_of(capsys, CAMPAIGN)
    summary = report.summary
    assert (summary.applications, summary.succeeded, summary.failed) == (96, 47, 49)
    assert report.reading.logs_found == 96
    causes = {group.root_cause: group.applications for group in report.failures}
    assert sum(causes.values()) == 49
    assert causes["executor_heap_oom"] == 11
    oom = next(group for group in report.failures if group.root_cause == "executor_heap_oom")
    assert oom.newest.repair[0].property == "spark.executor.memory"
    assert "not enough memory" in oom.newest.facts[0].line
    usage = summary.usage
    assert 0 < usage.memory_used_gib_h < usage.memory_allocated_gib_h
    assert usage.cores_used_h + usage.cores_idle_h == pytest.approx(usage.cores_allocated_h)


def test_all_outputs_at_once(tmp_path, capsys):
    page, table, folder = tmp_path / "out" / "r.html", tmp_path / "out" / "r.csv", tmp_path / "props"
    words = ["report", str(CAMPAIGN), "--html", str(page), "--csv", str(table), "--export-properties", str(folder)]
    assert cli.main(words) == 0
    out, err = capsys.readouterr()
    assert "Executor ran out of heap" in out
    assert "page:" in err
    assert "page:" not in out
    assert page.read_text().startswith("<!doctype html>")
    assert table.read_text().count("\n") > 50
    assert all(path.suffix == ".conf" for path in folder.iterdir())


def test_twice_into_a_lake_reads_once(tmp_path, capsys):
    logs, lake = some_logs(tmp_path / "logs"), tmp_path / "lake"
    first = report_of(capsys, logs, "--lake", lake)
    second = report_of(capsys, logs, "--lake", lake)
    assert second.reading.logs_unchanged == 4
    assert second.summary == first.summary
    assert report_of(capsys, "--lake", lake).summary == first.summary


def test_an_empty_folder_is_said_to_be_empty(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert cli.main(["report", str(tmp_path / "empty")]) == 0
    assert "no event logs" in capsys.readouterr().out
    assert report_of(capsys, tmp_path / "empty").summary.applications == 0


def test_a_folder_that_is_not_there(tmp_path, capsys):
    assert cli.main(["report", str(tmp_path / "nowhere")]) in {2, 3}
    assert "nowhere" in capsys.readouterr().err


def test_neither_logs_nor_lake(capsys):
    assert cli.main(["report"]) == 2
    assert "LOGS" in capsys.readouterr().err


def test_a_lake_that_is_not_there_is_wrong_use_and_not_an_empty_report(tmp_path, capsys):
    nowhere = tmp_path / "nowhere"
    for words in (["report", "--lake"], ["applications", "--lake"], ["quarantine", "--lake"]):
        assert cli.main([*words, str(nowhere)]) == 2
        said = capsys.readouterr()
        assert str(nowhere) in said.err
        assert said.out == ""
    assert not nowhere.exists()


def test_one_event_log_is_as_good_as_a_folder(tmp_path, capsys):
    (log,) = sorted(CAMPAIGN.iterdir())[0].glob("events_1_*")
    report = report_of(capsys, log)
    assert (report.summary.applications, report.reading.logs_found) == (1, 1)


def test_what_is_said_of_wrong_use_names_no_option_of_another_command(tmp_path, capsys):
    prices = tmp_path / "prices.yaml"
    prices.write_text("currency: 5\n")
    for words in ([tmp_path / "nowhere"], ["hdfs://nobody:1/logs"], [CAMPAIGN, "--prices", prices]):
        assert cli.main(["report", *map(str, words)]) == 2
        said = capsys.readouterr().err
        assert "--event-log-dir" not in said
        assert "--set" not in said
        assert len(said) < 600


def test_rubbish_alone_is_a_check_that_said_no(tmp_path, capsys):
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.log").write_text("24/01/01 INFO nothing\n" * 100)
    (folder / "b.json").write_text('{"Event": "SparkListenerNothing"}\n')
    (folder / "c.zstd").write_bytes(os.urandom(5000))
    assert cli.main(["report", str(folder)]) == 3
    assert "could be read" in capsys.readouterr().err


def test_rubbish_among_logs_is_named_and_stops_nothing(tmp_path, capsys):
    logs = some_logs(tmp_path / "logs")
    (logs / "junk.zstd").write_bytes(os.urandom(5000))
    report = report_of(capsys, logs)
    assert report.summary.applications == 4
    assert sum(one.count for one in report.reading.unreadable) == 1
    assert "junk" in report.reading.unreadable[0].example


def test_a_price_sheet_with_errors_names_all_of_them(tmp_path, capsys):
    sheet = tmp_path / "prices.yaml"
    sheet.write_text("currency: dollars\nvcore_hour: -1\nmemory_gib_hour: cheap\ndisk: 3\n")
    assert cli.main(["report", str(CAMPAIGN), "--prices", str(sheet)]) == 2
    err = capsys.readouterr().err
    for name in ("currency", "vcore_hour", "memory_gib_hour", "source", "disk"):
        assert name in err, name


@pytest.mark.parametrize("text", ["", "[", "- 1", "vcore_hour: .nan\n"])
def test_no_price_sheet_at_all(tmp_path, text):
    sheet = tmp_path / "prices.yaml"
    sheet.write_text(text)
    assert cli.main(["report", str(CAMPAIGN), "--prices", str(sheet)]) == 2


def test_a_price_sheet_of_ones_own(tmp_path, capsys):
    sheet = tmp_path / "prices.yaml"
    sheet.write_text("currency: EUR\nvcore_hour: 2\nmemory_gib_hour: 0\nsource: our own\n")
    report = report_of(capsys, CAMPAIGN, "--prices", sheet)
    assert report.prices.currency == "EUR"
    assert report.summary.usage.money == pytest.approx(2 * report.summary.usage.cores_allocated_h)


def test_logs_without_memory_evidence_say_what_to_switch_on(tmp_path, capsys):
    lake = Lake(str(tmp_path / "lake"))
    add_run(lake, "app-1", application={"evidence_tier": "tasks"})
    assert cli.main(["report", "--lake", lake.uri]) == 0
    assert "spark.eventLog.logStageExecutorMetrics true" in capsys.readouterr().out


def test_a_single_run(tmp_path, capsys):
    lake = Lake(str(tmp_path / "lake"))
    add_run(lake, "app-1", peak_gib=2)
    report = report_of(capsys, "--lake", lake.uri)
    (workload,) = report.sizing.workloads
    assert workload.runs == 1
    assert report.sizing.per == "window"


def test_a_lake_of_an_older_version_is_read_as_far_as_it_goes(tmp_path, capsys):
    lake = Lake(str(tmp_path / "lake"))
    add_run(lake, "app-1", evidence=[{"exception_class": "", "message": "x"}])
    for name, gone in (("evidence", "occurrence_count"), ("executors", "resource_profile_id")):
        rows = DeltaTable(f"{lake.uri}/{name}").to_pyarrow_table().drop_columns([gone])
        shutil.rmtree(f"{lake.uri}/{name}")
        write_deltalake(f"{lake.uri}/{name}", rows)
    report = report_of(capsys, "--lake", lake.uri)
    assert report.summary.applications == 1
    assert {note.split()[1] for note in report.notes} == {"evidence", "executors"}


@pytest.mark.parametrize(
    "words", [["--since", "yesterday"], ["--top", "-1"], ["--trials"], ["--processes", "0"], ["--group-by", ""]]
)
def test_wrong_use(words):
    assert cli.main(["report", str(CAMPAIGN), *words]) == 2


def test_since():
    assert moment("2026-03-02", START).isoformat() == "2026-03-02T00:00:00+00:00"
    assert (START - moment("36h", START)).total_seconds() == 36 * 3600
    assert moment("2026-03-02T08:00:00+02:00", START) == START


def test_a_file_that_cannot_be_written(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert cli.main(["report", str(CAMPAIGN), "--html", str(tmp_path / "file" / "r.html")]) == 2
    assert str(tmp_path / "file") in capsys.readouterr().err


def test_a_folder_in_place_of_a_file_is_named(tmp_path, capsys):
    assert cli.main(["report", str(CAMPAIGN), "--csv", str(tmp_path)]) == 2
    assert f"expected a file at {tmp_path}" in capsys.readouterr().err


def started(*words):
    command = [sys.executable, "-m", "sparkwright.cli", "report", *map(str, words)]
    return subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )


def test_a_reader_that_goes_away_is_no_error():
    process = started(CAMPAIGN, "--top", "0")
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait(timeout=120) == 0, err
    assert "Traceback" not in err


@pytest.mark.parametrize("processes", [1, 2])
def test_ctrl_c_reports_what_was_read_so_far(tmp_path, processes):
    logs = tmp_path / "logs"
    logs.mkdir()
    source = sorted(CAMPAIGN.iterdir())[0]
    for number in range(1500):
        (logs / str(number)).mkdir()
        copy(source, logs / str(number) / source.name)
    process = started(logs, "--lake", tmp_path / "lake", "--json", "--processes", processes)
    try:
        deadline = time.monotonic() + 90
        while not (tmp_path / "lake" / "sources").exists():
            assert process.poll() is None and time.monotonic() < deadline, process.stderr.read()
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        out, err = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130, err
    report = Report.model_validate(json.loads(out))
    assert report.reading.interrupted
    assert report.summary.applications == 1, "all are copies of one"
    assert report.reading.logs_found == 1500
    assert "Traceback" not in err, err


@pytest.mark.skipif(not REAL_LOGS.is_dir(), reason="the shared public logs are not on this machine")
def test_public_logs_that_nobody_here_wrote(capsys):
    report = report_of(capsys, REAL_LOGS)
    assert report.summary.applications > 50
    assert report.reading.unreadable
