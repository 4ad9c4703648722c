"""How much a run reads, and how that grows."""

from collections.abc import Iterator

from sparkwright.requirements.amounts.durations import MS
from sparkwright.requirements.fields.growth import is_growth
from sparkwright.requirements.items import Item
from sparkwright.requirements.sentence import Said, Sentence, Unclear
from sparkwright.requirements.standing import standing
from sparkwright.requirements.text.spelled import spelled

_MAX_BYTES = 2**53
_SPANS = {"day": 1.0, "week": 7.0, "month": 30.0, "year": 365.0}


def read_inputs(sentence: Sentence) -> Iterator[Said | Unclear]:
    """What sizes say of the input of one run."""
    found: list[tuple[float, Said | Unclear]] = []
    for at, item in sentence:
        if at in sentence.used:
            continue
        if item.has("bytes") or item.has("bare_m"):
            cost = _input_cost(sentence, at, item)
            if cost is not None:
                if sentence.left(at, "correct", reach=4, over_breaks=True) is not None or sentence.is_range(at):
                    cost = 0.0
                sentence.used.add(at)
                found.append((cost, _size(sentence, at, item)))
        elif _is_bare_unit(sentence, at) or _lacks_unit(sentence, at) or _is_much_data(sentence, at):
            found.append(
                (0.0, Unclear("input_bytes", "ambiguous", "how many, and in which unit", item.start, item.end))
            )
    if len(found) > 1:
        places = [sentence.place(one.end) for _, one in found]
        ranks = [0 if sentence.clause_has(at, "stock") else min(1, standing(sentence, at)) for at in places]
        found = [one for one, rank in zip(found, ranks, strict=True) if rank == max(ranks)]
    if len(found) > 1:  # 40 TB, of which it reads 600 GB
        found = [one for one in found if sentence.clause_has(sentence.place(one[1].end), "of_them")] or found
    if len(found) > 1:  # not 20 GB but 40 GB
        found = [(cost, one) for cost, one in found if isinstance(one, Unclear) or not one.is_denied] or found
    # Where one is called the input, another that is called nothing is something else.
    told = [reading for cost, reading in found if cost <= 4]
    yield from (reading for cost, reading in found if cost <= 4 or not told)


def _size(sentence: Sentence, at: int, item: Item) -> Said | Unclear:
    value = (item.value or 0.0) * _parts(sentence, at)
    if not 0 < value < _MAX_BYTES:
        return Unclear("input_bytes", "out_of_range", "a size above zero, below 8 PiB", item.start, item.end)
    if item.is_vague or sentence.is_range(at):
        return Unclear("input_bytes", "ambiguous", "one exact size", item.start, item.end)
    rate = sentence.get(at + 1)
    if rate and rate.has("duration") and rate.unit in ("s", "min", "h") and rate.value == MS[rate.unit]:
        hourly = any(other.has("preset.hourly") for other in sentence.items)
        if not (rate.unit == "h" and hourly):
            return Unclear("input_bytes", "ambiguous", "how much one run reads", item.start, rate.end)
    before = sentence.get(at - 1)
    return Said(
        "input_bytes",
        round(value),
        item.start,
        item.end,
        before is not None and before.has("neg") and not before.has("max"),
    )


