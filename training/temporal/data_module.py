"""Batches of (past, allocation, outcome), gathered from the run arrays on demand, without a loop over rows."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from sparkwright.features.columns import ALLOCATION_FEATURES, REQUIREMENTS
from sparkwright.features.lags import lags_of
from sparkwright.features.windows import Integers
from sparkwright.forecast.network import Past
from sparkwright.forecast.replay import Asked, Replay, evenly
from training.temporal.config import TemporalConfig
from training.temporal.split import Split

_EXECUTOR_COUNT = ALLOCATION_FEATURES.index("executor_count")
_SLOTS = ALLOCATION_FEATURES.index("slots")
_INPUT = REQUIREMENTS.index("input_bytes")
_MAX_STOPPING = 8192
"""The most runs to check after every epoch, to decide when to stop."""


class Batch(NamedTuple):
    """B runs; K = 1, the allocation that each was really given."""

    past: Past
    candidates: Tensor  # [B, 1, A]
    requirement: Tensor  # [B, R] logarithms, NaN where nothing is learned
    memory: Tensor  # [B]


class _Gathering:
    """Batches of the runs of a :class:`Replay`, as a forecaster with these slopes and this region sees them."""

    def __init__(self, replay: Replay, slopes: list[float], config: TemporalConfig) -> None:
        self.replay, self._slopes, self._config = replay, np.asarray(slopes), config

    def batch(self, asked: Asked) -> Batch:
        lags = lags_of(asked.history, self._slopes, self._config.region)
        requirement = asked.actual.copy()
        # If the input size is given, there is none to forecast.
        requirement[~np.isnan(asked.history.submitted.input_log), _INPUT] = np.nan
        return Batch(
            Past.of(asked.history.recent(self._config.network_length), lags),
            torch.from_numpy(asked.candidates),
            torch.from_numpy(requirement),
            torch.from_numpy(self.replay.index.arrays.memory[asked.positions]),
        )


class _RandomBatches(IterableDataset[Batch]):  # type: ignore[misc]  # torch has no types here
    """Random batches; pasts are cut and input sizes given at random, so that one network serves all cases."""

    def __init__(self, gathering: _Gathering, positions: Integers, config: TemporalConfig) -> None:
        super().__init__()
        self._gathering, self._positions, self._config = gathering, positions, config
        self._random = np.random.default_rng(config.seed)

    def __iter__(self) -> Iterator[Batch]:
        size, length = self._config.batch_size, self._config.context_length
        for _ in range(self._config.steps(len(self._positions))):
            positions = self._random.choice(self._positions, size)
            # A third keep their whole past, which is what the service mostly sees.
            lengths = self._random.integers(1, length + 1, size)
            lengths[self._random.random(size) < 1 / 3] = length
            lengths[self._random.random(size) < self._config.cold_ratio] = 0
            told = self._random.random(size) < self._config.told_ratio
            batch = self._gathering.batch(self._gathering.replay.asked(positions, told_input=told, lengths=lengths))
            # A request often does not say how many executors there will be.
            unsaid = torch.from_numpy(self._random.random(size) < 0.1)
            batch.candidates[unsaid, 0, _EXECUTOR_COUNT] = torch.nan
            batch.candidates[unsaid, 0, _SLOTS] = torch.nan
            yield batch


class _InOrder(IterableDataset[Batch]):  # type: ignore[misc]
    def __init__(self, gathering: _Gathering, positions: Integers, *, cold: bool) -> None:
        super().__init__()
        self._gathering, self._positions, self._cold = gathering, positions, cold

    def __iter__(self) -> Iterator[Batch]:
        for asked in self._gathering.replay.in_order(self._positions, cold=self._cold):
            yield self._gathering.batch(asked)


class RunsDataModule(pl.LightningDataModule):
    """The parts of a split as data loaders.

    Args:
        replay: All runs as they would have been asked about.
        split: Which of them to learn from, stop by and test on.
        slopes: How much each requirement usually grows with the input ``[R]``.
        config: Number and size of batches, and how they are drawn.
    """

    def __init__(self, replay: Replay, split: Split, slopes: list[float], config: TemporalConfig) -> None:
        super().__init__()
        self._split = split
        self._gathering = _Gathering(replay, slopes, config)
        self._batches = _RandomBatches(self._gathering, split.train, config)

    def train_dataloader(self) -> DataLoader[Batch]:
        """Random batches of the training runs."""
        return DataLoader(self._batches, batch_size=None)

    def val_dataloader(self) -> list[DataLoader[Batch]]:
        """The runs that decide when to stop, with their whole past; then those of unseen workloads, without any."""
        return self._warm_and_cold(*(evenly(part, _MAX_STOPPING) for part in (self._split.stop, self._split.cold_stop)))

    def test_dataloader(self) -> list[DataLoader[Batch]]:
        """The test runs, with their whole past; then those of unseen workloads, without any."""
        return self._warm_and_cold(self._split.test, self._split.held_out)

    def _warm_and_cold(self, warm: Integers, cold: Integers) -> list[DataLoader[Batch]]:
        parts = [_InOrder(self._gathering, warm, cold=False)]
        parts += [_InOrder(self._gathering, cold, cold=True)] if len(cold) else []
        return [DataLoader(part, batch_size=None) for part in parts]
