"""How long the service takes to know 100 new runs, and how much memory the history of all workloads takes.

    python -m evaluation.benchmarks.growing_history [--home DIR] [--copies 10] [--commits 30]

The lake holds the runs of the simulated fleet so many times over, each copy with workloads of its own: a million runs
of 6,000 workloads. Then commits of 100 runs come as the harvest writes them, some of runs that ended long ago. Beside
it: the index that is built anew, as training does and the service did at each commit. Each in a process of its own.
"""

import argparse
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import psutil
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import write_deltalake
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from data_contracts.tables import Run
from evaluation.benchmarks.fleet_home import fleet_home
from evaluation.benchmarks.took import peak_bytes
from sparkwright.allocation.past import COLUMNS
from sparkwright.features.columns import COLUMNS as READ
from sparkwright.features.growing import GrowingHistory
from sparkwright.features.windows import HistoryIndex
from sparkwright.lake import Lake
from sparkwright.lake.changes import TableFollower

_COMMIT_RUNS, _FILE_RUNS = 100, 25_000
_LATER = timedelta(weeks=20)
T = TypeVar("T")
Clocks: TypeAlias = npt.NDArray[np.float64]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="how long new runs take to be known")
    parser.add_argument("--home", type=Path, help="installation to use, or to make there (default: a temporary one)")
    parser.add_argument("--copies", type=int, default=10, help="of the fleet's 100,000 runs (default: %(default)s)")
    parser.add_argument("--commits", type=int, default=30, help="of each kind (default: %(default)s)")
    args = parser.parse_args()
    with fleet_home(args.home, trained=False) as where, TemporaryDirectory(prefix="sparkwright-benchmark-") as name:
        fleet = Lake(where.lake_uri).read(Run)
        _fill(Lake(name), fleet, args.copies)
        built_s, built_peak, built_after = _alone(_build, name)
        rows, count, grown_peak, grown_after = _alone(_grow, name, fleet, args.commits)
    columns = [f"p{level}, {clock}" for clock in ("processor ms", "ms") for level in (50, 99)]
    table = Table(f"{_COMMIT_RUNS} runs more, {count:,} runs in memory", *columns)
    for step, took in rows.items():
        quantiles = np.quantile(np.array(took), [0.5, 0.99], axis=0).T.ravel()
        table.add_row(step, *(f"{value:.1f}" for value in quantiles))
    console = Console(width=120)
    console.print(table)
    console.print(
        f"built anew: {built_s:.1f} s; memory that grows with the runs: {built_after / 1e6:,.0f} MB, at the most "
        f"{built_peak / 1e6:,.0f} MB, of what grows by commits {grown_after / 1e6:,.0f} MB and {grown_peak / 1e6:,.0f} "
        f"MB; load {os.getloadavg()[0]:.1f}",
        highlight=False,
    )


def _alone(work: Callable[..., T], *arguments: object) -> T:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        return processes.submit(work, *arguments).result()


def _fill(lake: Lake, fleet: pa.Table, copies: int) -> None:
    with Progress(transient=True) as progress:
        for copy in progress.track(range(copies), description="filling a lake"):
            mine = _renamed(fleet, f"-{copy}")
            for start in range(0, mine.num_rows, _FILE_RUNS):
                write_deltalake(f"{lake.uri}/{Run.table}", mine.slice(start, _FILE_RUNS), mode="append")


def _renamed(runs: pa.Table, suffix: str) -> pa.Table:
    for name in ("app_id", "workload_id"):
        renamed = pc.binary_join_element_wise(runs[name], suffix, "")
        runs = runs.set_column(runs.schema.get_field_index(name), name, renamed)
    return runs


def _build(uri: str) -> tuple[float, int, int]:
    before = psutil.Process().memory_info().rss
    began = time.perf_counter()
    index = HistoryIndex(Lake(uri).read(Run, columns=READ))
    took_s = time.perf_counter() - began
    assert len(index)
    return took_s, peak_bytes() - before, _resident() - before


def _grow(uri: str, fleet: pa.Table, commits: int) -> tuple[dict[str, list[Clocks]], int, int, int]:
    lake = Lake(uri)
    history = GrowingHistory(COLUMNS)
    follower = TableFollower(lake, Run, history.columns)
    before = _resident()
    changes = follower.poll()
    assert changes is not None
    history.load(changes.added)
    del changes
    peak, after = peak_bytes() - before, _resident() - before
    rows: dict[str, list[Clocks]] = {}
    for kind, later in (("", _LATER), (" that ended long ago", timedelta(0))):
        for number in range(commits):
            _commit(lake, fleet, number, later)
            began = _clocks()
            changes = follower.poll()
            read = _clocks()
            assert changes is not None
            assert not changes.whole
            history.apply(changes.added, changes.removed)
            known = _clocks()
            for step, start, stop in (("read", began, read), ("taken in", read, known), ("both", began, known)):
                rows.setdefault(f"{step}{kind}", []).append(stop - start)
    return rows, len(history), peak, after


def _commit(lake: Lake, fleet: pa.Table, number: int, later: timedelta) -> None:
    chosen = np.random.default_rng(number).choice(fleet.num_rows, _COMMIT_RUNS, replace=False)
    runs = _renamed(fleet.take(pa.array(np.sort(chosen))), "-0")
    ids = pa.array([f"new-{later.days}-{number}-{one}" for one in range(_COMMIT_RUNS)])
    runs = runs.set_column(runs.schema.get_field_index("app_id"), "app_id", ids)
    for name in ("started_at", "ended_at"):
        moved = pc.add(runs[name], pa.scalar(later + number * timedelta(hours=6), pa.duration("us")))
        runs = runs.set_column(runs.schema.get_field_index(name), name, moved)
    keys = [{"app_id": row["app_id"], "attempt_id": row["attempt_id"]} for row in runs.to_pylist()]
    lake.replace(Run, runs, keys)


def _clocks() -> Clocks:
    """Milliseconds of the processor and on the clock."""
    return 1000 * np.array([time.process_time(), time.perf_counter()])


def _resident() -> int:
    pa.default_memory_pool().release_unused()
    return int(psutil.Process().memory_info().rss)


if __name__ == "__main__":
    main()
