import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from data_contracts.api.recommendation import Recommendation
from data_contracts.tables import Run
from sparkwright.advisor.alike import known_alike
from sparkwright.allocation.need_prior import DEFAULT_PRIOR, PRIOR_FILE, LevelComponent, save_prior
from sparkwright.cli import main
from sparkwright.lake import Lake
from tests.support.simulated_runs import simulated_run

GIB = 1024**3


@pytest.fixture
def recommend(tmp_path):
    """Runs ``recommend --local`` over a lake where a workload held nine times with 2 GiB, with nothing running."""
    runs = [
        simulated_run("nightly", number, executor_memory_bytes=2 * GIB, memory_verdict="enough", input_bytes=10 * GIB)
        for number in range(9)
    ]
    lake = tmp_path / "lake"
    Lake(str(lake)).merge(Run, runs)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SPARKWRIGHT_")}
    environ |= {"SPARKWRIGHT_HOME": str(tmp_path / "home"), "PYTHONPATH": str(Path(__file__).parents[2])}

    def run(*words, **more):
        command = [sys.executable, "-m", "sparkwright.cli", "recommend", "--app-name", "job", "--workload", "nightly"]
        command += ["--platform", "standalone", *words]
        return subprocess.run(command, env=environ | more, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    def asked(*words, **more):
        return run(*words[1:]) if "--remote" in words else run("--local", "--lake", str(lake), *words, **more)

    return asked


def answer(ran):
    assert ran.returncode == 0, ran.stderr
    return Recommendation.model_validate_json(ran.stdout)


def test_what_is_asked_far_above_the_proven_heap_comes_down_to_it(recommend):
    decision = answer(recommend("--conf", "spark.executor.memory=64g", "--json"))
    assert decision.allocation["spark.executor.memory"] == "2048m"
    assert decision.observed_run_count == 9
    assert (decision.release_version, decision.forecast) == ("none", None)


def test_a_larger_input_than_any_that_held_gets_more_than_what_held(recommend):
    decision = answer(recommend("--conf", "spark.executor.memory=64g", "--input-bytes", str(90 * GIB), "--json"))
    assert int(decision.allocation["spark.executor.memory"].removesuffix("m")) > 4 * 2048


def test_a_retry_goes_out_with_no_less_than_was_asked(recommend):
    decision = answer(recommend("--conf", "spark.executor.memory=64g", "--attempt", "2", "--json"))
    assert decision.allocation["spark.executor.memory"] == "65536m"


def test_it_is_shown_with_reasons(recommend):
    shown = recommend("--conf", "spark.executor.memory=64g")
    assert shown.returncode == 0, shown.stderr
    assert "proven by 9 run(s)" in " ".join(shown.stdout.split())


def test_a_workload_without_runs_is_told_what_it_may_be_called(recommend):
    misspelt = recommend("--workload", "nigthly", "--json")
    assert answer(misspelt).observed_run_count == 0
    assert "has no run of nigthly, but of --workload nightly (9 run(s))" in misspelt.stderr
    by_name = recommend("--workload", "", "--app-name", "Nightly", "--user", "ann", "--config")
    assert "has no run of -/ann/nightly, but of --workload nightly (9 run(s))" in by_name.stderr
    assert "nightly" not in recommend("--workload", "hourly", "--json").stderr


def test_alike_are_the_same_name_of_others_before_names_like_it(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    assert known_alike(lake, "etl/ann/nightly") == []
    names = ["etl/bob/nightly", "etl/bob/nightly", "etl/cy/nightly", "etl/ann/nightly_2", "etl/ann/weekly"]
    lake.merge(Run, [simulated_run(name, number) for number, name in enumerate(names)])
    assert known_alike(lake, "etl/ann/nightly") == [
        ("etl/bob/nightly", 2),
        ("etl/cy/nightly", 1),
        ("etl/ann/nightly_2", 1),
    ]
    assert known_alike(lake, "etl/ann/weekly") == []
    assert known_alike(lake, "etl/ann/" + "x" * 200) == []


def test_a_lake_that_was_never_written_knows_no_workload_and_pins_nothing(recommend, tmp_path):
    decision = answer(recommend("--lake", str(tmp_path / "nothing"), "--json"))
    assert (decision.cold, decision.allocation) == (True, {})


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--conf", "spark.executor.memory=lots"), "spark.executor.memory"),
        (("--attempt", "0"), "attempt"),
        (("--input-bytes", "-1"), "input_bytes"),
        (("--max-risk", "2"), "max_risk"),
        (("--max-risk", "nan"), "max_risk"),
        (("--deadline-s", "0"), "--deadline-s"),
        (("--deadline-s", "inf"), "--deadline-s"),
        (("--remote", "--lake", "x"), "--local"),
    ],
)
def test_wrong_use_is_told(recommend, words, told):
    ran = recommend(*words)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert told in ran.stderr


