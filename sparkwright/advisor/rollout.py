"""Who gets advice, and from which release: ``<home>/rollout.yaml`` as questions that a decision asks.

The file is :class:`data_contracts.rollout.RolloutFile`.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from data_contracts.rollout import Members, RolloutFile
from sparkwright.errors import ConfigError, reason
from sparkwright.parsing.yaml_models import read_marked
from sparkwright.wildcards import matches

FILE = "rollout.yaml"
"""Its name in the home."""
OFF = "advice.off"
"""A file of this name in the home switches all advice off, in all processes of the service."""
_NO_TEAM = ("", "-")
NOT_OPTED_IN = "report-only: this workload has not opted in (rollout.yaml), so it keeps its own settings"


@dataclass(frozen=True, slots=True)
class Rollout:
    """What an owner decided.

    Attributes:
        said: The file's contents; without one everybody gets the champion's advice.
    """

    said: RolloutFile = field(default_factory=lambda: RolloutFile(version=1))

    @classmethod
    def read(cls, path: Path) -> "Rollout":
        """What the file says; the default where there is none.

        Raises:
            ConfigError: It breaks its contract, or others than its owner may write to it.
        """
        try:
            mode = path.stat().st_mode
            said = read_marked(RolloutFile, path)
        except FileNotFoundError:
            if path.is_symlink():
                raise ConfigError(f"expected a file behind the link {path}, found none: mend or remove it") from None
            return cls()
        except OSError as error:
            raise ConfigError(f"expected a readable file at {path}: {reason(error)}") from error
        if mode & 0o022:
            raise ConfigError(f"expected that only its owner may write to {path}: chmod 644 {path}")
        return cls(said)

    @classmethod
    def nobody(cls) -> "Rollout":
        """Advice for nobody."""
        return cls(RolloutFile(version=1, opt_in=Members()))

    def is_opted_in(self, workload_id: str, queue: str, team: str) -> bool:
        """Whether a workload gets advice.

        Args:
            workload_id: As the decision names it.
            queue: That it is submitted to; empty where nobody says.
            team: Whose API key asks; ``-`` without one.
        """
        said = self.said
        if said.opt_in is not None and not _names(said.opt_in, workload_id, queue, team):
            return False
        return not _names(said.opt_out, workload_id, queue, team)

    def is_canary(self, workload_id: str) -> bool:
        """Whether the canary's release answers a workload: the same for ever, and for a larger share as well."""
        canary = self.said.canary
        if canary is None:
            return False
        digest = hashlib.sha256(f"{canary.seed}\0{workload_id}".encode("utf-8", "replace")).digest()
        return int.from_bytes(digest[:8], "big") < canary.share * 2**64


def _any(patterns: Sequence[str], name: str) -> bool:
    return bool(name) and any(matches(pattern, name) for pattern in patterns)


def _names(members: Members, workload_id: str, queue: str, team: str) -> bool:
    return (
        _any(members.workloads, workload_id)
        or bool(queue and _any(members.queues, queue))
        or bool(team not in _NO_TEAM and _any(members.teams, team))
    )


class RolloutFollower:
    """The file as a service follows it: read again when it changes, and what holds stays while it is broken.

    Args:
        path: Of the file.

    Attributes:
        rollout: What holds.
        note: Why it is not what the file says; empty where it is.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._state: tuple[int, ...] | None = (-1,)
        self._was_read = False
        self.rollout = Rollout()
        self.note = ""

    def look(self) -> bool:
        """Read the file where it changed; whether something else holds now."""
        try:
            state = _state(self._path)
        except OSError as error:
            self.note = f"{self._path} cannot be looked at, so what it said holds: {reason(error)}"
            return self._hold_nobody()
        if state == self._state:
            return False
        before = self.rollout
        try:
            found = Rollout.read(self._path)
        # Whatever stands in it: who watches this file watches the switch that turns all advice off, too.
        except Exception as error:
            self._state = state
            self.note = str(error) if isinstance(error, ConfigError) else f"{self._path}: {reason(error)}"
            return self._hold_nobody()
        self._state, self._was_read = state, True
        self.rollout, self.note = found, ""
        return found != before

    def _hold_nobody(self) -> bool:
        """Until a first reading succeeds nobody has opted in: what the owner meant to keep out stays out."""
        if self._was_read:
            return False
        before, self.rollout = self.rollout, Rollout.nobody()
        return before != self.rollout


def _state(path: Path) -> tuple[int, ...] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - follows links, as a ConfigMap's
    except FileNotFoundError:
        return (0,) if path.is_symlink() else None  # a volume that is not mounted is no decision of the owner's
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode
