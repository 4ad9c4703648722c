"""Whose memory and cores are meant: of an executor, of the driver, of a task, of a whole run."""

import re
from collections.abc import Iterator
from typing import Final

from sparkwright.policy.language import lexicon
from sparkwright.policy.language.amounts.ground import Ground, Span
from sparkwright.policy.language.amounts.items import unit_after
from sparkwright.policy.language.amounts.subject import SubjectOf, closes, distance
from sparkwright.policy.language.vocabulary import cued

MEMORY: Final = {"executor": "spark.executor.memory", "driver": "spark.driver.memory"}
CORES: Final = {"executor": "spark.executor.cores", "driver": "spark.driver.cores", "task": "spark.task.cpus"}
WITH: Final = re.compile(rf"\s*,?\s*(?:{cued('with_').pattern})")
_FARTHEST: Final = 3.6
_OF_RUNS: Final = (("together", 0.6, -0.4), ("of_run", 1.0, 0.7), ("runs", 1.0, 1.3))
"""What speaks of a whole run, what its distance counts, and what it costs more."""
_JOINT: Final = r"(?:and|or|nor|und|oder|noch|/|,|et|ou|ni|y|o|as well as|sowie) (?:the |den |der |die |les? |los )?"
_BOTH: Final = re.compile(
    rf"\b{lexicon.DRIVER} {_JOINT}{lexicon.EXECUTOR}|\b{lexicon.EXECUTOR} {_JOINT}{lexicon.DRIVER}"
)


def of_whom(ground: Ground, item: Span, names: dict[str, str], measure: str) -> list[SubjectOf]:
    """Cores or memory of whoever is near: a process, a run, all together.

    Args:
        ground: The text.
        item: The amount.
        names: The property of each process.
        measure: Of the budget of a run.
    """
    found = []
    for process, cost, one in _processes(ground, item):
        if process == "runs":
            found.append(SubjectOf(f"budget:{measure}", cost + 0.1, one))
        if process in names:
            both = process != "task" and are_both(ground, one)
            name, more = (names["executor"], names["driver"]) if both else (names[process], "")
            found.append(SubjectOf(name, cost + 0.1, one, more))
    for kind, share, extra in _OF_RUNS:
        for one in ground.cues[kind]:
            if (cost := distance(ground, one, item)) < _FARTHEST:
                is_linked = kind == "of_run" and one.start >= item.end and cost < 0.3
                found.append(SubjectOf(f"budget:{measure}", cost * share + (-0.3 if is_linked else extra), one))
    return found


def are_both(ground: Ground, one: Span) -> bool:
    """Whether driver and executors are named together around a place."""
    return bool(_BOTH.search(ground.text[max(0, one.start - 25) : one.end + 25]))


def _processes(ground: Ground, item: Span) -> Iterator[tuple[str, float, Span]]:
    """The processes of a sentence, with their distance."""
    for kind in ("executor", "driver", "task", "each"):
        for one in ground.cues[kind]:
            if one.start < item.end and item.start < one.end:
                continue
            cost = distance(ground, one, item)
            if _is_counted(ground, one):  # `10 executors with 4 cores`
                cost += 0.2 if item.start >= one.end and WITH.match(ground.text, one.end) else 2.4
            if closes(ground, one, item):
                cost -= 0.5
            if cost < _FARTHEST:
                yield (_each_of(ground, item) if kind == "each" else kind), cost, one
    for one in ground.properties:
        process = one.name.split(".")[1]
        if process in {"executor", "driver"} and not (one.start < item.end and item.start < one.end):
            cost = distance(ground, one, item) + (-0.3 if closes(ground, one, item) else 0.3)
            if cost < 3.0:
                yield process, cost, one


def _each_of(ground: Ground, item: Span) -> str:
    """Whose ``each`` it is: of the process, or the runs, named before, else of executors."""
    named = ground.near(["executor", "driver", "task", "runs"], item, 3)
    before = [(cost, one) for cost, one in named if one.end <= item.start]
    return min(before)[1].kind if before else "executor"


def _is_counted(ground: Ground, one: Span) -> bool:
    """Whether a number counts the processes."""
    return any(
        0 <= one.start - amount.end <= 12 and unit_after(ground, amount)[1] >= one.end for amount in ground.amounts
    )


def overhead_of(ground: Ground, one: Span) -> str:
    """The overhead, of the driver where it is the driver that is spoken of."""
    text = ground.text[one.start : one.end]
    if not one.name.startswith("spark.executor.memoryOverhead") or re.search(rf"\b{lexicon.EXECUTOR}\b|spark\.", text):
        return one.name
    near = {"executor": 3.5, "driver": 9.0}
    for process in near:
        spans = [*ground.cues[process]]
        spans += [other for other in ground.properties if other.name.startswith(f"spark.{process}.") and other != one]
        near[process] = min(
            [near[process], *(ground.cost(other, one) for other in spans if "Overhead" not in other.name)]
        )
    return one.name.replace("spark.executor.", "spark.driver.") if near["driver"] < near["executor"] else one.name
