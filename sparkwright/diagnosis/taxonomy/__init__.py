"""The fixed set of root causes of failures, by family; of equally strong marks the earlier cause is likelier."""

from sparkwright.diagnosis.taxonomy import cluster, data, memory, program, python, slow
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength

UNKNOWN = RootCause(
    name="unknown",
    family="unknown",
    title="Cause not found",
    explanation="The evidence fits none of the known causes.",
    remedy="Read the driver's and the executors' logs around the first error; the evidence listed here is the start.",
)

NO_FAILURE = "none"
"""Stands for a root cause where nothing failed; it is no cause."""

ROOT_CAUSES: dict[str, RootCause] = {
    cause.name: cause
    for cause in (*memory.CAUSES, *python.CAUSES, *program.CAUSES, *data.CAUSES, *cluster.CAUSES, UNKNOWN)
}

SLOWDOWNS: dict[str, RootCause] = {cause.name: cause for cause in slow.CAUSES}
"""Causes that fail nothing; no diagnosis of a failure may name one."""

__all__ = ["NO_FAILURE", "ROOT_CAUSES", "SLOWDOWNS", "UNKNOWN", "RootCause", "Strength"]
