from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from sparkwright.errors import SparkwrightError, SplitCrossedError
from sparkwright.features.windows import HistoryIndex
from tests.support.simulated_runs import as_table, simulated_run
from training.temporal.split import lab_workloads, split_by_time
from training.temporal.train import train_forecaster

RATIOS = {"train_ratio": 0.7, "calibrate_ratio": 0.15, "held_out_ratio": 0.2}


def test_parts_follow_one_another_in_time(index, split):
    for earlier, later in pairwise([split.stop, split.blend, split.calibrate]):
        assert index.started_us[earlier].max() <= index.started_us[later].min()
    assert index.ended_us[split.train].max() < index.started_us[split.stop].min()
    chosen_by = np.r_[split.stop, split.blend, split.calibrate]
    assert index.ended_us[chosen_by].max() < index.started_us[split.test].min()
    for cold in (split.cold_stop, split.cold_blend, split.cold_calibrate):
        assert index.ended_us[cold].max() < index.started_us[split.held_out].min()
    assert split.trained_until.timestamp() * 1e6 == pytest.approx(index.started_us[split.test].min(), abs=5e8)
    assert sorted(split.learned) == sorted(set(split.learned))


def test_workloads_kept_out_appear_in_no_other_part(index, split):
    warm = np.r_[split.train, split.stop, split.blend, split.calibrate, split.test]
    parts = (warm, split.cold_stop, split.cold_blend, split.cold_calibrate, split.held_out)
    workloads = [set(index.workload_codes[part].tolist()) for part in parts]
    assert all(workloads)
    assert sum(map(len, workloads)) == len(set.union(*workloads))


def test_of_few_workloads_apart_the_first_is_calibrated_on():
    index = HistoryIndex(as_table([simulated_run(f"w{w}", number) for w in range(10) for number in range(10)]))
    split = split_by_time(index, **RATIOS | {"held_out_ratio": 0.1}, min_run_count=40)
    assert len(split.cold_calibrate)
    assert not len(split.cold_blend)
    assert not len(split.cold_stop)


def _with_the_labs(workloads: list[str]) -> HistoryIndex:
    rows = [simulated_run(f"w{w}", number) for w in range(12) for number in range(10)]
    rows += [simulated_run(name, number, origin="lab") for name in workloads for number in range(10)]
    return HistoryIndex(as_table(rows))


def test_workloads_of_the_lab_that_are_reserved_for_scoring_are_only_scored_on():
    index = _with_the_labs(["skewed_join", "sort", "fault_heap_binary_file"])
    split = split_by_time(index, **RATIOS, min_run_count=40)
    assert "sort" in lab_workloads(index.rows.take(split.learned))
    assert not lab_workloads(index.rows.take(split.learned)) & {"skewed_join", "fault_heap_binary_file"}
    assert {"skewed_join", "fault_heap_binary_file"} <= set(split.held_out_workloads)


def test_a_cluster_may_have_a_workload_of_the_same_name():
    rows = [simulated_run(f"w{w}", number, origin="cluster") for w in range(12) for number in range(10)]
    rows += [simulated_run("skewed_join", number, origin="cluster") for number in range(10)]
    index = HistoryIndex(as_table(rows))
    split = split_by_time(index, train_ratio=0.7, calibrate_ratio=0.15, held_out_ratio=0.0, min_run_count=40)
    assert "skewed_join" in set(index.rows.take(split.train)["workload_id"].to_pylist())


def test_training_refuses_a_split_that_learns_from_workloads_reserved_for_scoring(split, config):
    index = _with_the_labs(["skewed_join"])
    parts = ("stop", "blend", "calibrate", "cold_stop", "cold_blend", "cold_calibrate")
    everything = replace(split, train=np.arange(len(index)), **dict.fromkeys(parts, np.arange(1)))
    with pytest.raises(SplitCrossedError, match="skewed_join"):
        train_forecaster(index, everything, config, {"runs": 1}, lambda number, metrics: None)


def test_too_few_runs_say_how_many_are_needed():
    index = HistoryIndex(as_table([simulated_run("w", number) for number in range(12)]))
    with pytest.raises(SparkwrightError, match=r"at least 40 runs .* got 12"):
        split_by_time(index, **RATIOS, min_run_count=40)


def test_runs_that_teach_nothing_do_not_count():
    rows = [simulated_run("w", number, status="failed", memory_verdict="unknown") for number in range(50)]
    with pytest.raises(SparkwrightError, match="got 0 of 50"):
        split_by_time(HistoryIndex(as_table(rows)), **RATIOS, min_run_count=40)


def test_runs_of_one_moment_cannot_be_split_by_time():
    at = simulated_run("w", 0).started_at
    rows = [simulated_run(f"w{number}", number, started_at=at) for number in range(50)]
    with pytest.raises(SparkwrightError, match="spread over time"):
        split_by_time(HistoryIndex(as_table(rows)), **RATIOS, min_run_count=40)
