"""Past runs and requests in a line."""

from collections.abc import Iterable

from data_contracts.api.properties import SparkProperties
from data_contracts.api.recommendation import RecommendRequest
from data_contracts.properties.spark import GIB, MIB, parse_size_bytes
from data_contracts.tables import Run
from sparkwright.allocation.advise import Advice
from sparkwright.allocation.past import PastRun, past_runs
from tests.support.simulated_runs import as_table, simulated_run

HELD, DIED, KILLED = "enough", "heap_oom", "container_kill"


def row(number: int, heap_mib: int = 2048, verdict: str = HELD, input_mib: int = 4096, **changes: object) -> Run:
    """One run on YARN with two cores; it failed where it did not hold."""
    values: dict[str, object] = {
        "platform": "yarn",
        "executor_memory_bytes": heap_mib * MIB,
        "executor_memory_overhead_bytes": max(384, heap_mib // 10) * MIB,
        "memory_verdict": verdict,
        "status": "succeeded" if verdict == HELD else "failed",
        "input_bytes": input_mib * MIB,
        "shuffle_write_bytes": GIB,
        "peak_jvm_heap_bytes": heap_mib * MIB // 2,
    }
    return simulated_run("w", number, **values | changes)


def past(*rows: Run) -> list[PastRun]:
    """The rows as the policy sees them."""
    return past_runs(as_table(list(rows))) if rows else []


def runs(facts: Iterable[tuple[int, str, int]], **changes: object) -> list[PastRun]:
    """One run for each heap in MiB, verdict and input in MiB, oldest first."""
    return past(*(row(number, heap, verdict, size, **changes) for number, (heap, verdict, size) in enumerate(facts)))


def request(
    platform: str = "yarn",
    *,
    attempt: int = 1,
    input_bytes: int | None = None,
    max_risk: float | None = None,
    deadline_ms: int | None = None,
    **properties: str,
) -> RecommendRequest:
    """A request; ``__`` in a name stands for a dot."""
    named = {name.replace("__", "."): value for name, value in properties.items()}
    return RecommendRequest(
        app_name="job",
        platform=platform,
        properties=SparkProperties.model_validate(named),
        attempt=attempt,
        input_bytes=input_bytes,
        max_risk=max_risk,
        deadline_ms=deadline_ms,
    )


def heap_mib(advice: Advice, name: str = "spark.executor.memory") -> int:
    """A size that is advised."""
    return parse_size_bytes(advice.allocation[name]) // MIB


def reason(advice: Advice, name: str) -> str:
    """What is said of a property."""
    return "; ".join(one.text for one in advice.reasons if one.property == name)
