from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from sparkwright.errors import LakeError, LeakageError
from sparkwright.features.columns import (
    ALLOCATION_FEATURES,
    DECISION_COLUMNS,
    HISTORY_COLUMNS,
    REQUIREMENTS,
    refuse_leakage,
)
from sparkwright.features.windows import ENOUGH, HEAP_OOM, UNKNOWN, HistoryIndex
from tests.support.simulated_runs import START, as_table, simulated_run


def test_a_feature_that_is_known_only_at_the_end_of_the_run_is_refused():
    with pytest.raises(LeakageError, match="input_bytes"):
        refuse_leakage([*DECISION_COLUMNS, "input_bytes"])
    with pytest.raises(LeakageError, match="peak_jvm_heap_bytes"):
        refuse_leakage(HISTORY_COLUMNS)


def test_history_holds_only_runs_that_had_ended_before_the_moment_of_the_decision():
    rows = [
        simulated_run("w", number, started_at=START + timedelta(minutes=number), duration_ms=1000 + number)
        for number in range(4)  # each takes a minute: run n ends when run n + 1 starts
    ]
    index = HistoryIndex(as_table(rows))
    ends = [row.ended_at for row in rows]
    assert index.history("w", ends[1], 8).length.tolist() == [1], "a run that ends at that very moment is not known"
    assert index.history("w", ends[1] + timedelta(microseconds=1), 8).length.tolist() == [2]
    assert index.history("w", START, 8).length.tolist() == [0]
    assert index.history("other", ends[-1], 8).length.tolist() == [0]


def test_overlapping_runs_of_a_workload_do_not_see_each_other():
    rows = [
        simulated_run("w", 0, started_at=START, ended_at=START + timedelta(hours=5)),
        simulated_run("w", 1, started_at=START + timedelta(hours=1), ended_at=START + timedelta(hours=2)),
        simulated_run("w", 2, started_at=START + timedelta(hours=3), ended_at=START + timedelta(hours=4)),
    ]
    index = HistoryIndex(as_table(rows))
    start, stop = index.past(8)
    seen = {
        index.rows["app_id"][row].as_py(): index.rows["app_id"][int(start[row]) : int(stop[row])].to_pylist()
        for row in range(3)
    }
    assert seen == {"app-w-000000": [], "app-w-000001": [], "app-w-000002": ["app-w-000001"]}


def test_pasts_computed_for_all_runs_at_once_equal_those_asked_for_one_by_one(index):
    start, stop = index.past(5)
    for row in range(0, len(index), 7):
        name = index.rows["workload_id"][row].as_py()
        assert index.span(name, index.rows["started_at"][row].as_py(), 5) == (start[row], stop[row])


def test_a_failed_run_teaches_no_duration_but_its_death_is_kept():
    failed = simulated_run("w", 0, status="failed", memory_verdict="heap_oom", duration_ms=5)
    killed = simulated_run("w", 1, status="failed", memory_verdict="container_kill")
    fine = simulated_run("w", 2)
    arrays = HistoryIndex(as_table([failed, killed, fine])).arrays
    assert np.isnan(arrays.requirement[:2]).all()
    assert not np.isnan(arrays.requirement[2]).any()
    assert arrays.memory.tolist() == [HEAP_OOM, UNKNOWN, ENOUGH]


def test_a_log_that_lost_events_teaches_only_its_duration():
    arrays = HistoryIndex(as_table([simulated_run("w", 0, log_state="events_dropped")])).arrays
    assert [name for name, value in zip(REQUIREMENTS, arrays.requirement[0], strict=True) if not np.isnan(value)] == [
        "duration_ms"
    ]


def test_the_number_of_executors_is_unknown_under_dynamic_allocation():
    rows = [simulated_run("w", 0, dynamic_allocation=True), simulated_run("w", 1)]
    allocation = HistoryIndex(as_table(rows)).arrays.allocation
    for name in ("executor_count", "slots"):
        values = allocation[:, ALLOCATION_FEATURES.index(name)]
        assert np.isnan(values).tolist() == [True, False]


def test_runs_without_an_end_and_empty_tables_give_no_history():
    unfinished = as_table([simulated_run("w", 0), simulated_run("w", 1, ended_at=None)])
    assert len(HistoryIndex(unfinished)) == 1
    empty = HistoryIndex(unfinished.slice(0, 0))
    assert empty.history("w", START, 4).length.tolist() == [0]


def test_a_missing_column_is_named():
    with pytest.raises(LakeError, match="disk_spilled_bytes"):
        HistoryIndex(as_table([simulated_run("w", 0)]).drop_columns(["disk_spilled_bytes"]))


def test_rows_in_any_order_give_the_same_index(index):
    shuffled = index.rows.take(pa.array(np.random.default_rng(0).permutation(len(index))))
    again = HistoryIndex(shuffled)
    np.testing.assert_array_equal(again.arrays.requirement, index.arrays.requirement)
