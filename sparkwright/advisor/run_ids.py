"""The newest runs of each workload by their ids, for an answer to name what it rests on.

Apart from the history: ids are all different, and of a million runs only those of the newest few of each workload are
ever named.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.api.recommendation import MAX_NAMED_RUNS, RunId
from sparkwright.lake.changes import Changes

COLUMNS = ("workload_id", "ended_at", "platform", "app_id", "attempt_id")


class _Named(NamedTuple):
    ended_at: datetime
    is_local: bool
    run: RunId


class RunIds:
    """The ids of the last runs of every workload; asked in one thread while another one adds to it."""

    def __init__(self) -> None:
        self._newest: dict[str, tuple[_Named, ...]] = {}

    def take_in(self, changes: Changes) -> None:
        """Go on with newer runs. Of a workload that lost runs, fewer than usual may be named until the next start."""
        newest = {} if changes.whole else dict(self._newest)
        if not changes.whole:
            for workload_id, gone in _by_workload(changes.removed).items():
                lost = {one.run for one in gone}
                newest[workload_id] = tuple(one for one in newest.get(workload_id, ()) if one.run not in lost)
        for workload_id, came in _by_workload(changes.added).items():
            newest[workload_id] = _last((*newest.get(workload_id, ()), *came))
        # Replaced as a whole: requests read it meanwhile.
        self._newest = newest

    def of(self, workload_id: str, at: datetime, platform: str) -> list[RunId]:
        """The last comparable runs of a workload that had ended before ``at``, newest first."""
        local = platform == "local"
        return [one.run for one in self._newest.get(workload_id, ()) if one.is_local == local and one.ended_at < at]


def newest_ids(runs: pa.Table, at: datetime, platform: str) -> list[RunId]:
    """The same of the runs of one workload.

    Args:
        runs: Rows of ``runs``, at least ``COLUMNS``.
        at: Moment of the decision.
        platform: Of the request.
    """
    ids = RunIds()
    ids.take_in(Changes(whole=True, added=runs, removed=runs.slice(0, 0)))
    names = runs["workload_id"].unique().to_pylist()
    return ids.of(names[0], at, platform) if names else []


def _by_workload(runs: pa.Table) -> dict[str, list[_Named]]:
    """The newest rows of each workload; the others are never looked at."""
    runs = runs.select(COLUMNS)
    runs = runs.filter(pc.and_(pc.is_valid(runs["ended_at"]), pc.is_valid(runs["workload_id"])))
    if not runs.num_rows:
        return {}
    codes = runs["workload_id"].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    ended_us = pc.cast(pc.cast(runs["ended_at"], pa.timestamp("us", "UTC")), pa.int64()).to_numpy()
    order = np.lexsort([-ended_us, codes])
    counts = np.bincount(codes)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    kept = runs.take(pa.array(order[rank < MAX_NAMED_RUNS]))
    found: dict[str, list[_Named]] = defaultdict(list)
    for workload_id, ended_at, platform, app_id, attempt_id in zip(
        *(kept[name].to_pylist() for name in COLUMNS), strict=True
    ):
        run = RunId(app_id=app_id, attempt_id=attempt_id)
        found[workload_id].append(_Named(ended_at, platform == "local", run))
    return found


def _last(some: Iterable[_Named]) -> tuple[_Named, ...]:
    by_run = {one.run: one for one in some}
    newest_first: Sequence[_Named] = sorted(by_run.values(), key=lambda one: one.ended_at, reverse=True)
    return tuple(newest_first[:MAX_NAMED_RUNS])
