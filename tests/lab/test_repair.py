"""The loop of lab repair with a runner that knows what helps, its rows, and its plan."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from evaluation.lab.campaign import Launch
from evaluation.lab.catalogue import CATALOGUE
from evaluation.lab.repair.commands import plan, repairable, report
from evaluation.lab.repair.loop import Ran, Repaired, harm, repair
from evaluation.lab.repair.rows import KeptValue, RepairRow, add_row, held, read_rows, row_of, share, wilson
from sparkwright.errors import ConfigError

HEAP = "spark.executor.memory"


def _launch(variant: str = "heap_hash_join") -> Launch:
    return plan([variant], [1], None)[0][1]


class _Runs:
    """Runs that fail until a heap of ``need_mib``, and remember what they were given."""

    def __init__(self, need_mib: int, *, comes: bool = True, good_tasks_count: int = 3) -> None:
        self.given: list[Launch] = []
        self._need_mib = need_mib
        self._comes = comes
        self._good_tasks_count = good_tasks_count

    def __call__(self, launch: Launch) -> Ran:
        self.given.append(launch)
        heap_mib = int(launch.properties.get(HEAP, "640m").removesuffix("m"))
        is_enough = heap_mib >= self._need_mib
        verified = is_enough if launch.repaired else self._comes
        exit_code = 0 if is_enough else 1
        return Ran(launch.launch_id, "log", exit_code, verified, "seen", False, self._good_tasks_count, 1.0)


def _advise(*advice: Mapping[str, str], cause: str = "executor_heap_oom"):
    rest = itertools.chain(advice, itertools.repeat({}))
    return lambda ran: SimpleNamespace(root_cause=cause, properties=next(rest))


def test_a_repair_that_holds_ends_the_loop_and_what_ran_is_the_fault_with_the_advice_alone() -> None:
    runs = _Runs(1000)
    done = repair(_launch(), runs, _advise({HEAP: "1280m"}))
    assert (done.succeeded, done.properties, len(runs.given)) == (True, {HEAP: "1280m"}, 2)
    assert runs.given[1].properties == CATALOGUE["heap_hash_join"].properties | {HEAP: "1280m"}
    assert runs.given[1].repaired
    assert runs.given[1].launch_id != runs.given[0].launch_id


def test_a_second_repair_builds_on_the_first_and_there_is_no_third() -> None:
    runs = _Runs(9000)
    first = {HEAP: "1280m", "spark.task.cpus": "2"}
    done = repair(_launch(), runs, _advise(first, {HEAP: "2560m"}, {HEAP: "9999m"}))
    assert (done.succeeded, len(runs.given)) == (False, 3)
    assert done.properties == {HEAP: "2560m", "spark.task.cpus": "2"}


@pytest.mark.parametrize("advice", [{}, {"spark.sql.shuffle.partitions": "7"}])
def test_advice_that_changes_nothing_is_not_run(advice: Mapping[str, str]) -> None:
    launch = replace(_launch(), properties={"spark.sql.shuffle.partitions": "7"})
    runs = _Runs(9000)
    done = repair(launch, runs, _advise(advice))
    assert (len(runs.given), done.succeeded, done.properties, done.named) == (1, False, {}, "executor_heap_oom")


def test_a_fault_that_did_not_come_is_not_repaired() -> None:
    runs = _Runs(9000, comes=False)
    done = repair(_launch(), runs, _advise({HEAP: "1280m"}))
    assert (done.rounds, done.succeeded, len(runs.given)) == ((), False, 1)
    row = _row(done)
    assert (row.state, row.succeeded, row.right) == ("not_reproduced", False, False)


def test_properties_for_another_cause_that_did_not_help_are_harmful_and_those_that_helped_are_not() -> None:
    wrong = _advise({HEAP: "1280m"}, cause="skewed")
    assert "skewed" in harm(repair(_launch(), _Runs(9000), wrong), "executor_heap_oom")
    assert harm(repair(_launch(), _Runs(1000), _advise({HEAP: "1280m"}, cause="skewed")), "executor_heap_oom") == ""
    assert harm(repair(_launch(), _Runs(9000), _advise({HEAP: "1280m"})), "executor_heap_oom") == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [({"timed_out": True}, "came to an end"), ({"good_tasks_count": 0}, "no task succeeded"), ({}, "")],
)
def test_a_run_that_the_repair_made_worse_is_harmful(change: dict[str, object], said: str) -> None:
    done = repair(_launch(), _Runs(9000), _advise({HEAP: "1280m"}))
    [one] = [each for each in done.rounds if each.ran is not None]
    worse = replace(done, rounds=(replace(one, ran=replace(one.ran, **change)),))
    found = harm(worse, "executor_heap_oom")
    assert said in found
    assert bool(found) == bool(change)


def test_a_repaired_run_that_the_lab_stopped_did_not_succeed() -> None:
    assert not Ran("a", "", 0, True, "", True, 1, 1.0).succeeded


def _row(done: Repaired, variant: str = "heap_hash_join", seed: int = 1) -> RepairRow:
    fault = CATALOGUE[variant]
    kept = (KeptValue(name=HEAP, repaired="1280m", advised="1280m", kept=True),) if done.succeeded else ()
    return row_of(
        done, variant=variant, seed=seed, split=fault.split, root_cause=fault.root_cause, kept=kept, seconds=2.0
    )


def test_rows_are_read_as_they_were_written_and_a_torn_last_line_is_taken_out(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    rows = [_row(repair(_launch(), _Runs(need), _advise({HEAP: "1280m"}))) for need in (1000, 9000)]
    for row in rows:
        add_row(file, row)
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"variant": "heap_')
    assert read_rows(file) == rows
    assert file.read_bytes() == whole
    assert read_rows(tmp_path / "none.jsonl") == []


def test_lines_that_are_no_rows_are_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"variant": "heap"}\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="choose another --out"):
        read_rows(tmp_path / "rows.jsonl")


def test_two_labs_do_not_share_a_folder(tmp_path: Path) -> None:
    with held(tmp_path), pytest.raises(ConfigError, match="alone"), held(tmp_path):
        pass
    with held(tmp_path):
        pass


def test_the_plan_is_every_failing_fault_that_a_property_repairs_once_per_seed_in_a_drawn_order() -> None:
    found = plan([], [1, 2], None)
    assert found == plan([], [1, 2], None)
    by_seed = {seed: [launch.variant for at, launch in found if at == seed] for seed in (1, 2)}
    assert sorted(by_seed[1]) == sorted(by_seed[2]) == sorted(repairable())
    assert by_seed[1] != by_seed[2]
    assert all(CATALOGUE[name].repair and CATALOGUE[name].expected_status == "failed" for name in repairable())
    assert len({launch.launch_id for _, launch in found}) == len(found)
    assert {launch.metrics for _, launch in found} == {"default", "full"}
    assert [launch.variant for _, launch in plan([], [1], 3)] == by_seed[1][:3]


def test_no_launch_of_the_plan_has_the_repair_that_the_fault_knows() -> None:
    for _, launch in plan([], [1], None):
        assert launch.properties == CATALOGUE[launch.variant].properties


def test_a_variant_that_no_property_repairs_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ConfigError, match="heap_hash_join"):
        plan(["cast_date"], [1], None)


def test_a_limit_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="--limit of at least 1"):
        plan([], [1], 0)


def test_wilsons_interval_holds_the_share_and_known_values() -> None:
    low, high = wilson(9, 10)
    assert (round(low, 3), round(high, 3)) == (0.596, 0.982)  # Brown, Cai, DasGupta (2001): formula (4)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 20)[0] == 0.0
    assert wilson(20, 20)[1] == pytest.approx(1.0)


def test_the_report_counts_only_faults_that_came(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = _row(repair(_launch(), _Runs(1000), _advise({HEAP: "1280m"})))
    bad = _row(repair(_launch(), _Runs(9000), _advise({HEAP: "1280m"}, cause="skewed")))
    none = _row(repair(_launch(), _Runs(9000, comes=False), _advise()))
    report([good, bad, none], 5, tmp_path)
    said = capsys.readouterr().out
    assert f"repaired, then succeeded: {share([True, False])}" in said
    assert "harmed by the repair: 1 of 2" in said
    assert "memory kept by the next recommendation: 1 of 1" in said
    assert "2 of 5 were not run yet" in said
    assert "1 are in no share" in said
