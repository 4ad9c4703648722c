"""The lake checked against its contracts: few bad rows are set aside, many stop the pipeline, drift is told.

Every table is checked whole; what may be bad is a share of the batch: see :mod:`sparkwright.validation.batch`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from data_contracts.checked import Checked
from data_contracts.drift import Drift, DriftCheck, drift_check, profile_of
from data_contracts.row import Row
from data_contracts.tables import Application, Decision, Evidence, Executor, Outcome, Run, SqlExecution, Stage
from data_contracts.tables.simulation import LatentNeed
from sparkwright.config import load_config
from sparkwright.lake import Lake
from sparkwright.validation.batch import (
    Batch,
    ValidationConfig,
    accept,
    harvested_since,
    next_batch,
    of_applications,
    rejected_since,
)
from sparkwright.validation.page import render_page
from sparkwright.validation.quarantine import bad_positions, set_aside

CHECKED_TABLES: tuple[type[Row], ...] = (Application, Stage, Executor, Run)
"""Tables that must be there and hold rows."""

CHECKED_WHERE_WRITTEN: tuple[type[Row], ...] = (SqlExecution, Evidence, Decision, Outcome, LatentNeed)
"""Tables that are checked once they are there; they may be empty, a cluster without failures has no evidence."""

CONFIG = Path(__file__).with_name("validation.yaml")


@dataclass(frozen=True, slots=True)
class Share:
    """Some rows, how many of them are bad and how many may be."""

    row_count: int
    bad_count: int
    allowed_count: int

    @property
    def is_over(self) -> bool:
        """Whether too many are."""
        return self.bad_count > self.allowed_count


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """What came of one table's suite.

    Attributes:
        bad_count: Rows that break an expectation, of this batch or older.
        batch: Rows of the batch, and how many of them are bad.
        rejected_count: Of those, rows that the harvest had set aside.
        whole: Rows of the table, and how many of them are bad: rows that others spoilt may be older than the batch.
    """

    table: str
    version: int
    row_count: int
    results: tuple[Checked, ...]
    bad_count: int
    batch: Share
    rejected_count: int
    whole: Share

    @property
    def failures(self) -> list[Checked]:
        """The expectations that failed."""
        return [result for result in self.results if not result.passed]

    @property
    def stops(self) -> bool:
        """Whether the table as a whole is wrong, or too many of its rows are."""
        return any(not one.row_numbers for one in self.failures) or self.is_over

    @property
    def is_over(self) -> bool:
        """Whether too many rows are bad."""
        return self.batch.is_over or self.whole.is_over

    @property
    def sentence(self) -> str:
        """How many rows are bad and how many may be, in one line."""
        told, of = (self.batch, " of the batch") if self.batch.is_over else (self.whole, "")
        at_harvest = (
            f" ({self.rejected_count:,} of them set aside by the harvest)" if of and self.rejected_count else ""
        )
        return (
            f"{self.table}: {told.bad_count:,} of {told.row_count:,} rows{of} are bad{at_harvest}, at most "
            f"{told.allowed_count:,} may be"
        )

    @property
    def verdict(self) -> str:
        """``passed``, ``failed``, or ``few bad rows`` where they are few enough to go on without them."""
        return "failed" if self.stops else "few bad rows" if self.bad_count else "passed"


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """What came of a validation.

    Attributes:
        page: Our result page: one file, no network.
        data_docs: Index of Great Expectations' own pages.
        application_count: Applications of the batch.
        drift: How far each column of ``runs`` strayed from the reference; empty where there was nothing to compare.
        drift_note: Why nothing was compared.
        drift_stops: Whether a drift stops the pipeline.
    """

    suites: tuple[SuiteResult, ...]
    page: Path
    data_docs: Path
    lake_uri: str
    validated_at: datetime
    application_count: int
    drift: tuple[Drift, ...]
    drift_note: str
    drift_stops: bool

    @property
    def failures(self) -> list[Checked]:
        """Every expectation that failed."""
        return [failure for suite in self.suites for failure in suite.failures]

    @property
    def drifted(self) -> list[Drift]:
        """The columns that strayed too far."""
        return [one for one in self.drift if one.drifted]

    @property
    def contracts_hold(self) -> bool:
        """Whether the lake keeps its contracts, but for rows few enough to be set aside."""
        return not any(suite.stops for suite in self.suites)

    @property
    def passed(self) -> bool:
        """Whether the pipeline may go on."""
        return self.contracts_hold and not (self.drift_stops and self.drifted)

    @property
    def bad_count(self) -> int:
        """Rows that break an expectation."""
        return sum(suite.bad_count for suite in self.suites)


def validate(
    lake: Lake, out_dir: Path, tables: Sequence[type[Row]] | None = None, config: ValidationConfig | None = None
) -> ValidationReport:
    """What came of checking ``tables`` with the suites derived from their contracts.

    Where the pipeline may go on, bad rows were moved to quarantine and the batch was accepted.

    Args:
        lake: What is checked.
        out_dir: Where ``index.html`` (the result page) and ``data_docs/`` are written.
        tables: Which tables, each with rows; default the harvested ones, and those beside them that were written. Only
            the default accepts a batch.
        config: What is let pass; default ``validation.yaml``.

    Raises:
        LakeError: A table is missing or cannot be read.
    """
    from data_contracts.expectations import check_tables  # seconds to import

    config = config or load_config(ValidationConfig, CONFIG, [])
    optional = [] if tables is not None else [row_type for row_type in CHECKED_WHERE_WRITTEN if lake.exists(row_type)]
    # What others belong to stands before them.
    chosen = sorted([*(tables or CHECKED_TABLES), *optional], key=lambda row_type: row_type.belongs_to is not None)
    versions = {row_type: lake.version(row_type) for row_type in chosen}
    frames = {row_type: lake.read(row_type) for row_type in chosen}
    batch = next_batch(lake)
    compared, drift_note = _compared(lake, frames, batch, config) if tables is None else (None, "some tables only")
    out_dir.mkdir(parents=True, exist_ok=True)
    checked, drift = check_tables(
        frames, out_dir.resolve() / "data_docs", may_be_empty=frozenset(optional), drift=compared
    )
    rejected = rejected_since(lake, batch.since)
    suites = tuple(
        _suite(row_type, frames[row_type], versions[row_type], checked[row_type.table], batch, rejected, config)
        for row_type in chosen
    )
    report = ValidationReport(
        suites,
        out_dir / "index.html",
        out_dir / "data_docs" / "index.html",
        lake.uri,
        datetime.now(UTC),
        batch.applications.num_rows,
        tuple(drift),
        drift_note,
        config.drift.stops,
    )
    if report.passed:
        _go_on(lake, frames, report, batch, config, accepts=tables is None)
    render_page(report)
    return report


def _compared(
    lake: Lake, frames: Mapping[type[Row], pa.Table], batch: Batch, config: ValidationConfig
) -> tuple[DriftCheck | None, str]:
    """The runs since the reference, made ready to be compared with it; else why there is nothing to compare."""
    runs = of_applications(frames[Run], harvested_since(lake, batch.reference_at))
    if batch.reference is None:
        return None, "no batch with enough runs was accepted before"
    if runs.num_rows < config.drift.least_run_count:
        return (
            None,
            f"{runs.num_rows} run(s) since the batch to compare with; fewer than {config.drift.least_run_count} say "
            "nothing",
        )
    compared = drift_check(
        Run,
        runs,
        batch.reference,
        most_divergence=config.drift.most_divergence,
        least_count=config.drift.least_run_count,
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
    bad = set(bad_positions(results))
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


def _go_on(
    lake: Lake,
    frames: Mapping[type[Row], pa.Table],
    report: ValidationReport,
    batch: Batch,
    config: ValidationConfig,
    *,
    accepts: bool,
) -> None:
    """Set bad rows aside and accept the batch; where there is neither, nothing is written."""
    # Those that belong to others first: they are filed under the logs that the others name.
    for row_type, suite in reversed([*zip(frames, report.suites, strict=True)]):
        if suite.bad_count:
            set_aside(lake, row_type, frames[row_type], suite.results)
    if not accepts or not (report.bad_count or batch.applications.num_rows):
        return
    runs = of_applications(lake.read(Run), harvested_since(lake, batch.reference_at))
    profile = profile_of(Run, runs) if runs.num_rows >= config.drift.least_run_count else None
    accept(lake, batch, list(frames), bad_row_count=report.bad_count, profile=profile)
