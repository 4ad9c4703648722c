"""Values that others take the place of: what was before, what others have, what is denied or was taken back."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sparkwright.requirements.items import Item
from sparkwright.requirements.spelled import spelled

_KINDS = ("bytes", "duration", "money", "percent", "clock_time")
_FAMILIES = ("platform", "priority_level")
_REACH = 16


def with_kinds(items: Sequence[Item]) -> list[Item]:
    """The items, where numbers and periods that are values only by what stands around them are marked as such."""
    marked = list(items)
    told = -_REACH * 2
    for at, item in enumerate(items):
        following = items[at + 1] if at + 1 < len(items) else None
        if item.has("label"):
            told = at if item.has("gpu") else -_REACH * 2
        if item.of("preset") or (item.has("every") and following is not None and following.has("duration")):
            marked[at] = replace(item, concepts=item.concepts | {"value.schedule"})
        elif item.has("number") and item.value is not None and not item.has("article"):
            after = items[at + 2] if at + 2 < len(items) else None
            if following and after and following.has("in", "of_total") and after.has("number"):
                marked[at] = replace(item, concepts=item.concepts | {"value.percent"})
            elif at - told < _REACH and (following is None or not following.has("gpu", "gpu_model", "and", "in")):
                marked[at] = replace(item, concepts=item.concepts | {"value.gpus"})
    return marked


def kind_of(item: Item) -> str | None:
    """What an item is a value of: a size, an amount, a level; None where it is none."""
    if item.has("one_unit"):
        return None
    kind = next((kind for kind in _KINDS if item.has(kind)), None) or item.of("value")
    return kind or next((family for family in _FAMILIES if item.of(family)), None)


def without_superseded(items: Sequence[Item]) -> list[Item]:
    """The items without values that others take the place of: ``500 GB (was 300)``, ``theirs is low, ours high``."""
    kept = list(items)
    at = len(kept) - 1
    while at >= 0:
        kind = kind_of(kept[at]) if at < len(kept) else None
        if kind is not None:
            later = next(_of_kind(kept, range(_end(kept, at), min(len(kept), at + _REACH)), kind), None)
            earlier = next(_of_kind(kept, range(at - 1, max(-1, at - _REACH), -1), kind), None)
            if (later is not None and (gone := _gives_way(kept, at, later, kind))) or (
                earlier is not None and (gone := _is_of_before(kept, earlier, at))
            ):
                kept = [item for place, item in enumerate(kept) if place not in gone]
        at -= 1
    return kept


def _of_kind(items: Sequence[Item], places: range, kind: str) -> Iterator[int]:
    return (place for place in places if kind_of(items[place]) == kind)


def _gives_way(items: Sequence[Item], at: int, later: int, kind: str) -> set[int]:
    """The places of a value, and of what goes with it, that gives way to one of its kind said after it."""
    end = _end(items, at)
    value = set(range(at, end))
    if items[later].value == items[at].value and items[later].text == items[at].text:
        return set()
    between, before = items[end:later], items[max(0, at - 4) : at]
    opens = _sentence(items, at)
    if kind in _CORRECTED and (mark := _last(items, end, later, "correct")) is not None:
        return set(range(at, mark + 1))
    if before and between and _is_changed(items, at, later, kind):
        start = at - 1 if before[-1].text in spelled("change_from") else at
        return set(range(start, later))
    is_parted = any(item.has("comma", "stop", "but", "and") or item.text in (":", ")", "-") for item in between)
    if not is_parted:
        return set()
    if _is_denied(items, at) and any(item.has("comma", "but", "stop") or item.text == ":" for item in between):
        return value | {at - 1}
    near = (*between[-4:], *items[later + 1 : later + 4])
    if any(item.text in spelled("was") for item in before) and any(
        item.has("now") or item.text in spelled("new") for item in near
    ):
        return value | {place for place in range(opens, later) if _tells_past(items[place])}
    theirs = {place for place in range(opens, later) if _is_theirs(items[place])}
    is_named = any(item.has("label") for item in items[opens:at])
    if theirs and is_named and any(item.text in spelled("ours_alone") for item in between[-4:]):
        return value | theirs
    if any(item.text in spelled("wrote") for item in before) and any(item.has("but") for item in between):
        return value
    return set()


_CORRECTED = ("platform", "priority_level", "gpus", "schedule")


def _last(items: Sequence[Item], start: int, end: int, concept: str) -> int | None:
    return next((place for place in range(end - 1, start - 1, -1) if items[place].has(concept)), None)


def _tells_past(item: Item) -> bool:
    return item.has("past") or item.text in spelled("was") or item.text in spelled("formerly")


def _is_theirs(item: Item) -> bool:
    return item.has("others", "group") or item.text in spelled("theirs")


def _is_changed(items: Sequence[Item], at: int, later: int, kind: str) -> bool:
    """``The priority went from low to high``, ``cluster EMR -> YARN``."""
    between = items[_end(items, at) : later]
    clause = items[_sentence(items, at) : at]
    if len(between) != 1:
        return False
    is_told = any(item.has("label") or item.text in spelled("change") for item in clause)
    if between[0].has("arrow"):
        return is_told and kind not in ("duration", "bytes")
    is_from = items[at - 1].text in spelled("change_from") and between[0].text in spelled("change_to")
    return is_from and is_told and kind != "bytes"


def _is_denied(items: Sequence[Item], at: int) -> bool:
    before = items[at - 1] if at else None
    return before is not None and before.has("neg") and not before.has("max", "min", "by")


def _is_of_before(items: Sequence[Item], earlier: int, at: int) -> set[int]:
    """The places of what one value was before: ``now 20, before it was 75``, ``low (was high)``, ``4, not 6``."""
    opens = next((place for place in range(at - 1, earlier, -1) if _parts(items[place])), None)
    if opens is None or at - opens > 5:
        return set()
    told = items[opens + 1 : at]
    end = _end(items, at)
    is_whole = end >= len(items) or items[end].has("comma", "stop", "but") or items[end].text in (")", "]")
    if len(told) == 1 and _is_denied(items, at) and is_whole:
        return set(range(opens, end))
    is_past = any(item.text in spelled("was") or item.text in spelled("formerly") for item in told)
    if not is_past or any(item.has("may", "max", "within", "by", "now") for item in told):
        return set()
    while end < len(items) and not items[end].has("stop", "comma", "but"):
        end += 1
        if items[end - 1].text in (")", "]"):
            break
    return set(range(opens, end)) if is_whole or end - at < 5 else set()


def _parts(item: Item) -> bool:
    return item.has("comma", "stop", "but") or item.text in ("(", "[", "-", ";")


def _sentence(items: Sequence[Item], at: int) -> int:
    return next((place + 1 for place in range(at - 1, -1, -1) if items[place].has("stop")), 0)


def _end(items: Sequence[Item], at: int) -> int:
    """Where a value ends, with the period it is told for."""
    end = at + 1
    if items[at].has("value.percent"):
        return min(len(items), at + 3)
    if items[at].has("every"):
        return min(len(items), at + 2)
    while end < min(len(items), at + 4) and (
        items[end].has("per", "every", "one_unit") or (items[at].has("percent", "money") and items[end].of("preset"))
    ):
        end += 1
    if end < len(items) and end > at + 1 and items[end].has("run"):
        end += 1
    return end
