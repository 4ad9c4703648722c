"""However the rows came, what is known of a workload is what an index built anew would say."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.tables import Run
from sparkwright.allocation.past import COLUMNS, past_runs
from sparkwright.features import growing
from sparkwright.features.growing import Asked, GrowingHistory
from sparkwright.features.windows import HistoryIndex
from sparkwright.lake.rows import readable_schema
from tests.support.simulated_runs import START, simulated_run, simulated_runs
from tests.support.thorough import relaxed

NOW = START + timedelta(days=900)

runs = st.builds(
    lambda workload, ended, lasted, heap, status, peak: simulated_run(
        workload,
        0,
        started_at=START + timedelta(hours=ended - lasted),
        ended_at=None if ended == 7 else START + timedelta(hours=ended),
        executor_memory_bytes=heap << 30,
        status=status,
        peak_jvm_heap_bytes=peak,
        task_skew_ratio=None if peak is None else 1.0 + peak,
    ),
    workload=st.sampled_from(["a", "b", "c"]),
    ended=st.integers(0, 9),
    lasted=st.integers(1, 3),
    heap=st.integers(1, 3),
    status=st.sampled_from(["succeeded", "failed"]),
    peak=st.sampled_from([None, 1, 2]),
)
commits = st.lists(st.tuples(st.lists(runs, max_size=6), st.lists(st.integers(0, 99), max_size=4)), max_size=8)


def table(rows: list[Run], history: GrowingHistory) -> pa.Table:
    """The rows as the lake would give them."""
    return pa.Table.from_pylist([vars(row) for row in rows], schema=readable_schema(Run, history.columns))


def apply(history: GrowingHistory, added: list[Run], removed: list[Run]) -> None:
    history.apply(table(added, history), table(removed, history))


def seen(history: GrowingHistory, name: str, at: datetime) -> list[np.ndarray]:
    """All arrays of the last four runs."""
    *arrays, submitted = history.histories([Asked(name, at)], 4)
    return [*arrays, *submitted]


@pytest.fixture
def small_pools(monkeypatch):
    monkeypatch.setattr(growing, "_MIN_GARBAGE", 2)
    monkeypatch.setattr(growing, "_MANY", 2)


@relaxed(60)
@given(commits)
def _any_commits(sequence):
    history, there = GrowingHistory(COLUMNS), []
    for added, leave in sequence:
        removed = [there.pop(number % len(there)) for number in leave if there]
        there += added
        apply(history, added, removed)
        anew = GrowingHistory(COLUMNS)
        anew.load(table(there[::-1], anew))
        assert len(history) == len(anew) == sum(run.ended_at is not None for run in there)
        assert sorted(history.workload_ids()) == sorted({run.workload_id for run in there if run.ended_at is not None})
        for name in ("a", "b", "c", "never"):
            mine, theirs = history.workload(name), anew.workload(name)
            assert mine.columns(0, len(mine)) == theirs.columns(0, len(theirs))
            assert [mine.digest(count) for count in range(len(mine) + 1)] == [
                theirs.digest(count) for count in range(len(theirs) + 1)
            ]
            for at in (START + timedelta(hours=4), NOW):
                assert mine.count(at) == theirs.count(at)
                for one, other in zip(seen(history, name, at), seen(anew, name, at), strict=True):
                    np.testing.assert_array_equal(one, other)


def test_any_commits_end_where_a_rebuild_would(small_pools):
    _any_commits()


def test_it_knows_what_the_index_of_the_same_rows_knows():
    history = GrowingHistory(COLUMNS)
    rows = table(simulated_runs(workload_count=4, runs_each=12), history)
    history.load(rows)
    index = HistoryIndex(rows)
    moments = (START, index.rows["started_at"][len(index) // 2].as_py(), NOW)
    asked = [
        Asked(name, at, told, attempt)
        for name in ("workload-000", "workload-003", "never")
        for at in moments
        for told, attempt in ((None, 1), (5_000_000_000, 2))
    ]
    *arrays, submitted = history.histories(asked, 8)
    for number, (name, at, told, attempt) in enumerate(asked):
        *others, other = index.history(name, at, 8, input_bytes=told, attempt=attempt)
        for mine, theirs in zip([*arrays, *submitted], [*others, *other], strict=True):
            np.testing.assert_array_equal(mine[number], theirs[0])
        runs = history.workload(name)
        rows = index.past_rows(name, at)
        assert runs.count(at) == rows.num_rows
        assert past_runs(pa.table(runs.columns(0, runs.count(at)), schema=rows.select(list(COLUMNS)).schema)) == (
            past_runs(rows)
        )


def test_a_workload_stays_as_it_was_given_while_the_history_goes_on(small_pools):
    rows = [simulated_run("a", number) for number in range(8)]
    history = GrowingHistory(COLUMNS)
    apply(history, rows[:4], [])
    before = history.workload("a")
    seen = before.columns(0, 4)
    assert history.workload("a").token is before.token
    for number in range(4, 8):
        apply(history, rows[number : number + 1], rows[number - 4 : number - 3])
    assert history.workload("a").token is not before.token
    assert (len(before), before.columns(0, 4)) == (4, seen)
    assert before.last_ended_at(4) == rows[3].ended_at


def test_texts_and_missing_values_have_the_same_digest_in_whatever_order_they_were_first_seen():
    first, second = simulated_run("a", 0, status="failed"), simulated_run("a", 1, peak_jvm_heap_bytes=None)
    one, other = GrowingHistory(COLUMNS), GrowingHistory(COLUMNS)
    apply(one, [first], [])
    apply(one, [second], [])
    apply(other, [second], [])
    apply(other, [first], [])
    assert one.workload("a").digest(2) == other.workload("a").digest(2)
    assert one.workload("a").digest(1) == other.workload("a").digest(1) != other.workload("a").digest(2)
