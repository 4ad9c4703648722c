"""Which runs are learned from, chosen by, calibrated on and tested on: by time, some workloads kept out altogether."""

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
"""Shares of the calibration runs, in order of time: stopping, blending, calibrating."""


@dataclass(frozen=True, slots=True)
class Split:
    """Positions in a :class:`HistoryIndex`, and where time was cut.

    A part is used for one thing only: what stops the training, weighs the forecasts and sets the intervals would each
    look better on runs that it was chosen by.

    Attributes:
        train: Runs that had ended before those of ``stop`` started.
        stop: Runs that started after them, which say when to stop.
        blend: Runs that started after those, which say how far to trust which forecast.
        calibrate: Runs that started after those, which say how wide intervals must be. All had ended before the test
            runs started.
        cold_stop: Runs that had ended by then of workloads that no other part holds.
        cold_blend: The same of yet other workloads.
        cold_calibrate: The same of yet other workloads.
        test: The newest runs.
        held_out: The newest runs of yet other workloads that no other part holds; all of the lab's that are only scored
            on are among them.
        held_out_workloads: The names of the workloads in ``held_out``.
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
        """All runs that had a part in the forecaster."""
        warm = (self.train, self.stop, self.blend, self.calibrate)
        return np.concatenate([*warm, self.cold_stop, self.cold_blend, self.cold_calibrate])


def split_by_time(
    index: HistoryIndex, *, train_ratio: float, calibrate_ratio: float, held_out_ratio: float, min_run_count: int
) -> Split:
    """The runs that teach something, cut by the moment they started.

    A run that straddles a cut is left out: its outcome was not known on the earlier side.

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
    # The first of few is calibrated on: without any, intervals of unseen workloads promise nothing.
    to_calibrate, to_blend, to_stop = (to_choose[part::3] for part in range(3))
    apart = np.isin(names, to_choose + to_test)
    starts = np.sort(index.started_us[teaches])
    choose_from = starts[int(len(starts) * train_ratio)]
    test_from = starts[min(len(starts) - 1, round(len(starts) * (train_ratio + calibrate_ratio)))]

    started, ended = index.started_us, index.ended_us
    choosing = np.flatnonzero(teaches & ~apart & (started >= choose_from) & (ended < test_from))
    choosing = choosing[np.argsort(started[choosing], kind="stable")]
    # By number, not by moment: of a few dozen runs none may lie between two moments.
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
    """The workloads of those ``runs`` that the lab made."""
    return set(runs.filter(pc.equal(runs["origin"], "lab"))["workload_id"].unique().to_pylist())


def _apart(workloads: set[str], ratio: float, only_scored: set[str]) -> tuple[list[str], list[str]]:
    """Workloads to choose by and to test cold starts on, in the order of a hash of their names: the same every time.

    What is only scored on is tested on, and as many fewer of the others.
    """
    by_hash = sorted(workloads - only_scored, key=lambda name: hashlib.sha256(name.encode()).digest())
    count = round(len(workloads) * ratio)
    half = -(-count // 2)
    others = max(0, count - half - len(only_scored))
    return by_hash[:half], sorted(only_scored.union(by_hash[half : half + others]))
