"""What shows that a fault happened: words in the logs, or, where nothing fails, something measured in the event log."""

import re
import statistics
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from evaluation.lab.observation import Observation, Task

SMALL_BYTES = 64 * 1024
"""A task that reads less than this is mostly overhead."""
_LEAST_TASKS_COUNT = 4


class Symptom(Protocol):
    """Something to look for in what a run left behind."""

    def seen_in(self, seen: Observation) -> str:
        """What shows it; empty where nothing does."""


@dataclass(frozen=True, slots=True)
class Said:
    """Words in the failures of the event log, or in the driver's log."""

    pattern: re.Pattern[str]

    def seen_in(self, seen: Observation) -> str:
        """The words with a little around them."""
        return seen.find(self.pattern)

    def __str__(self) -> str:
        return repr(self.pattern.pattern)


@dataclass(frozen=True, slots=True)
class Idle(Said):
    """Words in the driver's log of a run of which no task ever came to an end."""

    def seen_in(self, seen: Observation) -> str:
        """The words with a little around them."""
        return "" if seen.tasks else seen.find(self.pattern)


@dataclass(frozen=True, slots=True)
class FullHeap:
    """An executor, not the driver, had no heap left."""

    def seen_in(self, seen: Observation) -> str:
        """What the executor said, or what was said of it."""
        return seen.heap_oom()

    def __str__(self) -> str:
        return "an executor's full heap"


@dataclass(frozen=True, slots=True)
class Measured:
    """A number of the event log that is at least so large.

    Attributes:
        what: What is measured, for a person.
        measure: Takes it from an observation; 0 where there is nothing to measure.
        least: From here on it counts.
    """

    what: str
    measure: Callable[[Observation], float]
    least: float

    def seen_in(self, seen: Observation) -> str:
        """The number, where it is large enough."""
        value = self.measure(seen)
        return f"{self.what}: {value:.3g}, at least {self.least:g}" if value >= self.least else ""

    def __str__(self) -> str:
        return f"{self.what} of at least {self.least:g}"


def said(pattern: str) -> Said:
    """The symptom of words that match."""
    return Said(re.compile(pattern))


def skew_of_bytes(seen: Observation) -> float:
    """Shuffle bytes of the largest task by those of the median one, in the stage where that is most."""
    return max(
        (
            _to_median([task.shuffle_read_bytes for task in tasks])
            for tasks in _stages(seen)
            if max(task.shuffle_read_bytes for task in tasks) > 8 * SMALL_BYTES
        ),
        default=0.0,
    )


def slowest_for_its_bytes(seen: Observation) -> float:
    """Time of the longest task by that of the longest of any other executor's, of no more than twice the usual bytes.

    By the longest, not by the usual one: the first task of each executor waits for what it has to load.
    """
    found = 0.0
    for tasks in _stages(seen):
        longest = max(tasks, key=lambda task: task.duration_ms)
        usual_bytes = statistics.median(task.read_bytes for task in tasks)
        others = [task.duration_ms for task in tasks if task.executor_id != longest.executor_id]
        if others and longest.read_bytes <= 2 * usual_bytes and longest.duration_ms > 1000:
            found = max(found, longest.duration_ms / max(1, *others))
    return found


def lone_task_share(seen: Observation) -> float:
    """Share of all tasks' time that passed in stages of a single task."""
    times: dict[int, list[int]] = defaultdict(list)
    for task in seen.tasks:
        if task.succeeded:
            times[task.stage_id].append(task.duration_ms)
    total = sum(map(sum, times.values()))
    return sum(found[0] for found in times.values() if len(found) == 1) / total if total else 0.0


def tiny_shuffle_tasks(seen: Observation) -> float:
    """Most tasks of one stage of which the median reads few shuffle bytes and no file."""
    return float(
        max(
            (
                len(tasks)
                for tasks in _stages(seen)
                if statistics.median(task.shuffle_read_bytes for task in tasks) < SMALL_BYTES
                and not any(task.input_bytes for task in tasks)
            ),
            default=0,
        )
    )


def tiny_file_tasks(seen: Observation) -> float:
    """Most tasks of one stage that reads files, of which the median reads few bytes."""
    return float(
        max(
            (
                len(tasks)
                for tasks in _stages(seen)
                if 0 < statistics.median(task.input_bytes for task in tasks) < SMALL_BYTES
            ),
            default=0,
        )
    )


def spilled_mib(seen: Observation) -> float:
    """What tasks moved out of memory, in MiB as it was in memory."""
    return sum(task.memory_spilled_bytes for task in seen.tasks if task.disk_spilled_bytes) / 1024**2


def _stages(seen: Observation) -> list[list[Task]]:
    """The tasks that succeeded, by stage, where there are enough of them to compare."""
    stages: dict[int, list[Task]] = defaultdict(list)
    for task in seen.tasks:
        if task.succeeded:
            stages[task.stage_id].append(task)
    return [tasks for tasks in stages.values() if len(tasks) >= _LEAST_TASKS_COUNT]


def _to_median(values: list[int]) -> float:
    return max(values) / max(1.0, statistics.median(values))
