"""Check the lake against its contracts, read-only: nothing is moved, accepted or written.

Every table is checked completely; limits on bad rows apply to the batch: see :mod:`sparkwright.validation.batch`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from data_contracts.checks.checked import Checked
from data_contracts.checks.drift import DriftCheck, drift_check
from data_contracts.row import Row
from data_contracts.tables import Application, Decision, Evidence, Executor, Outcome, Run, SqlExecution, Stage
from data_contracts.tables.simulation import LatentNeed
from sparkwright.config import load_config
from sparkwright.lake import Lake
from sparkwright.validation.batch import (
    Batch,
    ValidationConfig,
    harvested_since,
    next_batch,
    of_applications,
    rejected_since,
)
from sparkwright.validation.report import Share, SuiteResult, ValidationReport

CHECKED_TABLES: tuple[type[Row], ...] = (Application, Stage, Executor, Run)
"""Tables that must exist and hold rows."""

CHECKED_WHERE_WRITTEN: tuple[type[Row], ...] = (SqlExecution, Evidence, Decision, Outcome, LatentNeed)
"""Tables that are checked if they exist; they may be empty, as a cluster without failures has no evidence."""

CONFIG = Path(__file__).with_name("validation.yaml")


@dataclass(frozen=True, slots=True)
class LakeCheck:
    """What was checked and the results.

    Attributes:
        tables: The rows that were checked.
        batch: The applications that no validation has accepted yet.
        config: What is accepted.
    """

    report: ValidationReport
    tables: Mapping[type[Row], pa.Table]
    batch: Batch
    config: ValidationConfig

    def results(self, row_type: type[Row]) -> SuiteResult:
        """The results of one table."""
        return next(suite for suite in self.report.suites if suite.table == row_type.table)

    def good_rows(self, row_type: type[Row]) -> pa.Table:
        """The rows of a table that keep their contract."""
        table = self.tables[row_type]
        bad = self.results(row_type).bad_positions
        return table.filter(pa.array([number not in bad for number in range(table.num_rows)], pa.bool_()))


def check(
    lake: Lake,
    tables: Sequence[type[Row]] | None = None,
    config: ValidationConfig | None = None,
    *,
    docs_dir: Path | None = None,
) -> LakeCheck:
    """Check ``tables`` with the suites derived from their contracts; the lake is only read.

    Args:
        lake: The lake to check.
        tables: Which tables, each with rows; by default the harvested ones, and those beside them that exist.
        config: What is accepted; by default ``validation.yaml``.
        docs_dir: Where Great Expectations writes its own pages; without it, it writes none.

    Raises:
        LakeError: A table is missing or cannot be read.
    """
    from data_contracts.checks.expectations import check_tables  # seconds to import

    config = config or load_config(ValidationConfig, CONFIG, [])
    optional = [] if tables is not None else [row_type for row_type in CHECKED_WHERE_WRITTEN if lake.exists(row_type)]
    # A table comes before those that belong to it.
    chosen = sorted([*(tables or CHECKED_TABLES), *optional], key=lambda row_type: row_type.belongs_to is not None)
    versions = {row_type: lake.version(row_type) for row_type in chosen}
    frames = {row_type: lake.read(row_type) for row_type in chosen}
    batch = next_batch(lake)
    compared, drift_note = _compared(lake, frames, batch, config) if tables is None else (None, "some tables only")
    checked, drift = check_tables(frames, docs_dir, may_be_empty=frozenset(optional), drift=compared)
    rejected = rejected_since(lake, batch.since)
    suites = tuple(
        _suite(row_type, frames[row_type], versions[row_type], checked[row_type.table], batch, rejected, config)
        for row_type in chosen
    )
    report = ValidationReport(
        suites,
        docs_dir / "index.html" if docs_dir else None,
        lake.uri,
        datetime.now(UTC),
        batch.applications.num_rows,
        tuple(drift),
        drift_note,
        config.drift.stops,
    )
    return LakeCheck(report, frames, batch, config)


def _compared(
    lake: Lake, frames: Mapping[type[Row], pa.Table], batch: Batch, config: ValidationConfig
) -> tuple[DriftCheck | None, str]:
    """The comparison of the runs since the reference with it; else why there is nothing to compare."""
    runs = of_applications(frames[Run], harvested_since(lake, batch.reference_at))
    if batch.reference is None:
        return None, "no batch with enough runs was accepted before"
    if runs.num_rows < config.drift.min_run_count:
        return (
            None,
            f"{runs.num_rows} run(s) since the reference batch; at least {config.drift.min_run_count} are needed",
        )
    compared = drift_check(
        Run,
        runs,
        batch.reference,
        max_divergence=config.drift.max_divergence,
        min_count=config.drift.min_run_count,
    )
    return compared, ""


def _suite(
    row_type: type[Row],
    table: pa.Table,
    version: int,
    results: list[Checked],
    batch: Batch,
    rejected: Mapping[str, int],
    config: ValidationConfig,
) -> SuiteResult:
    bad = {number for one in results for number in one.row_numbers}
    in_batch = batch.rows_of_batch(row_type, table)
    rejected_count = rejected.get(row_type.table, 0)
    batch_count = len(in_batch) + rejected_count
    return SuiteResult(
        row_type.table,
        version,
        table.num_rows,
        tuple(results),
        len(bad),
        Share(batch_count, len(bad & in_batch) + rejected_count, config.allowed_bad_rows(batch_count)),
        rejected_count,
        Share(table.num_rows, len(bad), config.allowed_bad_rows(table.num_rows)),
    )
