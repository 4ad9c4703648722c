"""Bounds that exclude one another: ``at most 20 minutes and at least 30``."""

from collections.abc import Iterator

from data_contracts.requirements import RequirementField
from sparkwright.requirements.items import Item
from sparkwright.requirements.sentence import Sentence, Unclear

_FIELDS: dict[str, RequirementField] = {
    "duration": "max_duration_ms",
    "bytes": "input_bytes",
    "money": "cost_limit",
    "gpu": "gpus",
}
_REACH = 8


def read_bounds(sentence: Sentence) -> Iterator[Unclear]:
    """Lower bounds that lie above an upper one of the same quantity."""
    for at, item in sentence:
        lower = sentence.get(at + 1)
        if not item.has("min") or lower is None or lower.value is None:
            continue
        for place in range(max(0, at - _REACH), min(len(sentence.items), at + _REACH)):
            upper = sentence.items[place]
            is_upper = place != at + 1 and upper.value is not None and sentence.left(place, "max", reach=2) is not None
            kind = _kind(sentence, place, upper)
            if is_upper and kind and _is_above(sentence, at + 1, lower, upper, kind):
                start, end = sorted((upper, lower), key=lambda one: one.start)
                yield Unclear(_FIELDS[kind], "contradictory", "a lower bound below the upper one", start.start, end.end)


def _kind(sentence: Sentence, at: int, item: Item) -> str | None:
    following = sentence.get(at + 1)
    if item.has("number"):
        return "gpu" if following is not None and following.has("gpu", "gpu_model") else None
    return next((kind for kind in _FIELDS if item.has(kind)), None)


def _is_above(sentence: Sentence, at: int, lower: Item, upper: Item, kind: str) -> bool:
    """Whether a lower bound of the same kind, or without a unit of its own, lies above an upper one."""
    if _kind(sentence, at, lower) == kind:
        return (lower.value or 0) > (upper.value or 0)
    following = sentence.get(at + 1)
    is_bare = lower.has("number") and (following is None or following.has("stop", "comma", "and", "but"))
    return is_bare and kind == "gpu" and (lower.value or 0) > (upper.value or 0)
