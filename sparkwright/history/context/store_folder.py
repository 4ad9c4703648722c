"""A folder of a store around event logs, read with few requests and only as long as the store answers."""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sparkwright.errors import StoreError, reason
from sparkwright.history.context.folders import Folder, LocalFolder
from sparkwright.redaction import redact_text
from sparkwright.stores import FilePath, FileStat, RemotePath

_FEW_LOOKS = 32
_NAMES_A_REQUEST = 1000
# About 300 MB of names.
_MAX_FILES = 1_000_000
_MAX_KEPT = 16
# The store's client retries each request for seconds.
_MAX_FAILURES = 3

_Files = Mapping[str, Sequence[FilePath]]


def folder_at(title: str, path: FilePath) -> Folder:
    """The folder at a path of this machine or of a store.

    Args:
        title: What a person calls the place; a store's faults are reported under it.
        path: Where it is.
    """
    return LocalFolder(path) if isinstance(path, Path) else StoreFolder(title, path)


class _Patience:
    """Gives up on a store after three consecutive failures."""

    def __init__(self) -> None:
        self.given_up = ""
        self._failures = 0

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self, message: str) -> None:
        self._failures += 1
        if self._failures >= _MAX_FAILURES:
            self.given_up = message


class StoreFolder:
    """A folder of a store.

    The files below a name take one listing of that name, made once for all questions about one application. If many
    names are asked about, as by a harvest that knows most of them already, the folder's own listing first says which
    exist, and one listing of everything replaces the single ones as soon as they have cost as much. A listing may be
    older than what is read; the next harvest sees what came since, because the state that this one remembers lacks it.

    Args:
        title: What a person calls the place.
        path: Where it is.
        patience: Shared by all folders of the same place.
    """

    def __init__(self, title: str, path: RemotePath, patience: _Patience | None = None) -> None:
        self._title = title
        self._path = path
        self._patience = patience or _Patience()
        self._kept: dict[str, _Files | StoreError] = {}
        self._top: dict[str, FileStat | None] | None = None
        self._all: list[tuple[str, FileStat]] | None = None
        self._looks = 0
        self._seen_names: set[str] = set()
        self._seen_files = 0

    def __str__(self) -> str:
        return str(self._path)

    def below(self, path: str) -> _Files:
        """The files in a subfolder and in its own folders.

        Raises:
            StoreError: The store does not answer.
        """
        found = self._kept.get(path)
        if found is None:
            try:
                found = self._look(path)
            except StoreError as error:
                found = error  # asking again for the same application would only take as long again
            if len(self._kept) >= _MAX_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[path] = found
        if isinstance(found, StoreError):
            raise StoreError(found.place, str(found))
        return found

    def named(self, *names: str) -> list[FilePath]:
        """Those of the named files that exist in the folder itself.

        Raises:
            StoreError: The store does not answer.
        """
        top = self._listed()
        return [self._file(name, stat) for name in names if (stat := top.get(name)) is not None]

    def names(self) -> Collection[str]:
        """The names of everything in the folder itself.

        Raises:
            StoreError: The store does not answer.
        """
        return self._listed().keys()

    def is_there(self) -> bool:
        """Whether the folder holds anything: stores have no empty folders.

        Raises:
            StoreError: The store does not answer.
        """
        return bool(self._seen_files or self._listed())

    def within(self, path: str) -> "StoreFolder":
        """A subfolder, which need not exist."""
        return StoreFolder(self._title, self._path / path, self._patience)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Raise StoreError inside if the store does not deliver a file, FileNotFoundError if the file is gone."""
        if self._patience.given_up:
            raise StoreError(self._title, self._patience.given_up)
        try:
            yield
        except FileNotFoundError:
            self._patience.succeeded()
            raise
        except OSError as error:
            message = redact_text(f"expected {self._path} to be readable: {reason(error)}")
            self._patience.failed(message)
            raise StoreError(self._title, message) from error
        self._patience.succeeded()

    def _look(self, path: str) -> _Files:
        first = path.partition("/")[0]
        if self._looks >= _FEW_LOOKS:
            self._listed()
        if self._top is not None and first not in self._top:
            return {}
        if self._all is None and self._is_worth_a_listing():
            self._all = self._deep(self._path)
        if self._all is not None:
            found = list(_starting(f"{path}/", self._all))
        else:
            self._looks += 1
            found = self._deep(self._path / path)
            if found:
                self._seen_names.add(first)
                self._seen_files += len(found)
        by_folder: dict[str, list[FilePath]] = {}
        for name, stat in found:
            folder = name.rpartition("/")[0]
            if "/" not in folder:
                by_folder.setdefault(folder, []).append(self._file(f"{path}/{name}", stat))
        return dict(sorted(by_folder.items()))

    def _is_worth_a_listing(self) -> bool:
        """Whether listing single names has cost as much as listing everything would, judging by what they found."""
        if not (self._top and self._seen_names and self._path.is_listed_deep):
            return False
        expected_files = len(self._top) * self._seen_files // len(self._seen_names)
        return expected_files <= min(_MAX_FILES, self._looks * _NAMES_A_REQUEST)

    def _listed(self) -> dict[str, FileStat | None]:
        if self._top is None:
            self._top = dict(self._entries(self._path))
        return self._top

    def _deep(self, path: RemotePath) -> list[tuple[str, FileStat]]:
        """Every file below, sorted."""
        return sorted((name, stat) for name, stat in self._entries(path, deep=True) if stat is not None)

    def _entries(self, path: RemotePath, *, deep: bool = False) -> list[tuple[str, FileStat | None]]:
        try:
            with self.reading():
                return path.entries(deep=deep)
        except FileNotFoundError:
            return []

    def _file(self, below: str, stat: FileStat) -> RemotePath:
        path = self._path / below
        return RemotePath(path.address, path.below, stat)


def _starting(prefix: str, files: Sequence[tuple[str, FileStat]]) -> Iterator[tuple[str, FileStat]]:
    """Those of the sorted files whose paths start with ``prefix``, without it."""
    for position in range(bisect_left(files, prefix, key=lambda file: file[0]), len(files)):
        name, stat = files[position]
        if not name.startswith(prefix):
            return
        yield name.removeprefix(prefix), stat
