"""The fixed set of root causes, by family; where marks are equally strong, the earlier cause is the likelier one."""

from sparkwright.diagnosis.taxonomy import cluster, data, memory, program, python
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength

UNKNOWN = RootCause(
    name="unknown",
    family="unknown",
    title="Cause not found",
    explanation="The evidence fits none of the known causes.",
    remedy="Read the driver's and the executors' logs around the first error; the evidence listed here is the start.",
)

ROOT_CAUSES: dict[str, RootCause] = {
    cause.name: cause
    for cause in (*memory.CAUSES, *python.CAUSES, *program.CAUSES, *data.CAUSES, *cluster.CAUSES, UNKNOWN)
}

__all__ = ["ROOT_CAUSES", "UNKNOWN", "RootCause", "Strength"]
