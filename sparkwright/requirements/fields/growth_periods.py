"""The period that a change of the input is told for."""

from sparkwright.requirements.amounts.durations import MS
from sparkwright.requirements.sentence import Sentence
from sparkwright.requirements.text.spelled import spelled

_PERIODS = {"d": "day", "w": "week", "mo": "month", "y": "year"}
_PRESETS = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}


def period_of(sentence: Sentence, at: int) -> tuple[str, float, int] | None:
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
        if (ahead := item.of("ahead")) in _PERIODS.values() and ahead:
            return ahead, 1.0, place
        before = sentence.get(place - 1)
        cued = before is not None and before.has("per", "every", "article", "in", "of_total")
        cued = cued or _is_spanned(sentence, place)
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


def _is_spanned(sentence: Sentence, at: int) -> bool:
    """``Stays flat over the year``."""
    the, over = sentence.get(at - 1), sentence.get(at - 2)
    return the is not None and over is not None and the.text in ("the", "a") and over.text in spelled("throughout")


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
