"""Find the event logs below a folder, and which files make up each.

<app>[.codec][.inprogress]                single file
eventlog_v2_<app>/events_<n>_<app>...     rolling, with appstatus_<app>[.inprogress] and compacted files
<app>/EVENT_LOG_1                         Spark 1.0 to 1.2
<cluster>/eventlog, eventlog-<time>.gz    Databricks log delivery
<any>.zip                                 download of the History Server: any of the above
<any>.tar, .tgz, .tar.gz, .tar.zst        any of the above, archived by somebody
"""

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, TypeVar

from sparkwright.errors import HistoryError, UnreachableError, reason
from sparkwright.history.sources.archives import is_archive, member_names, opened_member
from sparkwright.history.sources.told_stream import Told, telling
from sparkwright.redaction import redact_text
from sparkwright.stores import FilePath, FileStat, RemotePath

_ROLLED = re.compile(r"^events_(\d{1,18})_.+?(\.compact)?$")
_IN_PROGRESS = ".inprogress"
# Folders that Databricks delivers beside ``eventlog``; they hold no event logs.
_DELIVERED_BESIDE = {"driver", "executor", "init_scripts"}
_IGNORED_SUFFIXES = (".crc", ".tmp", ".swp")
_F = TypeVar("_F")


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file of an event log, or one member of an archive.

    Attributes:
        told: Called with the number of bytes of each read.
    """

    path: FilePath
    member: str = ""
    told: Told | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.path}!{self.member}" if self.member else str(self.path)

    @property
    def name(self) -> str:
        """The last part of its path, or of its path in the archive."""
        return self.member.rpartition("/")[2] or self.path.name

    def stat(self) -> "FileStat | os.stat_result":
        """Size and time of the last change; those of the whole archive if it is in one.

        Raises:
            OSError: It does not exist, or is a pipe, a socket or a device: opening one may block for ever.
        """
        found = self.path.stat()
        if isinstance(found, os.stat_result) and not stat.S_ISREG(found.st_mode):
            raise OSError("a pipe, a socket or a device")
        return found

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The file's bytes as stored; seekable.

        Raises:
            OSError: It cannot be read.
            HistoryError: Its archive cannot be read, or no longer holds it.
        """
        with telling(self.path.open("rb"), self.told) as stream:
            if not self.member:
                yield stream
                return
            with opened_member(stream, self.path.name, self.member) as member:
                yield member


