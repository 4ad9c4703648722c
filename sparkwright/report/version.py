"""Which Sparkwright wrote a report."""

from importlib.metadata import PackageNotFoundError, version


def sparkwright_version() -> str:
    """The installed version; ``unknown`` where the code was not installed."""
    try:
        return version("sparkwright")
    except PackageNotFoundError:
        return "unknown"
