"""The faults of the lab: how each is made, what proves that it happened, what repairs it, which split it belongs to.

Not covered, because one machine or this cluster manager cannot make it truly: `container_memory_kill` (a standalone
worker does not enforce memoryOverhead), `disk_full` (needs a small file system to be mounted), `permission_denied`
(root, which runs the lab in containers, may read everything).
"""

from evaluation.lab.catalogue.cluster import CLUSTER
from evaluation.lab.catalogue.fault import Fault
from evaluation.lab.catalogue.inputs import INPUTS
from evaluation.lab.catalogue.memory import MEMORY
from evaluation.lab.catalogue.python_worker import PYTHON_WORKER
from evaluation.lab.catalogue.queries import QUERIES

CATALOGUE: dict[str, Fault] = {**MEMORY, **CLUSTER, **PYTHON_WORKER, **INPUTS, **QUERIES}
NOT_COVERED = ("container_memory_kill", "disk_full", "permission_denied")

__all__ = ["CATALOGUE", "NOT_COVERED", "Fault"]
