"""The interface of the places around an event log: what they are asked and what they return."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Literal, Protocol, Self

from sparkwright.errors import ContextError, StoreError

FinalStatus = Literal["succeeded", "failed", "killed"]
Line = tuple[int, str]
FileState = tuple[int, int]
"""Total bytes, and the latest modification in nanoseconds: changes when files do."""

NO_FILES: FileState = (0, 0)


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of an application in the places around its log; empty if it has no such name.

    Attributes:
        launch_id: Set by ``sparkwright submit``.
        cluster_id: Set by Databricks.
    """

    app_id: str = ""
    launch_id: str = ""
    cluster_id: str = ""


@dataclass(frozen=True, slots=True)
class KnownExecutor:
    """An executor that the event log knows.

    Attributes:
        container_id: YARN's; empty elsewhere.
        troubled: Whether it was lost or a task failed on it.
    """

    container_id: str = ""
    troubled: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """The attempt of an application whose context is examined.

    Attributes:
        started_ms: Milliseconds since 1970.
        driver_container_id: Set if YARN ran the driver, too; else empty.
        executors: By their ids.
    """

    keys: Keys
    attempt_id: str
    platform: str
    started_ms: int
    properties: Mapping[str, str]
    driver_container_id: str = ""
    executors: Mapping[str, KnownExecutor] = field(default_factory=dict)

    def worth_reading(self, executor_id: str) -> bool:
        """Whether the executor's log may explain something: it had trouble, or it never reached the driver."""
        known = self.executors.get(executor_id)
        return known is None or known.troubled


@dataclass(frozen=True, slots=True)
class AroundLog:
    """One log, of which at most its two ends are read.

    Attributes:
        name: As evidence names it, without the executor.
        executor_id: None if the driver wrote it.
        lines: Opens and reads it: numbered lines; those whose beginning is cut off count from the end (-1 is the last).
            Raises OSError or SparkwrightError if it cannot be read; yields nothing if it does not exist.
    """

    name: str
    executor_id: str | None
    lines: Callable[[], Iterator[Line]]

    @property
    def kind(self) -> str:
        """The kind of evidence of its facts."""
        return "driver_log" if self.executor_id is None else "executor_log"

    @property
    def title(self) -> str:
        """The source that its facts name."""
        return self.name if self.executor_id is None else f"executor {self.executor_id} {self.name}"


@dataclass(frozen=True, slots=True)
class Remark:
    """A cluster manager's statement about one process.

    Attributes:
        executor_id: None if it is about the driver or the application as a whole.
    """

    source: str
    text: str
    executor_id: str | None = None

    @property
    def kind(self) -> str:
        """The kind of evidence of its fact."""
        return "final_status" if self.executor_id is None else "executor_removed"

    @property
    def title(self) -> str:
        """The source that its fact names, including the executor that it is about."""
        if self.executor_id is None or f"executor {self.executor_id}" in self.source:
            return self.source
        return f"{self.source} executor {self.executor_id}"


@dataclass(slots=True)
class Findings:
    """What all places around an event log say together.

    Attributes:
        exit_code: The driver's.
        final_status: The cluster manager's, if that proves anything.
        allocated_memory_mib_s: As YARN counts it, like ``allocated_vcore_s``.
        awaited: Whether a place is expected to know more later.
        incomplete: Whether a store did not deliver files that exist, or may exist: they count as not seen.
        faults: Why a source could not be used, by source.
    """

    exit_code: int | None = None
    final_status: FinalStatus | None = None
    allocated_memory_mib_s: int | None = None
    allocated_vcore_s: int | None = None
    remarks: list[Remark] = field(default_factory=list)
    awaited: bool = False
    incomplete: bool = False
    faults: dict[str, str] = field(default_factory=dict)

    @classmethod
    def without(cls, error: ContextError) -> Self:
        """The findings of a place that could not be used: it should be asked again."""
        return cls(awaited=True, incomplete=isinstance(error, StoreError), faults={error.place: str(error)})

    def add(self, other: "Findings") -> None:
        """Merge the findings of another place; the first to say something is believed."""
        for name in ("exit_code", "final_status", "allocated_memory_mib_s", "allocated_vcore_s"):
            if getattr(self, name) is None:
                setattr(self, name, getattr(other, name))
        self.remarks += other.remarks
        self.awaited = self.awaited or other.awaited
        self.incomplete = self.incomplete or other.incomplete
        self.faults |= other.faults

    @property
    def diagnostics(self) -> str:
        """The remarks about the driver and the whole application."""
        return "\n".join(remark.text for remark in self.remarks if remark.executor_id is None)


class Platform(Protocol):
    """A place around event logs. If it cannot be used, the findings have a fault; a failing store raises StoreError."""

    def state(self, keys: Keys) -> FileState:
        """Size and modification time of the files there; :data:`NO_FILES` if it holds none."""
        ...

    def look(self, subject: Subject) -> Findings:
        """How the application ended."""
        ...

    def logs(self, subject: Subject) -> list[AroundLog]:
        """The logs worth reading if something went wrong."""
        ...


def names_a_file(name: str) -> bool:
    """Whether a name is a plain file name and no path: it comes from a log that anybody may have written."""
    return bool(name) and PurePath(name).name == name and name != ".." and "\0" not in name
