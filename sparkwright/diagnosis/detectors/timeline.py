"""When cores were there, when they worked, and when no stage ran: sums over any window, in logarithmic time."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from sparkwright.diagnosis.detectors.metrics import ApplicationMetrics, StageMetrics
from sparkwright.diagnosis.detectors.words import number

_DRIVERS = {"driver", "<driver>"}
Interval = tuple[int, int, float]
"""Start and end in ms, and how much of something there is in between."""


class Steps:
    """A sum of intervals: a step function of time whose integral over a window costs two bisections."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        changes: dict[int, float] = {}
        for start, end, height in intervals:
            if end > start:
                changes[start] = changes.get(start, 0.0) + height
                changes[end] = changes.get(end, 0.0) - height
        self._times = sorted(changes)
        self._heights = list(accumulate(changes[time] for time in self._times))
        areas = [
            height * (after - before)
            for before, after, height in zip(self._times, self._times[1:], self._heights, strict=False)
        ]
        self._areas = [0.0, *accumulate(areas)]

    def over(self, start: int, end: int) -> float:
        """The integral from ``start`` to ``end``."""
        return max(0.0, self._until(end) - self._until(start)) if end > start else 0.0

    def _until(self, time: int) -> float:
        position = bisect_right(self._times, time) - 1
        if position < 0:
            return 0.0
        return self._areas[position] + self._heights[position] * (time - self._times[position])


class Timeline:
    """One application's cores and stages over time.

    Attributes:
        start_ms: Start of the application.
        end_ms: Its end; the last thing that was seen where the log does not tell.
        first_core_ms: When its first executor came.
        task_cpus: Cores that one task takes.
    """

    def __init__(self, app: ApplicationMetrics) -> None:
        ends = [stage.ended_at for stage in app.stages if stage.ended_at is not None]
        ends += [executor.ended_at for executor in app.executors if executor.ended_at is not None]
        self.start_ms = app.started_at
        self.end_ms = app.ended_at if app.ended_at is not None else max(ends, default=app.started_at)
        self.task_cpus = max(1, number(app.properties, "spark.task.cpus", 1))
        workers = [one for one in app.executors if one.executor_id not in _DRIVERS or one.task_count]
        asked = number(app.properties, "spark.executor.cores", 1)
        held = [
            (
                one.started_at if one.started_at is not None else self.start_ms,
                one.ended_at if one.ended_at is not None else self.end_ms,
                float((one.executor_cores_count or asked) // self.task_cpus or 1),
            )
            for one in workers
        ]
        self.first_core_ms = min((start for start, _, _ in held), default=self.start_ms)
        self._held = Steps(held)
        self._ran = Steps((*self.window(stage), self._rate(stage)) for stage in app.stages)

    @property
    def duration_s(self) -> float:
        """From the start to the end of the application."""
        return max(0, self.end_ms - self.start_ms) / 1000

    def window(self, stage: StageMetrics) -> tuple[int, int]:
        """When a stage ran, in ms; an empty window where the log does not tell."""
        if stage.started_at is None:
            return self.end_ms, self.end_ms
        return stage.started_at, stage.ended_at if stage.ended_at is not None else max(stage.started_at, self.end_ms)

    def wall_ms(self, stage: StageMetrics) -> int:
        """From the stage's submission to its end."""
        start, end = self.window(stage)
        return max(0, end - start)

    def slots(self, stage: StageMetrics) -> float:
        """Tasks that could run at once while the stage ran, on average; at least 1."""
        start, end = self.window(stage)
        return max(1.0, self._held.over(start, end) / (end - start)) if end > start else 1.0

    def idle_ms(self, stage: StageMetrics) -> float:
        """Wall-clock time while the stage ran in which all cores together would have been idle."""
        start, end = self.window(stage)
        idle = self._held.over(start, end) - self._ran.over(start, end)
        return max(0.0, idle) / self.slots(stage)

    def held_core_s(self) -> float:
        """Core-seconds that the application held and tasks could have."""
        return self._held.over(self.start_ms, self.end_ms) * self.task_cpus / 1000

    def covered_s(self, stages: Iterable[StageMetrics]) -> float:
        """Seconds in which at least one of the stages ran."""
        covered, until = 0, 0
        for start, end in sorted(self.window(stage) for stage in stages):
            covered += max(0, end - max(start, until))
            until = max(until, end)
        return covered / 1000

    def _rate(self, stage: StageMetrics) -> float:
        wall = self.wall_ms(stage)
        return stage.occupied_ms / wall if wall else 0.0
