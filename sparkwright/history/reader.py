"""A process of its own that reads event logs for a harvest; until it is told where to look it imports nothing heavy."""

import os
import sys
import threading
from collections.abc import Mapping
from datetime import datetime
from multiprocessing import parent_process
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sparkwright.history.checkpoint import Checkpoints
    from sparkwright.history.log_files import LogSource
    from sparkwright.history.read import Harvested
    from sparkwright.history.surroundings.places import Surroundings

_surroundings: "Surroundings"  # of this process, which ends with its harvest


def look_around(places: Mapping[str, Any]) -> None:
    """Make this process a reader.

    Args:
        places: The fields of its :class:`~sparkwright.history.surroundings.places.Places`, which would bring pyarrow
            with it: that imports NumPy, and pandas with its first array, only to see whether it was given one of
            theirs. A reader makes Arrow of lists, so it does without both: they took half as long as all it needs.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.modules.setdefault("numpy", None)  # type: ignore[arg-type]  # what Python takes as: cannot be imported
    from sparkwright.history.surroundings.places import Places, Surroundings

    global _surroundings
    _surroundings = Surroundings(Places(**places))


def _end_with_parent() -> None:
    """End this process when the harvest is gone: killed, it says nothing, and its pool would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def read(source: "LogSource", harvested_at: datetime, checkpoints: "Checkpoints | None") -> "Harvested":
    """The rows of one source."""
    from sparkwright.history.read import harvest_source

    return harvest_source(source, _surroundings, harvested_at, checkpoints)
