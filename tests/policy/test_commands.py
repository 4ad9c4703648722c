import json
from datetime import UTC, datetime, timedelta

import pytest

from data_contracts.api.properties import SparkProperties
from data_contracts.api.recommendation import RecommendRequest
from sparkwright.advisor.core import ForecastReply, conclude, prepare
from sparkwright.cli import main
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.lake import Lake
from sparkwright.policy.apply import Policies
from sparkwright.policy.preview import preview, recent_applications
from sparkwright.policy.reading import parse_policies, set_of
from sparkwright.settings import settings
from tests.report.not_applied.test_not_applied import ran

TEXT = """version: 1
policies:
  - name: cap
    scope: {queues: [etl]}
    bounds: {spark.executor.memory: {max: 8g}}
  - name: floor
    scope: {users: [ann]}
    bounds: {spark.executor.memory: {min: 16g}}
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "policies.yaml"
    path.write_text(TEXT)
    return path


def test_a_conflict_is_exit_3_and_named_with_file_and_line(home, file, capsys):
    assert main(["policy", "check", str(file)]) == 3
    out = capsys.readouterr().out
    assert "policies.yaml:3 cap: at most 8g of spark.executor.memory" in out
    assert "queue 'etl'" in out
    assert main(["policy", "check", "--json", str(file)]) == 3
    told = json.loads(capsys.readouterr().out)
    assert told["conflicts"][0]["rules"][1]["part"] == "bounds.spark.executor.memory.min"


def test_clean_policies_are_exit_0_and_wrong_ones_2(home, file, tmp_path, capsys):
    file.write_text(TEXT.replace("16g", "2g"))
    assert main(["policy", "check", str(file)]) == 0
    assert "no conflict" in capsys.readouterr().out
    file.write_text(TEXT.replace("16g", "much"))
    assert main(["policy", "check", str(file)]) == 2
    assert "policies.yaml:8" in capsys.readouterr().err
    (tmp_path / "none").mkdir()
    assert main(["policy", "check", str(tmp_path / "none")]) == 2
    assert "expected policies (.yaml, .yml) in" in capsys.readouterr().err
    assert main(["policy", "check"]) == 2
    assert "SPARKWRIGHT_POLICIES" in capsys.readouterr().err


def test_what_holds_and_what_becomes_of_properties_is_printed(home, file, capsys):
    assert main(["policy", "explain", str(file), "--queue", "etl"]) == 0
    assert "at most 8g of spark.executor.memory (cap, policies.yaml:3)" in capsys.readouterr().out
    words = ["policy", "apply", str(file), "--queue", "etl", "--conf", "spark.executor.memory=9g"]
    assert main(words) == 0
    assert "spark.executor.memory=8g" in capsys.readouterr().out
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["policy_changes"][0]["uncapped"] == "9g"
    assert main(["policy", "explain", str(file), "--at", "yesterday"]) == 2
    assert main(["policy", "explain", str(file), "--at", "2026-12-01T08:00"]) == 2


def test_every_recommendation_on_this_machine_keeps_the_policies(home, file, capsys, monkeypatch):
    monkeypatch.setenv("SPARKWRIGHT_POLICIES", str(file))
    from sparkwright.settings import settings

    settings.cache_clear()
    words = [
        "recommend",
        "--local",
        "--app-name",
        "a",
        "--queue",
        "etl",
        "--json",
        "--conf",
        "spark.executor.memory=9g",
    ]
    assert main(words) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["allocation"]["spark.executor.memory"] == "8g"
    assert answer["policy_version"]
    file.write_text("version: 2")
    assert main(words) == 2
    settings.cache_clear()


def test_a_sentence_becomes_a_policy_file_or_a_question(home, capsys):
    assert main(["policy", "read", "Executors in queue etl may use at most 8 GB."]) == 0
    out = capsys.readouterr().out
    assert parse_policies(out[: out.index("the last")])[0].bounds["spark.executor.memory"].max == "8g"
    assert main(["policy", "read", "Executors may use at most 8."]) == 3
    assert "bounds:" in capsys.readouterr().err


def test_the_schema_and_every_export_are_printed(home, file, capsys):
    assert main(["policy", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "PolicyFile"
    for target in ("spark-defaults", "databricks", "yunikorn", "kyuubi"):
        assert main(["policy", "export", "--to", target, str(file)]) == 0
        assert "not said: cap" in capsys.readouterr().err


def test_a_preview_counts_what_decisions_would_have_become(home, capsys, file):
    log = DecisionLog(home.decision_log_url)
    for heap, queue in (("4g", "etl"), ("9g", "etl"), ("32g", "other")):
        request = RecommendRequest(
            app_name="a", queue=queue, properties=SparkProperties.model_validate({"spark.executor.memory": heap})
        )
        log.write(conclude(prepare(request), ForecastReply(fault="none"))[1])
    log.close()
    file.write_text(TEXT[: TEXT.index("  - name: floor")])
    assert main(["policy", "preview", str(file)]) == 0
    out = capsys.readouterr().out
    assert "3 decisions and 0 applications without one; 2 concerned, 1 changed" in out
    assert "spark.executor.memory: 9g -> 8g" in out


def test_a_budget_that_nothing_keeps_is_told_without_values_that_no_property_has(home, capsys, file):
    file.write_text("version: 1\npolicies:\n  - {name: tiny, budgets: [{measure: cores, max: 0.5}]}\n")
    assert main(["policy", "apply", str(file), "--platform", "yarn", "--conf", "spark.executor.instances=5"]) == 4
    out = capsys.readouterr().out
    assert "* spark.executor.instances: 5 -> 1: policy tiny" in out
    assert "! policy tiny: at most 0.5 cores a run; nothing that is allowed fits" in out
    assert "not set: policy" not in out


def test_a_preview_reads_the_applications_of_a_lake_from_a_moment_on(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    ran(lake, "app-old", 8, days=0)
    ran(lake, "app-new", 8, days=31)
    newest = max(one.started_at for one in recent_applications(lake, datetime(2020, 1, 1, tzinfo=UTC)))
    found = recent_applications(lake, newest - timedelta(days=30))
    assert [one.app_id for one in found] == ["app-new"]


def test_a_service_beside_wrong_policies_is_wrong_use_and_no_crash(home, capsys, file, monkeypatch):
    file.write_text("version: 1\npolicies: [")
    monkeypatch.setenv("SPARKWRIGHT_POLICIES", str(file))
    settings.cache_clear()
    assert main(["serve", "--port", "1"]) == 2
    assert f"the policies of {file} are wrong" in capsys.readouterr().err


def test_a_preview_looks_back_so_far_and_no_further():
    now = datetime(2026, 11, 29, tzinfo=UTC)
    decisions = [
        conclude(
            prepare(RecommendRequest(app_name="a", queue="etl"), now - timedelta(days=days)), ForecastReply(fault="x")
        )[1]
        for days in (1, 29, 31)
    ]
    told = Policies(set_of(parse_policies(TEXT)))
    assert preview(told, decisions, [], now=now).decision_count == 2
