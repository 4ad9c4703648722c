"""The result of reading one event log, and how far it was read."""

from dataclasses import dataclass, field

from sparkwright.history.application.state import ApplicationState

MAX_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """A piece of a log that was set aside."""

    offset_bytes: int
    reason: str


@dataclass(slots=True)
class Reading:
    """The result of reading one log.

    Attributes:
        application: Everything that could be read.
        faults: What could not be read: at most a hundred entries, and one more that counts the rest.
    """

    application: ApplicationState = field(default_factory=ApplicationState)
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0

    def fault(self, offset_bytes: int, reason: str) -> None:
        """Note a piece that is set aside."""
        self.fault_count += 1
        if self.fault_count <= MAX_FAULTS:
            self.faults.append(Fault(offset_bytes, reason))


@dataclass(slots=True)
class Position:
    """How far a log was read.

    Attributes:
        file_count: Files that were read to their end.
        offset_bytes: Where to resume in the file after them, in stored bytes; 0 unless that is a plain file.
        base_bytes: Decompressed bytes up to there, over all files.
    """

    file_count: int = 0
    offset_bytes: int = 0
    base_bytes: int = 0
