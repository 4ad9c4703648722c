"""Files of object stores and file servers, with the subset of :class:`pathlib.Path` that reading event logs needs.

pyarrow supports S3, Google Cloud Storage, Azure and HDFS, fsspec the DBFS of Databricks. Each takes its credentials,
and S3 its endpoint, from where its cloud's tools do: environment, profiles, roles of the machine.
"""

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple, Protocol, cast
from urllib.parse import unquote, urlsplit

from sparkwright.errors import ConfigError, reason
from sparkwright.redaction import redact_text

# A request of this size costs about as much as one for a few bytes; codecs ask for 4 KiB at a time.
_BUFFER_BYTES = 8 * 1024**2
# Without a limit pyarrow retries for a quarter of an hour.
_GCS_PATIENCE_S = 60
_DBFS_PATIENCE_S = 60
_URL = re.compile(r"^([a-z][a-z0-9+.-]+):/", re.IGNORECASE)
_SAME_STORE = {"s3a": "s3", "s3n": "s3", "gcs": "gs"}
_SCHEMES = ("file", "s3", "s3a", "gs", "abfs", "abfss", "hdfs", "viewfs", "dbfs")
# Other stores are asked for each folder separately.
_LISTED_DEEP = {"s3", "gs", "abfs", "abfss"}


class FileStat(NamedTuple):
    """Size and time of the last change, named as in :class:`os.stat_result`; 0 if the store does not say."""

    st_size: int
    st_mtime_ns: int


@dataclass(frozen=True, slots=True)
class RemotePath:
    """A file or folder at or below a given address.

    Attributes:
        address: The address as given; it may hold credentials, so it is never shown.
        below: Path below the address, with ``/`` between names.
        listed: The file's stat from a listing.
    """

    address: str = field(repr=False)
    below: str = ""
    listed: FileStat | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """The last part of the path."""
        return (self.below or str(self)).rpartition("/")[2]

    def __str__(self) -> str:
        shown = _shown(self.address)
        return f"{shown}/{self.below}" if self.below else shown

    def __truediv__(self, below: str) -> "RemotePath":
        return RemotePath(self.address, f"{self.below}/{below}".strip("/"))

    def beside(self, name: str) -> "RemotePath | None":
        """The entry of this name in the parent folder of the address; None if the address is a bucket."""
        head, mark, options = self.address.partition("?")
        if not urlsplit(head).path.strip("/"):
            return None
        return RemotePath(f"{head.rstrip('/').rpartition('/')[0]}/{name}{mark}{options}")

    @property
    def is_listed_deep(self) -> bool:
        """Whether one listing returns everything below, a thousand names per request."""
        return _scheme_of(self.address) in _LISTED_DEEP

    def stat(self) -> FileStat:
        """Size and time of the last change.

        Raises:
            FileNotFoundError: The path does not come from a listing.
        """
        if self.listed is None:
            raise FileNotFoundError(2, "in no listing", str(self))
        return self.listed

    def open(self, mode: Literal["rb"] = "rb", buffering: int = _BUFFER_BYTES) -> BinaryIO:
        """The file's bytes, requested ``buffering`` bytes at a time (default 8 MiB); seekable.

        Raises:
            OSError: The store does not deliver it, after retries.
        """
        with _raising_os_errors():
            store, path = self._stored()
            stream = store.open(path)
        return cast(BinaryIO, io.BufferedReader(_Raw(stream), buffering))

    def entries(self, *, deep: bool = False) -> list[tuple[str, FileStat | None]]:
        """The folder's entries by name, folders without a stat; if ``deep``, every file below, by relative path.

        Raises:
            FileNotFoundError: Nothing exists there.
            OSError: The store does not list it, after retries.
        """
        with _raising_os_errors():
            store, path = self._stored()
            return [(found[len(path) :].strip("/"), stat) for found, stat in store.entries(path, deep)]

    def walk(self) -> Iterator[tuple[str, list["RemotePath"]]]:
        """Every folder below the address that holds files, with its files; hidden and temporary ones are left out.

        If the store can, this is one listing of everything, a thousand names per request, instead of one per folder.

        Raises:
            OSError: Nothing exists there, or the store does not list it, after retries.
        """
        files = sorted((tuple(path.split("/")), stat) for path, stat in self.entries(deep=True))
        for parents, found in groupby(files, key=lambda file: file[0][:-1]):
            if not any(name.startswith((".", "_temporary")) for name in parents):
                yield (
                    "/".join((_shown(self.address), *parents)),
                    [RemotePath(self.address, "/".join(parts), stat) for parts, stat in found],
                )

    def _stored(self) -> tuple["_Store", str]:
        store, root = _store(self.address)
        return store, f"{root}/{self.below}" if self.below else root


FilePath = Path | RemotePath


def place(text: str) -> FilePath:
    """The location that a setting or argument names: a path of this machine or ``file:`` URL, or a folder of a store.

    Raises:
        ConfigError: The URL is invalid, or no store has its scheme.
    """
    scheme = _scheme_of(text)
    if scheme is None:
        return Path(text)
    try:
        path = urlsplit(text, allow_fragments=False).path
    except ValueError as error:
        raise ConfigError(f"expected the URL of a folder, got {redact_text(text)}: {error}") from error
    if scheme == "file":
        return Path(unquote(path))
    if scheme in _SCHEMES:
        return RemotePath(text)
    known = ", ".join(f"{name}:" for name in _SCHEMES)
    hint = "; a Spark History Server goes with --history-server" if scheme in {"http", "https"} else ""
    raise ConfigError(f"expected a folder, or a URL that starts with one of {known}; got {redact_text(text)}{hint}")


