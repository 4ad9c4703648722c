"""``evaluate advice``: what a replay counts, and that it cannot be fooled by policies whose outcome is known."""

import argparse
import gzip
import json
import math

import numpy as np
import pytest

from data_contracts.properties.spark import GIB, MIB
from evaluation.advice.bootstrap import (
    change_of_sums,
    difference_of_means,
    difference_of_shares,
    paired_difference,
)
from evaluation.advice.learned import learned
from evaluation.advice.on_oracle import STARTS_BYTES, on_oracle
from evaluation.advice.on_tasks import on_tasks
from evaluation.advice.oracle import TRIES, CaseWorld, HeapCase
from evaluation.advice.policies import MAX_PEAK, RULES, UNREACHABLE, USER, Choice
from evaluation.advice.product import containers, product
from evaluation.advice.tasks import Task, Wasted, replay, workflows
from evaluation.args import evaluate_arguments
from evaluation.lab.oracle.rows import MEASURED, read
from evaluation.lab.simulator.responses import load_responses
from sparkwright.advisor.trials import EARLY_ATTEMPTS, MAX_SHARE
from sparkwright.cli import main
from sparkwright.errors import ConfigError
from sparkwright.orchestration import REPOSITORY

SIZEY = REPOSITORY.parent / "shared" / "data" / "sizey"
HUGE, TINY = {"huge": lambda observation: Choice(64 * GIB)}, {"tiny": lambda observation: Choice(64 * MIB)}


@pytest.fixture(scope="module")
def oracle():
    return {"rows": read(MEASURED)[-3:], "responses": load_responses(), "seeds": 2, "recurrences": 12}


def by_policy(report, section=0):
    return {row["policy"]: row for row in report.sections[section].rows}


def test_the_same_figures_come_out_every_time(oracle):
    policies = {name: (RULES | product())[name] for name in (USER, MAX_PEAK, "product, trials")}
    assert on_oracle(policies=policies, **oracle) == on_oracle(policies=policies, **oracle)


def test_a_curve_goes_through_both_measured_points_and_never_rises_with_memory():
    for row in read(MEASURED):
        case = HeapCase.of(row)
        if row.half_oom_heap_bytes is None:
            assert case.death_probability(row.oracle_heap_bytes) == 0
            continue
        assert case.death_probability(row.half_oom_heap_bytes) == pytest.approx(0.5)
        assert case.death_probability(row.oracle_heap_bytes) == pytest.approx(row.oom_probability_ratio)
        risks = [case.death_probability(heap) for heap in range(256 * MIB, 64 * GIB, 256 * MIB)]
        assert risks == sorted(risks, reverse=True)


def test_who_asks_for_plenty_never_dies_and_who_asks_for_nothing_always_does(oracle):
    report = on_oracle(policies={USER: RULES[USER], **HUGE, **TINY}, **oracle)
    rows = by_policy(report)
    assert rows["huge"]["deaths_per_case"] == 0 == rows["huge"]["ends_well_share"]
    assert rows["tiny"]["deaths_per_case"] == TRIES * oracle["recurrences"]
    assert rows["tiny"]["late_death_share"] == 1 == rows["tiny"]["below_oracle_share"]
    assert rows["tiny"]["deaths_against_user"].low > 0 < rows["huge"]["held_against_user"].low


def test_processes_change_no_figure(oracle):
    policies = {name: RULES[name] for name in (USER, MAX_PEAK)}
    assert on_oracle(policies=policies, jobs=2, **oracle) == on_oracle(policies=policies, **oracle)
    made = {"one": tasks(), "other": tasks(seed=2)}
    one, other = (on_tasks(made, policies, jobs=jobs).sections for jobs in (2, 1))
    assert [section.rows for section in one] == [section.rows for section in other]


def test_the_case_without_a_curve_has_a_table_of_its_own(oracle):
    report = on_oracle(policies={USER: RULES[USER]}, **oracle)
    assert report.settings["cases_without_curve"] == ["json_ingest 0.2"]
    assert len(report.settings["cases"]) == 2
    assert ["without a curve" in section.title for section in report.sections] == [False, False, True, True]


