"""What a text leaves out because it was said before: ``3 GPUs... make that five``, ``Prio? Normal``."""

from collections.abc import Sequence
from dataclasses import replace

from sparkwright.requirements.amounts.durations import MS
from sparkwright.requirements.items import Item
from sparkwright.requirements.text.spelled import spelled

_KINDS = ("bytes", "duration", "money", "percent")
_LABELS = ("priority", "gpu", "cost", "mem", "deadline", "input", "risk", "grow")
_MAX_BETWEEN = 14


def restore(items: Sequence[Item]) -> list[Item]:
    """The items with their unit where a correction, a contrast or an alternative names only a number.

    An alternative (``one hour, or maybe two``) makes what it stands beside vague, so that it is asked about.
    """
    restored = list(_answers(items))
    at = 0
    while at < len(restored):
        told = _told_before(restored, at)
        is_none = (
            restored[at].has("none")
            and not restored[at].text.startswith("not ")
            and told is not None
            and _gpu_at(restored, told) is not None
            and not _denies_noun(restored, at)
        )
        if (pool := _pool(restored, at)) is not None:
            restored[pool] = replace(restored[pool], value=restored[at].value)
            restored[at] = replace(restored[at], concepts=frozenset({"article"}), value=None)
        elif told is not None and _is_bare(restored, at):
            restored[at : at + 1] = _in_unit_of(restored, told, restored[at])
        elif is_none or _is_without(restored, at):
            restored[at] = replace(restored[at], concepts=frozenset({"cpu_only"}))
        at += 1
    return _alternatives(restored)


def _denies_noun(items: Sequence[Item], at: int) -> bool:
    """Whether a ``no`` denies what follows: ``no numbers yet``."""
    following = items[at + 1] if at + 1 < len(items) else None
    return following is not None and following.text.isalpha() and not following.concepts - {"share_word"}


def _answers(items: Sequence[Item]) -> list[Item]:
    """The items, where a short question names what its answer is of: ``Prio? Normal`` is ``Prio: normal``."""
    told = [item for at, item in enumerate(items) if not _is_plain_yes(items, at)]
    items = list(told)
    passed = {place for at in range(len(items)) for place in _prefix(items, at)}
    start = 0
    for at, item in enumerate(items):
        if item.has("comma") and at - start <= 5 and any(one.has("topic") for one in items[start : start + 2]):
            is_label = any(one.has(*_LABELS) for one in items[start:at])
            if is_label and not any(one.value is not None for one in items[start:at]):
                told[at] = replace(item, concepts=frozenset(), text=":")  # as for GPUs, four
        if not item.has("stop"):
            continue
        is_label = any(one.has(*_LABELS) for one in items[start:at]) and not any(
            one.value is not None for one in items[start:at]
        )
        if item.text == "?" and at - start <= 6 and is_label:
            told[at] = replace(item, concepts=frozenset(), text=":")
            passed.update(place for place in range(start, at) if not items[place].concepts)  # how important is it?
        start = at + 1
    return [item for at, item in enumerate(told) if at not in passed]


def _prefix(items: Sequence[Item], at: int) -> range:
    """The places of ``Q:`` or ``A:`` where they open a sentence."""
    opens = at == 0 or items[at - 1].has("stop")
    is_one = opens and items[at].text in spelled("question_answer") and at + 1 < len(items)
    return range(at, at + 2) if is_one and items[at + 1].text in (":", ".") else range(0)


def _is_plain_yes(items: Sequence[Item], at: int) -> bool:
    """Whether a yes, or the comma after it, only opens an answer: ``GPUs? Yes, three``."""
    yes = at - 1 if items[at].has("comma") else at
    if yes < 1 or yes + 2 >= len(items) or not items[yes].has("yes") or not items[yes + 1].has("comma"):
        return False
    return items[yes - 1].text.startswith(("?", ":", "=")) and items[yes + 2].value is not None


def _pool(items: Sequence[Item], at: int) -> int | None:
    """The number of GPUs that are there, where a later number says how many of them are needed."""
    following = items[at + 1] if at + 1 < len(items) else None
    if not items[at].has("number") or following is None or not following.has("of_them"):
        return None
    return next((place for place in range(at - 1, max(-1, at - 14), -1) if _gpu_at(items, place)), None)


def _is_bare(items: Sequence[Item], at: int) -> bool:
    """Whether a number stands without what it counts."""
    item = items[at]
    if not item.has("number") or item.has("article") or item.value is None:
        return False
    following = items[at + 1] if at + 1 < len(items) else None
    return (
        following is None or following.has("stop", "comma", "but", "now", "is_ok") or following.text in (*_TAILS, ")")
    )


_TAILS = spelled("tails")


