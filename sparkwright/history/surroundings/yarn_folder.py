"""What YARN's containers wrote, as files below ``<folder>/<application id>``.

<container>/{stdout,stderr}[.gz]     local log folders of NodeManagers, and what EMR delivers below ``containers/``
<node>/<container>                   ``yarn logs -applicationId <id> -out <folder>/<id>``
../<application id>.log              ``yarn logs -applicationId <id> > <folder>/<id>.log``

YARN's own aggregated files (TFile, IFile) are not read: a log server or ``yarn logs`` turns them into text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sparkwright.history.surroundings.findings import AroundLog, FileState, Subject
from sparkwright.history.surroundings.folders import entries, log_files, process_logs, state_of, subfolders
from sparkwright.history.surroundings.text import DRIVER_END_BYTES, EXECUTOR_END_BYTES, section_lines

_CONTAINER = re.compile(r"container_(?:e\d+_)?\d+_\d+_(\d+)_(\d+)")
_CONTAINER_LINE = re.compile(rb"^Container: (container_\S+) on ")
_FILE_LINE = re.compile(rb"^LogType:(\S+)")
_SECTION_FILES = {"stderr", "stdout", "syslog"}
_AM_NUMBER = 1  # the first container of an attempt runs the ApplicationMaster
_MOST_BYTES = 1024**3  # what stands behind it in one text is not looked for


@dataclass(frozen=True, slots=True)
class Section:
    """Where one file of one container stands in a text that holds many."""

    container_id: str
    name: str
    start: int
    end: int


class YarnFolder:
    """A folder of container logs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def state(self, app_id: str) -> FileState:
        """Of all files of the application."""
        files: list[Path] = [self._folder / f"{app_id}.log"]
        for folder in subfolders(self._folder / app_id):
            is_container = _CONTAINER.fullmatch(folder.name)
            files += [Path(entry.path) for entry in (log_files(folder) if is_container else entries(folder))]
        return state_of(files)

    def logs(self, subject: Subject) -> list[AroundLog]:
        """Those of the driver, where YARN ran it, and of executors that had trouble."""
        found: list[AroundLog] = []
        executors = {known.container_id: name for name, known in subject.executors.items() if known.container_id}
        texts = [self._folder / f"{subject.keys.app_id}.log"]
        for folder in subfolders(self._folder / subject.keys.app_id):
            if not _CONTAINER.fullmatch(folder.name):
                texts += [Path(entry.path) for entry in entries(folder) if entry.is_file(follow_symlinks=False)]
            elif (owner := _owner(folder.name, subject, executors)) is not None:
                found += process_logs(folder, owner or None)
        for text in texts:
            for section in sections(text) if text.is_file() else ():
                owner = _owner(section.container_id, subject, executors)
                if owner is not None and section.name in _SECTION_FILES:
                    found.append(_log(text, section, owner or None))
        return found


def sections(path: Path) -> Iterator[Section]:
    """The sections of a file that ``yarn logs`` wrote, in their order; none where it is no such file."""
    container_id = name = ""
    start = 0
    try:
        with path.open("rb") as stream:
            while (line := stream.readline(65536)) and stream.tell() < _MOST_BYTES:
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
    """The executor that ran in a container, empty for the driver; None where its logs are not wanted."""
    name = _CONTAINER.fullmatch(container_id)
    if name is None or (subject.attempt_id.isdigit() and int(name[1]) != int(subject.attempt_id)):
        return None
    if container_id in executors:
        executor_id = executors[container_id]
        return executor_id if subject.worth_reading(executor_id) else None
    if container_id == subject.driver_container_id:
        return ""
    # In client mode the first container only keeps in touch with YARN; any other one never reached the driver.
    return None if int(name[2]) == _AM_NUMBER else container_id


def _log(path: Path, section: Section, executor_id: str | None) -> AroundLog:
    end_bytes = DRIVER_END_BYTES if executor_id is None else EXECUTOR_END_BYTES
    return AroundLog(section.name, executor_id, lambda: section_lines(path, section.start, section.end, end_bytes))
