"""What a simulated run really needed is for scoring: nothing that learns, forecasts or advises can come by it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from data_contracts.row import role_of
from data_contracts.tables import Run
from data_contracts.tables.simulation import LatentNeed
from sparkwright.orchestration import REPOSITORY

# Who makes the table, who checks it against its contract, and who names the command that fills it.
MAY_NAME_IT = (
    "data_contracts/",
    "evaluation/lab/simulator/",
    "sparkwright/validation/",
    "sparkwright/lake/fillers.py",
)
OWN_COLUMNS = LatentNeed.model_fields.keys() - Run.model_fields.keys() - {"fleet"}


def sources() -> Iterator[Path]:
    for folder in ("data_contracts", "sparkwright", "training", "evaluation", "serving", "dags"):
        yield from (REPOSITORY / folder).rglob("*.py")


def words(path: Path) -> set[str]:
    """Every name, attribute, import and string in a file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.alias(name=word) | ast.arg(arg=word):
                found.add(word)
            case ast.ImportFrom(module=str(word)) | ast.Constant(value=str(word)):
                found.add(word)
    return found


def test_no_feature_training_or_advice_names_the_table_or_one_of_its_columns() -> None:
    secret = {"LatentNeed", LatentNeed.table, "data_contracts.tables.simulation", *OWN_COLUMNS}
    naming = {str(path.relative_to(REPOSITORY)) for path in sources() if words(path) & secret}
    assert {name for name in naming if not name.startswith(MAY_NAME_IT)} == set()
    assert any(name.startswith("evaluation/lab/simulator/") for name in naming)


def test_every_column_of_it_is_about_the_row_and_none_a_feature() -> None:
    assert {role_of(field).kind for field in LatentNeed.model_fields.values()} == {"key", "meta"}
    assert {"needed_heap_bytes", "median_needed_heap_bytes"} <= OWN_COLUMNS
