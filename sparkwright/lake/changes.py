"""What a table of the lake gained and lost since it was last read, without reading the rest of it again.

Delta's log names the files of each version. The rows of added files minus those of removed files are what changed: a
file that was rewritten for one of its rows changes only that row, and a compacted one changes none.
"""

import json
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from deltalake.fs import DeltaStorageHandler
from pyarrow.fs import FileType, PyFileSystem

from data_contracts.row import Row
from sparkwright.errors import LakeError
from sparkwright.lake.rows import readable_schema, with_defaults
from sparkwright.lake.tables import Lake

_WORTH_IT = 4
"""A difference is read if it touches at most one in this many rows; beyond that, reading everything is faster."""
_SIGN = "sign"


class Changes(NamedTuple):
    """Rows that were added and removed, in the types of their contract and in no fixed order.

    Attributes:
        whole: Whether ``added`` is the whole table, whatever was known of it before; then ``removed`` is empty.
    """

    added: pa.Table
    removed: pa.Table
    whole: bool


class _Version(NamedTuple):
    """The files of one version of a table."""

    table_id: str
    number: int
    files: dict[str, int | None]
    """Number of rows by path of each file below the table; None if unknown."""


class Position(NamedTuple):
    """How far a table was read: enough to go on from there in another process.

    Attributes:
        table_id: Distinguishes the table from one that was later written in its place.
        version: The Delta version.
    """

    table_id: str
    version: int


class TableFollower:
    """Follows the changes of one table.

    Args:
        lake: Holds the table.
        row_type: Which table.
        columns: The columns that matter: a row in which none of them changed has not changed.
        after: Where an earlier follower stopped. Without it, or if the table's log no longer goes back that far, the
            first call returns the whole table.

    Raises:
        LakeError: The store does not answer.
    """

    def __init__(self, lake: Lake, row_type: type[Row], columns: Sequence[str], after: Position | None = None) -> None:
        self._lake = lake
        self._row_type = row_type
        self._columns = list(columns)
        self._seen = _version_at(lake, row_type, after) if after is not None else None
        self._store: PyFileSystem | None = None

    @property
    def position(self) -> Position | None:
        """How far the table was read; None if it never was."""
        return Position(*self._seen[:2]) if self._seen is not None else None

    def poll(self) -> Changes | None:
        """What changed since the last call; None if nothing did, or if the table was never written.

        Raises:
            LakeError: The table cannot be read, or is gone; the next call returns what this one could not.
        """
        newer = self._by_log()
        changes = self._difference(newer) if newer is not None else None
        if changes is None:
            if not self._lake.exists(self._row_type):
                if self._seen is None:
                    return None
                raise LakeError(
                    f"expected table {self._row_type.table} in {self._lake.uri}, it no longer exists; what was read "
                    "stays in use"
                )
            delta = self._lake.open(self._row_type)
            newer = _version(delta)
            if self._seen is not None and newer[:2] == self._seen[:2]:
                return None
            # With features such as deletion vectors, a file may hold rows that are deleted.
            self._store = None
            if not delta.protocol().reader_features:
                self._store = PyFileSystem(DeltaStorageHandler(delta.table_uri, self._lake.storage_options))
            changes = self._difference(newer)
            if changes is None:
                found = self._lake.read(self._row_type, columns=self._columns, delta=delta)
                changes = Changes(found, found.slice(0, 0), True)
        # Only now, so that a failed reading is tried again.
        self._seen = newer
        return changes

    def start_over(self) -> None:
        """Forget what was returned: the next call returns the whole table."""
        self._seen = None

    def _by_log(self) -> _Version | None:
        """The newest version, from entries added to the log since; None if there are none, or they do not suffice.

        Opening a table reads its log from the last checkpoint on, which takes longer than reading the new rows. A log
        without later entries is no proof that it is still the same table.
        """
        if self._seen is None or self._store is None:
            return None
        table_id, number, files = self._seen[0], self._seen.number, dict(self._seen.files)
        try:
            while (entry := self._entry(number + 1)) is not None:
                number += 1
                for action in map(json.loads, entry.splitlines()):
                    if "protocol" in action or "metaData" in action:
                        return None
                    if removed := action.get("remove"):
                        del files[unquote(removed["path"])]
                    if added := action.get("add"):
                        stats = json.loads(added.get("stats") or "{}")
                        files[unquote(added["path"])] = stats.get("numRecords")
        except (OSError, ValueError, KeyError):
            return None
        return _Version(table_id, number, files) if number > self._seen.number else None

    def _entry(self, number: int) -> bytes | None:
        assert self._store is not None
        path = f"_delta_log/{number:020d}.json"
        if self._store.get_file_info(path).type == FileType.NotFound:
            return None
        with self._store.open_input_file(path) as file:
            content: bytes = file.read()
        return content

    def _difference(self, newer: _Version) -> Changes | None:
        """The rows of added and removed files; None if reading the whole table is better, or the only way."""
        if self._seen is None or self._store is None:
            return None
        files = self._seen.files
        came = [path for path in newer.files if path not in files]
        went = [path for path in files if path not in newer.files]
        counts = [*(newer.files[path] for path in came), *(files[path] for path in went)]
        known = [count for count in counts if count is not None]
        if len(known) < len(counts) or sum(known) * _WORTH_IT > sum(count or 0 for count in files.values()):
            return None
        try:
            added, removed = self._rows(came), self._rows(went)
        except (OSError, ValueError, pa.ArrowException):
            return None  # a removed file was already deleted
        return Changes(*_net(added, removed), False)

    def _rows(self, paths: Sequence[str]) -> pa.Table:
        wanted = readable_schema(self._row_type, self._columns)
        if not paths:
            return wanted.empty_table()
        found = ds.dataset(list(paths), filesystem=self._store, format="parquet", schema=wanted).to_table()
        return with_defaults(self._row_type, found)


def _version_at(lake: Lake, row_type: type[Row], position: Position) -> _Version | None:
    """The files of the table at a position; None if it is another table, or that version was already cleaned up."""
    if not lake.exists(row_type):
        return None
    delta = lake.open(row_type)
    try:
        delta.load_as_version(position.version)
        found = _version(delta)
    except DeltaError:
        return None
    return found if found.table_id == position.table_id else None


def _version(delta: DeltaTable) -> _Version:
    actions = pa.table(delta.get_add_actions())
    files = dict(zip(actions["path"].to_pylist(), actions["num_records"].to_pylist(), strict=True))
    return _Version(str(delta.metadata().id), int(delta.version()), files)


def _net(added: pa.Table, removed: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Both without the rows that they have in common."""
    if not removed.num_rows or not added.num_rows:
        return added, removed
    names = added.column_names
    signed = [
        table.append_column(_SIGN, pa.array([sign], pa.int64()).take(pa.nulls(table.num_rows, pa.int64()).fill_null(0)))
        for table, sign in ((added, 1), (removed, -1))
    ]
    counted = pa.concat_tables(signed).group_by(names).aggregate([(_SIGN, "sum")])
    surplus = counted[f"{_SIGN}_sum"]
    rows = counted.select(names)
    return _repeated(rows, pc.max_element_wise(surplus, 0)), _repeated(rows, pc.max_element_wise(pc.negate(surplus), 0))


def _repeated(rows: pa.Table, times: pa.ChunkedArray) -> pa.Table:
    """Each row as often as ``times`` says."""
    positions = [position for position, count in enumerate(times.to_pylist()) for _ in range(count)]
    return rows.take(pa.array(positions, pa.int64()))
