"""Two applications compared: what is matched, what is told, and the command over recorded logs."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from sparkwright.cli import main
from sparkwright.diagnosis.detectors.metrics import ApplicationMetrics, SqlMetrics
from sparkwright.history.harvest.incremental import harvest
from sparkwright.lake import Lake
from sparkwright.report.comparison.args import _print
from sparkwright.report.comparison.compare import compare, match_stages
from sparkwright.settings import Settings
from tests.support.made_stages import START_MS, application, stage

RECORDED = Path(__file__).parents[2] / "fixtures"


def _logs() -> list[Path]:
    return sorted((RECORDED / "faults" / "eventlogs").iterdir())


def _sql(number: int, plan: str) -> SqlMetrics:
    return SqlMetrics(number, number, "save", plan, START_MS, START_MS)


def _ids(before: ApplicationMetrics, after: ApplicationMetrics) -> list[tuple[int | None, int | None]]:
    return [
        (one.stage_id if one else None, other.stage_id if other else None) for one, other in match_stages(before, after)
    ]


def test_stages_are_matched_by_their_query_before_their_place() -> None:
    before = application(stage(0, sql_execution_id=0), stage(1, sql_execution_id=1))
    after = application(stage(0, sql_execution_id=1), stage(1, sql_execution_id=0), stage(2, sql_execution_id=0))
    queries = [_sql(0, "one"), _sql(1, "other")]
    assert _ids(replace(before, sql_executions=queries), replace(after, sql_executions=queries)) == [
        (0, 1),
        (1, 0),
        (None, 2),
    ]


def test_a_query_that_changed_is_matched_by_its_call_site_whatever_the_line() -> None:
    before = replace(application(stage(0, stage_name="save at job.py:10")), sql_executions=[_sql(0, "one")])
    after = replace(application(stage(5, stage_name="save at job.py:12")), sql_executions=[_sql(0, "other")])
    assert _ids(before, after) == [(0, 5)]
    unknown = application(stage(0, stage_name="save at <unknown>:0"))
    assert _ids(unknown, after) == [(0, 5)]
    gone = application(stage(0, stage_name="collect at job.py:10"))
    assert _ids(gone, after) == [(0, None), (None, 5)]


def test_what_changed_most_comes_first_and_what_every_run_changes_is_left_out() -> None:
    before = application(stage(0), stage(1, from_s=100, to_s=110), lasts_s=110)
    after = application(stage(0, to_s=40), stage(1, from_s=40, to_s=51), lasts_s=51)
    before = replace(before, properties={"spark.app.id": "a", "spark.executor.memory": "4g", "spark.x": "1"})
    after = replace(after, properties={"spark.app.id": "b", "spark.executor.memory": "8g"})
    found = compare(before, after)
    assert [(one.name, one.before, one.after) for one in found.properties] == [
        ("spark.executor.memory", "4g", "8g"),
        ("spark.x", "1", None),
    ]
    assert [pair.before_id for pair in found.stages] == [0, 1]
    assert found.stages[0].wall.change == pytest.approx(-0.6)
    assert found.changes[0] == "shorter by 59.0 s (-54%)"
    assert found.changes[1].startswith("stage 0 -> 0: -60.0 s")


def test_where_the_end_is_not_known_nothing_is_longer_or_shorter() -> None:
    whole = application(stage(0), stage(1, from_s=100, to_s=200), lasts_s=200)
    cut = replace(application(stage(0), stage(1, from_s=100, ended_at=None), lasts_s=200), ended_at=None)
    found = compare(whole, cut)
    assert found.changes == ("the end of B is not known: its figures are those up to the last event of its log",)
    (duration,) = [figure for figure in found.figures if figure.name == "duration_s"]
    assert (duration.before, duration.after) == (200, None)
    assert found.stages[0].moved_s == found.stages[1].moved_s == 0


def test_used_and_held_cores_are_both_cores() -> None:
    two = application(stage(tasks=10), properties={"spark.task.cpus": "2"})
    figures = {figure.name: figure.before for figure in compare(two, two).figures}
    assert (figures["held_core_s"], figures["used_core_s"]) == (400, 200)


def test_a_slow_cause_of_one_of_them_is_told() -> None:
    found = compare(application(stage(jvm_gc_time_ms=80_000)), application(stage()))
    assert [cause.cause for cause in found.slow_before] == ["gc_pressure"]
    assert found.slow_after == ()


def test_an_application_is_the_same_as_itself() -> None:
    app = application(stage())
    found = compare(app, app)
    assert not found.properties and not found.changes and not found.slow_after
    assert not any(figure.differs for pair in found.stages for figure in pair.figures)


def test_the_command_reads_logs_and_lakes_alike(
    home: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = _logs()[:2]
    assert main(["compare", str(one), str(other), "--json"]) == 0
    from_logs = json.loads(capsys.readouterr().out)
    lake = Lake(str(tmp_path / "lake"))
    for log in (one, other):
        harvest(log, None, lake)
    ids = [log.name.removeprefix("eventlog_v2_") for log in (one, other)]
    assert main(["compare", *ids, "--lake", lake.uri, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == from_logs
    assert from_logs["version"] == 1
    assert from_logs["before"]["app_id"] == ids[0]


def test_names_from_a_log_do_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    evil = replace(
        application(stage(0, stage_name="save\x1b[2J")),
        app_name="evil\x1b[31mname\nB  forged\u202e",
        properties={"spark.note": "\x1b]0;title\x07"},
    )
    console = Console(highlight=False, markup=False, width=80)
    _print(console, compare(evil, application(stage(0, executor_run_time_ms=900_000))), 5)
    out = capsys.readouterr().out
    assert not set("\x1b\x07\u202e") & set(out)
    assert "\nB  forged" not in out


def test_sixty_columns_are_enough(home: Settings) -> None:
    one, other = _logs()[:2]
    run = subprocess.run(
        [sys.executable, "-m", "sparkwright.cli", "compare", str(one), str(other)],
        capture_output=True,
        text=True,
        timeout=60,
        env={"COLUMNS": "60", "PATH": "/usr/bin", "SPARKWRIGHT_HOME": str(home.home)},
        check=False,
    )
    assert run.returncode == 0, run.stderr
    figures = [line for line in run.stdout.splitlines() if line.startswith("    ")]
    assert figures
    assert max(map(len, figures)) <= 60


@pytest.mark.parametrize("what", ["missing", "rubbish", "two"])
def test_what_cannot_be_compared_is_told_in_words(
    home: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    lake = Lake(str(tmp_path / "lake"))
    harvest(_logs()[0], None, lake)
    rubbish = tmp_path / "rubbish"
    rubbish.write_text("no event log\n", encoding="utf-8")
    word = {"missing": "application_0", "rubbish": str(rubbish), "two": str(RECORDED / "faults" / "eventlogs")}[what]
    assert main(["compare", str(_logs()[0]), word, "--lake", lake.uri]) == 2
    said = capsys.readouterr().err
    assert "expected" in said and word in said
