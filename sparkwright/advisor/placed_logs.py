"""A log of any length that lies in one of the places that the owner set up, named by whoever asks about it.

Whoever asks may be a stranger with a key: nothing outside of these places is opened, no link that leads out of them is
followed, and what belongs to another team is as if it were not there.
"""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from data_contracts.api.diagnosis_job import LogAddress
from sparkwright.advisor.known_application import KnownApplication
from sparkwright.advisor.targets import NoEventLogError, ReadAttempt, attempt_of, telling_files, told_in_files
from sparkwright.errors import ConfigError, LakeError, reason
from sparkwright.history.context.log_context import LogContext, context_config, drivers_beside
from sparkwright.history.sources.log_files import LogSource, Unreadable, find_logs, logs_of_file
from sparkwright.history.sources.told_stream import Told
from sparkwright.settings import Settings
from sparkwright.stores import FilePath, RemotePath, place

_MAX_SOURCES = 64
"""Event logs below a path; more are no single application's."""
_MAX_ENTRIES = 10_000

Sees = Callable[[str, str], bool]
Progress = Callable[[int, int], None]
"""Told the bytes read and those there are, as they are stored."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something that lies in a place."""

    path: FilePath
    is_folder: bool
    size_bytes: int


def read_placed(
    log: LogAddress,
    where: Settings,
    *,
    attempt_id: str | None = None,
    sees: Sees | None = None,
    progress: Progress | None = None,
) -> KnownApplication:
    """What a log says of a failure.

    Args:
        log: Which one.
        where: Where the places are.
        attempt_id: Of an event log that tells of several; default the last one.
        sees: Whether a queue and a workload may be seen. A log that names neither belongs to nobody: only who sees
            everything (None) is told of it.
        progress: Hears how far it is read.

    Raises:
        LakeError: Nothing of the caller's lies there.
        ConfigError: The place is not set up, or what lies there tells of no failure.
        OSError: A store does not give it.
    """
    found = find_log(log, where)
    counted = _Counted(progress)
    attempt: ReadAttempt | None = None
    try:
        attempt = _attempt(found, log, where, attempt_id, counted)
    except NoEventLogError:
        if sees is None and not _files(found):
            raise
    if attempt is not None:
        if sees is not None and not sees(attempt.application.queue, attempt.application.workload_id):
            raise _missing(log)
        return attempt.known
    if sees is not None:
        raise _missing(log)
    counted.begin(found.size_bytes)
    return told_in_files(_files(found), told=counted.told)


def find_log(log: LogAddress, where: Settings) -> Found:
    """What lies there.

    Raises:
        LakeError: Nothing, or something that lies elsewhere in truth.
        ConfigError: The place is not set up.
        OSError: A store does not list it.
    """
    root = _root(log, where)
    return _in_folder(root.resolve(), log) if isinstance(root, Path) else _in_store(root, log)


def is_here(log: LogAddress, where: Settings) -> bool:
    """Whether it lies on this machine, so that :func:`find_log` costs next to nothing.

    Raises:
        ConfigError: The place is not set up.
    """
    return isinstance(_root(log, where), Path)


