"""The most that may be spent."""

from collections.abc import Iterator
from dataclasses import replace

from sparkwright.requirements.amounts.durations import MS
from sparkwright.requirements.fields.vague_costs import is_cheap
from sparkwright.requirements.items import Item
from sparkwright.requirements.lexicon import UNSPACED, language
from sparkwright.requirements.sentence import Said, Sentence, Unclear
from sparkwright.requirements.text.spelled import spelled

_PERIODS = {"d": "day", "w": "week", "mo": "month", "y": "year"}
_PRESETS = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}


def read_costs(sentence: Sentence) -> Iterator[Said | Unclear]:
    """What money says of a limit. Reads before schedules: its periods are none."""
    for at, item in sentence:
        if item.has("money"):
            if not _is_told(sentence, at):
                sentence.used.add(at)
                yield _limit(sentence, at, item)
        elif item.has("number") and _lacks_currency(sentence, at):
            sentence.used.add(at)
            code = _currency_after(sentence, at)
            if code is None:
                yield Unclear("cost_limit", "ambiguous", "which currency", item.start, item.end)
            else:
                yield _limit(sentence, at, replace(item, unit=code))
        elif is_cheap(sentence, at):
            yield Unclear("cost_limit", "ambiguous", "how much at most", item.start, item.end)
        elif (
            item.has("cost")
            and sentence.right(at, "vague", "amount.much", reach=1)
            and sentence.clause_has(at, "neg", "may")
        ) or (item.of("cur") and item.has("vague")):
            yield Unclear("cost_limit", "ambiguous", "one exact amount", item.start, item.end)


def _currency_after(sentence: Sentence, at: int) -> str | None:
    """The currency that is named later: ``under 1000 a month, in euros``."""
    for place in range(at + 1, min(len(sentence.items), at + 7)):
        item, before = sentence.items[place], sentence.items[place - 1]
        if item.has("stop", "money"):
            break
        if (
            (code := item.of("cur"))
            and code != "?"
            and (before.has("in", "duration") or before.of("time") or before.text in ("in", "en", "em", "w"))
        ):
            return code
    return None


def _is_told(sentence: Sentence, at: int) -> bool:
    """Whether money was spent, rather than may be."""
    bound = sentence.clause_has(at, "max", "may", "within")
    if sentence.clause_has(at, "past") and not bound:
        return True
    place = sentence.left(at, "past", reach=4)
    return place is not None and not bound and sentence.left(at, "max", reach=2) is None


def _limit(sentence: Sentence, at: int, item: Item) -> Said | Unclear:
    value, currency = item.value or 0.0, item.unit
    period = _period(sentence, at)
    if value <= 0:
        return Unclear("cost_limit", "out_of_range", "an amount above zero", item.start, item.end)
    joint, upper = sentence.get(at + 1), sentence.get(at + 2)
    if joint is not None and joint.has("or") and upper is not None and upper.of("cur"):
        return Unclear("cost_limit", "ambiguous", "which currency", item.start, upper.end)
    opens_range = joint is not None and joint.text in ("-", "to") and upper is not None and upper.has("number")
    if item.is_vague or sentence.is_range(at) or opens_range:
        return Unclear("cost_limit", "ambiguous", "one exact amount", item.start, item.end)
    if currency == "?":
        return Unclear("cost_limit", "ambiguous", "which currency", item.start, item.end)
    if period is None:
        return Unclear("cost_limit", "ambiguous", "per run, day, week, month or year", item.start, item.end)
    before = sentence.get(at - 1)
    denied = before is not None and before.has("neg") and not before.has("max")
    return Said("cost_limit", {"amount": value, "currency": currency, "per": period}, item.start, item.end, denied)


