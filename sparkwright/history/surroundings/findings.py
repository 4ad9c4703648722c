"""What is asked of the places around an event log, and what they answer."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Literal, Protocol, Self

from sparkwright.errors import StoreError, SurroundingsError

FinalStatus = Literal["succeeded", "failed", "killed"]
Line = tuple[int, str]
FileState = tuple[int, int]
"""Bytes, and the latest modification in nanoseconds: what changes when files do."""

NO_FILES: FileState = (0, 0)


@dataclass(frozen=True, slots=True)
class Keys:
    """What an application is called in the places around its log; empty where it has no such name.

    Attributes:
        launch_id: Of ``sparkwright submit``.
        cluster_id: Of Databricks.
    """

    app_id: str = ""
    launch_id: str = ""
    cluster_id: str = ""


@dataclass(frozen=True, slots=True)
class KnownExecutor:
    """An executor as the event log tells of it.

    Attributes:
        container_id: Of YARN; empty elsewhere.
        troubled: It was lost, or a task failed on it.
    """

    container_id: str = ""
    troubled: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """The attempt of an application whose surroundings are looked at.

    Attributes:
        started_ms: Since 1970.
        driver_container_id: Where YARN ran the driver, too; else empty.
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
        """Whether the executor's log may explain something: it had trouble, or it never got as far as the driver."""
        known = self.executors.get(executor_id)
        return known is None or known.troubled


@dataclass(frozen=True, slots=True)
class AroundLog:
    """One log, of which at most its two ends are read.

    Attributes:
        name: As evidence names it, without the executor.
        executor_id: None where the driver wrote it.
        lines: Opens and reads it: numbered lines, those of a cut off beginning counted from the end (-1 is the last).
            Raises OSError or SparkwrightError where it cannot be read; none where it is not there.
    """

    name: str
    executor_id: str | None
    lines: Callable[[], Iterator[Line]]

    @property
    def kind(self) -> str:
        """The kind of evidence its facts are."""
        return "driver_log" if self.executor_id is None else "executor_log"

    @property
    def title(self) -> str:
        """The source that its facts name."""
        return self.name if self.executor_id is None else f"executor {self.executor_id} {self.name}"


@dataclass(frozen=True, slots=True)
class Remark:
    """What a cluster manager says of one process.

    Attributes:
        executor_id: None where it is about the driver, or about the application as a whole.
    """

    source: str
    text: str
    executor_id: str | None = None

    @property
    def kind(self) -> str:
        """The kind of evidence that it is."""
        return "final_status" if self.executor_id is None else "executor_removed"

    @property
    def title(self) -> str:
        """The source that its fact names, with the executor that it is about."""
        if self.executor_id is None or f"executor {self.executor_id}" in self.source:
            return self.source
        return f"{self.source} executor {self.executor_id}"


@dataclass(slots=True)
class Findings:
    """What the places around an event log say, all together.

    Attributes:
        exit_code: Of the driver.
        final_status: As the cluster manager says, where that proves something.
        allocated_memory_mib_s: As YARN counts; so with ``allocated_vcore_s``.
        awaited: A place says, or lets one expect, that it will know more.
        incomplete: A store did not give files that lie there, or may: they count as not seen.
        faults: By source, why it could not be used.
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
    def without(cls, error: SurroundingsError) -> Self:
        """What a place that could not be used says: that it should be asked again."""
        return cls(awaited=True, incomplete=isinstance(error, StoreError), faults={error.place: str(error)})

    def add(self, other: "Findings") -> None:
        """Take in what another place says; who spoke first is believed."""
        for name in ("exit_code", "final_status", "allocated_memory_mib_s", "allocated_vcore_s"):
            if getattr(self, name) is None:
                setattr(self, name, getattr(other, name))
        self.remarks += other.remarks
        self.awaited = self.awaited or other.awaited
        self.incomplete = self.incomplete or other.incomplete
        self.faults |= other.faults

    @property
    def diagnostics(self) -> str:
        """What was said about the driver and the whole application."""
        return "\n".join(remark.text for remark in self.remarks if remark.executor_id is None)


class Platform(Protocol):
    """A place around event logs: what cannot be used is a fault in the findings, or StoreError where a store fails."""

    def state(self, keys: Keys) -> FileState:
        """Size and modification time of the files there; nothing where it holds no files."""
        ...

    def look(self, subject: Subject) -> Findings:
        """How the application ended."""
        ...

    def logs(self, subject: Subject) -> list[AroundLog]:
        """The logs worth reading where something went wrong."""
        ...


def names_a_file(name: str) -> bool:
    """Whether a name is that of a file in a folder: it comes from a log that anybody may have written."""
    return bool(name) and PurePath(name).name == name and name != ".." and "\0" not in name