def test_the_risk_is_stated_and_said_to_be_the_models(recommend):
    given = ("--conf", "spark.executor.memory=64g", "--json")
    decision = answer(recommend(*given))
    assert 0 < decision.risk.probability <= 0.01
    assert decision.risk.basis == "model"
    careful = answer(recommend(*given, "--max-risk", "0.001"))
    assert careful.risk.probability <= 0.001
    late = answer(recommend(*given, "--deadline-s", "60"))
    assert any("no trial" in one.text for one in late.reasons)
    unseen = answer(recommend("--workload", "unseen", "--json"))
    assert unseen.risk is None


def test_the_fleets_own_prior_decides_where_it_is_given(recommend, tmp_path):
    wide = DEFAULT_PRIOR.model_copy(update={"levels": (LevelComponent(share=1.0, mean=0.0, spread=0.1),)})
    save_prior(wide, tmp_path)
    words = ("--conf", "spark.executor.memory=2g", "--input-bytes", str(10 * GIB), "--json")
    usual = answer(recommend(*words))
    for prior in (tmp_path, tmp_path / PRIOR_FILE):
        assert answer(recommend(*words, "--prior", str(prior))).risk.probability > usual.risk.probability
    missing = recommend(*words, "--prior", str(tmp_path / "none"))
    assert missing.returncode != 0 and "sparkwright train" in missing.stderr


def test_policies_of_a_team_hold_for_that_team(recommend, tmp_path):
    file = tmp_path / "policies.yaml"
    scope = "scope: {teams: [adhoc]}, bounds: {spark.executor.memory: {max: 1g}}"
    file.write_text(f"version: 1\npolicies:\n  - {{name: small, {scope}}}\n")
    asked = ("--conf", "spark.executor.memory=4g", "--json")
    capped = answer(recommend(*asked, "--team", "adhoc", SPARKWRIGHT_POLICIES=str(file)))
    assert capped.allocation["spark.executor.memory"] == "1g"
    assert [one.policies for one in capped.policy_changes] == [["small"]]
    assert answer(recommend(*asked, "--team", "etl", SPARKWRIGHT_POLICIES=str(file))).policy_changes == []
    assert "the service knows the team by the API key" in recommend("--remote", "--team", "adhoc").stderr


def test_a_text_that_says_nothing_is_told_as_one(capsys):
    assert main(["recommend", "--ask", ""]) == 2
    assert "expected a text of 1 to 4000 characters" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("advice.off", "", "advice is switched off: remove .*/advice.off"),
        ("rollout.yaml", "version: [", "rollout file: .*rollout.yaml"),
        (
            "rollout.yaml",
            "version: 1\nopt_out:\n  workloads: [nightly]\n",
            "report-only: this workload has not opted in",
        ),
        ("rollout.yaml", "version: 1\n", "^$"),
    ],
)
def test_what_the_home_withholds_is_said_beside_the_answer(recommend, tmp_path, name, content, expected):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / name).write_text(content)
    ran = recommend("--conf", "spark.executor.memory=64g", "--json")
    assert answer(ran).observed_run_count == 9
    assert re.search(expected, ran.stderr), ran.stderr


def test_inputs_are_told_in_units_and_not_as_properties(recommend):
    decision = answer(recommend("--conf", "spark.executor.memory=64g", "--json"))
    [reason] = [one.text for one in decision.reasons if one.property == "spark.executor.memory"]
    assert "at inputs up to 10 GiB" in reason
