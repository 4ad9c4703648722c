"""Batches of (past, allocation, what came), gathered from the run arrays without a loop over rows."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from sparkwright.features.columns import ALLOCATION_FEATURES
from sparkwright.features.windows import HistoryIndex, Integers
from sparkwright.forecast.network import Past
from training.temporal.split import Split

_EXECUTOR_COUNT = ALLOCATION_FEATURES.index("executor_count")
_SLOTS = ALLOCATION_FEATURES.index("slots")


class Batch(NamedTuple):
    """B runs; K = 1, the allocation each was really given."""

    past: Past
    candidates: Tensor  # [B, 1, A]
    requirement: Tensor  # [B, R] logarithms, NaN where nothing is learned
    memory: Tensor  # [B]


def batch_of(index: HistoryIndex, positions: Integers, length: int, context_length: int) -> Batch:
    """The runs at ``positions``, each with at most ``length`` of the runs that had ended before it started."""
    start, stop = index.past(context_length)
    return _gather(index, positions, start, stop, np.full(len(positions), length), context_length)


def _gather(
    index: HistoryIndex, positions: Integers, start: Integers, stop: Integers, lengths: Integers, context_length: int
) -> Batch:
    ends = stop[positions]
    history = index.histories(np.maximum(start[positions], ends - lengths), ends, context_length)
    return Batch(
        Past.of(history),
        torch.from_numpy(index.arrays.allocation[positions][:, None]),
        torch.from_numpy(index.arrays.requirement[positions]),
        torch.from_numpy(index.arrays.memory[positions]),
    )


class _RandomBatches(IterableDataset[Batch]):
    """Batches drawn at random, with the past cut at random so that short histories and none are learned, too."""

    def __init__(
        self,
        index: HistoryIndex,
        positions: Integers,
        *,
        context_length: int,
        batch_size: int,
        steps: int,
        cold_ratio: float,
        seed: int,
    ) -> None:
        super().__init__()
        self._index, self._positions = index, positions
        self._start, self._stop = index.past(context_length)
        self._context_length, self._batch_size, self._steps = context_length, batch_size, steps
        self._cold_ratio = cold_ratio
        self._random = np.random.default_rng(seed)

    def __iter__(self) -> Iterator[Batch]:
        for _ in range(self._steps):
            positions = self._random.choice(self._positions, self._batch_size)
            # A third keeps its whole past: that is what the service mostly sees.
            lengths = self._random.integers(1, self._context_length + 1, self._batch_size)
            lengths[self._random.random(self._batch_size) < 1 / 3] = self._context_length
            lengths[self._random.random(self._batch_size) < self._cold_ratio] = 0
            batch = _gather(self._index, positions, self._start, self._stop, lengths, self._context_length)
            # A request often does not say how many executors there will be.
            unsaid = torch.from_numpy(self._random.random(self._batch_size) < 0.1)
            batch.candidates[unsaid, 0, _EXECUTOR_COUNT] = torch.nan
            batch.candidates[unsaid, 0, _SLOTS] = torch.nan
            yield batch


class RunsDataModule(pl.LightningDataModule):
    """The parts of a split as loaders.

    Args:
        index: All runs.
        split: Which of them are learned from, calibrated on and tested on.
        context_length: Past runs that are looked at.
        batch_size: Runs in a training batch.
        steps_per_epoch: Batches in a round.
        cold_ratio: Share of the training runs shown without any past.
        seed: Of the draws.
    """

    def __init__(
        self,
        index: HistoryIndex,
        split: Split,
        *,
        context_length: int,
        batch_size: int,
        steps_per_epoch: int,
        cold_ratio: float,
        seed: int,
    ) -> None:
        super().__init__()
        self._index, self._split, self._context_length = index, split, context_length
        self._batches = _RandomBatches(
            index,
            split.train,
            context_length=context_length,
            batch_size=batch_size,
            steps=steps_per_epoch,
            cold_ratio=cold_ratio,
            seed=seed,
        )

    def train_dataloader(self) -> DataLoader[Batch]:
        """Random batches of the training runs."""
        return DataLoader(self._batches, batch_size=None)

    def val_dataloader(self) -> list[DataLoader[Batch]]:
        """The calibration runs with their whole past, then those of unseen workloads without any."""
        return self._warm_and_cold(self._split.calibrate, self._split.cold_calibrate)

    def test_dataloader(self) -> list[DataLoader[Batch]]:
        """The test runs with their whole past, then those of unseen workloads without any."""
        return self._warm_and_cold(self._split.test, self._split.held_out)

    def _warm_and_cold(self, warm: Integers, cold: Integers) -> list[DataLoader[Batch]]:
        parts = [self._in_order(warm, self._context_length)]
        return [*parts, self._in_order(cold, 0)] if len(cold) else parts

    def _in_order(self, positions: Integers, length: int) -> DataLoader[Batch]:
        chunks = np.array_split(positions, -(-len(positions) // 4096))
        batches = [batch_of(self._index, chunk, length, self._context_length) for chunk in chunks]
        return DataLoader(batches, batch_size=None)
