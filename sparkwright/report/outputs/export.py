"""Export what is proven as properties files for ``spark-submit --properties-file``."""

import hashlib
import re
from pathlib import Path

from data_contracts.api.report import Report, WorkloadSizing
from sparkwright.report.outputs.files import write_whole
from sparkwright.report.outputs.words import plain

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_MAX_SLUG = 80


def export_properties(report: Report, folder: Path, *, trials: bool = False) -> list[Path]:
    """Write one file per workload for which something is proven; return the files written.

    A file of an earlier export stays for a launcher that names it, but says nothing once nothing is proven any more.

    Args:
        report: The report with the advice.
        folder: Target folder, created if missing; other files in it stay.
        trials: Also export what could be tried; a trial then replaces the proven value.

    Raises:
        OSError: A file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for workload in report.sizing.workloads:
        properties = _properties(workload, trials)
        path = folder / file_name(workload.workload_id)
        if not properties and path.exists():
            write_whole(path, _text(report, workload, {}) + "# nothing is proven any more\n")
        if properties:
            write_whole(path, _text(report, workload, properties))
            written.append(path)
    return written


def file_name(workload_id: str) -> str:
    """Return a file name for a workload: readable, safe on any file system, unique."""
    digest = hashlib.sha256(workload_id.encode("utf-8", "replace")).hexdigest()[:8]
    slug = _UNSAFE.sub("_", workload_id).strip("._-")[:_MAX_SLUG] or "workload"
    return f"{slug}-{digest}.conf"


def _properties(workload: WorkloadSizing, trials: bool) -> dict[str, tuple[str, str]]:
    """Return value and comment by property, only for properties that change."""
    found: dict[str, tuple[str, str]] = {}
    for kind in ("proven", "trial") if trials else ("proven",):
        for one in workload.settings:
            if one.kind == kind and one.advised is not None and one.advised != one.current:
                found[one.property] = (one.advised, f"{'TRIAL' if kind == 'trial' else 'proven'}: {one.reason}")
    return found


def _text(report: Report, workload: WorkloadSizing, properties: dict[str, tuple[str, str]]) -> str:
    lines = [
        f"# workload {plain(workload.workload_id)}",
        f"# {workload.runs} run(s), the newest {workload.last_started_at:%Y-%m-%d %H:%M} UTC; {plain(workload.risk)}",
        "# --properties-file takes the place of spark-defaults.conf; Spark 4 reads both with --load-spark-defaults",
        f"# sparkwright {report.sparkwright_version}, {report.created_at:%Y-%m-%d %H:%M} UTC",
    ]
    for name, (value, reason) in properties.items():
        lines += [f"# {plain(reason)}", f"{plain(name)} {plain(value)}"]
    return "\n".join(lines) + "\n"
