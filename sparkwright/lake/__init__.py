"""The lake: one Delta table per row model, below one folder or object-store address."""

from sparkwright.lake.tables import Lake

__all__ = ["Lake"]
