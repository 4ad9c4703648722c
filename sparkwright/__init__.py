"""What the stages share: history, features, forecast, allocation, diagnosis, feedback, launchers. Light to import."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sparkwright.launchers.pyspark import advise

__all__ = ["__version__", "advise"]
__version__ = "0.2.0"


def __getattr__(name: str) -> Any:
    # Imported on use, and by name: rooms below the launchers import this package for its version.
    if name == "advise":
        return importlib.import_module("sparkwright.launchers.pyspark").advise
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
