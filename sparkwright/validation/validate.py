"""Check the lake and act on the result: set a few bad rows aside and accept the batch."""

from collections.abc import Sequence
from pathlib import Path

from data_contracts.checks.drift import profile_of
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
    """Run :func:`sparkwright.validation.check.check` and return its report.

    If the pipeline may go on, move bad rows to quarantine and accept the batch.

    Args:
        lake: The lake to check.
        docs_dir: Where Great Expectations writes its own pages.
        tables: As for ``check``. Only the default accepts a batch.
        config: What is accepted; by default ``validation.yaml``.

    Raises:
        LakeError: A table is missing, or cannot be read or written.
    """
    found = check(lake, tables, config, docs_dir=docs_dir)
    if found.report.passed:
        _go_on(lake, found, accepts=tables is None)
    return found.report


def _go_on(lake: Lake, found: LakeCheck, *, accepts: bool) -> None:
    """Set bad rows aside and accept the batch; write nothing if there is neither."""
    report, batch = found.report, found.batch
    # Tables that belong to another first: their rows are filed under the logs that the other names.
    for row_type, table in reversed([*found.tables.items()]):
        suite = found.results(row_type)
        if suite.bad_count:
            set_aside(lake, row_type, table, suite.results)
    if not accepts or not (report.bad_count or batch.applications.num_rows):
        return
    runs = of_applications(lake.read(Run), harvested_since(lake, batch.reference_at))
    profile = profile_of(Run, runs) if runs.num_rows >= found.config.drift.min_run_count else None
    accept(lake, batch, list(found.tables), bad_row_count=report.bad_count, profile=profile)
