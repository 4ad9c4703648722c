"""Compare two applications: properties, figures, stages, and what changed most."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sparkwright.diagnosis.detectors import ApplicationMetrics, SlowCause, find_slow_causes
from sparkwright.diagnosis.detectors.metrics import StageMetrics
from sparkwright.diagnosis.detectors.timeline import Timeline

VERSION = 1
"""Version of the JSON; it grows when a name in it changes its meaning or is removed."""

# Properties that differ between any two runs and mean nothing.
_OF_ONE_RUN = re.compile(
    r"spark\.(app\.(id|startTime|submitTime|initial\..*|name)|driver\.(port|host|appUIAddress)|executor\.id"
    r"|sparkwright\.(launchId|decisionId)|ui\.filters|org\.apache\..*|yarn\.app\..*|kubernetes\.driver\.pod\.name"
    r"|kubernetes\.submitInDriver|eventLog\.dir|repl\.class\.(uri|outputDir)|blockManager\.port)"
)
_NUMBERS = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """A property that differs; None if it is not set."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of both; None if unknown.

    Attributes:
        name: With its unit as a suffix: ``_s``, ``_ms``, ``_bytes``, ``_count``.
    """

    name: str
    before: float | None
    after: float | None

    @property
    def change(self) -> float | None:
        """Relative change: 0.5 for 50% more, -1 for nothing left; None if one is missing or the first is 0."""
        if self.before is None or self.after is None or not self.before:
            return None
        return self.after / self.before - 1

    @property
    def differs(self) -> bool:
        """Whether the two values differ."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class StagePair:
    """Corresponding stages of both; one is missing if that application had none.

    Attributes:
        stage_name: Call site.
        figures: The figures named in :data:`STAGE_FIGURES`, in that order.
    """

    stage_name: str
    before_id: int | None
    after_id: int | None
    figures: tuple[Figure, ...]

    @property
    def wall(self) -> Figure:
        """Wall time from submission to end."""
        return self.figures[0]

    @property
    def moved_s(self) -> float:
        """By how many seconds it became longer or shorter, unsigned; 0 where it ran in both and one end is unknown."""
        if self.before_id is not None and self.after_id is not None and None in (self.wall.before, self.wall.after):
            return 0.0
        return abs((self.wall.after or 0) - (self.wall.before or 0))


