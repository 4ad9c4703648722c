"""Plan of the soft evidence: the oracle's cases at fractions of their oracle heap."""

import random
from collections.abc import Iterator, Sequence

from pydantic import Field

from data_contracts.tables import Oracle
from evaluation.lab.campaign import Case, Executors, Launch, workload_launch
from sparkwright.config import Config

MIB = 1024**2
_SHORT_POLLING = {
    # Runs last seconds, and one that dies reports only its last heartbeat: heartbeats must be far shorter than usual.
    "spark.executor.metrics.pollingInterval": "100ms",
    "spark.executor.heartbeatInterval": "500ms",
}


class SoftPlan(Config):
    """Fractions of the oracle heap, and how often each of them runs."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    seed: int
    budget_s: int = Field(gt=0, description="No run is started after this many seconds.")
    limit_s: float = Field(60, gt=0, description="An application that runs longer is stopped.")
    fractions: tuple[float, ...] = Field(min_length=1)
    rounds: int = Field(1, ge=1, description="Runs of each case at each fraction.")


def soft_launches(plan: SoftPlan, oracles: Sequence[Oracle]) -> list[Launch]:
    """Return a launch for each case with an edge, each fraction and each round, in an order drawn per round."""
    dice = random.Random(plan.seed)
    order: list[Launch] = []
    for number in range(1, plan.rounds + 1):
        part = list(_round(plan, oracles, number))
        dice.shuffle(part)
        order += part
    return order


def _round(plan: SoftPlan, oracles: Sequence[Oracle], number: int) -> Iterator[Launch]:
    for oracle in oracles:
        if oracle.oracle_heap_bytes is None or oracle.insufficient_heap_bytes is None:
            continue  # its need is below the grid, so fractions of it are unknown
        case = Case(workload=oracle.workload_id, scale=float(oracle.input_scale))
        for fraction in plan.fractions:
            heap_mib = round(fraction * oracle.oracle_heap_bytes / MIB)
            yield workload_launch(
                case,
                f"{plan.name}-{case.name}-r{number}-{heap_mib}m",
                Executors(memory_mib=heap_mib, count=1, cores_count=1),
                properties={"spark.task.maxFailures": "1", **_SHORT_POLLING},
            )
