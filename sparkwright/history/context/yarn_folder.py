"""Logs of YARN's containers, as files below ``<folder>/<application id>``.

<container>/{stdout,stderr}[.gz]     local log folders of NodeManagers, and what EMR delivers below ``containers/``
<node>/<container>                   ``yarn logs -applicationId <id> -out <folder>/<id>``
../<application id>.log              ``yarn logs -applicationId <id> > <folder>/<id>.log``, if there is no folder

The folder may also be EMR's log folder of one cluster or of all clusters (:mod:`sparkwright.history.context.emr`).

YARN's own aggregated files (TFile, IFile) are not read: a log server or ``yarn logs`` turns them into text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sparkwright.history.context.emr import EmrLogs
from sparkwright.history.context.findings import AroundLog, FileState, Line, Subject
from sparkwright.history.context.folders import Folder, log_files, process_logs, state_of
from sparkwright.history.context.text import DRIVER_END_BYTES, EXECUTOR_END_BYTES, section_lines
from sparkwright.stores import FilePath

_CONTAINER = re.compile(r"container_(?:e\d+_)?\d+_\d+_(\d+)_(\d+)")
_CONTAINER_LINE = re.compile(rb"^Container: (container_\S+) on ")
_FILE_LINE = re.compile(rb"^LogType:(\S+)")
_SECTION_FILES = {"stderr", "stdout", "syslog"}
_AM_NUMBER = 1  # the first container of an attempt runs the ApplicationMaster
_MAX_BYTES = 1024**3  # sections beyond this in one text are not searched for


@dataclass(frozen=True, slots=True)
class Section:
    """Where one file of one container is in a text that holds many."""

    container_id: str
    name: str
    start: int
    end: int


class YarnFolder:
    """A folder of container logs."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._emr = EmrLogs(folder)

    def __str__(self) -> str:
        return str(self._folder)

    def is_there(self) -> bool:
        """Whether the folder exists."""
        return self._folder.is_there()

    def state(self, app_id: str) -> FileState:
        """The state of all files of the application."""
        _, containers, texts = self._found(app_id)
        return state_of([*texts, *(file for files in containers.values() for file in log_files(files))])

    def logs(self, subject: Subject) -> list[AroundLog]:
        """The logs of the driver, if YARN or a step of EMR ran it, and of executors that had trouble."""
        found: list[AroundLog] = []
        executors = {known.container_id: name for name, known in subject.executors.items() if known.container_id}
        folder, containers, texts = self._found(subject.keys.app_id)
        for name, files in containers.items():
            if (owner := _owner(name, subject, executors)) is not None:
                found += process_logs(folder, files, owner or None)
        for text in texts:
            for section in sections(folder, text):
                owner = _owner(section.container_id, subject, executors)
                if owner is not None and section.name in _SECTION_FILES:
                    found.append(_log(folder, text, section, owner or None))
        return found if subject.driver_container_id else found + self._emr.step_logs(subject)

    def _found(self, app_id: str) -> tuple[Folder, dict[str, Sequence[FilePath]], list[FilePath]]:
        """The folder of the application's logs, the files of each container, and texts that hold many containers."""
        folder, found = self._folder, self._folder.below(app_id)
        texts = [] if found else folder.named(f"{app_id}.log")
        if not (found or texts) and (home := self._emr.containers_of(app_id)):
            folder, found = home, home.below(app_id)
        containers = {name: files for name, files in found.items() if _CONTAINER.fullmatch(name)}
        texts += [file for name, files in found.items() if name and name not in containers for file in files]
        return folder, containers, texts


def sections(folder: Folder, path: FilePath) -> Iterator[Section]:
    """The sections of a file that ``yarn logs`` wrote, in order; none if it is not such a file or cannot be read.

    Raises:
        StoreError: The store does not deliver it.
    """
    container_id = name = ""
    start = 0
    try:
        with folder.reading(), path.open("rb") as stream:
            while (line := stream.readline(65536)) and stream.tell() < _MAX_BYTES:
                here = stream.tell() - len(line)
                if found := _CONTAINER_LINE.match(line):
                    if name:
                        yield Section(container_id, name, start, here)
                    container_id, name = found[1].decode("ascii", "replace"), ""
                elif container_id and (found := _FILE_LINE.match(line)):
                    name, start = found[1].decode("utf-8", "replace"), stream.tell()
                elif name and line.startswith((b"LogContents:", b"Log Contents:")):
                    start = stream.tell()
                elif name and line.startswith(b"End of LogType:"):
                    yield Section(container_id, name, start, here)
                    name = ""
    except OSError:
        return


def _owner(container_id: str, subject: Subject, executors: dict[str, str]) -> str | None:
    """The executor that ran in a container, empty for the driver; None if its logs are not wanted."""
    name = _CONTAINER.fullmatch(container_id)
    if name is None or (subject.attempt_id.isdigit() and int(name[1]) != int(subject.attempt_id)):
        return None
    if container_id in executors:
        executor_id = executors[container_id]
        return executor_id if subject.worth_reading(executor_id) else None
    if container_id == subject.driver_container_id:
        return ""
    # In client mode the first container only talks to YARN; any other unknown one never reached the driver.
    return None if int(name[2]) == _AM_NUMBER else container_id


def _log(folder: Folder, path: FilePath, section: Section, executor_id: str | None) -> AroundLog:
    end_bytes = DRIVER_END_BYTES if executor_id is None else EXECUTOR_END_BYTES

    def lines() -> Iterator[Line]:
        with folder.reading():
            yield from section_lines(path, section.start, section.end, end_bytes)

    return AroundLog(section.name, executor_id, lines)
