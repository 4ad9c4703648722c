"""``evaluate advice --on fleet``: what is compared with what, and what a claim is worth."""

import pytest

from data_contracts.properties.spark import GIB, MIB
from evaluation.advice.claims import ALL, Claim, kept_ratio, reliability
from evaluation.advice.fleets import FLEETS, chosen
from evaluation.advice.on_fleet import FAMILIAR_ONLY, on_fleet
from evaluation.advice.policies import RULES, UNREACHABLE, USER, Choice
from evaluation.advice.replaying import Sample, numbers
from evaluation.advice.world import SimulatedWorkload
from evaluation.lab.simulator.responses import load_responses
from sparkwright.cli import main
from sparkwright.errors import ConfigError

RESPONSES = load_responses()
SMALL = Sample(1, workload_count=3, run_limit=24)
DRIFTING, TIGHT = FLEETS["drifting"], FLEETS["tight"]


def by_policy(section):
    return {row["policy"]: row for row in section.rows}


def report_of(policies, kinds=(DRIFTING,), sample=SMALL):
    return on_fleet(kinds, {USER: RULES[USER], **policies}, RESPONSES, sample)


def test_fleets_are_compared_workload_by_workload_in_both_loops():
    report = report_of({"huge": lambda observation: Choice(64 * GIB), UNREACHABLE: RULES[UNREACHABLE]})
    assert ["closed" in section.title for section in report.sections[:2]] == [True, False]
    for section in report.sections[:2]:
        rows = by_policy(section)
        assert rows["huge"]["death_share"] == 0
        assert rows["huge"]["gib_h_against_user"].low > 0 > rows[UNREACHABLE]["median_saving"]
        assert rows[USER]["gib_h_against_user"] is None
        assert rows[UNREACHABLE]["late_heap_over_need"] == pytest.approx([1.25] * 3, rel=0.05)


def test_processes_change_no_figure():
    policies = {UNREACHABLE: RULES[UNREACHABLE], "claims": lambda observation: Choice(2 * GIB, claim=0.5)}
    alone = report_of(policies)
    assert report_of(policies, sample=Sample(1, 3, 24, jobs=2)) == alone
    assert [section.title.split(",")[0] for section in alone.sections[2:]] == ["Kept risk", "Bars"]


def test_workloads_without_runs_enough_are_left_out():
    settings = DRIFTING.settings()
    found = numbers(DRIFTING, settings, RESPONSES, Sample(1, 50, 90))
    assert len(found) == len({*found}) == 50
    counts = [SimulatedWorkload(DRIFTING, settings, RESPONSES, number, 90).run_count for number in found]
    assert min(counts) >= 20


def test_a_third_of_the_seeds_and_fewer_rules_on_fleets_that_no_prior_has_seen():
    policies = {name: RULES[name] for name in (*FAMILIAR_ONLY[:1], UNREACHABLE)}
    report = report_of(policies, (DRIFTING, TIGHT), Sample(4, 2, 20))
    assert report.settings["workloads"] == {"drifting": 8, "tight": 2}
    assert [len(section.rows) for section in report.sections] == [3, 3, 2, 2]


def test_a_container_step_of_the_cluster_counts():
    report = report_of({"odd": lambda observation: Choice(700 * MIB)}, sample=Sample(1, 2, 20, step_mib=4096))
    row = by_policy(report.sections[0])["odd"]
    assert row["rounded_gib_h"] == pytest.approx(row["gib_h"] * 4096 / 1084)


def workloads(claim, deaths, of=100, count=20):
    return [[Claim(claim, number < deaths, number) for number in range(of)] for _ in range(count)]


def verdict(claims):
    return {row["bucket"]: row["kept"] for row in reliability("ours", claims)}


def test_a_risk_is_kept_where_all_of_the_interval_lies_within_the_bounds():
    assert verdict(workloads(0.02, 2))[ALL] == "kept"
    assert verdict(workloads(0.02, 4))[ALL] == "broken"
    assert verdict(workloads(0.02, 1))[ALL] == "broken"


def test_one_workload_that_dies_all_the_time_leaves_it_open():
    # As many deaths as claimed, all of them of one workload: nothing is known of the next one.
    claims = [*workloads(0.02, 0, count=19), *workloads(0.02, 40, count=1)]
    ratio = kept_ratio(claims)
    assert ratio.value == pytest.approx(1)
    assert ratio.low == 0
    assert verdict(claims)[ALL] == "open"


def test_buckets_are_fixed_and_few_expected_deaths_say_nothing():
    rows = {row["bucket"]: row for row in reliability("ours", [*workloads(0.02, 2), *workloads(0.001, 1)])}
    by_runs = ["0 to 1 runs", "2 to 4 runs", "5 to 9 runs", "10 to 29 runs", "30+ runs"]
    assert [*rows] == [ALL, "0.1% to 0.2%", "2.0% to 5.0%", *by_runs]
    assert [rows[name]["decisions"] for name in by_runs] == [80, 120, 200, 800, 2800]
    assert sum(rows[name]["died"] for name in by_runs) == rows[ALL]["died"]
    assert rows["0.1% to 0.2%"]["kept"] == "fewer than 10 expected"
    assert rows["0.1% to 0.2%"]["ratio"] is None
    assert rows["2.0% to 5.0%"]["decisions"] == 2000
    assert [row["bucket"] for row in reliability("sure", workloads(1.0, 100, of=1))] == [
        ALL,
        "5.0% to 100.0%",
        "0 to 1 runs",
    ]
    assert kept_ratio([[], []]) is None


def test_fleets_have_names():
    assert [kind.name for kind in chosen(None)] == [*FLEETS]
    assert chosen(["tight"]) == [TIGHT]
    with pytest.raises(ConfigError, match="expected --fleet with one or more of drifting"):
        chosen(["moon"])


def test_the_command_replays_one_fleet(capsys):
    words = ["--on", "fleet", "--fleet", "tight", "--workloads", "2", "--runs", "20", "--seeds", "1", "--jobs", "1"]
    assert main(["evaluate", "advice", *words, "--only", "product"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "users give 1.2 times the need" in printed
    assert main(["evaluate", "advice", "--on", "fleet", "--fleet", "moon"]) == 2
