"""Symptoms that show that a fault happened: words in the logs or, if nothing fails, a measurement of the event log."""

import re
import statistics
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from evaluation.lab.observation import Observation, Task

SMALL_BYTES = 64 * 1024
"""A task that reads less than this is mostly overhead."""
_MIN_TASKS_COUNT = 4


class Symptom(Protocol):
    """Something to look for in what a run left behind."""

    def seen_in(self, seen: Observation) -> str:
        """Return what shows it; empty if nothing does."""


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
    """Words in the driver's log of a run in which no task ever ended."""

    def seen_in(self, seen: Observation) -> str:
        """The words with a little around them."""
        return "" if seen.tasks else seen.find(self.pattern)


@dataclass(frozen=True, slots=True)
class FullHeap:
    """An executor, not the driver, had no heap left."""

    def seen_in(self, seen: Observation) -> str:
        """Return what the executor reported, or what was reported about it."""
        return seen.heap_oom()

    def __str__(self) -> str:
        return "an executor's full heap"


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure of the event log with a minimum.

    Attributes:
        what: What is measured, in words.
        measure: Computes it from an observation; 0 if there is nothing to measure.
        least: Minimum value that counts.
    """

    what: str
    measure: Callable[[Observation], float]
    least: float

    def seen_in(self, seen: Observation) -> str:
        """Return the figure, if it is large enough."""
        value = self.measure(seen)
        return f"{self.what}: {value:.3g}, at least {self.least:g}" if value >= self.least else ""

    def __str__(self) -> str:
        return f"{self.what} of at least {self.least:g}"


def said(pattern: str) -> Said:
    """Return the symptom of words that match."""
    return Said(re.compile(pattern))


def skew_of_bytes(seen: Observation) -> float:
    """Return shuffle bytes of the largest task over those of the median one, in the stage where that is highest."""
    return max(
        (
            _to_median([task.shuffle_read_bytes for task in tasks])
            for tasks in _stages(seen)
            if max(task.shuffle_read_bytes for task in tasks) > 8 * SMALL_BYTES
        ),
        default=0.0,
    )


def slowest_for_its_bytes(seen: Observation) -> float:
    """Return the time of the longest task over that of any other executor's longest, if it reads no more than usual.

    Compared with the longest, not the usual one: the first task of each executor waits for what it must load.
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
    """Return the share of all task time spent in stages with a single task."""
    times: dict[int, list[int]] = defaultdict(list)
    for task in seen.tasks:
        if task.succeeded:
            times[task.stage_id].append(task.duration_ms)
    total = sum(map(sum, times.values()))
    return sum(found[0] for found in times.values() if len(found) == 1) / total if total else 0.0


def tiny_shuffle_tasks(seen: Observation) -> float:
    """Return the largest task count of a stage whose median task reads few shuffle bytes and no file."""
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
    """Return the largest task count of a stage that reads files and whose median task reads few bytes."""
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
    """Return what tasks spilled, in MiB of memory."""
    return sum(task.memory_spilled_bytes for task in seen.tasks if task.disk_spilled_bytes) / 1024**2


def _stages(seen: Observation) -> list[list[Task]]:
    """Return the successful tasks by stage, for stages with enough of them to compare."""
    stages: dict[int, list[Task]] = defaultdict(list)
    for task in seen.tasks:
        if task.succeeded:
            stages[task.stage_id].append(task)
    return [tasks for tasks in stages.values() if len(tasks) >= _MIN_TASKS_COUNT]


def _to_median(values: list[int]) -> float:
    return max(values) / max(1.0, statistics.median(values))
