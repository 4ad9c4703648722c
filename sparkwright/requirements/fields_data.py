"""How much a run reads, and how that grows."""

from collections.abc import Iterator

from sparkwright.requirements.items import Item
from sparkwright.requirements.quantities import MS
from sparkwright.requirements.sentence import Said, Sentence, Unclear

_MOST_BYTES = 2**53
_PERIODS = {"d": "day", "w": "week", "mo": "month", "y": "year"}
_PRESETS = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}
_SPANS = {"day": 1.0, "week": 7.0, "month": 30.0, "year": 365.0}
_GROWTH_STEMS = (
    "grow",
    "wachs",
    "waechs",
    "croi",
    "croit",
    "cresc",
    "crec",
    "groei",
    "rosn",
    "wzrost",
    "augment",
    "aument",
    "增长",
)


def read_inputs(sentence: Sentence) -> Iterator[Said | Unclear]:
    """What sizes say of the input of one run."""
    found: list[tuple[float, Said | Unclear]] = []
    for at, item in sentence:
        if at in sentence.used:
            continue
        if item.has("bytes") or item.has("bare_m"):
            cost = _input_cost(sentence, at, item)
            if cost is not None:
                if sentence.left(at, "correct", reach=4, over_breaks=True) is not None:
                    cost = 0.0
                sentence.used.add(at)
                found.append((cost, _size(sentence, at, item)))
        elif _is_bare_unit(sentence, at) or _lacks_unit(sentence, at) or _is_much_data(sentence, at):
            found.append(
                (0.0, Unclear("input_bytes", "ambiguous", "how many, and in which unit", item.start, item.end))
            )
    if len(found) > 1:  # not 20 GB but 40 GB
        found = [(cost, one) for cost, one in found if isinstance(one, Unclear) or not one.is_denied] or found
    # Where one is called the input, another that is called nothing is something else.
    told = [reading for cost, reading in found if cost <= 4]
    yield from (reading for cost, reading in found if cost <= 4 or not told)


def _size(sentence: Sentence, at: int, item: Item) -> Said | Unclear:
    value = item.value or 0.0
    if not 0 < value < _MOST_BYTES:
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
    if (before and before.has("gpu", "gpu_model", "opaque_flag")) or (following and following.has("gpu", "gpu_model")):
        return None
    if _is_growth(sentence, at):
        return None
    if sentence.clause_has(at, "past") and not sentence.clause_has(at, "may") and _is_elsewhere(sentence, at):
        return None
    if following and following.has("per", "every") and _is_of_a_part(following, sentence.get(at + 2)):
        return None
    if following and following.has("each") and not following.has("every"):
        return None
    if following and following.text == "out":
        return None
    if following and following.text == "in" and not _has_unit(sentence.get(at + 2)):
        return 0.0
    role = sentence.pull(at, {"input": ("input",), "output": ("output", "mem", "cost")})
    if role is None or (role[0] == "input" and role[1] > 4 and sentence.left(at, "max", reach=1) is not None):
        return 4.0 if sentence.left(at, "max", reach=1) is not None else 6.0
    if role[0] == "output" and role[1] <= 5:
        return None
    return role[1] if role[0] == "input" else 6.0


def _has_unit(item: Item | None) -> bool:
    return item is not None and item.has("duration", "number", "clock_time")


def _is_of_a_part(per: Item, unit: Item | None) -> bool:
    """Whether it is the size of something smaller than the run: ``128 MB per file``."""
    if unit is None or unit.has("output"):
        return unit is not None
    return not unit.concepts and not per.has("article") and per.text in ("per", "/", "pro", "par", "por")


def _is_elsewhere(sentence: Sentence, at: int) -> bool:
    """Whether another size is told outside of what was."""
    return any(item.has("bytes") and place not in sentence.clause(at) for place, item in sentence)


def _is_bare_unit(sentence: Sentence, at: int) -> bool:
    """``Terabytes of data``: a unit without its number."""
    item, before = sentence.items[at], sentence.get(at - 1)
    if not item.of("size") or len(item.text) < 4 or not item.text.endswith(("s", "y", "ow", "en")):
        return False
    return not (before and before.value is not None) and sentence.right(at, "input", reach=3) is not None


