"""How the input of a run grows."""

from collections.abc import Iterator

from sparkwright.requirements.elided import count_of
from sparkwright.requirements.fields.growth_periods import period_of
from sparkwright.requirements.items import Item
from sparkwright.requirements.sentence import Said, Sentence, Unclear
from sparkwright.requirements.text.spelled import spelled

NO_PERIOD = "per day, week, month, year or run"
_GROWTH_STEMS = spelled("growth_stems")


def read_growth(sentence: Sentence) -> Iterator[Said | Unclear]:
    """What is said of how the input grows. Reads before other fields: its periods are no schedule."""
    is_said = False
    for at, item in sentence:
        reading = None
        if item.has("percent", "fold") and _is_of_no_data(sentence, at):
            continue
        if item.has("percent") and (sign := _growth_sign(sentence, at)):
            reading = _growth(sentence, at, sign * (item.value or 0.0))
        elif (fold := item.of("fold")) and not item.has("per"):
            reading = _growth(sentence, at, float(fold) - 1) if _is_of_data(sentence, at) else None
        elif item.has("number") and (cue := sentence.get(at + 1)) and "fold" in cue.concepts:
            is_told = sentence.clause_has(at, "grow") or (" " in cue.text and period_of(sentence, at))
            if is_told and not sentence.clause_has(at, "gpu", "gpu_model"):
                reading = _growth(sentence, at, (item.value or 1) - 1)
        elif (share := _part(item)) and (place := _growth_cue(sentence, at)) is not None:
            is_less = sentence.items[place].has("shrink", "lose") or _is_negative(sentence, at)
            reading = _growth(sentence, at, -share if is_less else share)
        elif item.has("stable") and not is_said and (period := _spoken_period(sentence, at)):
            _mark(sentence, at, period)
            reading = _said(0.0, period[0], item.start, item.end)
        elif item.has("bytes") and is_growth(sentence, at):
            reading = _absolute(sentence, at, item)
        elif item.has("bytes") and (low := _grows_from(sentence, at)) is not None and (told := period_of(sentence, at)):
            _mark(sentence, at, told)
            share = count_of(item) / (count_of(sentence.items[low]) or 1)
            reading = _said(share - 1, told[0], item.start, item.end, told[1])
        elif item.has("bytes") and (ahead := _ahead(sentence, at)):
            reading = _later_size(sentence, at, item, ahead)
        if reading is not None:
            is_said = True
            yield reading
    if not is_said:
        yield from _vague_growth(sentence)


def _is_of_no_data(sentence: Sentence, at: int) -> bool:
    """``The company grows 30% a year``: what grows is none of the input."""
    cue = sentence.left(at, "grow", "shrink", reach=4)
    return cue is not None and any(
        sentence.items[place].text in spelled("grows_besides")
        for place in range(max(sentence.clause(at).start, cue - 2), cue)
    )


def _spoken_period(sentence: Sentence, at: int) -> tuple[str, float, int] | None:
    """The period of no growth: said as one of a change, since ``daily`` beside it is the schedule."""
    period = period_of(sentence, at)
    if period is None or (sentence.items[period[2]].of("preset") and period[2] != at + 1):
        return None
    return period


def _growth_cue(sentence: Sentence, at: int) -> int | None:
    cue = sentence.left(at, "grow", "shrink", reach=3)
    if cue is None and (lose := sentence.left(at, "lose", reach=3)) is not None and _is_of_volume(sentence, at):
        return lose  # we lose a tenth of the input every year
    return sentence.right(at, "grow", "shrink", reach=2) if cue is None else cue


def _is_negative(sentence: Sentence, at: int) -> bool:
    """``Growth: -a tenth a year``."""
    return any(item is not None and item.text == "-" for item in (sentence.get(at - 1), sentence.get(at - 2)))


def _part(item: Item) -> float | None:
    """A part in words: a quarter, a third."""
    if item.has("duration") and item.unit == "q" and item.has("one_unit"):
        return 0.25
    part = item.of("part")
    return float(part) if part else 0.5 if item.has("half") else None


def _vague_growth(sentence: Sentence) -> Iterator[Unclear]:
    for at, item in sentence:
        if item.has("grow", "shrink") and item.text.startswith(tuple(_GROWTH_STEMS)):
            denied = sentence.left(at, "neg", reach=3) is not None or sentence.clause_has(at, "stable")
            if not denied and not sentence.clause_has(at, "past"):
                _mark(sentence, at, period_of(sentence, at))
                yield Unclear("growth", "ambiguous", "by how much and per which period", item.start, item.end)
                return


def _growth_sign(sentence: Sentence, at: int) -> int | None:
    if period_of(sentence, at):
        if not sentence.items[at].value and sentence.has("stable") and not sentence.clause_has(at, "fail", "risk"):
            return 1  # no growth: 0% a year
        if (sentence.items[at].value or 0.0) < 0 and not sentence.clause_has(at, "fail", "risk", "cost"):
            return 1  # -3% a month
        following, before = sentence.get(at + 1), sentence.get(at - 1)
        if before and before.text in spelled("another"):
            return 1
        if following and (following.text in _MORE or following.text.split(" ")[0] in spelled("bigger")):
            return 1
        if sentence.left(at, "lose", reach=3) is not None and _is_of_volume(sentence, at):
            return -1  # we lose 5% of the volume each week
    if _corrects_growth(sentence, at):
        return 1
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
        is_told = before is not None and before.text in spelled("by_amount") and sentence.clause_has(at, "input")
        is_plus = before is not None and before.text in ("+", "plus")
        return (
            1 if (is_plus or is_told) and period_of(sentence, at) else None
        )  # the staff grew by 5; the data by 4% a month
    if role[0] == "grow" and any(
        sentence.items[place].text in spelled("downward_particles") for place in sentence.clause(at) if place > at
    ):
        return -1  # nimmt um zwei Prozent ab
    if role[0] == "grow" and sentence.left(at, "shrink", reach=4) is not None:
        return -1  # negative growth of 5%
    return {"grow": 1, "shrink": -1}.get(role[0])