def folder_beside(event_log_dir: str, home: Path) -> Path:
    """The parent folder of the event logs, where related files lie; ``home`` if a store holds the logs.

    Raises:
        ConfigError: The URL is invalid, or no store has its scheme.
    """
    logs = place(event_log_dir)
    return logs.resolve().parent if isinstance(logs, Path) else home


def _scheme_of(text: str) -> str | None:
    """The scheme of a URL, with aliases resolved; None for a path."""
    found = _URL.match(text)
    return _SAME_STORE.get(found[1].lower(), found[1].lower()) if found else None


class _Store(Protocol):
    def open(self, path: str) -> BinaryIO: ...
    def entries(self, folder: str, deep: bool) -> list[tuple[str, FileStat | None]]: ...


class _ArrowStore:
    """A store through a filesystem of pyarrow."""

    def __init__(self, filesystem: Any) -> None:
        self._filesystem = filesystem

    def open(self, path: str) -> BinaryIO:
        return cast(BinaryIO, self._filesystem.open_input_file(path))

    def entries(self, folder: str, deep: bool) -> list[tuple[str, FileStat | None]]:
        from pyarrow.fs import FileSelector

        infos = self._filesystem.get_file_info(FileSelector(folder, recursive=deep))
        return [
            (info.path, FileStat(info.size or 0, info.mtime_ns or 0) if info.is_file else None)
            for info in infos
            if info.is_file or not deep
        ]


class _DatabricksStore:
    """The DBFS of a Databricks workspace; it knows the size of a file, but not when it changed."""

    def __init__(self) -> None:
        try:
            from fsspec.implementations.dbfs import DatabricksFileSystem
        except ModuleNotFoundError as error:
            raise OSError(f"dbfs: needs {error.name}: pip install 'sparkwright[databricks]'") from error

        host, token = os.environ.get("DATABRICKS_HOST"), os.environ.get("DATABRICKS_TOKEN")
        if not host or not token:
            raise PermissionError(1, "set DATABRICKS_HOST and DATABRICKS_TOKEN")
        self._filesystem = DatabricksFileSystem(
            instance=host.removeprefix("https://").rstrip("/"),
            token=token,
            use_listings_cache=False,
            skip_instance_cache=True,
        )
        session = self._filesystem.session
        session.request = partial(session.request, timeout=_DBFS_PATIENCE_S)  # without it, a request waits for ever

    def open(self, path: str) -> BinaryIO:
        return cast(BinaryIO, self._filesystem.open(path, "rb"))

    def entries(self, folder: str, deep: bool) -> list[tuple[str, FileStat | None]]:
        # Not isdir() and find(): the former lists the parent folder, the latter skips folders that fail.
        try:
            infos = self._filesystem.ls(folder, detail=True)
        except FileNotFoundError as error:
            raise FileNotFoundError(2, "no such folder", folder) from error
        found: list[tuple[str, FileStat | None]] = []
        for info in infos:
            if info["type"] == "file":
                if info["name"] != folder:
                    found.append((info["name"], FileStat(info["size"], 0)))
            elif deep:
                found += self.entries(info["name"], deep)
            else:
                found.append((info["name"], None))
        return found


@cache
def _store(address: str) -> tuple[_Store, str]:
    """The store behind an address, and the path in it; connected once per process."""
    scheme = _scheme_of(address)
    rest = address.partition(":")[2]
    if scheme == "dbfs":  # dbfs:/logs and dbfs:///logs are the same
        return _DatabricksStore(), f"/{rest.strip('/')}"
    from pyarrow.fs import FileSystem

    if scheme == "gs":
        rest += f"{'&' if '?' in rest else '?'}retry_limit_seconds={_GCS_PATIENCE_S}"
    try:
        filesystem, path = FileSystem.from_uri(f"{scheme}:{rest}")
    except OSError as error:
        if scheme not in {"hdfs", "viewfs"}:
            raise
        what = str(error).partition("\n")[0]  # the rest lists everywhere that libjvm was searched for
        raise OSError(
            f"a Hadoop client is needed here (JAVA_HOME, HADOOP_HOME, CLASSPATH=$(hadoop classpath --glob)): {what}"
        ) from error
    return _ArrowStore(filesystem), path.rstrip("/")


def _shown(address: str) -> str:
    """The address without keys and options; Azure's container, which looks like a user, is moved behind the host."""
    parts = urlsplit(address)
    user, _, host = parts.netloc.rpartition("@")
    scheme = _scheme_of(address)
    container = f"/{user.partition(':')[0]}" if user and scheme in {"abfs", "abfss"} else ""
    return f"{scheme}:{'//' if parts.netloc else ''}{host}{container}{parts.path}".rstrip("/")


@contextmanager
def _raising_os_errors() -> Iterator[None]:
    """Convert whatever a store raises inside to an OSError that holds no secret."""
    try:
        yield
    except Exception as error:
        kind = FileNotFoundError if isinstance(error, FileNotFoundError) else OSError
        raise kind(redact_text(reason(error))) from error


class _Raw(io.RawIOBase):
    """Adapts a store's stream to Python's raw stream, so that it can be buffered."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        with _raising_os_errors():
            return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def readinto(self, buffer: Any) -> int:
        with _raising_os_errors():
            data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()
