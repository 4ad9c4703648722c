"""Pairs of runs to gains: what is counted, what is told as harm, and what is resumed."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard

from evaluation.lab.campaign import CAMPAIGNS
from evaluation.lab.configuration import commands
from evaluation.lab.configuration.gain import gains
from evaluation.lab.configuration.measure import (
    ConfigPlan,
    ConfigRow,
    _append,
    _needless,
    _row,
    _steps,
    advise,
    read_rows,
)
from evaluation.lab.manifest import Done
from sparkwright.config import load_config
from sparkwright.errors import ConfigError

PLAN = CAMPAIGNS.parent / "configuration" / "plan.yaml"
FAULTS = Path(__file__).parents[1] / "fixtures" / "faults" / "eventlogs"
ADVISED = {"spark.sql.shuffle.partitions": "4"}


def processor_ns(event_log):
    """Processor time of all tasks, read without the product."""
    lines = zstandard.open(next(event_log.glob("events_*")), "rt").read().splitlines()
    ended = [event for line in lines if (event := json.loads(line))["Event"] == "SparkListenerTaskEnd"]
    return sum(event["Task Metrics"]["Executor CPU Time"] for event in ended if event.get("Task Metrics"))


def rows(case, *pairs, advised=ADVISED, state="verified"):
    found = [ConfigRow(case, "seen", 0, "verified", 12.0, 20.0, advised)]
    for number, (was, now) in enumerate(pairs, 1):
        found.append(ConfigRow(case, "baseline", number, "verified", was, 2 * was, advised))
        found.append(ConfigRow(case, "advised", number, state, now, 2 * now, advised))
    return found


def test_gain_is_the_median_share_of_the_pairs_and_lies_in_its_interval():
    found = gains(rows("a", (10, 8), (10, 9), (10, 5)))
    [one] = found.workloads
    assert one.gain == pytest.approx(0.2)
    assert one.cpu_gain == pytest.approx(0.2)
    assert one.interval == pytest.approx((0.1, 0.5))
    assert found.median == pytest.approx(0.2)
    assert not one.harmed


def test_a_workload_that_loses_more_than_three_percent_is_named():
    found = gains([*rows("good", (10, 8), (10, 8), (10, 8)), *rows("bad", (10, 10.4), (10, 10.5), (10, 9))])
    assert found.harmed == ["bad"]
    assert gains(rows("even", (10, 10.2), (10, 10.2), (10, 10.2))).harmed == []


def test_advice_that_makes_a_run_fail_is_harm_however_fast_the_others_are():
    found = gains(
        [
            *rows("a", (10, 5), (10, 5)),
            ConfigRow("a", "baseline", 3, "verified", 10, 9, ADVISED),
            ConfigRow("a", "advised", 3, "unverified", 1, 1, ADVISED),
        ]
    )
    assert found.harmed == ["a"]
    assert found.workloads[0].pairs == (0.5, 0.5, -1.0)
    always = gains(rows("b", (10, 1), state="timed_out"))
    assert always.harmed == ["b"]
    assert always.median == -1.0


def test_two_pairs_have_no_interval_and_half_a_pair_no_gain():
    assert gains(rows("a", (10, 8), (10, 9))).workloads[0].interval is None
    half = [*rows("a"), ConfigRow("a", "baseline", 1, "verified", 10, 9, ADVISED)]
    assert gains(half).median is None
    assert gains([]).interval is gains([]).cpu_interval is None


def test_what_nothing_is_advised_to_is_listed_and_not_run_again():
    untouched = rows("a", advised={})
    assert gains(untouched).untouched == ["a"]
    known = {(row.case, row.arm, row.repeat): row for row in untouched}
    assert _needless(("a", "baseline", 1), known)
    assert not _needless(("a", "seen", 0), known)
    assert not _needless(("b", "baseline", 1), known)


def test_each_case_is_seen_first_and_both_arms_of_a_pair_follow_each_other_in_drawn_order():
    plan = load_config(ConfigPlan, PLAN, [])
    steps = list(_steps(plan))
    assert steps == list(_steps(plan))
    assert {arm for _, arm, _ in steps[: len(plan.cases)]} == {"seen"}
    pairs = steps[len(plan.cases) :]
    assert len(pairs) == 2 * plan.repeats * len(plan.cases)
    first = [
        one for one, other in zip(pairs[::2], pairs[1::2], strict=True) if (one[0], one[2]) == (other[0], other[2])
    ]
    assert len(first) == len(pairs) / 2
    assert {arm for _, arm, _ in first} == {"baseline", "advised"}
    assert plan.properties["spark.sql.shuffle.partitions"] == "200"
    assert len(plan.cases) >= 10
    assert plan.repeats >= 3


def test_a_torn_last_line_is_no_row(tmp_path):
    path = tmp_path / "rows.jsonl"
    wanted = rows("a", (10, 8))
    for row in wanted:
        _append(path, row)
    with path.open("a") as file:
        file.write('{"case": "a", "arm": "adv')
    assert read_rows(path) == wanted
    assert read_rows(tmp_path / "none") == []


def test_a_row_after_a_torn_line_is_read(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"case": "a", "arm": "adv')
    [row] = rows("a")
    _append(path, row)
    assert read_rows(path) == [row]


def test_advice_comes_from_the_event_log_as_the_product_gives_it():
    assert advise(FAULTS / "eventlog_v2_app-20261128132236-0014").properties == {
        **ADVISED,
        "spark.sql.adaptive.enabled": "true",
    }


def test_a_row_has_the_time_and_the_processor_time_of_its_event_log(tmp_path):
    (tmp_path / "eventlogs").symlink_to(FAULTS)
    log = "eventlog_v2_app-20261128132236-0014"
    done = Done("verified", "", "", log, 30.0)
    row = _row(("tpch", "seen", 0), done, tmp_path, None)
    assert row.task_cpu_s == pytest.approx(processor_ns(FAULTS / log) / 1e9)
    assert 0 < row.task_cpu_s < 8 * row.seconds
    assert row.advised["spark.sql.shuffle.partitions"] == "4"
    lost = _row(("tpch", "advised", 1), replace(done, event_log=""), tmp_path, row)
    assert (lost.seconds, lost.task_cpu_s, lost.advised) == (done.seconds, 0.0, row.advised)


def test_rows_are_scored_without_a_run_and_a_file_without_rows_is_told(tmp_path, capsys):
    path = tmp_path / "rows.jsonl"
    for row in rows("tpch", (10, 8), (10, 9), (10, 7)):
        _append(path, row)
    assert commands.run(PLAN, None, None, [], path) == 0
    shown = capsys.readouterr().out
    assert "median gain over 1 advised workloads: +20.0% (+10.0% to +30.0%) by the clock" in shown
    assert "0 of 1 workloads" in shown
    with pytest.raises(ConfigError, match="expected the rows"):
        commands.run(PLAN, None, None, [], tmp_path / "none")