def _corrects_growth(sentence: Sentence, at: int) -> bool:
    """``It grows by ten percent a year. Correction: twelve percent a year``."""
    mark = sentence.left(at, "correct", reach=9, over_breaks=True)
    if mark is None or period_of(sentence, at) is None:
        return False
    return any(
        (item.has("percent") or item.of("part")) and place in sentence.used for place, item in sentence if place < mark
    )


_MORE = spelled("more_after")


def _is_of_volume(sentence: Sentence, at: int) -> bool:
    return any(
        sentence.items[place].has("input") and not sentence.items[place].has("run")
        for place in range(max(sentence.clause(at).start, at - 5), min(len(sentence.items), at + 6))
    )


def _is_of_data(sentence: Sentence, at: int) -> bool:
    return period_of(sentence, at) is not None or sentence.clause_has(at, "input", "grow")


def is_growth(sentence: Sentence, at: int) -> bool:
    """Whether a size is how much more comes: ``grows by 20 GB a week``."""
    cue = sentence.left(at, "grow", "shrink", reach=3)
    before, after = sentence.get(at - 1), sentence.get(at + 1)
    if cue is not None and sentence.left(cue, "percent", reach=2) is not None:
        return False  # 4% of growth per year on 2 TB
    if cue is None and after is not None and after.has("grow"):
        cue = at + 1
    if cue is None and before is not None and before.text in spelled("plus"):
        cue = at - 1
    if cue is None and (place := sentence.right(at, "grow", reach=3)) is not None:
        cue = place if sentence.items[place].text in spelled("on_top") else None
    return cue is not None and period_of(sentence, at) is not None


def _absolute(sentence: Sentence, at: int, item: Item) -> Said | Unclear:
    others = {
        other.value
        for place, other in sentence
        if other.has("bytes") and place != at and not other.is_vague and not _is_other_size(sentence, place)
    }
    period = period_of(sentence, at)
    _mark(sentence, at, period)
    if len(others) == 1 and (base := others.pop()) and period and not item.is_vague:
        sign = -1.0 if sentence.left(at, "shrink", reach=3) is not None else 1.0
        return _said(sign * (item.value or 0) / base, period[0], item.start, item.end)
    return Unclear("growth", "ambiguous", "which share of the input that is", item.start, item.end)


def _ahead(sentence: Sentence, at: int) -> str | None:
    """The period after which a size is told for: ``in a year it will be 260 GB``."""
    if sentence.clause_has(at, "output", "mem", "past"):
        return None
    for place in sentence.clause(at):
        period = sentence.items[place].of("ahead")
        low, high = sorted((at, place))
        if period and high - low <= _NEAR and not any(one.has("bytes") for one in sentence.items[low + 1 : high]):
            return period
    return None


_NEAR = 9


def _later_size(sentence: Sentence, at: int, item: Item, period: str) -> Said | None:
    others = {
        other.value
        for place, other in sentence
        if other.has("bytes") and place != at and not other.is_vague and not _is_other_size(sentence, place)
    }
    if len(others) != 1 or item.is_vague or not (base := others.pop()):
        return None
    sentence.used.add(at)
    sentence.used.update(place for place in sentence.clause(at) if sentence.items[place].of("ahead"))
    return _said((item.value or 0) / base - 1, period, item.start, item.end)


def _grows_from(sentence: Sentence, at: int) -> int | None:
    """Where what a size grows from stands: ``grows from 200 to 260 GB a year``."""
    low = sentence.range_start(at)
    if low is None or sentence.left(low, "grow", "shrink", "ahead.year", reach=4) is None:
        return None
    lower = sentence.items[low]
    same = lower.has("number") or lower.text.split(" ")[-1] == sentence.items[at].text.split(" ")[-1]
    return low if same else None


def _is_other_size(sentence: Sentence, at: int) -> bool:
    """Whether a size is none of the input: of the output, of an executor, or itself a change."""
    return is_growth(sentence, at) or sentence.pull(at, {"other": ("output", "mem")}, reach=4) is not None


def _growth(sentence: Sentence, at: int, fraction: float) -> Said | Unclear:
    item = sentence.items[at]
    period = period_of(sentence, at)
    _mark(sentence, at, period)
    if item.is_vague or sentence.is_range(at):
        return Unclear("growth", "ambiguous", "one exact share", item.start, item.end)
    if fraction <= -1:
        return Unclear("growth", "out_of_range", "a share above -100%", item.start, item.end)
    if period is None:
        return Unclear("growth", "ambiguous", NO_PERIOD, item.start, item.end)
    return _said(fraction, period[0], item.start, item.end, period[1])


def _said(fraction: float, per: str, start: int, end: int, count: float = 1.0) -> Said:
    if count != 1:  # doubles every two years
        fraction = (1 + fraction) ** (1 / count) - 1
    return Said("growth", {"fraction": float(f"{fraction:.12g}"), "per": per}, start, end)


def _mark(sentence: Sentence, at: int, period: tuple[str, float, int] | None) -> None:
    sentence.used.add(at)
    if period is not None:
        sentence.used.add(period[2])
