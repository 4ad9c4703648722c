"""Labels apart from their values: ``20 dollars is the budget``, ``The budget, as agreed, is 20``, ``Growth? It is 5%``.

A label and the value that the text gives it are put side by side, as a form has them: ``budget: $20``.
"""

from collections.abc import Sequence
from dataclasses import replace

from sparkwright.requirements.items import NOTHING, Item
from sparkwright.requirements.superseded import kind_of
from sparkwright.requirements.text.spelled import spelled

_ACCEPTED = {
    "by": {"clock_time"},
    "deadline": {"duration", "clock_time"},
    "input": {"bytes"},
    "grow": {"percent", "fold"},
    "priority": {"priority_level"},
    "cost": {"money"},
    "gpu": {"gpus"},
    "start": {"schedule"},
    "cadence": {"schedule"},
    "platform_label": {"platform"},
    "risk": {"percent"},
}
_CUES = frozenset(_ACCEPTED)
_REACH = 22
_SENTENCES = 2


def join_labels(items: Sequence[Item]) -> list[Item]:
    """The items, where each label stands before its value."""
    kept = list(items)
    at = 0
    while at < len(kept):
        if kept[at].has("label"):
            kinds = accepted(kept[at])
            if (place := _value_after(kept, at, kinds)) is not None:
                bounds = [item for item in kept[at + 1 : place] if item.has("max", "le", "approx")]
                kept[at + 1 : place] = [_mark(kept[at].end), *bounds]
            elif (first := _value_before(kept, at, kinds)) is not None:
                start, end = first
                cue = replace(kept[at], start=kept[start].start, end=kept[start].start)
                kept[start : at + 1] = [cue, _mark(cue.end), *kept[start:end]]
        at += 1
    return kept


def _mark(at: int) -> Item:
    return Item(NOTHING, at, at, ":")


def accepted(label: Item) -> set[str]:
    """The kinds of values that a label may have."""
    return set[str]().union(*(kinds for cue, kinds in _ACCEPTED.items() if label.has(cue)))


def _is_value(item: Item, kinds: set[str]) -> bool:
    is_fold = "fold" in kinds and item.of("fold") is not None
    return not item.has("article") and (is_fold or kind_of(item) in kinds)


def _says_something(item: Item) -> bool:
    """Whether an item is a value, or a label of one."""
    is_value = (item.value is not None and not item.has("article")) or kind_of(item) is not None
    return is_value or item.has(
        "label", "gpu", "neg", "correct", "open_value", "stable", "grow", "shrink", "gone", "instead"
    )


def _is_light(item: Item) -> bool:
    return (
        item.text in spelled("links_to_value")
        or item.text == "|"
        or item.has("arrow")
        or item.text in spelled("settled_on")
    ) and not item.has("neg")


def _value_after(items: Sequence[Item], at: int, kinds: set[str]) -> int | None:
    """The place of the value of a label, where more than a colon stands between them."""
    stops = 0
    parted = at
    for place in range(at + 1, min(len(items), at + _REACH)):
        item = items[place]
        if _is_value(item, kinds):
            between = items[parted + 1 : place]
            is_linked = bool(between) or items[parted].has("comma", "stop", "but") or items[parted].text in (")", "-")
            if place == at + 1:
                return place if item.has("value.gpus") else None
            return place if is_linked and all(map(_is_light, between)) else None
        if _says_something(item) and not (_is_light(item) or item.text in spelled("settled_on")):
            return None
        if item.has("stop"):
            stops += 1
        if stops > _SENTENCES:
            return None
        if not _is_light(item):
            parted = place
    return None


def _value_before(items: Sequence[Item], at: int, kinds: set[str]) -> tuple[int, int] | None:
    """Where the value of a label begins and ends, if the clause says it before the label."""
    if at + 1 < len(items) and not (items[at + 1].has("stop", "comma", "but") or items[at + 1].text == ")"):
        return None
    end = at
    while end > 0 and items[end - 1].text in spelled("links_to_label"):
        end -= 1
    if end == at or end == 0 or at - end > 6:
        return None
    values = []
    for place in range(end - 1, max(-1, end - 8), -1):
        item = items[place]
        if item.has("stop", "comma", "label") or (item.text in spelled("links_to_label") and item.text != "a"):
            break
        if _is_value(item, kinds):
            values.append(place)
    if not values or (values[-1] > 0 and items[values[-1] - 1].has("or", "to", "neg")):
        return None
    return values[-1], end
