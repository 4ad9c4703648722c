"""A training that was stopped goes on where it was: adapter, optimiser, schedule, losses and dice, in one file."""

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
    """Where a training is kept while it runs.

    Attributes:
        path: The file; its name says which training, so that another one does not go on from it.
        every_steps: How often it is written.
    """

    path: Path
    every_steps: int

    def write(self, state: dict[str, Any]) -> None:
        """Write the state, whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        made = self.path.with_suffix(f".{os.getpid()}")
        torch.save(state, made)
        made.replace(self.path)

    def read(self) -> dict[str, Any] | None:
        """The last state; None where there is none.

        Raises:
            ConfigError: The file is damaged.
        """
        if not self.path.exists():
            return None
        try:
            state: dict[str, Any] = torch.load(self.path, weights_only=True)
        except Exception as error:  # torch.load raises whatever pickle, zip and torch do
            raise ConfigError(
                f"expected a checkpoint of a fine-tuning in {self.path}, got {reason(error)}: remove it to begin anew"
            ) from error
        return state

    def remove(self) -> None:
        """Forget it: the training is done and registered."""
        self.path.unlink(missing_ok=True)


def checkpoint_of(home: Path, words: str, sequences: Iterable[Sequence[int]], every_steps: int) -> Checkpoint:
    """The checkpoint of a training: of the same configuration on the same sequences.

    Args:
        home: Checkpoints lie in ``<home>/checkpoints/lora``.
        words: Configuration, as text.
        sequences: Token ids of what is learned from, in order.
        every_steps: How often it is written.
    """
    digest = hashlib.sha256(words.encode())
    for sequence in sequences:
        digest.update(repr(tuple(sequence)).encode())
    return Checkpoint(home / "checkpoints" / "lora" / f"{digest.hexdigest()[:16]}.pt", every_steps)