_DATA = frozenset(
    [
        "data",
        "daten",
        "donnees",
        "datos",
        "dati",
        "dados",
        "danych",
        "gegevens",
        "input",
        "eingabedaten",
        "数据",
        "データ",
    ]
)


def _is_much_data(sentence: Sentence, at: int) -> bool:
    """``Lots of data``."""
    item, following = sentence.items[at], sentence.get(at + 1)
    if following and following.text in ("of", "de", "di", "d"):
        following = sentence.get(at + 2)
    return item.has("vague") and following is not None and following.text in _DATA


def _lacks_unit(sentence: Sentence, at: int) -> bool:
    """``Input of about 500``: a number without its unit."""
    item, following = sentence.items[at], sentence.get(at + 1)
    if not item.has("number") or item.has("article") or (item.value or 0) < 2:
        return False
    if following and not following.has("stop", "comma", "but", "and", "grow"):
        return False
    cue = sentence.left(at, "input", reach=3)
    if cue is None or any(sentence.items[place].value is not None for place in range(cue, at)):
        return False
    return (
        sentence.left(at, "by", "at", "every", "within", "start", "grow", "priority", "cost", "past", reach=4) is None
    )


def read_growth(sentence: Sentence) -> Iterator[Said | Unclear]:
    """What is said of how the input grows. Reads before other fields: its periods are no schedule."""
    is_said = False
    for at, item in sentence:
        reading = None
        if item.has("percent") and (sign := _growth_sign(sentence, at)):
            reading = _growth(sentence, at, sign * (item.value or 0.0))
        elif (fold := item.of("fold")) and not item.has("per"):
            reading = _growth(sentence, at, float(fold) - 1) if _is_of_data(sentence, at) else None
        elif item.has("number") and (cue := sentence.get(at + 1)) and "fold" in cue.concepts:
            if sentence.clause_has(at, "grow") and not sentence.clause_has(at, "gpu", "gpu_model"):
                reading = _growth(sentence, at, (item.value or 1) - 1)
        elif (share := _part(item)) and (place := _growth_cue(sentence, at)) is not None:
            reading = _growth(sentence, at, -share if sentence.items[place].has("shrink") else share)
        elif item.has("bytes") and _is_growth(sentence, at):
            reading = _absolute(sentence, at, item)
        if reading is not None:
            is_said = True
            yield reading
    if not is_said:
        yield from _vague_growth(sentence)


def _growth_cue(sentence: Sentence, at: int) -> int | None:
    cue = sentence.left(at, "grow", "shrink", reach=3)
    return sentence.right(at, "grow", "shrink", reach=2) if cue is None else cue


def _part(item: Item) -> float | None:
    """A part in words: a quarter, a third."""
    if item.has("duration") and item.unit == "q" and item.has("one_unit"):
        return 0.25
    part = item.of("part")
    return float(part) if part else 0.5 if item.has("half") else None


def _vague_growth(sentence: Sentence) -> Iterator[Unclear]:
    for at, item in sentence:
        if item.has("grow", "shrink") and item.text.startswith(_GROWTH_STEMS):
            denied = sentence.left(at, "neg", reach=3) is not None or sentence.clause_has(at, "stable")
            if not denied and not sentence.clause_has(at, "past"):
                yield Unclear("growth", "ambiguous", "by how much and per which period", item.start, item.end)
                return


def _growth_sign(sentence: Sentence, at: int) -> int | None:
    role = sentence.pull(
        at,
        {
            "grow": ("grow", "yoy", "mom", "wow"),
            "shrink": ("shrink",),
            "risk": ("fail", "succeed", "risk"),
            "other": ("output", "cost"),
        },
    )
    if role is None or role[1] > 7:
        before = sentence.get(at - 1)
        return 1 if before and before.text == "+" and _period(sentence, at) else None
    if role[0] == "grow" and any(
        sentence.items[place].text in ("ab", "af") for place in sentence.clause(at) if place > at
    ):
        return -1  # nimmt um zwei Prozent ab
    return {"grow": 1, "shrink": -1}.get(role[0])


