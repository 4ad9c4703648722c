"""The results of checking the lake: by table, by batch, and whether the pipeline may go on."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from data_contracts.checks.checked import Checked
from data_contracts.checks.drift import Drift


@dataclass(frozen=True, slots=True)
class Share:
    """A number of rows, how many of them are bad and how many may be."""

    row_count: int
    bad_count: int
    allowed_count: int

    @property
    def is_over(self) -> bool:
        """Whether too many are bad."""
        return self.bad_count > self.allowed_count


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """The results of one table's suite.

    Attributes:
        bad_count: Rows that break an expectation, in this batch or older.
        batch: Rows of the batch, and how many of them are bad.
        rejected_count: Of those bad rows, the ones that the harvest had set aside.
        whole: Rows of the table, and how many of them are bad: rows that others damaged may be older than the batch.
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
    def bad_positions(self) -> frozenset[int]:
        """Positions in the table of the rows that break an expectation."""
        return frozenset(number for result in self.results for number in result.row_numbers)

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
        share, of = (self.batch, " of the batch") if self.batch.is_over else (self.whole, "")
        at_harvest = (
            f" ({self.rejected_count:,} of them set aside by the harvest)" if of and self.rejected_count else ""
        )
        return (
            f"{self.table}: {share.bad_count:,} of {share.row_count:,} rows{of} are bad{at_harvest}, at most "
            f"{share.allowed_count:,} may be"
        )

    @property
    def verdict(self) -> str:
        """``passed``, ``failed``, or ``few bad rows`` if they are few enough to go on without them."""
        return "failed" if self.stops else "few bad rows" if self.bad_count else "passed"


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """The result of a validation.

    Attributes:
        data_docs: Index of Great Expectations' own pages; None if they were not requested.
        application_count: Applications in the batch.
        drift: How far each column of ``runs`` drifted from the reference; empty if there was nothing to compare.
        drift_note: Why nothing was compared; empty if something was.
        drift_stops: Whether drift stops the pipeline.
    """

    suites: tuple[SuiteResult, ...]
    data_docs: Path | None
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
        """The columns that drifted too far."""
        return [one for one in self.drift if one.drifted]

    @property
    def contracts_hold(self) -> bool:
        """Whether the lake keeps its contracts, except for rows few enough to be set aside."""
        return not any(suite.stops for suite in self.suites)

    @property
    def passed(self) -> bool:
        """Whether the pipeline may go on."""
        return self.contracts_hold and not (self.drift_stops and self.drifted)

    @property
    def bad_count(self) -> int:
        """Rows that break an expectation."""
        return sum(suite.bad_count for suite in self.suites)
