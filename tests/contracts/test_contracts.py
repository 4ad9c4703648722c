import re
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data_contracts.api import typed_answers
from data_contracts.arrow import may_be_missing, schema
from data_contracts.constraints import constraints_of
from data_contracts.dictionary import render
from data_contracts.row import Row, column_of, contract_hash, primary_key, role_of
from data_contracts.rules import AtMost
from data_contracts.tables import TABLES, Run

REPOSITORY = Path(__file__).resolve().parents[2]
SUFFIX_OF_UNIT = {"ms": "_ms", "ns": "_ns", "bytes": "_bytes", "ratio": "_ratio", "utc": "_at"}


def example(row_type: type[Row]) -> dict[str, object]:
    """A row that keeps its contract: the smallest value each column allows."""
    row: dict[str, object] = {}
    for name, field in row_type.model_fields.items():
        kind = schema(row_type).field(name).type
        allowed = constraints_of(field)
        if kind == pa.string():
            row[name] = allowed.choices[0] if allowed.choices else "x"
        elif kind == pa.bool_():
            row[name] = True
        elif kind == pa.timestamp("us", "UTC"):
            row[name] = datetime(2026, 1, 1, tzinfo=UTC)
        else:
            row[name] = (allowed.minimum or 0) + (1 if allowed.minimum_excluded else 0)
    return row


@pytest.mark.parametrize("row_type", TABLES)
def test_every_row_model_has_an_arrow_schema_and_survives_the_way_there_and_back(row_type: type[Row]) -> None:
    row = row_type.model_validate(example(row_type))
    table = pa.Table.from_pylist([row.model_dump()], schema=schema(row_type))
    assert row_type.model_validate(table.to_pylist()[0]) == row


@pytest.mark.parametrize("row_type", TABLES)
def test_every_column_says_its_unit_in_its_name(row_type: type[Row]) -> None:
    for name, field in row_type.model_fields.items():
        suffix = SUFFIX_OF_UNIT.get(column_of(field).unit)
        assert suffix is None or name.endswith(suffix), f"{name} is in {column_of(field).unit}"


@pytest.mark.parametrize("row_type", TABLES)
def test_every_table_has_a_key_whose_columns_are_never_missing(row_type: type[Row]) -> None:
    key = primary_key(row_type)
    assert key
    assert not any(may_be_missing(row_type.model_fields[name].annotation) for name in key)


@pytest.mark.parametrize("row_type", TABLES)
def test_what_constraints_say_is_what_the_model_refuses(row_type: type[Row]) -> None:
    for name, field in row_type.model_fields.items():
        allowed = constraints_of(field)
        wrong: list[object] = []
        if allowed.minimum is not None:
            wrong.append(allowed.minimum if allowed.minimum_excluded else allowed.minimum - 1)
        if allowed.maximum is not None:
            wrong.append(allowed.maximum + 1)
        if allowed.min_length:
            wrong.append("")
        if allowed.max_length is not None:
            wrong.append("x" * (allowed.max_length + 1))
        if allowed.choices:
            wrong.append("none of these")
        for value in wrong:
            with pytest.raises(ValidationError):
                row_type.model_validate({**example(row_type), name: value})


def test_bounds_are_found_behind_optional_columns_too() -> None:
    assert constraints_of(Run.model_fields["task_skew_ratio"]).minimum == 1
    assert constraints_of(Run.model_fields["decision_id"]).max_length == 64
    assert constraints_of(Run.model_fields["memory_verdict"]).choices == (
        "enough",
        "heap_oom",
        "container_kill",
        "unknown",
    )


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 1000))
def test_a_rule_compares_products_and_passes_over_what_is_missing(small: int, left: int, right: int) -> None:
    rule = AtMost(("small",), ("left", "right"), "because", slack=1.1)
    assert rule.broken_by({"small": small, "left": left, "right": right}) == (small > 1.1 * (left * right))
    assert not rule.broken_by({"small": small, "left": None, "right": right})


@pytest.mark.parametrize("row_type", TABLES)
def test_rules_name_columns_of_their_table(row_type: type[Row]) -> None:
    assert {name for rule in row_type.rules for name in rule.columns} <= set(row_type.model_fields)


def test_the_data_dictionary_is_current() -> None:
    written = (REPOSITORY / "docs" / "data_dictionary.md").read_text(encoding="utf-8")
    assert written == render(), "run `make docs`"


def test_the_typed_answers_of_the_client_are_current() -> None:
    written = (REPOSITORY / "sparkwright" / "client" / "answers.py").read_text(encoding="utf-8")
    assert written == typed_answers.render(), "run `make docs`"


def test_the_data_dictionary_rows_all_have_the_same_cells() -> None:
    for line in render().splitlines():
        if line.startswith("| `"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 9, line


def test_the_contract_hash_changes_with_a_meaning_and_not_with_a_neighbour() -> None:
    columns = ["duration_ms", "platform"]
    assert contract_hash(Run, columns) == contract_hash(Run, reversed(columns))
    assert contract_hash(Run, columns) != contract_hash(Run, [*columns, "status"])


def test_every_column_has_a_role_and_targets_are_known_at_the_end_only() -> None:
    for row_type in TABLES:
        for field in row_type.model_fields.values():
            role = role_of(field)
            if role.kind in {"target", "past_dynamic"}:
                assert role.known_at == "end"
