"""From values to rows that keep their contract; rows that break it are separated, with the rule they broke."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import pyarrow as pa
from pydantic import ValidationError

from data_contracts.arrow import schema
from data_contracts.checks.bulk import suspects
from data_contracts.row import Row

_MAX_INTEGER = 2**63 - 1  # of every integer column
# Checking fewer rows than this one by one costs less than a few calls for each column.
_WORTH_BULK = 32
Column: TypeAlias = "Sequence[object] | pa.Array"
R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that breaks its contract."""

    reason: str
    table_name: str
    row_json: str


def checked(row_type: type[R], values: Mapping[str, object], rejected: list[Rejected]) -> R | None:
    """The row; or None, and an entry in ``rejected``, if it breaks a bound or a rule of its contract."""
    try:
        row = row_type.model_validate(values)
    except ValidationError as error:
        fault = error.errors()[0]
        name = ".".join(map(str, fault["loc"]))
        broken = f"{name} is valid: {fault['msg']}, got {fault['input']!r:.100}"
    else:
        broken = next((f"{rule.name}: {rule.because}" for rule in row.rules if rule.broken_by(values)), "")
        huge = (name for name, value in values.items() if isinstance(value, int) and abs(value) > _MAX_INTEGER)
        broken = next((f"{name} is a number of at most 64 bits" for name in huge), broken)
        if not broken:
            return row
    text = json.dumps(values, default=str)
    rejected.append(Rejected(f"expected a row of {row_type.table} where {broken}", row_type.table, text))
    return None


def checked_batch(row_type: type[Row], columns: Mapping[str, Column], rejected: list[Rejected]) -> pa.RecordBatch:
    """The rows that keep their contract; every other row is added to ``rejected``.

    An application may have a hundred thousand stages, nearly all of them sound: they are checked in bulk, and only
    those that look suspicious are checked one by one.
    """
    row_count = len(next(iter(columns.values())))
    doubtful: Iterable[int] = range(row_count)
    batch = None
    try:
        batch = _batch(row_type, columns)
        if row_count >= _WORTH_BULK:
            doubtful = suspects(row_type, batch)
    except (OverflowError, pa.ArrowInvalid):
        pass  # some number needs more than 64 bits; only checking row by row shows whose
    bad = set()
    for position in doubtful:
        if checked(row_type, {name: _value(column, position) for name, column in columns.items()}, rejected) is None:
            bad.add(position)
    if batch is not None and not bad:
        return batch
    kept = [position for position in range(row_count) if position not in bad]
    return _batch(row_type, {name: [column[position] for position in kept] for name, column in columns.items()})


def _value(column: Column, position: int) -> object:
    value = column[position]
    return value.as_py() if isinstance(value, pa.Scalar) else value


def _batch(row_type: type[Row], columns: Mapping[str, Column]) -> pa.RecordBatch:
    arrays = [_array(columns[field.name], field.type) for field in schema(row_type)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema(row_type))


def _array(column: Column, kind: pa.DataType) -> pa.Array:
    return column if isinstance(column, pa.Array) else pa.array(column, kind)
