"""Values that others take the place of: what was before, what others have, what is denied or was taken back."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sparkwright.requirements.items import Item
from sparkwright.requirements.text.spelled import spelled

_KINDS = ("bytes", "duration", "money", "percent", "clock_time")
_FAMILIES = ("platform", "priority_level")
_REACH = 16


def with_kinds(items: Sequence[Item]) -> list[Item]:
    """The items, where numbers and periods that are values only by what stands around them are marked as such."""
    marked = list(items)
    told = -_REACH * 2
    for at, item in enumerate(items):
        following = items[at + 1] if at + 1 < len(items) else None
        if item.text == "one" and at and items[at - 1].text in spelled("pronouns_one") and not _counts(following):
            marked[at] = replace(item, concepts=item.concepts - {"number"}, value=None)  # this one may cost 20 dollars
            continue
        if item.has("gpu") and _is_asked(items, at):
            marked[at] = item = replace(item, concepts=item.concepts | {"label"})
        if item.has("clock_time") and at - told < 4 and items[at - 1].has("at") and ":" not in item.text:
            number = (item.concepts - {"clock_time"}) | {"number", "value.gpus"}
            marked[at] = replace(item, concepts=number, value=(item.value or 0) / 60, is_vague=False)
            continue  # the GPU count stands at four
        if (part := item.of("part")) and (whole := _whole_of(items, at)) is not None:
            marked[whole] = replace(items[whole], value=(items[whole].value or 0) * float(part))
            continue
        if item.has("label"):
            told = at if item.has("gpu") else -_REACH * 2
        if item.of("preset") or (item.has("every") and following is not None and following.has("duration")):
            marked[at] = replace(item, concepts=item.concepts | {"value.schedule"})
        elif item.has("number") and item.value is not None and not item.has("article"):
            after = items[at + 2] if at + 2 < len(items) else None
            if following and after and following.has("in", "of_total") and after.has("number"):
                marked[at] = replace(item, concepts=item.concepts | {"value.percent"})
            elif (following and following.has("gpu", "gpu_model")) or (
                (at - told < _REACH or _names_gpus(items, at + 1))
                and (following is None or not following.has("and", "in"))
            ):
                marked[at] = replace(item, concepts=item.concepts | {"value.gpus"})
    return marked


def _whole_of(items: Sequence[Item], at: int) -> int | None:
    """The amount that a part is told of: ``a quarter of a million dollars``."""
    place = at + 2 if at + 1 < len(items) and items[at + 1].has("per", "article") else at + 1
    is_amount = place < len(items) and items[place].has("money") and not items[place].text[:1].isdigit()
    return place if is_amount and not items[place].has("article") else None


def _counts(following: Item | None) -> bool:
    """Whether a number counts what follows, or is a part of it: ``that one in 200 runs``."""
    if following is not None and following.text in spelled("is_of_ones"):
        return False
    return following is not None and not following.has("may", "cost", "take", "max", "start", "stop")


def _is_asked(items: Sequence[Item], at: int) -> bool:
    """Whether what follows is of the GPUs: ``Does it need GPUs? It needs sixteen``, ``raise the GPUs from 4 to 8``."""
    before = items[at - 1] if at else None
    following = items[at + 1] if at + 1 < len(items) else None
    is_counted = before is not None and before.value is not None
    is_open = following is not None and (following.text[:1] == "?" or following.text in spelled("change_from"))
    return is_open and not is_counted


def _names_gpus(items: Sequence[Item], at: int) -> bool:
    """Whether a label of GPUs follows: ``sixteen would be the number of GPUs``."""
    place = at
    while place < min(len(items), at + 6) and items[place].text in spelled("links_to_label"):
        place += 1
    return at < place < len(items) and items[place].has("gpu") and items[place].has("label")


def kind_of(item: Item) -> str | None:
    """What an item is a value of: a size, an amount, a level; None where it is none."""
    if item.has("one_unit"):
        return None
    kind = next((kind for kind in _KINDS if item.has(kind)), None) or item.of("value")
    return kind or next((family for family in _FAMILIES if item.of(family)), None)


def without_superseded(items: Sequence[Item]) -> list[Item]:
    """The items without values that others take the place of: ``500 GB (was 300)``, ``theirs is low, ours high``."""
    kept = _changed(items)
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


def _changed(items: Sequence[Item]) -> list[Item]:
    """The items, where ``from 4 to 8`` is 8 if something is changed: ``raise the GPUs from 4 to 8``."""
    kept = list(items)
    for at in range(len(kept) - 3, -1, -1):
        if at + 2 >= len(kept) or kept[at].text not in spelled("change_from") or not _is_value(kept[at + 1]):
            continue
        near = range(at + 2, min(len(kept) - 1, at + 6))
        joint = next((place for place in near if kept[place].text in spelled("change_to")), None)
        if joint is None or not _is_value(kept[joint + 1]):
            continue
        grows = any(item.has("grow", "shrink") or item.of("ahead") for item in kept[max(0, at - 4) : joint + 5])
        if grows and kept[at + 1].has("bytes"):
            continue  # grows from 1 to 2 TB within a year
        opens = _sentence(kept, at)
        if any(_tells_change(item) for item in kept[opens:at]) or kept[joint].text in spelled("onto_always"):
            kept[opens : joint + 1] = [item for item in kept[opens:at] if not _tells_change(item)]
    return kept


def _is_value(item: Item) -> bool:
    return item.value is not None or kind_of(item) is not None


def _of_kind(items: Sequence[Item], places: range, kind: str) -> Iterator[int]:
    return (
        place
        for place in places
        if kind_of(items[place]) == kind or (kind == "duration" and items[place].has("bare_m"))
    )


def _gives_way(items: Sequence[Item], at: int, later: int, kind: str) -> set[int]:
    """The places of a value, and of what goes with it, that gives way to one of its kind said after it."""
    end = _end(items, at)
    value = set(range(at, end))
    if items[later].value == items[at].value and items[later].text == items[at].text:
        return set()
    between, before = items[end:later], items[max(0, at - 4) : at]
    opens = _sentence(items, at)
    if kind in _CORRECTED and (mark := _last(items, end, later, "correct")) is not None:
        return {place for place in range(at, mark + 1) if not items[place].has("label")}
    if before and between and _is_changed(items, at, later, kind):
        return set(range(at, later)) | {place for place in range(opens, at) if _tells_change(items[place])}
    is_parted = any(item.has("comma", "stop", "but", "and") or item.text in (":", ")", "-") for item in between)
    if not is_parted:
        return set()
    if _is_denied(items, at) and any(item.has("comma", "but", "stop") or item.text == ":" for item in between):
        while end < later and items[end].text in spelled("any_more"):
            end += 1
        return set(range(at - 1, end))
    if before and before[-1].text in spelled("no_longer") and any(item.has("but") for item in between):
        return value | {at - 1}  # no longer two hours but three
    if any(item.text in spelled("forget") for item in before[-2:]):
        return value
    near = (*between[-4:], *items[later + 1 : later + 4])
    if any(item.text in spelled("was") for item in before) and any(
        item.has("now") or not spelled("new").isdisjoint(item.text.split()) for item in near
    ):
        return value | {place for place in range(opens, later) if _tells_past(items[place])}
    theirs = {place for place in range(opens, later) if _is_theirs(items[place])}
    is_named = kind == "platform" or any(item.has("label") for item in items[opens:later])
    if theirs and is_named and any(not spelled("ours").isdisjoint(item.text.split()) for item in between[-4:]):
        return value | theirs
    if any(item.text in spelled("wrote") for item in before) and any(item.has("but") for item in between):
        return value
    return set()


_CORRECTED = ("platform", "priority_level", "gpus", "schedule")


def _last(items: Sequence[Item], start: int, end: int, concept: str) -> int | None:
    return next((place for place in range(end - 1, start - 1, -1) if items[place].has(concept)), None)


def _tells_past(item: Item) -> bool:
    return item.has("past") or item.text in spelled("was") or item.text in spelled("formerly")


def _tells_change(item: Item) -> bool:
    return _tells_past(item) or (not item.has("label") and not spelled("change").isdisjoint(item.text.split()))


def _is_theirs(item: Item) -> bool:
    return item.has("others", "group") or not spelled("theirs").isdisjoint(item.text.split())


def _is_changed(items: Sequence[Item], at: int, later: int, kind: str) -> bool:
    """``The priority went from low to high``, ``cluster EMR -> YARN``."""
    between = items[_end(items, at) : later]
    clause = items[_sentence(items, at) : at]
    if len(between) != 1:
        return False
    is_told = any(item.has("label") or spelled("change") & set(item.text.split()) for item in clause)
    return between[0].has("arrow") and (is_told or kind in _KINDS)


def _is_denied(items: Sequence[Item], at: int) -> bool:
    before = items[at - 1] if at else None
    return before is not None and before.has("neg") and not before.has("max", "min", "by")


def _is_of_before(items: Sequence[Item], earlier: int, at: int) -> set[int]:
    """The places of what one value was before: ``now 20, before it was 75``, ``low (was high)``, ``4, not 6``."""
    if items[at - 1].text in spelled("in_place_of"):  # by 6 pm instead of 8 pm
        return set(range(at - 1, _end(items, at)))
    opens = next((place for place in range(at - 1, earlier, -1) if _parts(items[place])), None)
    if opens is None or at - opens > 5:
        return set()
    told = items[opens + 1 : at]
    end = _end(items, at)
    is_whole = end >= len(items) or items[end].has("comma", "stop", "but") or items[end].text in (")", "]")
    if len(told) == 1 and _is_denied(items, at) and is_whole:
        return set(range(opens, end))
    is_past = any(item.text in spelled("was") or item.text in spelled("formerly") for item in told)
    is_past = is_past or {"up from", "down from"} & {" ".join(item.text for item in told)} != set()
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
        items[end].has("per", "every", "one_unit")
        or (items[at].has("value.gpus") and items[end].has("gpu", "gpu_model"))
        or (items[at].has("percent", "money") and items[end].of("preset"))
    ):
        end += 1
    if end < len(items) and end > at + 1 and items[end].has("run"):
        end += 1
    return end
