"""Log folders as Spark's standalone worker lays them out, and what changes when their files do."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from sparkwright.history.surroundings.findings import NO_FILES, AroundLog, FileState, Subject
from sparkwright.history.surroundings.text import DRIVER_END_BYTES, EXECUTOR_END_BYTES, file_lines

# Rolled over ones, too: `stderr--2026-01-02--10-00`, `log4j-2026-01-02-10.log.gz`. Whatever else lies there is no log.
_LOG = re.compile(r"^(?:stderr|stdout|log4j|syslog|prelaunch\.err)")
_MOST_FILES = 6


def entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """What lies in a folder, in no order; nothing where it cannot be listed. No links: those may lead anywhere."""
    try:
        with os.scandir(folder) as found:
            yield from (entry for entry in found if not entry.is_symlink())
    except OSError:
        return


def subfolders(folder: Path) -> list[Path]:
    """The folders in a folder, sorted."""
    return sorted(Path(entry.path) for entry in entries(folder) if entry.is_dir(follow_symlinks=False))


def log_files(folder: Path) -> list[os.DirEntry[str]]:
    """The log files in a folder, the latest first."""
    found = [entry for entry in entries(folder) if entry.is_file(follow_symlinks=False) and _LOG.match(entry.name)]
    return sorted(found, key=lambda entry: (_modified(entry), entry.name), reverse=True)


def state_of(files: Iterable[os.DirEntry[str] | Path]) -> FileState:
    """Size of all files and the latest modification of any; what is absent counts nothing."""
    size_bytes, modified_at_ns = NO_FILES
    for file in files:
        try:
            stat = file.stat()
        except OSError:  # absent, or not for us: the rest is still of use
            continue
        size_bytes += stat.st_size
        modified_at_ns = max(modified_at_ns, stat.st_mtime_ns)
    return size_bytes, modified_at_ns


def process_logs(folder: Path, executor_id: str | None) -> list[AroundLog]:
    """The newest logs of one process, the driver's where ``executor_id`` is None."""
    end_bytes = DRIVER_END_BYTES if executor_id is None else EXECUTOR_END_BYTES
    return [
        AroundLog(entry.name, executor_id, lambda path=Path(entry.path): file_lines(path, end_bytes))  # type: ignore[misc]
        for entry in log_files(folder)[:_MOST_FILES]
    ]


def executor_logs(folder: Path, subject: Subject) -> list[AroundLog]:
    """The logs below ``<folder>/<executor id>`` that are worth reading."""
    wanted = (executor for executor in subfolders(folder) if subject.worth_reading(executor.name))
    return [log for executor in wanted for log in process_logs(executor, executor.name)]


def _modified(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_mtime_ns
    except OSError:
        return 0
