"""What an allocation costs for as long as the run takes."""

from data_contracts.spark_properties import GIB
from sparkwright.features.columns import Candidate

_CORES_PER_GIB = 1 / 8
"""Price of a GiB in cores: general-purpose machines in the clouds sell about 8 GiB for the price of one core."""


def core_hours(candidate: Candidate, duration_ms: float) -> float:
    """Core-hours, memory counted at its price in cores; one executor where the number is not known."""
    memory_bytes = (
        candidate.executor_memory_bytes
        + candidate.executor_memory_overhead_bytes
        + candidate.executor_offheap_bytes
        + candidate.executor_pyspark_bytes
    )
    cores = candidate.executor_cores_count + memory_bytes / GIB * _CORES_PER_GIB
    return cores * (candidate.executor_count or 1) * duration_ms / 3_600_000
