"""Rows that are checked together are those that pass one by one, and the others are told of the same."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product

import pyarrow as pa
import pytest

from data_contracts.arrow import schema
from data_contracts.checks.bulk import suspects
from data_contracts.constraints import constraints_of
from data_contracts.row import Row
from data_contracts.tables import TABLES, Run, Stage
from sparkwright.history.harvest.checked_rows import Rejected, checked, checked_batch

MOMENTS = [datetime(year, 1, 1, tzinfo=UTC) for year in (1970, 2026, 9999)]


def sound(row_type: type[Row]) -> dict[str, object]:
    """A row that keeps its contract."""
    row: dict[str, object] = {}
    for name, field in row_type.model_fields.items():
        kind, allowed = schema(row_type).field(name).type, constraints_of(field)
        if kind == pa.string():
            row[name] = allowed.choices[0] if allowed.choices else "x"
        elif kind == pa.bool_():
            row[name] = True
        elif kind == pa.timestamp("us", "UTC"):
            row[name] = MOMENTS[1]
        else:
            row[name] = (allowed.minimum or 0) + allowed.minimum_excluded
    return row


def values(row_type: type[Row], name: str) -> Iterator[object]:
    """What a column may and may not hold, on both sides of its bounds."""
    kind, allowed = schema(row_type).field(name).type, constraints_of(row_type.model_fields[name])
    yield None
    if kind == pa.string():
        yield from ("", "x", "none of these", *allowed.choices, "ü" * (allowed.max_length or 1))
        yield "x" * ((allowed.max_length or 0) + 1)
    elif kind == pa.bool_():
        yield from (True, False)
    elif kind == pa.timestamp("us", "UTC"):
        yield from MOMENTS
    elif kind == pa.float64():
        yield from (-1.0, 0.0, 0.5, 1.0, 2.0, float("nan"), float("inf"))
    else:
        yield from (0, 1, 2, 1000, 2**53 + 1, 2**62, 2**63 - 1, -1, 2**63, -(2**64))
    yield from (bound + by for bound in (allowed.minimum, allowed.maximum) if bound is not None for by in (-1, 0, 1))


def spoilt(row_type: type[Row]) -> list[dict[str, object]]:
    """Rows with every value in every column, and with every combination in the columns that a rule ties together."""
    changes = [{name: value} for name in row_type.model_fields for value in values(row_type, name)]
    for rule in row_type.rules:
        some = [list(values(row_type, name))[:6] for name in rule.columns]
        changes += [dict(zip(rule.columns, combined, strict=True)) for combined in product(*some)]
    return [sound(row_type) | change for change in changes]


def columns_of(rows: list[dict[str, object]]) -> dict[str, list[object]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def is_huge(row: dict[str, object]) -> bool:
    return any(isinstance(value, int) and abs(value) > 2**60 for value in row.values())


@pytest.mark.parametrize("huge", [False, True])
@pytest.mark.parametrize("row_type", TABLES)
def test_rows_checked_together_are_those_that_pass_one_by_one(row_type: type[Row], huge: bool) -> None:
    # A number too large for a table or a sum puts all rows in doubt; the other rows are then checked one by one.
    rows = [sound(row_type)] * 50 + [row for row in spoilt(row_type) if is_huge(row) == huge]
    rejected: list[Rejected] = []
    kept = [row for row in rows if checked(row_type, row, rejected) is not None]
    together: list[Rejected] = []
    batch = checked_batch(row_type, columns_of(rows), together)
    assert together == rejected
    assert repr(batch.to_pylist()) == repr(pa.RecordBatch.from_pylist(kept, schema=schema(row_type)).to_pylist())
    assert batch.schema.equals(schema(row_type), check_metadata=True)


@pytest.mark.parametrize("row_type", TABLES)
def test_sound_rows_are_not_looked_at_one_by_one(row_type: type[Row]) -> None:
    batch = pa.RecordBatch.from_pylist([sound(row_type)] * 3, schema=schema(row_type))
    assert suspects(row_type, batch) == []


def test_a_batch_without_rows_has_the_columns_of_its_table() -> None:
    batch = checked_batch(Stage, {name: [] for name in Stage.model_fields}, [])
    assert (batch.num_rows, batch.schema.names) == (0, list(Stage.model_fields))


def test_of_very_many_rows_only_the_bad_ones_are_set_aside() -> None:
    rows = [sound(Run) | {"app_id": f"app-{number}"} for number in range(1000)]
    rows[7]["task_count"] = -1
    rows[500]["failed_task_count"] = 3
    rejected: list[Rejected] = []
    assert suspects(Run, pa.RecordBatch.from_pylist(rows, schema=schema(Run))) == [7, 500]
    batch = checked_batch(Run, columns_of(rows), rejected)
    assert batch.num_rows == 998
    assert not {"app-7", "app-500"} & set(batch["app_id"].to_pylist())
    assert [reason.reason.partition("where ")[2][:27] for reason in rejected] == [
        "task_count is valid: Input ",
        "failed_task_count <= task_c",
    ]
