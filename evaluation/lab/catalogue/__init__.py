"""The faults of the lab: how each is produced, its symptom, what repairs it, which split it belongs to.

Faults that one machine or this cluster manager cannot truly produce are in :data:`NOT_COVERED`, with the reason.
"""

from evaluation.lab.catalogue.cluster import CLUSTER
from evaluation.lab.catalogue.fault import Fault
from evaluation.lab.catalogue.inputs import INPUTS
from evaluation.lab.catalogue.machine import MACHINE
from evaluation.lab.catalogue.memory import MEMORY
from evaluation.lab.catalogue.python_worker import PYTHON_WORKER
from evaluation.lab.catalogue.queries import QUERIES
from evaluation.lab.catalogue.slow import SLOW

CATALOGUE: dict[str, Fault] = {**MEMORY, **CLUSTER, **MACHINE, **PYTHON_WORKER, **INPUTS, **QUERIES, **SLOW}
NOT_COVERED: dict[str, str] = {
    "a kill by YARN or Kubernetes themselves": "a standalone worker enforces no memoryOverhead; the lab's watcher "
    "plays YARN's rule, and the truth says so",
    "metaspace of the driver": "its threads die one by one, the JVM never ends, and its event log has no end",
    "preemption, decommissioning, a lost spot machine": "seen from Spark they are an executor's death by signal, which "
    "is made; nothing here would announce them",
    "a network that is cut or slow": "all processes talk over the loopback",
    "a store that throttles": "there is none here",
    "a fetch that fails because its executor was lost": "then the loss is the cause, and what the truth "
    "names (stalled_groups); shuffle files are taken away instead, the executor left",
    "full disks of a cluster's workers": "they are everybody's; disks are filled in local mode, in a mount of its own",
}

__all__ = ["CATALOGUE", "NOT_COVERED", "Fault"]
