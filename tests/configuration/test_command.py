"""``sparkwright recommend --config`` over recorded runs of the lab: one cut into 500 pieces on purpose, one into 8."""

import json
import shutil
from pathlib import Path

import pytest

from sparkwright.cli import main
from sparkwright.history.context.log_context import ContextConfig
from sparkwright.history.harvest.incremental import harvest
from sparkwright.lake import Lake
from sparkwright.settings import settings

FIXTURES = Path(__file__).parents[1] / "fixtures"
QUERY = "tpch_q03"
CUT = "fault_many_shuffle"
RUNS = {"app-20261124043101-0011": "campaign", "app-20261128132236-0014": "faults"}
PARTITIONS = "spark.sql.shuffle.partitions"


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    folder = tmp_path_factory.mktemp("logs")
    for app_id, recording in RUNS.items():
        name = f"eventlog_v2_{app_id}"
        shutil.copytree(FIXTURES / recording / "eventlogs" / name, folder / name)
    uri = str(tmp_path_factory.mktemp("lake"))
    harvest(folder, ContextConfig(), Lake(uri))
    return uri


@pytest.fixture(autouse=True)
def _own_home(home):
    """No policies of this machine."""


def answer(capsys, *words):
    assert main(["recommend", "--config", "--json", *words]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_shuffle_in_500_small_pieces_is_advised_fewer_and_merging_with_its_figures(lake, capsys):
    told = answer(capsys, "--app-name", CUT, "--workload", CUT, "--lake", lake)
    assert told["properties"] == {PARTITIONS: "4", "spark.sql.adaptive.enabled": "true"}
    assert set(told["run_ids"]) <= set(RUNS)
    [setting] = [one for one in told["settings"] if one["name"] == PARTITIONS]
    assert setting["current"] == "500"
    assert any("shuffles read" in fact for fact in setting["facts"])


def test_an_event_log_tells_how_it_joined(capsys):
    log = FIXTURES / "faults" / "eventlogs" / "eventlog_v2_app-20261128150135-0020"
    told = answer(capsys, "--app-name", "anything", "--event-log", str(log))
    [setting] = [one for one in told["settings"] if one["name"] == "spark.sql.autoBroadcastJoinThreshold"]
    assert setting["standing"] == "kept"
    assert "SortMergeJoin (LeftOuter) of 61 MiB with 8.4 MiB" in " ".join(setting["facts"])


def test_a_log_of_another_spark_speaks_for_nothing(capsys):
    log = FIXTURES / "faults" / "eventlogs" / "eventlog_v2_app-20261128132236-0014"
    told = answer(capsys, "--app-name", "anything", "--event-log", str(log), "--spark-version", "3.5.1")
    assert told["properties"] == {}
    assert told["note"] == "the run is of Spark 4.3.0, not of 3.5"
    assert answer(capsys, "--app-name", "anything", "--event-log", str(log))["properties"][PARTITIONS] == "4"


def test_eight_pieces_that_fit_are_kept(lake, capsys):
    told = answer(capsys, "--app-name", QUERY, "--workload", QUERY, "--lake", lake)
    assert told["properties"] == {}
    assert len(told["run_ids"]) == 1
    assert {one["name"]: one["standing"] for one in told["settings"]}[PARTITIONS] == "kept"


def test_what_the_command_line_sets_wins(lake, capsys):
    words = ("--app-name", CUT, "--workload", CUT, "--lake", lake, "--conf", f"{PARTITIONS}=64")
    told = answer(capsys, *words)
    assert PARTITIONS not in told["properties"]
    assert [one["standing"] for one in told["settings"] if one["name"] == PARTITIONS] == ["yours"]


def test_a_version_that_no_run_had_is_advised_nothing(lake, capsys):
    told = answer(capsys, "--app-name", CUT, "--workload", CUT, "--lake", lake, "--spark-version", "3.5.1")
    assert told["properties"] == {}
    assert "Spark 3.5" in told["note"]


def test_policies_are_kept(lake, capsys, tmp_path, monkeypatch):
    policies = tmp_path / "policies.yaml"
    policies.write_text(
        "version: 1\npolicies:\n- name: floor\n  bounds:\n    spark.sql.shuffle.partitions: {min: '50'}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("SPARKWRIGHT_POLICIES", str(policies))
    settings.cache_clear()
    told = answer(capsys, "--app-name", CUT, "--workload", CUT, "--lake", lake)
    assert told["properties"] == {"spark.sql.adaptive.enabled": "true"}
    [setting] = [one for one in told["settings"] if one["name"] == PARTITIONS]
    assert setting["standing"] == "refused"
    assert "policy floor" in setting["why"]


def test_the_policies_of_a_team_hold(lake, capsys, tmp_path, monkeypatch):
    policies = tmp_path / "policies.yaml"
    bounds = "bounds: {spark.sql.shuffle.partitions: {min: '50'}}"
    policies.write_text(f"version: 1\npolicies:\n- name: floor\n  scope: {{teams: [ads]}}\n  {bounds}\n", "utf-8")
    monkeypatch.setenv("SPARKWRIGHT_POLICIES", str(policies))
    settings.cache_clear()
    words = ("--app-name", CUT, "--workload", CUT, "--lake", lake)
    assert PARTITIONS in answer(capsys, *words)["properties"]
    assert PARTITIONS not in answer(capsys, *words, "--team", "ads")["properties"]


def test_a_person_is_shown_what_to_copy(lake, capsys):
    assert main(["recommend", "--config", "--app-name", CUT, "--workload", CUT, "--lake", lake]) == 0
    shown = capsys.readouterr().out
    assert f"--conf {PARTITIONS}=4" in shown
    assert "500 -> 4 (advised)" in shown
    assert "(unknown)" in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--spark-version", "latest"], "expected a Spark version"),
        (["--explain"], "without --ask"),
        (["--ask", "a job of 10 GB"], "without --ask"),
        (["--event-log", "x"], "not both"),
        (["--conf", "driver.memory=1g"], "expected --conf spark."),
    ],
)
def test_wrong_use_is_told(words, said, tmp_path, capsys):
    assert main(["recommend", "--config", "--app-name", "job", "--lake", str(tmp_path / "none"), *words]) == 2
    assert said in capsys.readouterr().err


def test_a_path_without_an_event_log_is_told(tmp_path, capsys):
    torn = tmp_path / "torn"
    torn.write_bytes(b"\x00 no log")
    for path in (tmp_path / "none", torn):
        assert main(["recommend", "--config", "--app-name", "job", "--event-log", str(path)]) == 2
        assert "event log" in capsys.readouterr().err


def test_a_spark_version_alone_is_wrong_use(capsys):
    assert main(["recommend", "--app-name", "job", "--spark-version", "4.0.0"]) == 2
    assert "--config only" in capsys.readouterr().err


def test_an_unknown_workload_is_told_so(tmp_path, capsys):
    told = answer(capsys, "--app-name", "nobody", "--lake", str(tmp_path / "none"))
    assert told["properties"] == {}
    assert told["note"] == "no run of this workload was seen"