def _period(sentence: Sentence, at: int) -> str | None:
    """The period that an amount is told for; a run where none is told, None where it is none of ours."""
    for place in range(at + 1, min(len(sentence.items), at + 6)):
        item, before = sentence.items[place], sentence.items[place - 1]
        if item.has("stop", "comma", "but", "finish"):
            break
        if place == at + 1 and item.has("pm"):
            return "month"  # 450 EUR p.m.
        if (preset := item.of("preset")) and (preset in _PRESETS or preset == "hourly"):
            sentence.used.add(place)
            return _PRESETS.get(preset)
        if (ahead := item.of("ahead")) and item.text.split(" ")[0] in ("in", "within"):
            sentence.used.add(place)
            return ahead  # 500 euros in a month
        is_spanned = before.text in ("the", "whole", "entire")
        is_per = before.has("per", "every", "each", "article") or before.text == "by"  # 35 EUR by day
        if is_per or before.has("in") or item.has("duration") or is_spanned:
            if item.of("size") or item.has("bytes"):
                sentence.used.add(place)
                return None  # 5 euros per GB
            if item.has("run") or item.text in ("execution", "job", "ausfuhrung"):
                return "run"
            unit = item.of("time") or (item.unit if item.has("duration") and item.value == MS.get(item.unit) else None)
            if item.has("night"):
                unit = "d"
            if unit in _PERIODS and (is_per or _is_a_period(item)):
                sentence.used.add(place)
                return _PERIODS[unit]
            if unit in ("w", "mo", "y") and item.of("time") and is_spanned:
                sentence.used.add(place)
                return _PERIODS[unit]  # $200 for the month
            if unit in ("h", "min", "s", "q") and (is_per or _is_a_period(item)):
                sentence.used.add(place)
                return None
        if item.has("duration") and _is_a_period(item) and item.value == MS.get(item.unit):
            sentence.used.add(place)
            return _PERIODS.get(item.unit)
    for place in range(at - 1, max(-1, at - 10), -1):
        item = sentence.items[place]
        if item.has("stop", "comma", "but", "money", "percent"):
            break
        if (
            sentence.code in UNSPACED
            and place == at - 1
            and (item.of("time") or (item.has("duration") and item.value == MS.get(item.unit)))
        ):
            sentence.used.add(place)
            return _PERIODS.get(item.of("time") or item.unit)
        told = sentence.get(place - 1)
        if item.has("one_unit") and told is not None and told.has("percent", "bytes"):
            break  # grows by 10% a year and costs 250 euros
        is_before = place == at - 1 and sentence.clause_has(at, "cost", "max") and not item.has("every")
        if (preset := item.of("preset")) in _PRESETS and preset and (is_before or _qualifies_cost(sentence, place)):
            sentence.used.add(place)
            return _PRESETS[preset]
        unit = item.of("time") or (item.unit if item.has("one_unit") else None)
        if (
            item.has("one_unit")
            and unit in _PERIODS
            and (item.has("per_unit") or sentence.clause_has(at, "cost"))
            and not sentence.left(place, "every")
        ):
            sentence.used.add(place)
            return _PERIODS[unit]
        if unit in _PERIODS and unit and (cue := sentence.get(place - 1)) and cue.has("per", "every"):
            sentence.used.add(place)
            return _PERIODS[unit]
    return "run"


def _qualifies_cost(sentence: Sentence, place: int) -> bool:
    """Whether a period belongs to a cost: ``monthly budget``, ``cost per month``."""
    if sentence.items[place].has("cost"):
        return True
    return (
        sentence.right(place, "cost", "max", reach=2) is not None or sentence.left(place, "cost", reach=1) is not None
    )


def _is_a_period(item: Item) -> bool:
    """Whether a duration of one was said with an article: ``a month``."""
    return item.has("one_unit")


def _is_counted(following: Item | None) -> bool:
    """Whether a number counts something else than money."""
    return following is not None and (
        following.value is not None
        or following.has("run", "gpu", "output", "of_total", "times")
        or bool(following.of("time"))
    )