def _input_cost(sentence: Sentence, at: int, item: Item) -> float | None:
    """How far a size is from being called the input; None where it is called something else."""
    following, before = sentence.get(at + 1), sentence.get(at - 1)
    if before and before.text == "-" and (model := sentence.get(at - 2)) and model.has("gpu_model"):
        return None
    if (before and before.has("gpu", "gpu_model", "opaque_flag")) or (following and following.has("gpu", "gpu_model")):
        return None
    if is_growth(sentence, at):
        return None
    if sentence.clause_has(at, "past") and not sentence.clause_has(at, "may", "now") and _is_elsewhere(sentence, at):
        return None
    if _parts(sentence, at) > 1:
        return 0.0
    if following and following.has("per", "every") and _is_of_a_part(following, sentence.get(at + 2)):
        return None
    if following and following.has("each") and not following.has("every"):
        return None
    if following and following.text == "out":
        return None
    if following and following.text == "in" and not _has_unit(sentence.get(at + 2)):
        return 0.0
    is_of = following is not None and following.text in spelled("of")  # 300 megs of invoices
    others = ("output", "mem") if is_of else ("output", "mem", "cost")
    role = sentence.pull(at, {"input": ("input",), "output": others})
    if role is None or (role[0] == "input" and role[1] > 4 and sentence.left(at, "max", reach=1) is not None):
        return 4.0 if sentence.left(at, "max", reach=1) is not None else 6.0
    if role[0] == "output" and role[1] <= 5:
        clause = sentence.clause(at)
        is_rate = following is not None and following.of("preset") is not None
        if is_rate and not any(sentence.items[place].has("output", "mem", "cost") for place in clause):
            return 2.0  # ..., 6 TB per night
        return None
    return role[1] if role[0] == "input" else 6.0


def _parts(sentence: Sentence, at: int) -> float:
    """How many parts the input has of which a size is told: ``120 files of 2 GB each``."""
    each = sentence.get(at + 1)
    if each is None or each.text not in spelled("each_alone"):
        return 1.0
    for place in range(at - 1, max(-1, at - 5), -1):
        item, thing = sentence.items[place], sentence.items[place + 1]
        if item.has("number") and item.value is not None and place + 1 < at:
            return item.value if thing.text.split(" ")[0] in spelled("parts_of_input") else 1.0
    return 1.0


def _has_unit(item: Item | None) -> bool:
    return item is not None and item.has("duration", "number", "clock_time")


def _is_of_a_part(per: Item, unit: Item | None) -> bool:
    """Whether it is the size of something smaller than the run: ``128 MB per file``."""
    if unit is None or unit.has("output"):
        return unit is not None
    return not unit.concepts and not per.has("article") and per.text in spelled("per")


def _is_elsewhere(sentence: Sentence, at: int) -> bool:
    """Whether another size is told outside of what was."""
    return any(item.has("bytes") and place not in sentence.clause(at) for place, item in sentence)


def _is_bare_unit(sentence: Sentence, at: int) -> bool:
    """``Terabytes of data``: a unit without its number."""
    item, before = sentence.items[at], sentence.get(at - 1)
    if not item.of("size") or len(item.text) < 4 or not item.text.endswith(("s", "y", "ow", "en")):
        return False
    return not (before and before.value is not None) and (
        sentence.right(at, "input", reach=3) is not None
        or sentence.left(at, "input", reach=3, over_breaks=True) is not None
    )


_DATA = spelled("data")


def _is_much_data(sentence: Sentence, at: int) -> bool:
    """``Lots of data``."""
    item, following = sentence.items[at], sentence.get(at + 1)
    if following and following.text in spelled("of"):
        following = sentence.get(at + 2)
    return item.has("vague") and following is not None and following.text in _DATA


def _lacks_unit(sentence: Sentence, at: int) -> bool:
    """``Input of about 500``: a number without its unit."""
    item, following = sentence.items[at], sentence.get(at + 1)
    if not item.has("number") or item.has("article") or (item.value or 0) < 2:
        return False
    run = sentence.get(at + 2)
    if following and following.has("input") and following.text.startswith("of "):
        return True  # 500 of input
    if following and following.text in spelled("of") and run and run.text in _DATA:
        return True  # 500 of input
    is_per_run = following is not None and following.has("per") and run is not None and run.has("run")
    if following and not is_per_run and not following.has("stop", "comma", "but", "and", "grow"):
        return False
    cue = sentence.left(at, "input", reach=3)
    if cue is None or any(sentence.items[place].value is not None for place in range(cue, at)):
        return False
    near = sentence.left(at, "at", reach=4)
    if near is not None and not sentence.items[near].has("approx"):
        return False
    others = ("by", "every", "within", "start", "grow", "priority", "cost", "past")
    return sentence.left(at, *others, reach=4) is None
