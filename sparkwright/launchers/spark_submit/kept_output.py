"""Where the driver's output and exit code are kept for the harvest, by the launch's id."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sparkwright.errors import ConfigError
from sparkwright.launchers.environment import LauncherEnvironment
from sparkwright.launchers.spark_submit.driver_output import DriverCopy
from sparkwright.stores import folder_beside


def driver_log_dir(effective: Mapping[str, str], where: LauncherEnvironment) -> Path:
    """``drivers`` beside the event logs: the application's own folder, else the configured one, else in ``home``."""
    written_to = urlsplit(effective.get("spark.eventLog.dir", ""))
    if written_to.scheme in {"", "file"} and written_to.path.startswith("/"):
        return Path(unquote(written_to.path)).parent / "drivers"
    try:
        return folder_beside(where.event_log_dir, where.home) / "drivers"
    except ConfigError:  # harvest refuses such an address; a launcher goes on
        return where.home / "drivers"


def keep_exit_code(path: Path, exit_code: int | None, copy: DriverCopy) -> str:
    """Leave the exit code for the harvest, none where it says nothing of the application; why that failed, or nothing.

    Args:
        path: ``LAUNCH_ID.exit`` beside the copy of the driver's output.
        exit_code: The driver's.
        copy: Of its output; what kept that from being written is told here, too.
    """
    fault = copy.fault
    try:
        if exit_code is not None:
            unfinished = path.with_suffix(f".{os.getpid()}.tmp")
            unfinished.write_text(f"{exit_code}\n", encoding="ascii")
            unfinished.replace(path)
    except OSError as error:
        fault = fault or error
    if fault is None or exit_code is None:
        return ""
    return f"the driver's output was not kept in {path.parent}: {fault.strerror}"
