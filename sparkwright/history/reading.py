"""What comes of reading one event log, and how far it was read."""

from dataclasses import dataclass, field

from sparkwright.history.application import ApplicationState

MAX_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """A piece of a log that was set aside."""

    offset_bytes: int
    reason: str


@dataclass(slots=True)
class Reading:
    """What came of reading one log.

    Attributes:
        application: All that could be read.
        faults: What could not, at most a hundred and one entry that counts the rest.
        truncated: The last file ends in the middle of a compressed block.
    """

    application: ApplicationState = field(default_factory=ApplicationState)
    faults: list[Fault] = field(default_factory=list)
    truncated: bool = False
    fault_count: int = 0

    def fault(self, offset_bytes: int, reason: str) -> None:
        """Set one piece aside."""
        self.fault_count += 1
        if self.fault_count <= MAX_FAULTS:
            self.faults.append(Fault(offset_bytes, reason))


@dataclass(slots=True)
class Position:
    """How far a log was read.

    Attributes:
        file_count: Files that were read to their end.
        offset_bytes: Where to go on in the file behind them, as stored; only a plain file can be entered.
        base_bytes: Decompressed bytes up to there.
    """

    file_count: int = 0
    offset_bytes: int = 0
    base_bytes: int = 0
