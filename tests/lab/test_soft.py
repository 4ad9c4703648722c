"""Soft evidence: what is recorded, what a folder of runs becomes, and whether a figure tells anything of the need."""

import math
import random
import shutil
from pathlib import Path

import pytest

from evaluation.lab.manifest import FOLDERS, Done, Manifest
from evaluation.lab.oracle import rows as oracle
from evaluation.lab.soft.informative import ALL, follows_heap, informative, of_need
from evaluation.lab.soft.plan import SoftPlan, soft_launches
from evaluation.lab.soft.table import MEASURED, SoftRun, read, soft_runs, write
from evaluation.lab.truth import read_truths
from sparkwright.cli import main
from sparkwright.config import load_config
from sparkwright.errors import ConfigError
from sparkwright.held_out import refuse_held_out

GIB = 1024**3
PLAN = load_config(SoftPlan, MEASURED.with_name("plan.yaml"), [])
ORACLES = oracle.read(oracle.MEASURED)


def _runs(gc_tells: bool) -> list[SoftRun]:
    """Runs of ten workloads whose peak follows the heap; collections grow near the need, or come as they like."""
    dice = random.Random(5)
    found = []
    for number in range(10):
        need = GIB * math.exp(dice.gauss(0, 0.4))
        for fraction in (1.0, 1.25, 1.75, 2.5):
            share = 0.3 * math.exp(-2 * (fraction - 1)) if gc_tells else dice.uniform(0.01, 0.3)
            found.append(
                SoftRun(
                    launch_id=f"{number}-{fraction}",
                    workload_id=f"workload_{number}",
                    input_scale="1",
                    oracle_heap_bytes=round(need),
                    heap_bytes=round(need * fraction),
                    ended="good",
                    executor_run_time_ms=100_000,
                    jvm_gc_time_ms=round(100_000 * share * math.exp(dice.gauss(0, 0.1))),
                    peak_jvm_heap_bytes=round(need * fraction * dice.uniform(0.85, 0.95)),
                    peak_process_rss_bytes=round(need * fraction * dice.uniform(1.1, 1.2)),
                    peak_unified_memory_bytes=0,
                    peak_execution_memory_bytes=0,
                    disk_spilled_bytes=0,
                    major_gc_count=0,
                )
            )
    return found


def test_a_figure_that_tells_of_the_need_is_shown_to_and_one_that_follows_the_heap_is_not() -> None:
    found = {one.figure: one for one in informative(_runs(gc_tells=True))}
    assert found["GC share of task time"].is_shown
    assert found["GC share of task time"].r2 > 0.9 > found["GC share of task time"].r2_without
    assert found[ALL].is_shown
    assert not found["peak heap / heap"].is_shown
    assert not found["peak RSS / heap"].is_shown


def test_where_no_figure_tells_of_the_need_none_is_shown_to() -> None:
    assert [one.figure for one in informative(_runs(gc_tells=False)) if one.is_shown] == []


def test_figures_of_runs_that_died_are_left_out_and_too_few_workloads_are_refused() -> None:
    runs = _runs(gc_tells=True)
    died = [run.model_copy(update={"ended": "oom", "jvm_gc_time_ms": 99_999}) for run in runs]
    assert informative([*runs, *died]) == informative(runs)
    with pytest.raises(ConfigError, match="of at least 3 workloads, got 2"):
        informative(runs[:8])


def test_what_grows_with_the_heap_has_an_elasticity_of_one() -> None:
    runs = _runs(gc_tells=True)
    peak, collected = follows_heap(runs, "peak_jvm_heap_bytes"), follows_heap(runs, "jvm_gc_time_ms")
    assert peak is not None
    assert collected is not None
    assert peak.value == pytest.approx(1, abs=0.1)
    assert collected.high < 0
    assert follows_heap(runs, "disk_spilled_bytes") is None
    assert of_need(runs, "disk_spilled_bytes") is None
    low, middle, high = of_need(runs, "peak_jvm_heap_bytes") or (0, 0, 0)
    assert 0.85 <= low < middle < high <= 0.95 * 2.5


def test_the_runs_that_came_with_the_code_are_those_of_the_plan_and_show_no_figure_to_tell_of_the_need() -> None:
    """Where more is recorded one day and this no longer holds, a figure may enter the posterior of need."""
    runs = read(MEASURED)
    assert [run.launch_id for run in runs] == [launch.launch_id for launch in soft_launches(PLAN, ORACLES)]
    assert {run.ended for run in runs} == {"good", "oom"}
    assert all(run.peak_jvm_heap_bytes and run.peak_process_rss_bytes for run in runs)
    assert [one.figure for one in informative(runs) if one.is_shown] == []


def test_a_recording_is_scored_without_running_anything(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "soft", "--score"]) == 0
    assert "80 runs of 8 workloads in measured.json: 76 lived, 4 died" in capsys.readouterr().out


def test_each_case_with_an_edge_runs_once_at_each_fraction_and_unseen_workloads_do_not() -> None:
    launches = soft_launches(PLAN, ORACLES)
    with_edge = [one for one in ORACLES if one.insufficient_heap_bytes]
    assert len({launch.launch_id for launch in launches}) == len(launches) == 5 * len(with_edge) >= 80
    refuse_held_out({launch.workload for launch in launches}, "what a prior may be made from")
    assert soft_launches(PLAN.model_copy(update={"rounds": 2}), ORACLES)[: len(launches)] == launches


def test_a_folder_of_runs_becomes_rows_that_come_back_from_their_file(tmp_path: Path, recorded: Path) -> None:
    truths = read_truths(recorded, purpose="scoring", splits=("train",))
    good = next(one for one in truths if one.workload == "hash_join" and one.root_cause == "none")
    full = next(one for one in truths if one.workload == "hash_join" and one.root_cause == "executor_heap_oom")
    for name in FOLDERS:
        (tmp_path / name).mkdir()
    launches = soft_launches(PLAN, ORACLES)
    lines = [
        Done("verified", "none", "", f"eventlog_v2_{good.app_id}", 1.0),
        Done("verified", "executor_heap_oom", "", f"eventlog_v2_{full.app_id}", 1.0),
        Done("timed_out", "none", "ran longer", "", 1.0),
    ]
    for truth in (good, full):
        log = f"eventlogs/eventlog_v2_{truth.app_id}"
        shutil.copytree(recorded / log, tmp_path / log)
    for launch, line in zip(launches[:3], lines, strict=True):
        Manifest.open(tmp_path, PLAN).add(launch.launch_id, line)
    found = soft_runs(PLAN, ORACLES, tmp_path)
    assert [row.ended for row in found] == ["good", "oom", "other"]
    assert [row.launch_id for row in found] == [launch.launch_id for launch in launches[:3]]
    assert 0 < (found[0].peak_jvm_heap_bytes or 0) < (found[0].peak_process_rss_bytes or 0)
    assert found[2].duration_ms is None
    write(found, PLAN, tmp_path / "soft.json")
    assert read(tmp_path / "soft.json") == found


@pytest.mark.parametrize("content", ["", "[]", '{"rows": [{"workload_id": "sort"}]}', '{"rows": 3}'])
def test_a_file_that_holds_no_soft_evidence_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "soft.json").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match="expected rows of soft evidence"):
        read(tmp_path / "soft.json")