def _is_of_data(sentence: Sentence, at: int) -> bool:
    return _period(sentence, at) is not None or sentence.clause_has(at, "input", "grow")


def _is_growth(sentence: Sentence, at: int) -> bool:
    """Whether a size is how much more comes: ``grows by 20 GB a week``."""
    cue = sentence.left(at, "grow", "shrink", reach=3)
    if cue is None:
        cue = at + 1 if (after := sentence.get(at + 1)) and after.has("grow") else None
    return cue is not None and _period(sentence, at) is not None


def _absolute(sentence: Sentence, at: int, item: Item) -> Said | Unclear:
    others = {
        other.value
        for place, other in sentence
        if other.has("bytes") and place != at and not other.is_vague and _input_cost(sentence, place, other) is not None
    }
    period = _period(sentence, at)
    _mark(sentence, at, period)
    if len(others) == 1 and (base := others.pop()) and period and not item.is_vague:
        sign = -1.0 if sentence.left(at, "shrink", reach=3) is not None else 1.0
        return _said(sign * (item.value or 0) / base, period[0], item.start, item.end)
    return Unclear("growth", "ambiguous", "which share of the input that is", item.start, item.end)


def _growth(sentence: Sentence, at: int, fraction: float) -> Said | Unclear:
    item = sentence.items[at]
    period = _period(sentence, at)
    _mark(sentence, at, period)
    if item.is_vague or sentence.is_range(at):
        return Unclear("growth", "ambiguous", "one exact share", item.start, item.end)
    if fraction <= -1:
        return Unclear("growth", "out_of_range", "a share above -100%", item.start, item.end)
    if period is None:
        return Unclear("growth", "ambiguous", "per day, week, month, year or run", item.start, item.end)
    return _said(fraction, period[0], item.start, item.end, period[1])


def _said(fraction: float, per: str, start: int, end: int, count: float = 1.0) -> Said:
    if count != 1:  # doubles every two years
        fraction = (1 + fraction) ** (1 / count) - 1
    return Said("growth", {"fraction": float(f"{fraction:.12g}"), "per": per}, start, end)


def _mark(sentence: Sentence, at: int, period: tuple[str, float, int] | None) -> None:
    sentence.used.add(at)
    if period is not None:
        sentence.used.add(period[2])


def _period(sentence: Sentence, at: int) -> tuple[str, float, int] | None:
    """The period that a change is told for, how many of it, and the place of the item that says so."""
    for place in _nearby(sentence, at):
        item = sentence.items[place]
        if place in sentence.used and place != at:
            continue
        if item.has("yoy"):
            return "year", 1.0, place
        if item.has("mom"):
            return "month", 1.0, place
        if item.has("wow"):
            return "week", 1.0, place
        if (preset := item.of("preset")) and preset in _PRESETS:
            return _PRESETS[preset], 1.0, place
        if item.has("preset.quarterly") or (item.has("duration") and item.unit == "q"):
            return "year", 0.25, place
        before = sentence.get(place - 1)
        cued = before is not None and before.has("per", "every", "article", "in")
        if item.has("duration") and item.unit in _PERIODS and item.value:
            spans = round(item.value / MS[item.unit], 6)
            if cued or item.has("one_unit"):
                return _PERIODS[item.unit], spans, place
        if (unit := item.of("time")) in _PERIODS and cued:
            return _PERIODS[unit], 1.0, place
        if item.of("time") == "q" and cued:
            return "year", 0.25, place
        if item.has("run") and before is not None and before.has("per", "every"):
            return "run", 1.0, place
    return None


def _nearby(sentence: Sentence, at: int) -> list[int]:
    """Places around one, the nearer first, those after it before those before it, within its clause."""
    after, before = [], []
    for place in range(at + 1, min(len(sentence.items), at + 6)):
        if sentence.items[place].has("stop", "comma", "but", "percent", "bytes", "money"):
            break
        after.append(place)
    for place in range(at - 1, max(-1, at - 6), -1):
        if sentence.items[place].has("stop", "comma", "but", "percent", "bytes", "money"):
            break
        before.append(place)
    return after + before
