"""Split runs by time into those to fit, stop, blend, calibrate and test on, with some workloads held out entirely."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sparkwright.errors import SparkwrightError
from sparkwright.features.windows import UNKNOWN, HistoryIndex, Integers
from sparkwright.held_out import held_out

_CHOOSING = (0.3, 0.3, 0.4)
"""Shares of the calibration runs, in chronological order: stopping, blending, calibrating."""


@dataclass(frozen=True, slots=True)
class Split:
    """Positions in a :class:`HistoryIndex`, and where time was cut.

    Each part serves one purpose only: stopping, weights and intervals would all look better on the runs that they were
    chosen by.

    Attributes:
        train: Runs that had ended before those of ``stop`` started.
        stop: Later runs, which decide when to stop.
        blend: Runs that started after those, which decide how far to trust each forecast.
        calibrate: Runs that started after those, which decide how wide intervals must be. All had ended before the test
            runs started.
        cold_stop: Runs that had ended by then, of workloads that are in no other part.
        cold_blend: The same for other workloads.
        cold_calibrate: The same for other workloads.
        test: The newest runs.
        held_out: The newest runs of workloads that are in no other part, including all of the lab's that are reserved
            for scoring.
        held_out_workloads: Names of the workloads set apart for ``held_out``.
        trained_until: Start of the test runs.
    """

    train: Integers
    stop: Integers
    blend: Integers
    calibrate: Integers
    cold_stop: Integers
    cold_blend: Integers
    cold_calibrate: Integers
    test: Integers
    held_out: Integers
    held_out_workloads: tuple[str, ...]
    trained_until: datetime

    @property
    def learned(self) -> Integers:
        """All runs that contributed to the forecaster."""
        warm = (self.train, self.stop, self.blend, self.calibrate)
        return np.concatenate([*warm, self.cold_stop, self.cold_blend, self.cold_calibrate])


def split_by_time(
    index: HistoryIndex, *, train_ratio: float, calibrate_ratio: float, held_out_ratio: float, min_run_count: int
) -> Split:
    """Split the runs that teach something by the time of their start.

    A run that spans the start of the choosing or test runs is left out: its outcome was not known before that.

    Raises:
        SparkwrightError: There are fewer than ``min_run_count`` such runs, or a part would be empty.
    """
    teaches = ~np.isnan(index.arrays.requirement).all(axis=1) | (index.arrays.memory != UNKNOWN)
    if int(teaches.sum()) < min_run_count:
        raise SparkwrightError(
            f"expected at least {min_run_count} runs to learn from (succeeded, or with a memory verdict), got "
            f"{int(teaches.sum())} of {len(index)} runs; harvest more with `sparkwright harvest`, or make some with "
            "`sparkwright lab`"
        )
    names = index.rows["workload_id"].to_numpy(zero_copy_only=False)
    only_scored = lab_workloads(index.rows) & held_out().workload_ids
    to_choose, to_test = _apart(set(names), held_out_ratio, only_scored)
    # Calibration gets the first of few workloads: without any, intervals of unseen workloads guarantee nothing.
    to_calibrate, to_blend, to_stop = (to_choose[part::3] for part in range(3))
    apart = np.isin(names, to_choose + to_test)
    starts = np.sort(index.started_us[teaches])
    choose_from = starts[int(len(starts) * train_ratio)]
    test_from = starts[min(len(starts) - 1, round(len(starts) * (train_ratio + calibrate_ratio)))]

    started, ended = index.started_us, index.ended_us
    choosing = np.flatnonzero(teaches & ~apart & (started >= choose_from) & (ended < test_from))
    choosing = choosing[np.argsort(started[choosing], kind="stable")]
    # By number, not by time: of a few dozen runs, none may lie between two moments.
    stop, blend, calibrate = np.split(choosing, np.round(len(choosing) * np.cumsum(_CHOOSING[:-1])).astype(np.int64))

    def of(workloads: list[str]) -> Integers:
        return np.flatnonzero(teaches & np.isin(names, workloads) & (ended < test_from))

    split = Split(
        train=np.flatnonzero(teaches & ~apart & (ended < choose_from)),
        stop=stop,
        blend=blend,
        calibrate=calibrate,
        cold_stop=of(to_stop),
        cold_blend=of(to_blend),
        cold_calibrate=of(to_calibrate),
        test=np.flatnonzero(teaches & ~apart & (started >= test_from)),
        held_out=np.flatnonzero(teaches & np.isin(names, to_test) & (started >= test_from)),
        held_out_workloads=tuple(to_test),
        trained_until=datetime.fromtimestamp(test_from / 1e6, UTC),
    )
    empty = [part for part in ("train", "stop", "blend", "calibrate", "test") if not len(getattr(split, part))]
    if empty:
        raise SparkwrightError(
            f"expected runs spread over time; with train_ratio {train_ratio} and calibrate_ratio {calibrate_ratio} "
            f"no run is left to {' or '.join(empty)}; harvest runs of more than one moment"
        )
    return split


def lab_workloads(runs: pa.Table) -> set[str]:
    """The workloads of the ``runs`` that come from the lab."""
    return set(runs.filter(pc.equal(runs["origin"], "lab"))["workload_id"].unique().to_pylist())


def _apart(workloads: set[str], ratio: float, only_scored: set[str]) -> tuple[list[str], list[str]]:
    """Workloads to choose by and to test cold starts on, in the order of a hash of their names, which never changes.

    Workloads that are reserved for scoring are tested on, in place of as many others.
    """
    by_hash = sorted(workloads - only_scored, key=lambda name: hashlib.sha256(name.encode()).digest())
    count = round(len(workloads) * ratio)
    half = -(-count // 2)
    others = max(0, count - half - len(only_scored))
    return by_hash[:half], sorted(only_scored.union(by_hash[half : half + others]))
