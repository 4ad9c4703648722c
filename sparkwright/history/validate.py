"""The lake checked against its contracts, with a result page that needs no network."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from data_contracts.checked import Checked
from data_contracts.tables import Application, Decision, Evidence, Executor, Outcome, Row, Run, SqlExecution, Stage
from sparkwright.history.result_page import render_page
from sparkwright.lake import Lake

CHECKED_TABLES: tuple[type[Row], ...] = (Application, Stage, Executor, Run)
"""Tables that must be there and hold rows."""

CHECKED_WHERE_WRITTEN: tuple[type[Row], ...] = (SqlExecution, Evidence, Decision, Outcome)
"""Tables that are checked once they are there; they may be empty, a cluster without failures has no evidence."""


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """What came of one table's suite."""

    table: str
    version: int
    row_count: int
    results: tuple[Checked, ...]

    @property
    def failures(self) -> list[Checked]:
        """The expectations that failed."""
        return [result for result in self.results if not result.passed]

    @property
    def passed(self) -> bool:
        """Whether every expectation held."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """What came of a validation.

    Attributes:
        page: Our result page: one file, no network.
        data_docs: Index of Great Expectations' own pages.
    """

    suites: tuple[SuiteResult, ...]
    page: Path
    data_docs: Path
    lake_uri: str
    validated_at: datetime

    @property
    def failures(self) -> list[Checked]:
        """Every expectation that failed."""
        return [failure for suite in self.suites for failure in suite.failures]

    @property
    def passed(self) -> bool:
        """Whether the lake keeps its contracts."""
        return not self.failures


def validate(lake: Lake, out_dir: Path, tables: Sequence[type[Row]] | None = None) -> ValidationReport:
    """What came of checking ``tables`` with the suites derived from their contracts.

    Args:
        lake: What is checked.
        out_dir: Where ``index.html`` (the result page) and ``data_docs/`` are written.
        tables: Which tables, each with rows; default the harvested ones, and those beside them that were written.

    Raises:
        LakeError: A table is missing or cannot be read.
    """
    from data_contracts.expectations import check_tables  # seconds to import

    optional = [] if tables is not None else [row_type for row_type in CHECKED_WHERE_WRITTEN if lake.exists(row_type)]
    chosen = [*(CHECKED_TABLES if tables is None else tables), *optional]
    frames = {row_type: lake.read(row_type) for row_type in chosen}
    versions = {row_type: lake.version(row_type) for row_type in chosen}
    out_dir.mkdir(parents=True, exist_ok=True)
    checked = check_tables(frames, out_dir.resolve() / "data_docs", may_be_empty=frozenset(optional))
    suites = tuple(
        SuiteResult(row_type.table, versions[row_type], frames[row_type].num_rows, tuple(checked[row_type.table]))
        for row_type in chosen
    )
    report = ValidationReport(
        suites, out_dir / "index.html", out_dir / "data_docs" / "index.html", lake.uri, datetime.now(UTC)
    )
    render_page(report)
    return report
