"""Resume a stopped training where it was: adapter, optimiser, schedule, losses and random state, in one file."""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from sparkwright.errors import ConfigError, reason


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a training is saved while it runs.

    Attributes:
        path: The file; its name identifies the training, so that another one does not resume from it.
        every_steps: Number of steps between writes.
    """

    path: Path
    every_steps: int

    def write(self, state: dict[str, Any]) -> None:
        """Write the state, completely or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        made = self.path.with_suffix(f".{os.getpid()}")
        torch.save(state, made)
        made.replace(self.path)

    def read(self) -> dict[str, Any] | None:
        """The last state; None if there is none.

        Raises:
            ConfigError: The file is damaged.
        """
        if not self.path.exists():
            return None
        try:
            state: dict[str, Any] = torch.load(self.path, weights_only=True)
        except Exception as error:  # torch.load raises whatever pickle, zip and torch do
            raise ConfigError(
                f"expected a fine-tuning checkpoint in {self.path}, got {reason(error)}: remove it to start over"
            ) from error
        return state

    def remove(self) -> None:
        """Delete the checkpoint once the training is done and registered."""
        self.path.unlink(missing_ok=True)


def checkpoint_of(home: Path, words: str, sequences: Iterable[Sequence[int]], every_steps: int) -> Checkpoint:
    """The checkpoint of a training, identified by its configuration and its sequences.

    Args:
        home: Checkpoints are in ``<home>/checkpoints/lora``.
        words: The configuration as text.
        sequences: Token ids of the training examples, in order.
        every_steps: Number of steps between writes.
    """
    digest = hashlib.sha256(words.encode())
    for sequence in sequences:
        digest.update(repr(tuple(sequence)).encode())
    return Checkpoint(home / "checkpoints" / "lora" / f"{digest.hexdigest()[:16]}.pt", every_steps)
