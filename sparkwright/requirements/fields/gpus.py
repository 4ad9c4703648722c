"""How many GPUs a run asks for."""

from collections.abc import Iterator
from dataclasses import replace

from sparkwright.requirements.sentence import Said, Sentence, Unclear
from sparkwright.requirements.text.spelled import spelled

_MAX_GPUS = 100_000


def read_gpus(sentence: Sentence) -> Iterator[Said | Unclear]:
    """How many GPUs are asked for."""
    counted: list[Said | Unclear] = []
    bare: list[Unclear] = []
    for at, item in sentence:
        if item.has("cpu_only"):
            counted.append(Said("gpus", 0, item.start, item.end))
        elif item.has("gpu", "gpu_model"):
            before = sentence.get(at - 1)
            if before and before.has("gpu", "gpu_model", "cpu_only"):
                continue
            reading = _gpus(sentence, at)
            if isinstance(reading, Unclear) and reading.detail == "how many":
                bare.append(reading)
            elif reading:
                counted.append(reading)
    totals = [one for one in counted if sentence.left(sentence.place(one.start) + 1, "equals", reach=2) is not None]
    yield from totals[-1:] or counted or bare[:1]


def _gpus(sentence: Sentence, at: int) -> Said | Unclear | None:
    item = sentence.items[at]
    following = sentence.get(at + 1)
    if following and following.has("mem", "output") and not following.has("each"):
        return None
    if (
        sentence.left(at, "neg", reach=3) is not None
        and sentence.left(at, "correct", "but", reach=3, over_breaks=True) is None
    ):
        is_told = any(one.has("number") and place > at for place, one in sentence) and _count(sentence, at) is not None
        return Said("gpus", 0, item.start, item.end, is_told)
    none = sentence.get(at + 2) if (mark := sentence.get(at + 1)) and mark.text in (":", "=") else sentence.get(at + 1)
    if none is not None and none.has("none"):
        return Said("gpus", 0, item.start, none.end)
    if sentence.answer(at) is False:
        return Said("gpus", 0, item.start, item.end)
    if mark is not None and mark.text in (":", "=", "is", "are") and sentence.right(at, "neg", reach=3) is not None:
        return Said("gpus", 0, item.start, item.end)  # GPU: not needed
    other = sentence.get(at + 2)
    if following and following.has("or") and other and other.has("number") and following.text not in ("to", "-"):
        return Unclear("gpus", "ambiguous", "how many exactly", item.start, other.end)  # a GPU or two
    number = _count(sentence, at) or _count_beyond(sentence, at)
    if number is None and _is_refused_after(sentence, at):
        return Said("gpus", 0, item.start, item.end)
    is_one = number is None or sentence.items[number[0]].has("article", "per")
    if is_one and (negation := sentence.left(at, "neg", reach=7)) is not None and _is_in_scope(sentence, negation, at):
        return Said("gpus", 0, item.start, item.end)
    if number and sentence.left(at, "vague", reach=at - number[0]) is not None:
        number = None
    if number is None:
        vague = sentence.left(at, "vague", reach=2)
        if vague is not None:
            start = sentence.items[vague].start
            return Unclear("gpus", "ambiguous", "how many exactly", start, item.end)
        return Unclear("gpus", "ambiguous", "how many", item.start, item.end)
    place, count = number
    either, second = sentence.get(place + 1), sentence.get(place + 2)
    if place > at and either and either.has("or") and second and second.has("number"):
        return Unclear("gpus", "ambiguous", "how many exactly", item.start, second.end)  # GPUs: 4 or 8
    sentence.used.add(place)
    first, last = sorted((place, at))
    start, end = sentence.items[first].start, sentence.items[last].end
    if sentence.items[place].is_vague or sentence.is_range(place):
        return Unclear("gpus", "ambiguous", "how many exactly", start, end)
    if count < 0 or count > _MAX_GPUS or not float(count).is_integer():
        return Unclear("gpus", "out_of_range", f"a whole number from 0 to {_MAX_GPUS}", start, end)
    found = _whole_job(sentence, max(place, at), count, start, end)
    is_past = sentence.left(place, "past", reach=3) is not None
    is_past = is_past or (sentence.clause_has(place, "past") and not sentence.clause_has(place, "now", "may", "max"))
    return replace(found, is_denied=True) if is_past and isinstance(found, Said) else found


