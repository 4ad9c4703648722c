"""Convert rows between their contracts and the Delta tables of the lake."""

from collections.abc import Sequence
from typing import TypeVar

import pyarrow as pa
from pydantic_core import PydanticUndefined

from data_contracts.arrow import schema
from data_contracts.row import Row, primary_key

R = TypeVar("R", bound=Row)


def rows_of(row_type: type[R], table: pa.Table) -> list[R]:
    """The rows of a table as models, checked against their contract."""
    return [row_type.model_validate(values) for values in table.to_pylist()]


def readable_schema(row_type: type[Row], columns: Sequence[str] | None = None) -> pa.Schema:
    """The types of a table, or of some of its columns.

    Everything is nullable: whether a value may be missing is for the validation to check, and reading must not fail.
    """
    wanted = schema(row_type)
    return pa.schema(
        [wanted.field(name).with_nullable(True) for name in (wanted.names if columns is None else columns)]
    )


def with_defaults(row_type: type[Row], rows: pa.Table) -> pa.Table:
    """The rows with the defaults of columns that were added after they were written.

    A null can only mean that, since nobody can write a null where the contract has a default.
    """
    for number, name in enumerate(rows.column_names):
        default = row_type.model_fields[name].default
        if default not in (PydanticUndefined, None):
            rows = rows.set_column(number, rows.schema.field(name), rows[name].fill_null(default))
    return rows


def stored_batch(row_type: type[Row], rows: Sequence[Row] | pa.Table) -> pa.Table:
    """The rows as they are stored, with only the last row of each primary key."""
    stored = stored_schema(row_type)
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist([vars(row) for row in rows], schema=stored)
    key = primary_key(row_type)
    numbered = table.select(key).append_column("position", pa.array(range(table.num_rows), pa.int64()))
    last = numbered.group_by(key, use_threads=False).aggregate([("position", "max")])["position_max"]
    return (table if len(last) == table.num_rows else table.take(last.sort())).combine_chunks().cast(stored)


def stored_schema(row_type: type[Row]) -> pa.Schema:
    """The schema with all columns nullable, so that an optional column added later can be read from older files."""
    return pa.schema([field.with_nullable(True).remove_metadata() for field in schema(row_type)])
