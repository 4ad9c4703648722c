"""What the driver left beside the event log: its output and its exit code."""

from dataclasses import dataclass
from pathlib import Path, PurePath

_MAX_EXIT_FILE_BYTES = 64


@dataclass(frozen=True, slots=True)
class DriverOutput:
    """The driver's output of one launch; a missing piece lowers confidence and stops nothing.

    Attributes:
        log: None where there is none.
        exit_code: None where nobody wrote it down.
        size_bytes: Of log and exit code.
        modified_at_ns: The latest of both.
    """

    log: Path | None = None
    exit_code: int | None = None
    size_bytes: int = 0
    modified_at_ns: int = 0


def driver_output(folder: Path | None, launch_id: str | None) -> DriverOutput:
    """What ``folder`` holds of the launch: ``<launch_id>.log`` and ``<launch_id>.exit``."""
    # The id comes from a log that anybody may have written: it names a file, never a path.
    if folder is None or not launch_id or PurePath(launch_id).name != launch_id or "\0" in launch_id:
        return DriverOutput()
    log, exit_file = folder / f"{launch_id}.log", folder / f"{launch_id}.exit"
    stats = []
    for path in (log, exit_file):
        try:
            stats.append(path.stat())
        except OSError:  # absent, or not for us: the rest is still of use
            continue
    return DriverOutput(
        log=log if log.is_file() else None,
        exit_code=_exit_code(exit_file),
        size_bytes=sum(stat.st_size for stat in stats),
        modified_at_ns=max((stat.st_mtime_ns for stat in stats), default=0),
    )


def _exit_code(path: Path) -> int | None:
    try:
        with path.open("rb") as stream:
            return int(stream.read(_MAX_EXIT_FILE_BYTES))
    except (OSError, ValueError):
        return None