def _told_before(items: Sequence[Item], at: int) -> int | None:
    """The place of the quantity that a number takes the place of; None where it takes none's."""
    is_corrected = is_parted = False
    for place in range(at - 1, max(-1, at - _MAX_BETWEEN), -1):
        item = items[place]
        if item.has("correct", "dismissed"):
            is_corrected = True
        elif item.has("comma", "stop", "but"):
            is_parted = True
        elif item.has(*_KINDS) or _gpu_at(items, place):
            is_contrast = any(item.has("but") for item in items[place:at])
            is_told = is_contrast and any(one.has("reported") for one in items[max(0, place - 2) : place])
            is_open = is_contrast or _is_now(items, at) or items[at].has("none")
            is_over = is_told or (_is_past(items, place) and is_open)
            is_over = is_over or (_is_of_others(items, place) and _is_ours(items, at))
            is_denied = is_parted and (_is_denied(items, place) or is_over)
            return place if is_corrected or is_denied else None
        elif item.value is not None or item.has("clock_time", "executors", "priority", "clock"):
            return None
    return None


def _is_now(items: Sequence[Item], at: int) -> bool:
    near = (*items[max(0, at - 3) : at], *items[at + 1 : at + 2])
    return any(item.has("now") or item.text in spelled("needs_only") for item in near)


def _is_past(items: Sequence[Item], at: int) -> bool:
    """``Used 4 GPUs last time, 6 now``."""
    return any(item.has("past", "wished") for item in items[max(0, at - 4) : at + 5])


def _is_of_others(items: Sequence[Item], at: int) -> bool:
    """``The neighbours have 40 GPUs; we want 2``."""
    return any(item.has("group", "others") for item in items[max(0, at - 4) : at])


def _is_ours(items: Sequence[Item], at: int) -> bool:
    return any(item.text in spelled("ours") for item in items[max(0, at - 4) : at])


def _is_denied(items: Sequence[Item], at: int) -> bool:
    for place in range(at - 1, max(-1, at - 5), -1):
        if items[place].has("stop", "comma"):
            return False
        if items[place].has("neg", "instead") and not items[place].has("max"):
            return True
    return False


def _gpu_at(items: Sequence[Item], at: int) -> Item | None:
    """The word for GPUs that a number counts."""
    if not items[at].has("number"):
        return None
    return next((item for item in items[at + 1 : at + 3] if item.has("gpu", "gpu_model")), None)


def _in_unit_of(items: Sequence[Item], told: int, number: Item) -> list[Item]:
    """A number as the same kind of quantity as one told before."""
    one = items[told]
    if (gpu := _gpu_at(items, told)) is not None:
        return [number, replace(gpu, start=number.end, end=number.end)]
    per_unit = (one.value or 0) / count_of(one)
    value = float(f"{(number.value or 0) * per_unit:.15g}")
    return [replace(number, concepts=one.concepts - {"one_unit", "per_unit"}, value=value, unit=one.unit)]


def count_of(item: Item) -> float:
    """How many units a quantity has, as it was said: the number that its text begins with."""
    if item.has("money"):
        return item.value or 1.0
    if item.has("percent"):
        return (item.value or 0.01) * 100
    head = item.text.split(" ")[0].replace(",", ".")
    try:
        return float(head) or 1.0
    except ValueError:
        return _spoken(item)


def _spoken(item: Item) -> float:
    if item.has("duration"):
        return (item.value or 1.0) / MS.get(item.unit, item.value or 1.0) or 1.0
    value, unit = item.value or 1.0, 1.0
    while value / (unit * 1000) >= 1:
        unit *= 1000
    return value / unit


def _is_without(items: Sequence[Item], at: int) -> bool:
    """``Took 8 GPUs, now runs without any``."""
    if not items[at].has("neg"):
        return False
    if at + 1 < len(items) and (items[at + 1].has("take") or items[at + 1].text in spelled("needs")):
        at += 1  # we don't need any
    if at + 1 >= len(items) or items[at + 1].text not in _ANY:
        return False
    following = items[at + 2] if at + 2 < len(items) else None
    if following is not None and not following.has("stop", "comma", "but", "and"):
        return False
    return any(_gpu_at(items, place) for place in range(max(0, at - 14), at))


_ANY = frozenset({"any", "them", "those", "one"})


def _alternatives(items: list[Item]) -> list[Item]:
    """The items, where a quantity with another one after an ``or`` is vague: ``4 GPUs, or was it 8?``."""
    kept = list(items)
    at = 0
    while at < len(kept):
        item = kept[at]
        after = at + 2 if _gpu_at(kept, at) else at + 1
        if item.has(*_KINDS) or _gpu_at(kept, at):
            end = _alternative(kept, at, after)
            if end is not None:
                kept[at] = replace(item, is_vague=True)
                kept[after : end + 1] = [one for one in kept[after : end + 1] if one.has("max")]
        at += 1
    return kept


def _alternative(items: Sequence[Item], at: int, after: int) -> int | None:
    """The place of the number or quantity that is named instead of one, None where none is."""
    is_or = False
    for place in range(after, min(len(items), after + 7)):
        item = items[place]
        if item.has("or") and item.text not in spelled("range_to"):
            is_or = True
        elif is_or and ((_is_bare(items, place)) or (item.has(*_KINDS) and item.concepts & items[at].concepts)):
            return place if item.value != items[at].value else None
        elif not item.has("comma", "approx", "past", "article", "max") and item.text not in _LINKS:
            return None
    return None


_LINKS = spelled("links")