@dataclass(frozen=True, slots=True)
class Side:
    """Identifies one of the two applications."""

    app_id: str
    attempt_id: str
    app_name: str
    status: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two applications.

    Attributes:
        properties: Properties that differ, by name, without those that differ between any two runs.
        figures: Figures of the whole applications.
        stages: Pairs of stages, largest change of time first.
        slow_before: Slow causes found only in the first.
        slow_after: Slow causes found only in the second.
        changes: What changed most, in sentences.
    """

    version: int
    before: Side
    after: Side
    properties: tuple[PropertyChange, ...]
    figures: tuple[Figure, ...]
    stages: tuple[StagePair, ...]
    slow_before: tuple[SlowCause, ...]
    slow_after: tuple[SlowCause, ...]
    changes: tuple[str, ...]


_STAGE_VALUES: dict[str, Callable[[StageMetrics], float | None]] = {
    "wall_s": lambda stage: (
        (stage.ended_at - stage.started_at) / 1000
        if stage.ended_at is not None and stage.started_at is not None
        else None
    ),
    "task_count": lambda stage: stage.task_count,
    "task_p25_ms": lambda stage: stage.task_duration_p25_ms,
    "task_p50_ms": lambda stage: stage.task_duration_p50_ms,
    "task_p75_ms": lambda stage: stage.task_duration_p75_ms,
    "task_max_ms": lambda stage: stage.max_task_duration_ms,
    "failed_task_count": lambda stage: stage.failed_task_count,
    "input_bytes": lambda stage: stage.input_bytes,
    "shuffle_read_bytes": lambda stage: stage.shuffle_read_bytes,
    "shuffle_write_bytes": lambda stage: stage.shuffle_write_bytes,
    "memory_spilled_bytes": lambda stage: stage.memory_spilled_bytes,
    "disk_spilled_bytes": lambda stage: stage.disk_spilled_bytes,
    "gc_s": lambda stage: stage.jvm_gc_time_ms / 1000,
}
STAGE_FIGURES = tuple(_STAGE_VALUES)
"""Names of the figures of a stage."""
_ADDED = tuple(name for name in STAGE_FIGURES if name.endswith(("_bytes", "_count", "gc_s")))


def compare(before: ApplicationMetrics, after: ApplicationMetrics) -> Comparison:
    """Compare two applications, which need not be of the same workload."""
    pairs = [_pair(one, other) for one, other in match_stages(before, after) if one is not None or other is not None]
    pairs.sort(key=lambda pair: -pair.moved_s)
    slow = find_slow_causes(before), find_slow_causes(after)
    named = [{cause.cause for cause in found} for found in slow]
    figures = _figures(before, after)
    return Comparison(
        version=VERSION,
        before=_side(before),
        after=_side(after),
        properties=tuple(_property_changes(before.properties, after.properties)),
        figures=figures,
        stages=tuple(pairs),
        slow_before=tuple(cause for cause in slow[0] if cause.cause not in named[1]),
        slow_after=tuple(cause for cause in slow[1] if cause.cause not in named[0]),
        changes=(*_unknown_ends(before, after), *_changes(figures, pairs)),
    )


def match_stages(
    before: ApplicationMetrics, after: ApplicationMetrics
) -> list[tuple[StageMetrics | None, StageMetrics | None]]:
    """Match corresponding stages, in the order of the first application; then the second's unmatched stages.

    First, the n-th stage of a query (by plan fingerprint) at a call site matches the other application's. Of the
    remaining ones, the n-th at a call site, whatever the query and ignoring line numbers. Of the rest, the n-th of the
    called method, because Python's call sites are not always known.
    """
    partner: dict[int, StageMetrics] = {}
    left_before, left_after = list(before.stages), list(after.stages)
    for key_of in (_by_plan, _by_call_site, _by_method):
        waiting: dict[object, list[StageMetrics]] = defaultdict(list)
        plans = _plans(after)
        for stage in reversed(_in_order(left_after)):
            waiting[key_of(stage, plans)].append(stage)
        plans = _plans(before)
        for stage in _in_order(left_before):
            found = waiting.get(key_of(stage, plans))
            if found:
                partner[id(stage)] = found.pop()
        taken = {id(stage) for stage in partner.values()}
        left_before = [stage for stage in left_before if id(stage) not in partner]
        left_after = [stage for stage in left_after if id(stage) not in taken]
    matched: list[tuple[StageMetrics | None, StageMetrics | None]] = [
        (stage, partner.get(id(stage))) for stage in _in_order(before.stages)
    ]
    return [*matched, *((None, stage) for stage in _in_order(left_after))]


def _in_order(stages: Iterable[StageMetrics]) -> list[StageMetrics]:
    return sorted(stages, key=lambda stage: (stage.stage_id, stage.stage_attempt_id))


def _plans(app: ApplicationMetrics) -> dict[int | None, str | None]:
    return {execution.sql_execution_id: execution.plan_fingerprint for execution in app.sql_executions}


def _by_plan(stage: StageMetrics, plans: Mapping[int | None, str | None]) -> object:
    return plans.get(stage.sql_execution_id), stage.stage_name, stage.stage_attempt_id > 0


def _by_call_site(stage: StageMetrics, plans: Mapping[int | None, str | None]) -> object:
    return _NUMBERS.sub("", stage.stage_name), stage.stage_attempt_id > 0


def _by_method(stage: StageMetrics, plans: Mapping[int | None, str | None]) -> object:
    return stage.stage_name.partition(" at ")[0], stage.stage_attempt_id > 0


def _pair(before: StageMetrics | None, after: StageMetrics | None) -> StagePair:
    named = before or after
    assert named is not None
    return StagePair(
        stage_name=named.stage_name,
        before_id=before.stage_id if before else None,
        after_id=after.stage_id if after else None,
        figures=tuple(
            Figure(name, value(before) if before else None, value(after) if after else None)
            for name, value in _STAGE_VALUES.items()
        ),
    )


def _side(app: ApplicationMetrics) -> Side:
    return Side(app.app_id, app.attempt_id, app.app_name, app.status)


def _property_changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterable[PropertyChange]:
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name) and not _OF_ONE_RUN.fullmatch(name):
            yield PropertyChange(name, before.get(name), after.get(name))


def _figures(before: ApplicationMetrics, after: ApplicationMetrics) -> tuple[Figure, ...]:
    one, other = _totals(before), _totals(after)
    return tuple(Figure(name, one[name], other[name]) for name in one)


def _totals(app: ApplicationMetrics) -> dict[str, float | None]:
    timeline = Timeline(app)
    added = {name: sum(_STAGE_VALUES[name](stage) or 0 for stage in app.stages) for name in _ADDED}
    return {
        "duration_s": timeline.duration_s if app.ended_at is not None else None,
        "held_core_s": timeline.held_core_s(),
        "used_core_s": sum(stage.occupied_ms for stage in app.stages) * timeline.task_cpus / 1000,
        "executor_count": sum(executor.executor_cores_count is not None for executor in app.executors),
        "stage_count": len(app.stages),
        **added,
    }


def _unknown_ends(before: ApplicationMetrics, after: ApplicationMetrics) -> Iterable[str]:
    for letter, app in (("A", before), ("B", after)):
        if app.ended_at is None:
            yield f"the end of {letter} is not known: its figures are those up to the last event of its log"


def _changes(figures: Iterable[Figure], pairs: Iterable[StagePair]) -> Iterable[str]:
    """Yield sentences on the duration and on the three stages that changed most, if they changed."""
    duration = next(figure for figure in figures if figure.name == "duration_s")
    longer = (duration.after or 0) - (duration.before or 0)
    if duration.change is not None and duration.differs:
        yield f"{'longer' if longer > 0 else 'shorter'} by {abs(longer):.1f} s ({duration.change:+.0%})"
    for pair in list(pairs)[:3]:
        moved = (pair.wall.after or 0) - (pair.wall.before or 0)
        if not moved or not pair.moved_s:
            continue
        ids = f"stage {_id(pair.before_id)} -> {_id(pair.after_id)}"
        others = [figure for figure in pair.figures[1:] if figure.change is not None and abs(figure.change) >= 0.2]
        # Only the two figures that differ most: the rest is in the table.
        others.sort(key=lambda figure: -abs(figure.change or 0))
        why = ", ".join(f"{figure.name} {figure.change:+.0%}" for figure in others[:2])
        yield f"{ids}: {moved:+.1f} s" + (f" ({why})" if why else "")


def _id(stage_id: int | None) -> str:
    return "none" if stage_id is None else str(stage_id)


__all__ = ["STAGE_FIGURES", "VERSION", "Comparison", "Figure", "PropertyChange", "Side", "StagePair", "compare"]
