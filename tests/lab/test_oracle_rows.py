"""Rows of the oracle: from a folder of runs, to a file and back, and into the lake."""

import json
import shutil
from pathlib import Path

import pytest

from data_contracts.tables import Oracle
from evaluation.lab.campaign import Case
from evaluation.lab.consumed import consumed
from evaluation.lab.manifest import FOLDERS, Done, Manifest
from evaluation.lab.observation import segments
from evaluation.lab.oracle.measure import Measurement
from evaluation.lab.oracle.plan import Grid, OraclePlan, Rules, Trial
from evaluation.lab.oracle.rows import MEASURED, MIB, read, rows, write
from evaluation.lab.surface import SurfacePlan, cells
from evaluation.lab.truth import read_truths
from evaluation.lab.workloads import WORKLOADS
from sparkwright.config import load_config
from sparkwright.errors import ConfigError
from sparkwright.lake import Lake
from sparkwright.lake.rows import rows_of

LAB = Path(__file__).parents[2] / "evaluation" / "lab"
PLAN = OraclePlan(
    name="tried",
    seed=3,
    budget_s=60,
    grid=Grid(smallest_mib=512, step_ratio=1.5, count=3, generous_mib=2048),
    rules=Rules(repeats=2, max_repeats=3, below_repeats=1, above_repeats=0, min_pairs=2),
    cases=(Case(workload="hash_join", scale=0.05), Case(workload="sort", scale=0.1)),
)


@pytest.fixture
def measured(tmp_path: Path, recorded: Path) -> Path:
    """A folder in which the runs of one case are all there: what failed did so below 700 MiB, all logs are real."""
    out = tmp_path / "oracle"
    for name in FOLDERS:
        (out / name).mkdir(parents=True)
    truths = read_truths(recorded, purpose="scoring", splits=("train",))
    good = next(truth for truth in truths if truth.workload == "hash_join" and truth.root_cause == "none")
    number = 0
    while (trial := Measurement(PLAN, out).evidence(PLAN.cases[0]).next_trial()) is not None:
        number += 1
        name = f"eventlog_v2_app-{number}"
        shutil.copytree(recorded / "eventlogs" / f"eventlog_v2_{good.app_id}", out / "eventlogs" / name)
        cause = "executor_heap_oom" if trial.heap_mib < 700 else "none"
        launch_id = trial.launch(PLAN, PLAN.cases[0]).launch_id
        Manifest.open(out, PLAN).add(launch_id, Done("verified", cause, "", name, 1.0))
    return out


def test_a_settled_case_becomes_a_row_and_one_that_is_not_does_not(measured: Path) -> None:
    (row,) = rows(Measurement(PLAN, measured))
    assert (row.workload_id, row.input_scale, row.origin) == ("hash_join", "0.05", "lab")
    assert row.oracle_heap_bytes == 768 * MIB
    assert row.insufficient_heap_bytes == 512 * MIB
    assert row.half_oom_heap_bytes is not None
    assert 512 * MIB / 1.5 <= row.half_oom_heap_bytes <= 768 * MIB
    assert row.slow_down_ratio == row.slow_down_high_ratio == 1.0  # every run has the same log
    assert row.repeat_count == 2
    assert row.oom_count >= 1
    assert row.input_bytes > 0


def test_rows_come_back_from_their_file_and_enter_the_lake_once(measured: Path, tmp_path: Path) -> None:
    measurement = Measurement(PLAN, measured)
    found = rows(measurement)
    write(found, measurement, tmp_path / "oracle.json")
    assert read(tmp_path / "oracle.json") == found
    lake = Lake(str(tmp_path / "lake"))
    for _ in range(2):
        lake.merge(Oracle, read(tmp_path / "oracle.json"))
    assert rows_of(Oracle, lake.read(Oracle)) == found