class _Counted:
    """Adds up what is read; what turns out to be no event log is read once more, and the figure waits for that."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._read_bytes = self._shown_bytes = self._total_bytes = 0
        self.told: Told | None = None if progress is None else self._add

    def begin(self, total_bytes: int) -> None:
        self._read_bytes, self._total_bytes = 0, total_bytes
        self._add(0)

    def _add(self, count: int) -> None:
        # The first bytes are looked at more than once.
        self._read_bytes = min(self._total_bytes, self._read_bytes + count)
        self._shown_bytes = min(self._total_bytes, max(self._shown_bytes, self._read_bytes))
        if self._progress is not None:
            self._progress(self._shown_bytes, self._total_bytes)


def _attempt(
    found: Found, log: LogAddress, where: Settings, attempt_id: str | None, counted: _Counted
) -> ReadAttempt | None:
    logs = find_logs(found.path) if found.is_folder else logs_of_file(found.path)
    sources = [one for one, _ in zip(_readable(logs), range(_MAX_SOURCES + 1), strict=False)]
    if len(sources) > _MAX_SOURCES:
        raise ConfigError(
            f"expected the log of one application at {_shown(log)}, found more than {_MAX_SOURCES} files: name one"
        )
    counted.begin(sum(one.size_bytes for one in sources))
    told = [replace(one, files=tuple(replace(file, told=counted.told) for file in one.files)) for one in sources]
    around = context_config(where, place(where.event_log_dir), None)
    with LogContext(around) as context:
        return attempt_of(told, context, _shown(log), attempt_id, is_folder=found.is_folder)


def _readable(logs: Iterator[LogSource | Unreadable]) -> Iterator[LogSource]:
    return (one for one in logs if isinstance(one, LogSource))


def _files(found: Found) -> list[FilePath]:
    """What may tell of a failure where there is no event log."""
    if not found.is_folder:
        return [found.path]
    if isinstance(found.path, RemotePath):
        return telling_files(file for _, files in found.path.walk() for file in files)
    return telling_files(file for file in found.path.iterdir() if stat.S_ISREG(file.stat().st_mode))


def _root(log: LogAddress, where: Settings) -> FilePath:
    text = {
        "event_logs": where.event_log_dir,
        "standalone_work": where.standalone_work_dir,
        "yarn": where.yarn_log_dir,
        "databricks": where.databricks_log_dir,
    }.get(log.place, "")
    root = place(text) if text else None
    if log.place == "drivers":
        logs = place(where.event_log_dir)
        root = drivers_beside(logs.resolve() if isinstance(logs, Path) else logs)
    if root is None:
        raise ConfigError(f"expected a place that the owner of the service set up, got {log.place}: it is not set")
    return root


def _in_folder(root: Path, log: LogAddress) -> Found:
    try:
        here = (root / log.path).resolve(strict=True)
        told = here.stat()
        is_folder = stat.S_ISDIR(told.st_mode)
        inside = here.is_relative_to(root) and (is_folder or stat.S_ISREG(told.st_mode))
        size_bytes = _size_below(here, root) if inside and is_folder else told.st_size
    except (OSError, RuntimeError):  # a circle of links
        raise _missing(log) from None
    if not inside or size_bytes is None:
        raise _missing(log)
    return Found(here, is_folder, size_bytes)


def _size_below(folder: Path, root: Path) -> int | None:
    """The bytes of all files below; None where a link leads out of the place, or there are too many."""
    size_bytes = entries = 0
    for current, folders, names in os.walk(folder):
        entries += len(folders) + len(names)
        if entries > _MAX_ENTRIES:
            return None
        for name in names:
            path = Path(current, name)
            if path.is_symlink() and not path.resolve(strict=True).is_relative_to(root):
                return None
            size_bytes += path.stat().st_size
    return size_bytes


def _in_store(root: RemotePath, log: LogAddress) -> Found:
    parent, _, name = log.path.rpartition("/")
    try:
        entries = dict((root / parent if parent else root).entries())
    except FileNotFoundError:
        entries = {}
    if name not in entries:
        raise _missing(log)
    if (listed := entries[name]) is not None:
        return Found(replace(root / log.path, listed=listed), is_folder=False, size_bytes=listed.st_size)
    head, mark, options = root.address.partition("?")
    folder = RemotePath(f"{head.rstrip('/')}/{(root / log.path).below}{mark}{options}")
    sizes = [file.stat().st_size for _, files in folder.walk() for file in files]
    return Found(folder, is_folder=True, size_bytes=sum(sizes))


def _shown(log: LogAddress) -> str:
    return f"{log.place}:{log.path}"


def _missing(log: LogAddress) -> LakeError:
    return LakeError(f"expected a log of your own at {_shown(log)}, found none")


def fault(error: Exception, log: LogAddress, where: Settings) -> str:
    """What to tell of an error to somebody who is not to know where the places are."""
    text = reason(error)
    try:
        root = _root(log, where)
    except ConfigError:
        return text
    for path in (str(root.resolve()) if isinstance(root, Path) else str(root), str(root)):
        text = text.replace(path, log.place)
    return text
