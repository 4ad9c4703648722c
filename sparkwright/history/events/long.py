"""Integers as Spark writes them: no Spark writes larger ones, which would later break a sum, a rule or a column."""

from typing import Annotated

from msgspec import Meta

Long = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""A signed 64-bit integer; an event with a larger one is not a valid event."""
