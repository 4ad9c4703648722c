"""Bounds of which no one amount follows: ``at most 20 minutes and at least 30``, ``at least 2 GPUs, 4 at most``."""

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
    """Two bounds of one quantity: the lower above the upper, or a range of GPUs."""
    sides = {at: _side(sentence, at) for at, item in sentence if item.value is not None}
    for at, upper in sentence:
        kind = _kind(sentence, at, upper)
        if not kind or sides.get(at) != "max":
            continue
        for place in range(max(0, at - _REACH), min(len(sentence.items), at + _REACH)):
            if sides.get(place) != "min" or not _is_of(sentence, place, kind):
                continue
            lower = sentence.items[place]
            start, end = sorted((upper, lower), key=lambda one: one.start)
            if (lower.value or 0) > (upper.value or 0):
                yield Unclear(_FIELDS[kind], "contradictory", "a lower bound below the upper one", start.start, end.end)
            elif kind == "gpu" and lower.value != upper.value:
                yield Unclear("gpus", "ambiguous", "how many exactly", start.start, end.end)


def _side(sentence: Sentence, at: int) -> str:
    """Which end an amount is, by the words before it, else by those behind it and its unit."""
    before, behind = sentence.get(at - 1), sentence.get(at + 1)
    if behind is not None and behind.has("gpu", "gpu_model"):
        behind = sentence.get(at + 2)
    for one in (before, behind):
        for side in ("min", "max"):
            if one is not None and one.has(side):
                return side
    return "max" if sentence.left(at, "max", reach=2) is not None else ""


def _kind(sentence: Sentence, at: int, item: Item) -> str | None:
    following = sentence.get(at + 1)
    if item.has("number"):
        is_gpus = item.has("value.gpus") or (following is not None and following.has("gpu", "gpu_model"))
        return "gpu" if is_gpus or (_is_bare(following) and _names_gpus(sentence, at)) else None
    return next((kind for kind in _FIELDS if item.has(kind)), None)


def _is_of(sentence: Sentence, at: int, kind: str) -> bool:
    """Whether an amount is of a kind, or a bare number beside one that counts GPUs."""
    item = sentence.items[at]
    return _kind(sentence, at, item) == kind or (
        kind == "gpu" and item.has("number") and _is_bare(sentence.get(at + 1))
    )


def _is_bare(following: Item | None) -> bool:
    return following is None or following.has("stop", "comma", "and", "but", "min", "max")


def _names_gpus(sentence: Sentence, at: int) -> bool:
    """Whether a number in a clause or two before counts GPUs: ``at least 2 GPUs, 4 at most``."""
    return any(sentence.items[place].has("gpu", "gpu_model") for place in range(max(0, at - _REACH // 2), at))