def test_a_folder_that_a_lab_is_running_in_is_left_alone(tmp_path: Path) -> None:
    running = Measurement(PLAN, tmp_path)
    (tmp_path / ".running").mkdir()
    with pytest.raises(ConfigError, match="another one is running there"):
        Measurement(PLAN, tmp_path)
    assert (tmp_path / ".running").exists()
    del running
    Measurement(PLAN, tmp_path)
    assert not (tmp_path / ".running").exists()


@pytest.mark.parametrize("content", ["", "[]", '{"rows": [{"workload_id": "sort"}]}', '{"rows": 3}'])
def test_a_file_that_holds_no_oracle_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "oracle.json").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match="expected rows of the oracle"):
        read(tmp_path / "oracle.json")


def test_what_tasks_took_is_the_sum_over_the_event_log(recorded: Path) -> None:
    log = next((recorded / "eventlogs").iterdir())
    assert segments(log)
    used = consumed(log)
    assert used.spark_version
    assert 0 < used.cpu_ms <= used.run_ms * 1.2
    assert used.ended_at_ms > 0


def test_the_oracles_that_came_with_the_code_are_of_workloads_it_has() -> None:
    found = read(MEASURED)
    plan = load_config(OraclePlan, LAB / "oracle" / "cases.yaml", [])
    for row in found:
        assert Case(workload=row.workload_id, scale=float(row.input_scale)) in plan.cases
        if row.oracle_heap_bytes is not None:
            assert row.repeat_count >= plan.rules.repeats
            assert row.slow_down_high_ratio is not None
            assert row.slow_down_high_ratio <= plan.rules.slow_down_limit
    assert json.loads(MEASURED.read_text("utf-8"))["plan"]["seed"] == plan.seed


@pytest.mark.parametrize(
    ("plan", "file", "wrong"),
    [
        (OraclePlan, "oracle/cases.yaml", "grid.smallest_mib=480"),
        (OraclePlan, "oracle/cases.yaml", "grid.generous_mib=600"),
        (SurfacePlan, "surface.yaml", "memory_mib=[100]"),
        (SurfacePlan, "surface.yaml", "cores_count=[9]"),
    ],
)
def test_a_grid_that_no_executor_can_have_is_refused_before_anything_runs(
    plan: type[OraclePlan | SurfacePlan], file: str, wrong: str
) -> None:
    with pytest.raises(ConfigError, match=wrong.partition("=")[0].rpartition(".")[2]):
        load_config(plan, LAB / file, [wrong])


def test_the_lab_measures_eight_workloads_at_two_sizes() -> None:
    cases = load_config(OraclePlan, LAB / "oracle" / "cases.yaml", []).cases
    sizes: dict[str, set[float]] = {}
    for case in cases:
        sizes.setdefault(case.workload, set()).add(case.scale)
    assert sum(len(each) >= 2 for each in sizes.values()) >= 8


def test_a_surface_runs_every_cell_once_in_an_order_that_is_drawn_and_stays() -> None:
    plan = load_config(SurfacePlan, LAB / "surface.yaml", [])
    order = cells(plan)
    assert [cell.launch_id for cell in order] == [cell.launch_id for cell in cells(plan)]
    assert len({cell.launch_id for cell in order}) == len(order) == 36 * len(plan.cases)
    assert order != sorted(order, key=lambda cell: cell.launch_id)
    for cell in order:
        assert f"-{cell.executors.memory_mib}m-" in cell.launch_id
        assert cell.properties["spark.sql.shuffle.partitions"] == cell.launch_id.rpartition("-p")[2]
        assert cell.split == WORKLOADS[cell.workload].split


def test_an_oracle_runs_one_task_at_a_time_and_ends_at_the_first_death() -> None:
    launch = Trial(1, 896).launch(PLAN, PLAN.cases[0])
    assert (launch.executors.count, launch.executors.cores_count) == (1, 1)
    assert launch.properties["spark.task.maxFailures"] == "1"
