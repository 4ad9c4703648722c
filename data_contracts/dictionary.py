"""The data dictionary: every table, column and rule as Markdown, rendered from the contracts.

Run ``python -m data_contracts.dictionary > docs/data_dictionary.md``.
"""

from collections.abc import Iterator

from data_contracts.arrow import arrow_type, may_be_missing
from data_contracts.constraints import constraints_of
from data_contracts.row import Row, column_of, primary_key, role_of
from data_contracts.tables import TABLES

_HEAD = """# Data dictionary

Rendered from `data_contracts/` by `make docs`; edit the contracts, not this file.

Every column carries its unit as a suffix; times are UTC. A role says which part a column plays in its table, `known`
from which moment its value is known: features of a decision may only use what is known at `submit`, from this run or
earlier ones.

| role | meaning |
|---|---|
| key | part of the primary key |
| static | fixed for the run, known when it is submitted |
| known_dynamic | varies between runs, known when the run is submitted: the allocation |
| target | what is forecast |
| past_dynamic | known at the end of a run, so only usable for later ones |
| meta | about the row, never a feature |
"""


def render() -> str:
    """Return the data dictionary as Markdown."""
    return "\n".join([_HEAD, *(line for row_type in TABLES for line in _table(row_type))])


def _table(row_type: type[Row]) -> Iterator[str]:
    yield f"## {row_type.table}\n"
    yield f"{(row_type.__doc__ or '').strip()}\n"
    yield f"Primary key: {', '.join(f'`{name}`' for name in primary_key(row_type))}\n"
    yield "| column | type | unit | role | known | allowed | meaning | source |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, field in row_type.model_fields.items():
        column, role = column_of(field), role_of(field)
        optional = ", may be missing" if may_be_missing(field.annotation) else ""
        cells = [
            f"`{name}`",
            f"{arrow_type(field.annotation)}{optional}",
            column.unit,
            role.kind,
            role.known_at,
            constraints_of(field).sentence,
            _cell(column.description),
            _cell(column.source),
        ]
        yield f"| {' | '.join(cells)} |"
    yield ""
    if row_type.rules:
        yield "Rules between columns:\n"
        yield from (f"* `{rule.name}`: {rule.because}" for rule in row_type.rules)
        yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    print(render(), end="")