def test_a_retry_asks_again_and_sees_the_death(oracle):
    seen = []

    def watch(observation):
        seen.append((observation.request.attempt, [run.memory_verdict for run in observation.past]))
        return Choice((64 if observation.request.attempt < 3 else 65536) * MIB)

    case = HeapCase.of(oracle["rows"][0])
    followed = CaseWorld(case, oracle["responses"], 2, 0).follow(watch, 2 * GIB)
    assert [attempt for attempt, _ in seen] == [1, 2, 3, 1, 2, 3]
    assert seen[-1][1] == ["heap_oom", "heap_oom", "enough", "heap_oom", "heap_oom"]
    assert (followed.deaths, followed.late_deaths, followed.late_attempts) == (4, 2, 3)


def test_trials_keep_the_budget_that_the_service_keeps(oracle):
    trying, trials = product()["product, trials"], []

    def watch(observation):
        choice = trying(observation)
        trials.append(choice.trial)
        return choice

    CaseWorld(HeapCase.of(oracle["rows"][0]), oracle["responses"], 60, 0).follow(watch, 7 * GIB // 2)
    assert any(trials)
    assert sum(trials) <= MAX_SHARE * EARLY_ATTEMPTS


def test_peaks_fit_into_their_heap_and_are_seen_by_rules(oracle):
    world, heaps = CaseWorld(HeapCase.of(oracle["rows"][0]), oracle["responses"], 8, 0), []

    def watch(observation):
        heaps.extend(run.heap_bytes for run in observation.past)
        assert all(0 < run.peak_jvm_heap_bytes < run.heap_bytes for run in observation.past)
        assert all(0 <= run.jvm_gc_time_ms < run.executor_run_time_ms for run in observation.past)
        return RULES["last peak x1.2"](observation)

    world.follow(watch, 2 * GIB)
    assert len(set(heaps)) > 1


def tasks(count=40, asked=8 * GIB, seed=1):
    needs = np.exp(np.random.default_rng(seed).normal(math.log(2 * GIB), 0.4, count)).astype(int).tolist()
    return [
        Task(f"align {number % 2}", asked, need, 1000 * number, 1000 * number + 2500, 3_600_000, 1)
        for number, need in enumerate(needs)
    ]


def test_waste_is_what_was_not_needed_and_all_of_what_was_killed():
    done = Wasted("align")
    need = Task("align", 8 * GIB, int(3e9), 0, 1, 3_600_000, 1)
    assert done.add(need, int(1e9)) == int(4e9)
    assert (done.tasks, done.failures, done.kills) == (1, 1, 2)
    assert done.wasted_gb_h == pytest.approx(1 + 2 + 1)  # two kills, and what the third try had to spare


def test_who_knows_the_need_wastes_least_and_nobody_fails_with_plenty():
    report = on_tasks({"made": tasks()}, RULES | HUGE | TINY, floor_bytes=64 * MIB)
    for section in (0, 1):
        rows = by_policy(report, section)
        assert min(rows, key=lambda name: rows[name]["made"]["wasted_gb_h"]) == UNREACHABLE
        assert rows["huge"]["failure_share"] == rows[USER]["failure_share"] == rows[UNREACHABLE]["failure_share"] == 0
        assert rows["tiny"]["failure_share"] == 1
        assert 0 < rows["last peak x1.2"]["failure_share"] < 1
        assert rows["huge"]["made"]["tasks"] == 40 - 2 * 3


def test_a_task_sees_what_had_completed_when_it_started_and_in_completion_order_all_before_it():
    seen = {"start": [], "completion": []}
    one = [task for task in tasks() if task.workload == "align 0"]
    for order, counts in seen.items():
        replay(one, lambda observation, counts=counts: counts.append(len(observation.past)) or Choice(64 * GIB), order)
    # They start every two seconds and take 2.5: the one before is always running still.
    assert seen["start"] == [*range(2, 19)]
    assert seen["completion"] == [*range(3, 20)]


@pytest.mark.parametrize(("order", "counts"), [("start", [1] * 17), ("completion", [0] * 17)])
def test_a_task_knows_how_many_of_its_kind_are_under_way(order, counts):
    seen = []
    one = [task for task in tasks() if task.workload == "align 0"]
    replay(one, lambda observation: seen.append(observation.under_way) or Choice(64 * GIB), order)
    assert seen == counts


def test_a_container_is_sized_from_what_was_observed_and_says_how_sure_that_is():
    def sized(peaks, policy="product, container", asked=16 * GIB):
        choices = []

        def choose(observation):
            choices.append(containers()[policy](observation))
            return choices[-1]

        some = [Task("one", asked, peak, 9000 * at, 9000 * at + 1, 1000, peak) for at, peak in enumerate(peaks)]
        replay(some, choose, "start")
        return choices[-1]

    peaks = [4 * GIB, *[GIB, 2 * GIB, 3 * GIB, 4 * GIB] * 8]
    untold, told, few = sized(peaks), sized(peaks[:-3], "product, container, hint"), sized(peaks[:4])
    assert 4 * GIB < untold.heap_bytes < 8 * GIB
    assert GIB < told.heap_bytes < 1.5 * GIB
    assert 0 < untold.claim <= 0.01
    assert 0 < told.claim <= 0.01
    assert (few.heap_bytes, few.claim) == (16 * GIB, pytest.approx(1 / 503))


def test_nobody_gets_less_than_the_floor():
    small = [Task("tiny", GIB, 5 * MIB, 1000 * at, 1000 * at + 1, 3_600_000, 1) for at in range(9)]
    for policy in (RULES | product()).values():
        (done,) = replay(small, policy, "start", 2 * GIB)
        assert done.wasted_gb_h == pytest.approx(6 * (2 * GIB - 5 * MIB) / 1e9)


def test_the_same_workloads_are_compared():
    same = np.array([[1.0, 1.0], [100.0, 100.0], [7.0, 7.0]])
    assert paired_difference([same], change_of_sums) == paired_difference([same], difference_of_means)
    noisy = np.exp(np.random.default_rng(0).normal(0, 3, 50))
    found = paired_difference([np.column_stack([0.7 * noisy, noisy])], change_of_sums)
    assert (found.value, found.low, found.high) == pytest.approx((-0.3, -0.3, -0.3))
    shares = np.array([[1.0, 10.0, 0.0, 10.0], [3.0, 10.0, 1.0, 10.0]])
    found = paired_difference([shares], difference_of_shares)
    assert (found.low, found.value, found.high) == pytest.approx((0.1, 0.15, 0.2))


def written(folder, rows):
    header = "process,cpus,memory,status,exit,attempt,submit,start,complete,realtime,peak_rss,rchar,read_bytes,%cpu"
    folder.mkdir(exist_ok=True)
    with gzip.open(folder / "made.csv.gz", "wt") as file:
        print(header, *rows, sep="\n", file=file)
    return folder


def test_tasks_that_failed_or_were_not_measured_are_left_out_and_other_files_told(tmp_path):
    good = "align,1,1073741824,COMPLETED,0,1,1,2,3,1000,5242880,77,1,50.0"
    failed = "align,1,1073741824,FAILED,1,1,1,2,3,1000,-,-,-,-"
    unmeasured = "align,1,1073741824,COMPLETED,0,1,1,2,3,1000,-,-,-,-"
    found = workflows(written(tmp_path / "data", [good, failed, unmeasured]))
    assert found == {"made": [Task("align", GIB, 5 * MIB, 2, 3, 1000, 77)]}
    with pytest.raises(ConfigError, match="found none"):
        workflows(tmp_path)
    with gzip.open(tmp_path / "other.csv.gz", "wt") as file:
        file.write("a,b\n1,2\n")
    with pytest.raises(ConfigError, match="expected columns process"):
        workflows(tmp_path)


def test_the_command_prints_tables_and_writes_json(tmp_path, capsys):
    rows = [
        f"align,1,8589934592,COMPLETED,0,1,1,{at}000,{at}900,60000,{4 ** (at % 3)}00000000,1,1,9.0" for at in range(9)
    ]
    out = tmp_path / "out.json"
    folder = str(written(tmp_path / "data", rows))
    assert main(["evaluate", "advice", "--on", "sizey", "--data", folder, "--json", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "by order of start" in printed and UNREACHABLE in " ".join(printed.split())
    content = json.loads(out.read_text(), parse_constant=pytest.fail)
    assert content["environment"] == "sizey"
    assert [row["policy"] for row in content["sections"][0]["rows"]] == [*RULES, *learned(), *product(), *containers()]
    assert content["sections"][0]["rows"][1]["waste_against_user"].keys() == {"value", "low", "high"}


def test_absent_data_and_wrong_words_are_told(tmp_path, capsys):
    assert main(["evaluate", "advice", "--on", "sizey", "--data", str(tmp_path / "none")]) == 0
    assert "skipped: expected the tasks of sizey" in capsys.readouterr().err
    assert main(["evaluate", "advice", "--only", "nobody"]) == 2
    assert "expected --only with one or more of user" in capsys.readouterr().err
    for words in (["--seeds", "0"], ["--on", "moon"]):
        with pytest.raises(SystemExit):
            main(["evaluate", "advice", *words])


def test_penalties_are_replayed_beside_the_policy_and_drawn_as_a_frontier(tmp_path, monkeypatch, capsys):
    def of(forecaster, *, penalty=3.0, **settings):
        return {"product": lambda observation: Choice(int((1 + penalty) * GIB), claim=0.1 / (1 + penalty))}

    monkeypatch.setattr("evaluation.advice.product.product", of)
    page, words = tmp_path / "page.html", ["--penalty", "1", "--penalty", "10", "--only", "product", "--seeds", "1"]
    assert main(["evaluate", "advice", *words, "--jobs", "1", "--html", str(page)]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "product, penalty 1 " in printed and "product, penalty 10" in printed
    assert "from 2 GiB, by penalty" in page.read_text()
    with pytest.raises(SystemExit):
        main(["evaluate", "advice", "--penalty", "-1"])


def test_the_oracle_is_the_default_and_needs_no_release(capsys):
    assert main(["evaluate", "advice", "--seeds", "1", "--only", "last heap"]) == 0
    printed = capsys.readouterr().out
    assert "16 cases with a measured curve" in printed
    assert "1 case(s) without a curve" in printed


@pytest.mark.skipif(not SIZEY.is_dir(), reason="the public tasks of sizey are not on this machine")
def test_on_real_tasks_more_room_over_the_largest_peak_fails_less_and_as_of_start_is_harder():
    found = workflows(SIZEY)
    assert sum(map(len, found.values())) > 6_800
    policies = {name: RULES[name] for name in (USER, "last peak x1.2", MAX_PEAK, UNREACHABLE)}
    report = on_tasks({"rnaseq": found["rnaseq"]}, policies)
    start, completion = by_policy(report, 0), by_policy(report, 1)
    assert completion[MAX_PEAK]["failure_share"] < completion["last peak x1.2"]["failure_share"]
    for name in ("last peak x1.2", MAX_PEAK):
        assert start[name]["rnaseq"]["wasted_gb_h"] > completion[name]["rnaseq"]["wasted_gb_h"]
    assert start[USER]["failure_share"] == start[UNREACHABLE]["failure_share"] == 0


@pytest.mark.skipif(not SIZEY.is_dir(), reason="the public tasks of sizey are not on this machine")
def test_a_container_told_its_input_wastes_less_and_fails_less_than_room_over_the_largest_peak():
    policies = {name: (RULES | containers())[name] for name in (USER, MAX_PEAK, "product, container, hint")}
    report = on_tasks({"methylseq": workflows(SIZEY)["methylseq"]}, policies)
    for order in (0, 2):
        rows = by_policy(report, order)
        ours, theirs = rows["product, container, hint"]["methylseq"], rows[MAX_PEAK]["methylseq"]
        assert ours["wasted_gb_h"] < 0.75 * theirs["wasted_gb_h"]
        assert ours["failure_share"] < theirs["failure_share"]


def test_a_release_is_evaluated_as_before():
    parser = argparse.ArgumentParser()
    evaluate_arguments(parser)
    assert vars(parser.parse_args([])) == {"release": None, "subject": None}
    assert parser.parse_args(["--release", "3"]).release == "3"


def certain(observation):
    return Choice(64 * MIB, claim=0.5)


def test_claims_of_cases_and_tasks_are_held_against_their_deaths(oracle):
    report = on_oracle(policies={USER: RULES[USER], "certain": certain}, **oracle)
    (rows,) = (section.rows for section in report.sections if section.title.startswith("Kept risk"))
    attempts = 2 * 2 * len(STARTS_BYTES) * TRIES * oracle["recurrences"]
    assert (rows[0]["decisions"], rows[0]["died"], rows[0]["claimed"]) == (attempts, attempts, attempts / 2)
    assert rows[0]["kept"] == "broken"
    rows = on_tasks({"made": tasks()}, {USER: RULES[USER], "certain": certain}, floor_bytes=64 * MIB).sections[1].rows
    assert (rows[0]["decisions"], rows[0]["died"]) == (34, 34)  # retries state nothing
