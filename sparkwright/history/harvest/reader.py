"""A separate process that reads event logs for a harvest; it imports nothing heavy until :func:`look_around`."""

import os
import sys
import threading
from collections.abc import Mapping
from datetime import datetime
from multiprocessing import parent_process
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sparkwright.history.context.log_context import LogContext
    from sparkwright.history.harvest.checkpoint import Checkpoints
    from sparkwright.history.harvest.read import Harvested
    from sparkwright.history.sources.log_files import LogSource

_context: "LogContext"  # of this process, which ends with its harvest


def look_around(config: Mapping[str, Any]) -> None:
    """Make this process a reader.

    Args:
        config: The fields of a :class:`~sparkwright.history.context.log_context.ContextConfig`. Unpickling one would
            import pyarrow, and with it NumPy, and pandas at the first array, only to check for their types. A reader
            converts lists to Arrow and needs neither; importing them took half as long as everything else it needs.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.modules.setdefault("numpy", None)  # type: ignore[arg-type]  # Python then raises ImportError for it
    from sparkwright.history.context.log_context import ContextConfig, LogContext

    global _context
    _context = LogContext(ContextConfig(**config))


def _end_with_parent() -> None:
    """End this process with the harvest: if that is killed, it cannot tell, and its pool would wait for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def read(source: "LogSource", harvested_at: datetime, checkpoints: "Checkpoints | None") -> "Harvested":
    """The rows of one source."""
    from sparkwright.history.harvest.read import harvest_source

    return harvest_source(source, _context, harvested_at, checkpoints)
