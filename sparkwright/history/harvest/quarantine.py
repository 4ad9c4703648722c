"""What is in quarantine: which sources, for which reasons, and which entries a readable source clears.

A reason starts with what was expected; the words up to its first comma, colon or semicolon are its kind, the rest
describes the individual case.
"""

import re
from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass

from data_contracts.row import primary_key
from data_contracts.tables import Quarantined
from sparkwright.lake import Lake

Piece = tuple[str, int, str]
"""Source path, offset and reason."""

_KIND_ENDS = re.compile(r"[,:;]")


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How often one kind of reason occurs in quarantine.

    Attributes:
        words: What was expected.
        pieces: Logs, lines and rows set aside.
        sources: Number of logs that they come from.
    """

    words: str
    pieces: int
    sources: int


@dataclass(frozen=True, slots=True)
class QuarantineSnapshot:
    """What was in quarantine when it was read: the key of every piece."""

    pieces: frozenset[Piece]

    @property
    def paths(self) -> frozenset[str]:
        """The sources of which anything was set aside."""
        return frozenset(path for path, _, _ in self.pieces)

    @property
    def counts(self) -> list[ReasonCount]:
        """Counts by kind of reason, the most frequent first."""
        pieces = Counter(kind_of(reason) for _, _, reason in self.pieces)
        sources = Counter(kind for _, kind in {(path, kind_of(reason)) for path, _, reason in self.pieces})
        return [ReasonCount(kind, count, sources[kind]) for kind, count in pieces.most_common()]


def quarantine_snapshot(lake: Lake) -> QuarantineSnapshot:
    """What is in quarantine now.

    Raises:
        LakeError: The table cannot be read.
    """
    if not lake.exists(Quarantined):
        return QuarantineSnapshot(frozenset())
    table = lake.read(Quarantined, columns=primary_key(Quarantined))
    return QuarantineSnapshot(frozenset(zip(*(column.to_pylist() for column in table.columns), strict=True)))


def set_aside(path: str, paths: Set[str]) -> set[str]:
    """Which of ``paths`` are this source or contain it: a folder, or an archive that could not be opened before."""
    return {name for name in (path, *_containers(path)) if name in paths}


def _containers(path: str) -> Iterator[str]:
    archive, is_member, _ = path.partition("!")
    if is_member:
        yield archive
    while parent := archive.rpartition("/")[0]:
        yield parent
        archive = parent


def kind_of(reason: str) -> str:
    """The part of a reason that it shares with others of its kind."""
    return _KIND_ENDS.split(reason, maxsplit=1)[0].strip()