def _is_told_per_run(sentence: Sentence, at: int) -> bool:
    for place in range(at + 1, min(len(sentence.items) - 1, at + 8)):
        if sentence.items[place].has("stop", "comma", "number", "money", "percent", "bytes", "duration"):
            return False
        if sentence.items[place].text in spelled("per") and sentence.items[place + 1].has("run"):
            return not sentence.clause_has(at, "fail", "input", "output", "gpu")
    return False


def _is_named_after(sentence: Sentence, at: int) -> bool:
    """``20 is our budget``, ``no more than 20 may be spent``: a bare number that its clause calls money later."""
    item, cost = sentence.items[at], sentence.right(at, "cost", reach=5)
    if cost is None or _is_counted(sentence.get(at + 1)) or 1900 < (item.value or 0) < 2100:
        return False
    if sentence.clause_has(at, "gpu", "input", "bytes", "fail", "duration", "past"):
        return False
    between = sentence.items[at + 1 : cost]
    if between and _is_unknown(between[0], sentence.code):
        return False  # 61,000 households pay the fee
    if not between and sentence.items[cost].text in spelled("pay") and sentence.left(at, "max", reach=1) is None:
        return False  # of whom 61,000 pay the fee
    return all(one.value is None and not one.has("cost") for one in between) and (
        sentence.left(at, "max", reach=1) is not None or not any(one.concepts - {"may", "max"} for one in between)
    )


def _is_unknown(item: Item, code: str) -> bool:
    """Whether an item is a word that the language's file does not have."""
    return item.text.isalpha() and not item.concepts and not language(code).knows(item.text)


def _is_per_run(sentence: Sentence, at: int) -> bool:
    per, unit = sentence.get(at + 1), sentence.get(at + 2)
    if per and per.has("one_unit") and per.unit in _PERIODS:
        return True
    return bool(per and unit and per.has("per") and unit.has("run"))


def _lacks_currency(sentence: Sentence, at: int) -> bool:
    """Whether a number is an amount whose currency was left out: ``costs at most 20``."""
    item, following = sentence.items[at], sentence.get(at + 1)
    if item.has("article", "ordinal_number"):
        return False
    if item.text.split(" ")[-1] == "grand" and not _is_counted(following):
        return True
    if item.text.split(" ")[-1] == "grand" and (following is None or following.has("per", "one_unit")):
        return True
    if following and following.has("max") and sentence.left(at, "cost", reach=5, over_breaks=True) is not None:
        return True  # cheap, please: 5 max
    if not _is_counted(following) and sentence.clause_has(at, "cost", "max") and _is_told_per_run(sentence, at):
        return True  # 50 is all that I would pay per run
    if following and following.has("cost") and sentence.left(at, "max", reach=1) is not None:
        return True  # nicht mehr als 30 kosten
    is_so = (
        following is not None and following.has("or") and (so := sentence.get(at + 2)) is not None and so.text == "so"
    )
    if is_so and sentence.clause_has(at, "cost", "spent", "may") and sentence.left(at, "max", reach=2) is not None:
        return not sentence.clause_has(at, "input", "gpu", "fail", "take")  # up to 100 or so a month may be spent
    if _is_named_after(sentence, at):
        return True
    cue = sentence.left(at, "cost", reach=5)
    is_capped = sentence.left(at, "max", reach=2) is not None or sentence.right(at, "max", reach=3) is not None
    if cue is None and is_capped and _is_per_run(sentence, at):
        return not sentence.clause_has(at, "fail", "gpu", "input")
    if cue is None or any(sentence.items[place].has("number", "money", "duration") for place in range(cue, at)):
        return False
    if cue == at - 2 and _is_unknown(sentence.items[at - 1], sentence.code):
        return False  # price zone 4, payment batch 12
    if following is None or following.has("stop", "comma", "but", "and", "per", "every", "max"):
        return True
    return bool(following.of("preset")) or following.has("time.d", "in", "one_unit")