def _told(path: str) -> str:
    """The path safe to show: an address or a name may hold a password or a signature.

    Files are opened by their real paths. Eight digits of a hash keep two redacted names apart.
    """
    hidden = redact_text(path)
    if hidden == path:
        return path
    return f"{hidden}~{hashlib.sha256(path.encode('utf-8', 'replace')).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class LogSource:
    """One event log: the files that together describe one attempt of one application.

    Attributes:
        path: Its name in the lake; the same before and after the application ends.
        files: In the order in which they were written.
        size_bytes: Total size of all files.
        modified_at_ns: Latest modification of any file.
        in_progress: Whether its name says that the application had not ended.
        compacted: Whether Spark dropped events that it no longer needed.
    """

    path: str
    files: tuple[LogFile, ...]
    size_bytes: int
    modified_at_ns: int
    in_progress: bool = False
    compacted: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", _told(self.path))

    @property
    def state(self) -> tuple[int, int]:
        """What changes when the log does."""
        return self.size_bytes, self.modified_at_ns

    @contextmanager
    def fetched(self) -> Iterator["LogSource"]:
        """The log with its files available inside the ``with`` block.

        Raises:
            UnreachableError: The server or store that holds the log does not deliver it.
            HistoryError: What it delivers is not a log.
        """
        yield self


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A path below the folder that cannot be read as a log, and why.

    Attributes:
        is_folder: Whether it is a folder whose contents are unknown.
    """

    path: str
    reason: str
    is_folder: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", _told(self.path))


def find_logs(folder: FilePath) -> Iterator[LogSource | Unreadable]:
    """The event logs below ``folder``, in order of their paths, and what cannot be accessed.

    Hidden files, checksums and Hadoop markers are skipped; whether any other file is a log shows when it is read.

    Raises:
        UnreachableError: ``folder`` is in a store that does not list it.
    """
    faults: list[OSError] = []
    for here, files in _walk(folder, faults) if isinstance(folder, Path) else _remote_walk(folder):
        yield from _logs_in(here, [LogFile(file) for file in files])
        while faults:
            yield _closed(faults.pop())
    yield from map(_closed, faults)


def logs_of_file(path: FilePath) -> Iterator[LogSource | Unreadable]:
    """The event logs in one file: the file itself, or those in an archive."""
    folder = str(path.parent) if isinstance(path, Path) else str(path).rpartition("/")[0]
    yield from _logs_in(folder, [LogFile(path)])


def _closed(fault: OSError) -> Unreadable:
    reason = f"expected a readable folder: {fault.strerror or fault}"
    return Unreadable(str(fault.filename), reason, is_folder=True)


def _walk(folder: Path, faults: list[OSError]) -> Iterator[tuple[str, Sequence[FilePath]]]:
    for current, folders, names in os.walk(folder, onerror=faults.append):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_temporary")))
        if "eventlog" in folders:
            folders[:] = [name for name in folders if name not in _DELIVERED_BESIDE]
        yield current, [Path(current, name) for name in sorted(names)]


def _remote_walk(folder: RemotePath) -> Iterator[tuple[str, Sequence[FilePath]]]:
    try:
        found = list(folder.walk())
    except OSError as error:
        raise UnreachableError(
            f"expected event logs below {folder}: {reason(error)}: check the address and the "
            "credentials in the environment"
        ) from error
    yield from _without_delivered_beside(found)


def _without_delivered_beside(found: Sequence[tuple[str, _F]]) -> Iterator[tuple[str, _F]]:
    """The folders except those that Databricks delivers beside event logs."""
    clusters = {here.partition("/eventlog/")[0] for here, _ in found if "/eventlog/" in here}
    for here, files in found:
        parts = [f"{here}/".partition(f"/{name}/") for name in _DELIVERED_BESIDE]
        if not any(beside and head in clusters for head, beside, _ in parts):
            yield here, files


def _logs_in(folder: str, found: Iterable[LogFile]) -> Iterator[LogSource | Unreadable]:
    files = {file.name: file for file in found if not _is_ignored(file.name)}
    rolled, compacted = rolled_order(list(files))
    # A download from the History Server may hold rolled files without their folder.
    if folder.rpartition("/")[2].startswith("eventlog_v2_") or (rolled and files[rolled[0]].member):
        yield _rolling(folder, files, rolled, compacted=compacted)
        return
    delivered = [name for name in files if name == "eventlog" or re.match(r"^eventlog-\d{4}-", name)]
    if delivered:
        # Rolled files are named after times; `eventlog` itself is the newest.
        delivered.sort(key=lambda name: (name == "eventlog", name))
        yield _source(folder, [files[name] for name in delivered])
    numbered = [name for name in files if name.startswith("EVENT_LOG_")]
    if numbered:
        yield _source(folder, [files[name] for name in numbered])
    beside = ("SPARK_VERSION_", "COMPRESSION_CODEC_", "APPLICATION_") if numbered else ()
    for name, file in files.items():
        if name in delivered or name in numbered or name.startswith(beside):
            continue
        if is_archive(name) and not file.member:
            yield from _archive(file)
        elif not (name.endswith(_IN_PROGRESS) and name.removesuffix(_IN_PROGRESS) in files):
            yield _source(str(file).removesuffix(_IN_PROGRESS), [file])


def _is_ignored(name: str) -> bool:
    return name.startswith((".", "_")) or name.endswith(_IGNORED_SUFFIXES)


def _source(path: str, files: Sequence[LogFile], beside: Sequence[LogFile] = ()) -> LogSource | Unreadable:
    """The log that consists of ``files``; files ``beside`` it count for its modification time, too."""
    try:
        states = {file: file.stat() for file in (*files, *beside)}
    except OSError as error:
        return Unreadable(path, f"expected a readable file: {reason(error)}")
    sizes_bytes = {file.path: states[file].st_size for file in files}  # all members of an archive have its size
    return LogSource(
        path=path,
        files=tuple(files),
        size_bytes=sum(sizes_bytes.values()),
        modified_at_ns=max(state.st_mtime_ns for state in states.values()),
        in_progress=files[-1].name.endswith(_IN_PROGRESS),
    )


def _rolling(
    folder: str, files: Mapping[str, LogFile], rolled: Sequence[str], *, compacted: bool
) -> LogSource | Unreadable:
    if not rolled:
        return Unreadable(folder, "expected files events_<n>_<app> in a rolling event log, found none")
    status = [name for name in files if name.startswith("appstatus_")]
    found = _source(folder, [files[name] for name in rolled], [files[name] for name in status])
    if isinstance(found, Unreadable):
        return found
    # A killed application leaves its status file as it was while running; a download may lack one.
    in_progress = status[-1].endswith(_IN_PROGRESS) if status else not found.files[0].member
    return replace(found, in_progress=in_progress, compacted=compacted)


def rolled_order(names: list[str]) -> tuple[list[str], bool]:
    """The event files to read, oldest first, and whether the oldest is a compaction of those before it.

    Source: ``org.apache.spark.deploy.history.RollingEventLogFilesFileReader`` (Spark 4): the newest compacted file
    stands for itself and every file with a smaller or the same number.
    """
    events = sorted((int(match[1]), match[2] is not None, name) for name in names if (match := _ROLLED.match(name)))
    compacted = [position for position, event in enumerate(events) if event[1]]
    return [name for _, _, name in events[compacted[-1] if compacted else 0 :]], bool(compacted)


def _archive(file: LogFile) -> Iterator[LogSource | Unreadable]:
    try:
        file.stat()
        with file.open() as stream:
            members = member_names(stream, file.name)
    except OSError as error:
        yield Unreadable(str(file), f"expected a readable file: {reason(error)}")
        return
    except HistoryError as error:
        yield Unreadable(str(file), str(error))
        return
    by_folder: dict[str, list[LogFile]] = {}
    for member in sorted(members):
        by_folder.setdefault(member.rpartition("/")[0], []).append(LogFile(file.path, member))
    for parent, found in _without_delivered_beside(sorted(by_folder.items())):
        yield from _logs_in(f"{file}!{parent}", found)
