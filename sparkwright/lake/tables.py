"""The lake: one Delta table per row model, below one folder or object-store address.

Concurrent writers are safe: every write names the rows that it replaces, by primary key or by group, and a commit that
loses a race is repeated on the table as it is then. Replaying a write therefore changes nothing.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError
from pydantic_core import PydanticUndefined

from data_contracts.arrow import schema
from data_contracts.row import Row, primary_key
from sparkwright.errors import LakeError
from sparkwright.lake.conditions import Filters, all_of, predicate, quoted
from sparkwright.lake.fillers import filler
from sparkwright.lake.rows import readable_schema, stored_batch, stored_schema, with_defaults
from sparkwright.lake.writing import locked, one_line, until_committed


class Lake:
    """The Delta tables below ``uri``.

    Args:
        uri: A folder or an object-store address such as ``s3://bucket/prefix``.
        storage_options: Credentials and endpoint of an object store; by default those of the environment.
    """

    def __init__(self, uri: str, storage_options: dict[str, str] | None = None) -> None:
        self.uri = uri.rstrip("/")
        self.storage_options = storage_options

    def exists(self, row_type: type[Row]) -> bool:
        """Whether the table was ever written.

        Raises:
            LakeError: The store does not answer.
        """
        try:
            return bool(DeltaTable.is_deltatable(self._address(row_type), self.storage_options))
        except (OSError, DeltaError) as error:
            raise LakeError(
                f"expected to learn whether there is a Delta table {row_type.table} at {self._address(row_type)}: "
                f"{one_line(error)}"
            ) from error

    def version(self, row_type: type[Row]) -> int:
        """The Delta version of the table.

        Raises:
            LakeError: The table was never written.
        """
        return int(self.open(row_type).version())

    def lacks(self, row_type: type[Row]) -> list[str]:
        """Columns that the contract requires and that an older version wrote the table without.

        Raises:
            LakeError: The table cannot be opened.
        """
        if not self.exists(row_type):
            return []
        written = {field.name for field in self.open(row_type).schema().fields}
        return [field.name for field in schema(row_type) if not field.nullable and field.name not in written]

    def read(
        self,
        row_type: type[Row],
        *,
        columns: Sequence[str] | None = None,
        filters: Filters | pc.Expression | None = None,
        delta: DeltaTable | None = None,
    ) -> pa.Table:
        """The table, or some of its columns and rows, in the types of its contract and in no fixed order.

        Rows written before a column was added have its default, or null if the contract allows that.

        Args:
            row_type: Which table.
            columns: Names of the columns, in the desired order; all by default.
            filters: Conditions that must all hold, as ``[("app_id", "=", "app-1"), ("stage_id", "<", 3)]``: only files
                that can hold such rows are opened. Or a pyarrow expression, which is applied to the whole table.
            delta: The table as returned by :meth:`open`, to read exactly that version; by default the newest.

        Raises:
            LakeError: The table was never written, is broken, or lacks a column that its contract now requires and
                that has no default.
        """
        delta = delta or self.open(row_type)
        expression = filters if isinstance(filters, pc.Expression) else None
        conditions = [] if filters is None or expression is not None else filters
        wanted = readable_schema(row_type, None if expression is not None else columns)
        written = {field.name for field in delta.schema().fields}
        lacking = [name for name in wanted.names if name not in written]
        undefined = {name for name in lacking if row_type.model_fields[name].default is PydanticUndefined}
        if any(not schema(row_type).field(name).nullable for name in undefined):
            raise LakeError(
                f"expected the columns of the contract in table {row_type.table} at {self._address(row_type)}; it was "
                f"written without {', '.join(lacking)}: delete {self.uri} and fill it again with `{filler(row_type)}`"
            )
        where = predicate(conditions) or None
        try:
            # Delta's own engine, not pyarrow's dataset, which cannot compare strings with the statistics of files.
            scanned = delta.scan([name for name in wanted.names if name in written], where)
            found = pa.table(scanned)
            for name in lacking:
                found = found.append_column(name, pa.nulls(found.num_rows, wanted.field(name).type))
            found = with_defaults(row_type, found.select(wanted.names).cast(wanted))
            found = found if expression is None else found.filter(expression)
            return found if columns is None else found.select(columns)
        except (OSError, ValueError, DeltaError, pa.ArrowException) as error:
            raise LakeError(
                f"expected a readable Delta table {row_type.table} at {self._address(row_type)}: {one_line(error)}"
            ) from error

    def one_writer(self) -> AbstractContextManager[None]:
        """Let only this process write batches that belong together across several tables.

        The lock binds processes that ask for it, on a lake in a folder, and ends with its process. An object store has
        no lock: there each table is consistent, but two overlapping harvests may leave an application whose tables show
        two states of its log until it is read again.

        Raises:
            LakeError: The folder cannot be written.
        """
        return nullcontext() if "://" in self.uri else locked(Path(self.uri))

    def merge(self, row_type: type[Row], rows: Sequence[Row], *, constant: str | None = None) -> int:
        """Insert new rows and replace those with a known primary key; return how many were written.

        Args:
            row_type: Which table.
            rows: The new rows.
            constant: A column that always has a value, which never changes for a primary key. Only files that can hold
                the values of ``rows`` in it are read, instead of the whole table.

        Raises:
            LakeError: The table cannot be written, or other writers won every race for two minutes.
        """
        if not rows:
            return 0
        batch = stored_batch(row_type, rows)
        matches = " AND ".join(f"target.{name} = source.{name}" for name in primary_key(row_type))
        if constant is not None:
            ends = pc.min_max(batch[constant])
            lowest, highest = ends["min"].as_py(), ends["max"].as_py()
            matches += f" AND {predicate([(constant, '>=', lowest), (constant, '<=', highest)], 'target')}"

        def attempt() -> None:
            merger = self._created(row_type, batch.schema).merge(
                batch, matches, source_alias="source", target_alias="target", merge_schema=True
            )
            merger.when_matched_update_all().when_not_matched_insert_all().execute()

        self._until_committed(row_type, attempt)
        return int(batch.num_rows)

    def replace(
        self, row_type: type[Row], rows: Sequence[Row] | pa.Table, groups: Collection[Mapping[str, str]]
    ) -> int:
        """Replace all rows of these groups with ``rows``; return how many were written.

        A log that grew may yield fewer rows of one kind than before (a task that was running has ended), so rows that
        an earlier reading found and this one does not must go, in the same commit.

        Args:
            row_type: Which table.
            rows: All rows of the groups, as models or in the types of the contract; may be empty.
            groups: Values of text columns that name what is replaced, as ``{"app_id": "app-1", "attempt_id": "1"}``.

        Raises:
            LakeError: As for :meth:`merge`.
        """
        if not groups:
            return 0
        named = " OR ".join(
            "(" + " AND ".join(f"{name} = {quoted(value)}" for name, value in group.items()) + ")" for group in groups
        )
        if not len(rows) and not self.exists(row_type):
            return 0
        batch = stored_batch(row_type, rows)

        # Not a merge, which holds the whole table in memory, and that grows with every harvest.
        def attempt() -> None:
            delta = self._created(row_type, batch.schema)
            if batch.num_rows:
                write_deltalake(delta, batch, mode="overwrite", predicate=named, schema_mode="merge")
            else:
                delta.delete(named)

        self._until_committed(row_type, attempt)
        return int(batch.num_rows)

    def replace_where(self, row_type: type[Row], table: pa.Table, filters: Filters) -> int:
        """Replace all rows that match ``filters`` with those of ``table``; return how many were written.

        For hundreds of thousands of rows that are columns already: they are not checked against their contract.

        Args:
            row_type: Which table.
            table: The new rows, all of which must match ``filters``.
            filters: Conditions that identify what is replaced.

        Raises:
            LakeError: As for :meth:`merge`.
        """
        stored = table.cast(stored_schema(row_type))
        named = predicate(filters)

        def attempt() -> None:
            delta = self._created(row_type, stored.schema)
            write_deltalake(delta, stored, mode="overwrite", predicate=named, schema_mode="merge")

        self._until_committed(row_type, attempt)
        return int(stored.num_rows)

    def remove(self, row_type: type[Row], rows: pa.Table) -> None:
        """Remove rows from the table, each only if the table still holds it exactly as in ``rows``.

        Raises:
            LakeError: As for :meth:`merge`.
        """
        if not rows.num_rows:
            return

        def attempt() -> None:
            delta = self.open(row_type)
            # A row that another writer repaired meanwhile is another row; columns that were never written do not count.
            names = [field.name for field in delta.schema().fields if field.name in rows.column_names]
            same = all_of([f"target.{name} IS NOT DISTINCT FROM source.{name}" for name in names])
            # A row that occurs twice must match only once.
            stood = rows.select(names).group_by(names, use_threads=False).aggregate([])
            delta.merge(stood, same, source_alias="source", target_alias="target").when_matched_delete().execute()

        self._until_committed(row_type, attempt)

    def _created(self, row_type: type[Row], stored: pa.Schema) -> DeltaTable:
        return DeltaTable.create(self._address(row_type), stored, mode="ignore", storage_options=self.storage_options)

    def _until_committed(self, row_type: type[Row], attempt: Callable[[], None]) -> None:
        until_committed(attempt, f"table {row_type.table} at {self._address(row_type)}")

    def open(self, row_type: type[Row]) -> DeltaTable:
        """The newest version of the table.

        Raises:
            LakeError: It was never written, or cannot be opened.
        """
        try:
            if self.exists(row_type):
                return DeltaTable(self._address(row_type), storage_options=self.storage_options)
        except (OSError, DeltaError) as error:
            raise LakeError(
                f"expected a Delta table {row_type.table} at {self._address(row_type)}: {one_line(error)}"
            ) from error
        raise LakeError(
            f"expected table {row_type.table} at {self._address(row_type)}, found none: fill it with "
            f"`{filler(row_type)}`"
        )

    def _address(self, row_type: type[Row]) -> str:
        return f"{self.uri}/{row_type.table}"
