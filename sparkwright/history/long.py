"""Numbers as Spark writes them: what is larger comes from no Spark, and would break a sum, a rule or a column later."""

from typing import Annotated

from msgspec import Meta

Long = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""An integer of 64 bits; an event with a larger one is none."""
