"""A check of the lake and what follows from it: few bad rows are set aside, and the batch is accepted."""

from collections.abc import Sequence
from pathlib import Path

from data_contracts.drift import profile_of
from data_contracts.row import Row
from data_contracts.tables import Run
from sparkwright.lake import Lake
from sparkwright.validation.batch import ValidationConfig, accept, harvested_since, of_applications
from sparkwright.validation.check import LakeCheck, check
from sparkwright.validation.quarantine import set_aside
from sparkwright.validation.report import ValidationReport


def validate(
    lake: Lake, docs_dir: Path, tables: Sequence[type[Row]] | None = None, config: ValidationConfig | None = None
) -> ValidationReport:
    """What came of :func:`sparkwright.validation.check.check`.

    Where the pipeline may go on, bad rows were moved to quarantine and the batch was accepted.

    Args:
        lake: What is checked.
        docs_dir: Where Great Expectations writes its own pages.
        tables: As for ``check``. Only the default accepts a batch.
        config: What is let pass; default ``validation.yaml``.

    Raises:
        LakeError: A table is missing, or cannot be read or written.
    """
    found = check(lake, tables, config, docs_dir=docs_dir)
    if found.report.passed:
        _go_on(lake, found, accepts=tables is None)
    return found.report


def _go_on(lake: Lake, found: LakeCheck, *, accepts: bool) -> None:
    """Set bad rows aside and accept the batch; where there is neither, nothing is written."""
    report, batch = found.report, found.batch
    # Those that belong to others first: they are filed under the logs that the others name.
    for row_type, table in reversed([*found.tables.items()]):
        suite = found.results(row_type)
        if suite.bad_count:
            set_aside(lake, row_type, table, suite.results)
    if not accepts or not (report.bad_count or batch.applications.num_rows):
        return
    runs = of_applications(lake.read(Run), harvested_since(lake, batch.reference_at))
    profile = profile_of(Run, runs) if runs.num_rows >= found.config.drift.min_run_count else None
    accept(lake, batch, list(found.tables), bad_row_count=report.bad_count, profile=profile)
