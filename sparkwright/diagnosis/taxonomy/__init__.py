"""The fixed set of root causes of failures, by family; of equally strong marks the earlier cause is likelier."""

import re
from dataclasses import replace

from sparkwright.diagnosis.taxonomy.causes import (
    cluster,
    containers,
    data,
    machines,
    memory,
    network,
    outside_heap,
    own_code,
    pieces,
    platform,
    process,
    program,
    python,
    query,
    security,
    shuffle_service,
    sizes,
    slow,
    storage,
    streaming,
)
from sparkwright.diagnosis.taxonomy.remedies import remedies_of
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength

UNKNOWN = RootCause(
    name="unknown",
    family="unknown",
    title="Cause not found",
    explanation="The evidence fits none of the known causes.",
    remedy="Read the driver's and the executors' logs around the first error; the evidence listed here is the start.",
    needed_log="The logs of the driver and of the executors, and what the cluster manager says of their ends.",
)

NO_FAILURE = "none"
"""Stands for a root cause where nothing failed; it is no cause."""

_FAMILIES = (
    storage,
    sizes,
    pieces,
    containers,
    outside_heap,
    memory,
    streaming,
    python,
    shuffle_service,
    platform,
    security,
    program,
    process,
    data,
    query,
    own_code,
    network,
    machines,
    cluster,
)


def _with_listed(cause: RootCause) -> RootCause:
    """The cause with the properties of the table among its knobs."""
    known = " ".join(cause.knobs)
    more = tuple(
        one.name for one in remedies_of(cause.name) if not re.search(rf"{re.escape(one.name)}(?![\w.])", known)
    )
    return replace(cause, knobs=(*cause.knobs, *more)) if more else cause


ROOT_CAUSES: dict[str, RootCause] = {
    cause.name: _with_listed(cause) for cause in (*(cause for family in _FAMILIES for cause in family.CAUSES), UNKNOWN)
}

SLOWDOWNS: dict[str, RootCause] = {cause.name: cause for cause in slow.CAUSES}
"""Causes that fail nothing; no diagnosis of a failure may name one."""

__all__ = ["NO_FAILURE", "ROOT_CAUSES", "SLOWDOWNS", "UNKNOWN", "RootCause", "Strength"]
