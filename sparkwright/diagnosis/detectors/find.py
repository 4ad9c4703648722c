"""All detectors over one application."""

from collections import defaultdict
from collections.abc import Iterator

from sparkwright.diagnosis.detectors import memory, partitions, tails, waste
from sparkwright.diagnosis.detectors.findings import SlowCause
from sparkwright.diagnosis.detectors.metrics import ApplicationMetrics, StageMetrics
from sparkwright.diagnosis.detectors.signs import Sign, View
from sparkwright.diagnosis.detectors.thresholds import Thresholds, default_thresholds
from sparkwright.diagnosis.detectors.timeline import Timeline
from sparkwright.diagnosis.taxonomy import SLOWDOWNS
from sparkwright.spark.figures import seconds

_SHOWN_STAGES = 3
_CALL_SITE_CHARACTERS = 80
_HOW = {
    "data_skew": tails.HOW_SKEW,
    "slow_node": tails.HOW_SLOW_NODE,
    "stragglers": tails.HOW_STRAGGLERS,
    "too_few_partitions": partitions.HOW_FEW,
    "too_many_partitions": partitions.HOW_MANY,
    "small_files": partitions.HOW_MANY,
    "excessive_spill": memory.HOW_SPILL,
    "gc_pressure": memory.HOW_GC,
}


def find_slow_causes(app: ApplicationMetrics, thresholds: Thresholds | None = None) -> list[SlowCause]:
    """What made ``app`` slow or wasteful, most seconds lost first; empty where nothing is worth a word.

    Args:
        app: One application with its stages and executors.
        thresholds: From which figures on something counts; default those that are shipped.
    """
    view = View(Timeline(app), app.properties, thresholds or default_thresholds())
    signs: dict[str, list[Sign]] = defaultdict(list)
    for stage in app.stages:
        for sign in _signs_of(stage, view):
            if sign.lost_ms > 0 or sign.cause == "data_skew":
                signs[sign.cause].append(sign)
    causes = [_of_stages(name, found, view) for name, found in signs.items()]
    for detector in (waste.repeated_work, waste.driver_alone, waste.idle_cores):
        cause = detector(app, view)
        if cause is not None:
            causes.append(cause)
    return sorted((one for one in causes if _counts(one, view)), key=lambda one: (-one.lost_s, -one.wasted_core_s))


def _signs_of(stage: StageMetrics, view: View) -> Iterator[Sign]:
    # A stage that waits for one task has an uneven cut, whatever its number of tasks.
    uneven = tails.tail(stage, view)
    for sign in (
        uneven,
        partitions.too_few(stage, view) if uneven is None else None,
        partitions.too_many(stage, view),
        memory.spill(stage, view),
        memory.collecting(stage, view),
    ):
        if sign is not None:
            yield sign


def _of_stages(name: str, signs: list[Sign], view: View) -> SlowCause:
    """One cause over its stages, whose lost times are added but never more than the time in which they ran."""
    signs = sorted(signs, key=lambda sign: -sign.lost_ms)
    lost_s = min(sum(sign.lost_ms for sign in signs) / 1000, view.timeline.covered_s(sign.stage for sign in signs))
    facts = [
        f"stage {sign.stage.stage_id} ({_call_site(sign.stage.stage_name)}): {sign.fact}; {seconds(sign.lost_ms)} lost"
        for sign in signs[:_SHOWN_STAGES]
    ]
    if len(signs) > _SHOWN_STAGES:
        facts.append(f"and {len(signs) - _SHOWN_STAGES:,} more stages")
    known = SLOWDOWNS[name]
    return SlowCause(
        cause=name,
        title=known.title,
        stage_ids=tuple(dict.fromkeys(sign.stage.stage_id for sign in signs)),
        lost_s=lost_s,
        how=_HOW[name],
        facts=tuple(facts),
        remedy=known.remedy,
        properties=signs[0].properties,
    )


def _call_site(name: str) -> str:
    """Shorten what a stage is called by the front of its path: the file and the line say most."""
    line = name.split("\n", 1)[0]
    action, at, place = line.partition(" at ")
    room = _CALL_SITE_CHARACTERS - len(action) - len(at)
    if len(line) <= _CALL_SITE_CHARACTERS or "/" not in place[-room:]:
        return line[:_CALL_SITE_CHARACTERS]
    return f"{action}{at}.../{place[-room:].split('/', 1)[1]}"


def _counts(cause: SlowCause, view: View) -> bool:
    limits = view.thresholds
    if cause.cause in ("data_skew", "idle_cores"):
        return True  # they have a least of their own
    return cause.lost_s >= max(limits.min_lost_s.value, limits.min_lost_share.value * view.timeline.duration_s)
