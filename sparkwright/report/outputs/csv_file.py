"""Write the sizing as CSV, one row per workload."""

import csv
import io
from pathlib import Path

from data_contracts.api.report import Kind, Report, Saving, WorkloadSizing
from sparkwright.report.outputs.files import write_whole
from sparkwright.report.outputs.words import plain

_FORMULA = ("=", "+", "-", "@")
COLUMNS = (
    "workload", "platform", "groups", "runs", "failed", "first_started_at", "last_started_at", "current", "proven",
    "could_be_tried", "per", "currency", "proven_saving_gib_h", "proven_saving_core_h", "proven_saving_money",
    "trial_saving_gib_h", "trial_saving_core_h", "trial_saving_money", "risk", "not_advised",
)  # fmt: skip


def csv_text(report: Report) -> str:
    """Return the table with its header; unknown values are empty."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for one in report.sizing.workloads:
        writer.writerow(
            [
                _text(one.workload_id),
                one.platform,
                _text("; ".join(one.groups)),
                one.runs,
                one.failed,
                one.first_started_at.isoformat(),
                one.last_started_at.isoformat(),
                _current(one),
                _advised(one, "proven"),
                _advised(one, "trial"),
                report.sizing.per,
                report.prices.currency,
                *_figures(one.proven),
                *_figures(one.trial),
                _text(one.risk),
                _text("; ".join(one.not_advised)),
            ]
        )
    return out.getvalue()


def write_csv(report: Report, path: Path) -> None:
    """Write the table to a file.

    Raises:
        OSError: It cannot be written.
    """
    write_whole(path, csv_text(report))


def _current(workload: WorkloadSizing) -> str:
    return _text("; ".join(sorted({f"{one.property}={one.current}" for one in workload.settings if one.current})))


def _advised(workload: WorkloadSizing, kind: Kind) -> str:
    return _text("; ".join(f"{one.property}={one.advised}" for one in workload.settings if one.kind == kind))


def _figures(saving: Saving | None) -> list[str]:
    if saving is None:
        return ["", "", ""]
    return [f"{value:.6g}" for value in (saving.memory_gib_h, saving.cores_h, saving.money)]


def _text(text: str) -> str:
    """Escape foreign text that a spreadsheet might take for a formula."""
    line = plain(text)
    return f"'{line}" if line.startswith(_FORMULA) else line