def _is_refused_after(sentence: Sentence, at: int) -> bool:
    """``GPUs brauchen wir keine``, ``the cluster has V100s, but this job needs none``."""
    for place in range(at + 1, min(len(sentence.items), at + 10)):
        item, following = sentence.items[place], sentence.get(place + 1)
        if item.has("stop") or item.value is not None or item.has("mem", "platform", "priority"):
            return False
        if item.has("none", "neg") and (
            following is None or following.has("stop", "comma", "take", "gpu") or (following.has("needed"))
        ):
            return True
    return False


def _is_in_scope(sentence: Sentence, negation: int, at: int) -> bool:
    """Whether a negation still holds at a place: nothing between them begins something new."""
    return not any(item.has("and", "or", "but", "instead") for item in sentence.items[negation + 1 : at])


def _count_beyond(sentence: Sentence, at: int) -> tuple[int, float] | None:
    """``It needs a GPU card, one is enough``: a count that says no unit of its own."""
    for place in range(at + 1, min(len(sentence.items), at + 4)):
        item, following = sentence.items[place], sentence.get(place + 1)
        if item.has("number") and item.value is not None:
            return (place, item.value) if following and following.has("is_ok") else None
        if item.has("stop"):
            break
    return None


def _whole_job(sentence: Sentence, at: int, count: float, start: int, end: int) -> Said | Unclear:
    """The GPUs of all executors where they are told for one."""
    if (following := sentence.get(at + 1)) and following.has("gpu", "gpu_model"):
        at += 1
    each = _each(sentence, at)
    if each is None:
        return Said("gpus", int(count), start, end)
    for place, item in sentence:
        unit = sentence.get(place + 1)
        is_count = item.has("number") and not item.has("article") and place not in sentence.used
        if item.value and is_count and unit is not None and unit.has("executors"):
            return Said("gpus", int(count * item.value), start, end)
    return Unclear("gpus", "ambiguous", "how many in the whole job", start, sentence.items[each].end)


_TOLD = spelled("told_number")


def _opens_form(sentence: Sentence, at: int, place: int) -> bool:
    """``GPUs 4, memory-bound`` and ``GPU heavy: 32 of them``: a clause that begins with what its number counts."""
    before, following = sentence.get(at - 1), sentence.get(place + 1)
    if before is not None and not before.has("stop", "comma", "but"):
        return False
    if place == at + 1:
        return following is None or following.has("stop", "comma", "and", "gpu_counter")
    return sentence.items[place - 1].text in (":", "=")


def _each(sentence: Sentence, at: int) -> int | None:
    following, after = sentence.get(at + 1), sentence.get(at + 2)
    spread = sentence.right(at, "every", "each", reach=3)
    if spread is not None and any(
        sentence.items[place].has("executors") for place in range(spread, min(len(sentence.items), spread + 5))
    ):
        return spread
    if following and following.has("each"):
        return at + 1
    if following and following.has("per", "every") and after and (after.has("output") or after.has("executors")):
        return at + 2
    if (
        following
        and following.has("output")
        and following.text.startswith(("per", "pro", "por", "par", "je", "na", "each"))
    ):
        return at + 1
    return None


def _count(sentence: Sentence, at: int) -> tuple[int, float] | None:
    """The place and the value of the number of GPUs."""
    mark, value = sentence.get(at + 1), sentence.get(at + 2)
    if mark and value and sentence.items[at].has("label") and mark.text == ":" and value.has("number"):
        return (at + 2, value.value) if value.value is not None else None
    for place in (at - 1, at - 2, at - 3):
        item = sentence.get(place)
        if item is None or item.has("stop", "comma", "bytes", "duration", "money", "percent"):
            break
        if item.has("number") and item.value is not None:
            return place, item.value
        if item.has("article", "per") and item.text not in ("/", "per", "the"):
            half = sentence.get(place - 1)
            return place, 0.5 if half and half.has("half") else 1.0
        if item.has("and", "or", "input", "output", "max", "neg", "have"):
            break
    for place in (at + 1, at + 2, at + 3):
        item = sentence.get(place)
        if item is None or item.has("stop", "comma", "and"):
            break
        if (
            item.has("number")
            and item.value is not None
            and place > at + 1
            and sentence.items[place - 1].has("gpu_model")
        ):
            return None
        if item.has("number") and item.value is not None and (item.is_digits or item.value < 100):
            told = sentence.items[at + 1].text in _TOLD or _opens_form(sentence, at, place)
            return (place, item.value) if told else None
    return None
