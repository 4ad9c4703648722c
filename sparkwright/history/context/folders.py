"""Folders around event logs on this machine, and log files as Spark's standalone worker lays them out."""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol

from sparkwright.history.context.findings import NO_FILES, AroundLog, FileState, Line, Subject
from sparkwright.history.context.text import DRIVER_END_BYTES, EXECUTOR_END_BYTES, file_lines
from sparkwright.stores import FilePath

# Rolled files, too: `stderr--2026-01-02--10-00`, `log4j-2026-01-02-10.log.gz`. Any other file is not a log.
_LOG = re.compile(r"^(?:stderr|stdout|log4j|syslog|prelaunch\.err|hs_err_pid)")
_MAX_FILES = 6


class Folder(Protocol):
    """A folder of a place around event logs, on this machine or in a store; a missing one is empty.

    Every method raises StoreError if a store does not answer; a folder of this machine that cannot be listed counts as
    empty.
    """

    def below(self, path: str) -> Mapping[str, Sequence[FilePath]]:
        """The files in a subfolder, under ``""``, and those in each of its own folders, under that folder's name."""
        ...

    def named(self, *names: str) -> list[FilePath]:
        """Those of the named files that exist in the folder itself."""
        ...

    def names(self) -> Collection[str]:
        """The names of everything in the folder itself."""
        ...

    def is_there(self) -> bool:
        """Whether the folder exists."""
        ...

    def within(self, path: str) -> "Folder":
        """A subfolder, which need not exist."""
        ...

    def reading(self) -> AbstractContextManager[None]:
        """Raise StoreError inside if a store does not deliver a file."""
        ...


class LocalFolder:
    """A folder of this machine; links are followed where they are named, not where they are found."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __str__(self) -> str:
        return str(self._path)

    def below(self, path: str) -> Mapping[str, Sequence[FilePath]]:
        """The files in a subfolder and in its own folders."""
        found: dict[str, Sequence[FilePath]] = {}
        entries = [*_entries(self._path / path)]
        if files := _files(entries):
            found[""] = files
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.is_dir(follow_symlinks=False) and (files := _files(_entries(Path(entry.path)))):
                found[entry.name] = files
        return found

    def named(self, *names: str) -> list[FilePath]:
        """Those of the named files that exist in the folder itself."""
        return [path for name in names if _is_file(path := self._path / name)]

    def names(self) -> Collection[str]:
        """The names of everything in the folder itself."""
        return {entry.name for entry in _entries(self._path)}

    def is_there(self) -> bool:
        """Whether the folder exists."""
        return self._path.is_dir()

    def within(self, path: str) -> "LocalFolder":
        """A subfolder, which need not exist."""
        return LocalFolder(self._path / path)

    def reading(self) -> AbstractContextManager[None]:
        """Do nothing: on this machine a file that cannot be read raises OSError."""
        return nullcontext()


def log_files(files: Iterable[FilePath]) -> list[FilePath]:
    """The files that are logs, latest first."""
    return sorted(
        (file for file in files if _LOG.match(file.name)), key=lambda file: (_modified(file), file.name), reverse=True
    )


def state_of(files: Iterable[FilePath]) -> FileState:
    """Total size of the files and the latest modification of any; missing files do not count."""
    size_bytes, modified_at_ns = NO_FILES
    for file in files:
        try:
            stat = file.stat()
        except OSError:  # missing, or no permission: the others are still of use
            continue
        size_bytes += stat.st_size
        modified_at_ns = max(modified_at_ns, stat.st_mtime_ns)
    return size_bytes, modified_at_ns


def read_lines(folder: Folder, file: FilePath, end_bytes: int) -> Iterator[Line]:
    """The numbered lines of a file in a folder.

    Raises:
        OSError: It cannot be read.
        StoreError: The store does not deliver it.
    """
    with folder.reading():
        yield from file_lines(file, end_bytes)


def process_logs(folder: Folder, files: Iterable[FilePath], executor_id: str | None) -> list[AroundLog]:
    """The newest logs of one process; the driver's if ``executor_id`` is None."""
    end_bytes = DRIVER_END_BYTES if executor_id is None else EXECUTOR_END_BYTES
    return [
        AroundLog(file.name, executor_id, lambda file=file: read_lines(folder, file, end_bytes))  # type: ignore[misc]
        for file in log_files(files)[:_MAX_FILES]
    ]


def executor_logs(folder: Folder, path: str, subject: Subject) -> list[AroundLog]:
    """The logs below ``<path>/<executor id>`` that are worth reading."""
    wanted = ((name, files) for name, files in folder.below(path).items() if name and subject.worth_reading(name))
    return [log for name, files in wanted for log in process_logs(folder, files, name)]


def executor_log_files(folder: Folder, path: str) -> list[FilePath]:
    """All log files below ``<path>/<executor id>``."""
    return [file for name, files in folder.below(path).items() if name for file in log_files(files)]


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """The entries of a folder in no order, none if it cannot be listed; without links, which may lead anywhere."""
    try:
        with os.scandir(folder) as found:
            yield from (entry for entry in found if not entry.is_symlink())
    except OSError:
        return


def _files(entries: Iterable[os.DirEntry[str]]) -> list[FilePath]:
    return [Path(entry.path) for entry in entries if entry.is_file(follow_symlinks=False)]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # no permission
        return False


def _modified(file: FilePath) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0
