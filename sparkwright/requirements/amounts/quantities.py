"""Quantities in plain language: numbers, sizes, durations, money and shares, with the words they were read from.

>>> [(found.kind, found.value) for found in read_quantities("at most two hours, 1.5 TB and $20")]
[('duration', 7200000.0), ('bytes', 1500000000000.0), ('money', 20.0)]
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sparkwright.requirements.amounts.counted import read_number
from sparkwright.requirements.amounts.durations import (
    MS,
    clock_duration,
    duration,
    is_hours,
    is_of_day,
    iso_duration,
    joined_with,
)
from sparkwright.requirements.amounts.money import THOUSANDS, is_cents, money_after_sign
from sparkwright.requirements.items import Item, read_items
from sparkwright.requirements.text.detection import language_of
from sparkwright.requirements.text.spelled import spelled
from sparkwright.requirements.text.text import composed, tokens

QuantityKind = Literal["number", "bytes", "duration", "money", "percent"]


_BARE_SIZES = {"k": 2.0**10, "m": 2.0**20, "g": 2.0**30, "t": 2.0**40, "p": 2.0**50}
_BARE_TIMES = {"s": "s", "h": "h", "d": "d", "w": "w", "y": "y", "j": "d", "u": "h"}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity of a text.

    Attributes:
        kind: What is counted.
        value: Bytes, milliseconds, an amount of ``unit``, a share (0.05 is five percent) or a plain number.
        unit: ISO 4217 of money, ``?`` where it is not certain (``kr``, ``¥``); of a duration the unit that was said.
        start: Of its span in the composed text, in characters.
        end: One past its last character.
        is_vague: Whether the number was not said exactly: ``a few hours`` has the value of one.
        is_digits: Whether it was written in digits.
    """

    kind: QuantityKind
    value: float
    unit: str
    start: int
    end: int
    is_vague: bool
    is_digits: bool


def read_quantities(text: str, code: str | None = None) -> list[Quantity]:
    """The quantities of a text in their order.

    Args:
        text: In any language that has a lexicon.
        code: Of its language; None: found out.
    """
    pieces = tokens(composed(text))
    items = join_quantities(read_items(pieces, code or language_of(pieces)))
    return [
        Quantity(kind, item.value, item.unit, item.start, item.end, item.is_vague, item.is_digits)
        for item in items
        if (kind := kind_of(item)) and item.value is not None
    ]


def kind_of(item: Item) -> QuantityKind | None:
    """What a joined item counts, None where it is no quantity."""
    kinds: tuple[QuantityKind, ...] = ("bytes", "duration", "money", "percent", "number")
    return next((kind for kind in kinds if item.has(kind)), None)


def join_quantities(items: Sequence[Item]) -> list[Item]:
    """The items with numbers and their units as one item each."""
    joined: list[Item] = []
    at = 0
    while at < len(items):
        item, taken = _quantity(items, at)
        if item.has("duration") and joined and joined[-1].has("duration") and _continues(joined[-1], item):
            joined[-1] = _plus(joined[-1], item)
        elif item.has("cents") and len(joined) > 1 and joined[-1].has("and") and joined[-2].has("money"):
            joined[-2:] = [replace(joined[-2], end=item.end, value=(joined[-2].value or 0) + (item.value or 0))]
        elif item.has("cents") and joined and joined[-1].has("money"):
            joined[-1] = replace(joined[-1], end=item.end, value=(joined[-1].value or 0) + (item.value or 0))
        elif (
            item.has("duration")
            and len(joined) > 1
            and joined[-1].has("and")
            and _continues(joined[-2], item)
            and not _is_period_of(joined)
        ):
            joined[-2:] = [_plus(joined[-2], item)]
        else:
            joined.append(item)
        at += taken
    return joined


def _continues(before: Item, item: Item) -> bool:
    """Whether a duration goes on with a smaller unit: an hour and thirty minutes."""
    return before.has("duration") and MS.get(before.unit, 0) > MS.get(item.unit, 0) > 0 and not before.is_vague


def _is_period_of(joined: Sequence[Item]) -> bool:
    """Whether the duration before the last ``and`` is what an amount is told for: ``$20 a month and 3 days a run``."""
    return len(joined) > 2 and joined[-2].has("one_unit") and joined[-3].has("money", "bytes", "percent")


def _plus(one: Item, other: Item) -> Item:
    text = f"{one.text} {other.text}"
    value = (one.value or 0) + (other.value or 0)
    return replace(one, end=other.end, text=text, value=value, unit=other.unit, other=None)


def _quantity(items: Sequence[Item], at: int) -> tuple[Item, int]:
    """The quantity that begins at an item and how many items it takes; the item itself where none does."""
    item = items[at]
    if item.has("iso_duration"):
        return iso_duration(item), 1
    if span := item.of("span"):  # Viertelstunde
        return replace(item, concepts=frozenset({"duration"}), value=float(span), unit="min"), 1
    if item.text == "%" and at + 1 < len(items) and items[at + 1].is_digits and items[at + 1].is_glued:  # %5
        return joined_with(item, items[at + 1], "percent", (items[at + 1].value or 0) / 100), 2
    if (share := item.of("share_of")) and at + 1 < len(items) and (part := read_number(items, at + 1)[0]):  # 百分之五
        found = joined_with(item, part, "percent", float(share) * (part.value or 0))
        return found, 1 + read_number(items, at + 1)[1]
    if item.has("clock") and item.text.count(":") == 2 and not (at and items[at - 1].has("by", "at", "start")):
        return clock_duration(item, item), 1  # a limit of 01:30:00
    if item.has("clock") and at + 1 < len(items) and is_hours(items[at + 1]) and not is_of_day(item):
        return clock_duration(item, items[at + 1]), 2
    sign = -1.0 if _is_minus(items, at) else 1.0
    if sign < 0:
        found, taken = _quantity(items, at + 1)
        if found.value is not None:
            return replace(found, start=item.start, value=-found.value, text=f"-{found.text}"), taken + 1
    if item.of("cur") and (money := money_after_sign(items, at)):
        return money
    number, taken = read_number(items, at)
    if number is None:
        return item, 1
    if at + taken < len(items) and (span := items[at + taken].of("span")):
        unit = items[at + taken]
        return joined_with(number, unit, "duration", (number.value or 0) * float(span), "min"), taken + 1
    if (product := _product(items, at, number, taken)) is not None:
        return product
    return _with_unit(items, at, number, taken)


def _product(items: Sequence[Item], at: int, number: Item, taken: int) -> tuple[Item, int] | None:
    """``3 x 200 GB``: so many of a size."""
    times = items[at + taken] if at + taken + 1 < len(items) else None
    if times is None or times.text not in ("x", "×", "*") or not number.is_digits:
        return None
    size, used = read_number(items, at + taken + 1)
    if size is None:
        return None
    each, used = _with_unit(items, at + taken + 1, size, used)
    if not each.has("bytes"):
        return None
    return replace(each, start=number.start, value=(number.value or 0) * (each.value or 0)), taken + 1 + used


_COUNTS = {"k": 1e3, "m": 1e6}


def _is_of_a_count(items: Sequence[Item], at: int, unit: str) -> bool:
    """Whether thousands or millions of something are counted, rather than bytes: ``14k messages``, ``3m rows``."""
    item = items[at] if at < len(items) else None
    if item is None or unit not in _COUNTS or item.value is not None or not item.text.isalpha():
        return False
    return len(item.text) > 3 and item.text.endswith(("s", "n", "en", "people")) and not item.concepts - {"run"}


def _is_minus(items: Sequence[Item], at: int) -> bool:
    if items[at].text == "minus" and at + 1 < len(items):  # a verb of the sentence, or after a number: no sign
        return not (at and items[at - 1].value is not None) and items[at + 1].has("number")
    if items[at].text != "-" or at + 1 >= len(items) or not items[at + 1].is_glued:
        return False
    before = items[at - 1] if at else None
    follows_number = before is not None and before.value is not None
    return not items[at].is_glued and not follows_number and (items[at + 1].is_digits or bool(items[at + 1].of("cur")))


def _with_unit(items: Sequence[Item], at: int, number: Item, taken: int) -> tuple[Item, int]:
    unit = items[at + taken] if at + taken < len(items) else None
    value = number.value or 0.0
    if unit is None:
        return number, taken
    if unit.has("padding") and at + taken + 1 < len(items) and items[at + taken + 1].of("time"):
        taken, unit = taken + 1, items[at + taken + 1]  # two short hours
    if unit.has("article", "approx") and at + taken + 1 < len(items) and items[at + taken + 1].has("of_unit"):
        taken, unit = taken + 1, items[at + taken + 1]
    if unit.text == "de" and number.value and number.value >= 1e6 and at + taken + 1 < len(items):
        taken, unit = taken + 1, items[at + taken + 1]  # dos millones de euros
    multiplier = 1.0
    if number.is_digits and unit.is_glued and unit.text in THOUSANDS and at + taken + 1 < len(items):
        after = items[at + taken + 1]
        if after.of("cur"):
            multiplier, taken, unit = THOUSANDS[unit.text], taken + 1, after
    if unit.text in ("st", "nd", "rd", "th", "er", "e", "eme", "o") and unit.is_glued:
        return replace(
            joined_with(number, unit, "ordinal_number", value), concepts=frozenset({"ordinal_number"})
        ), taken + 1
    if unit.has("percent"):
        return joined_with(number, unit, "percent", value / 100), taken + 1
    if unit.has("permille"):
        return joined_with(number, unit, "percent", value / 1000), taken + 1
    if size := unit.of("size"):
        found, taken = joined_with(number, unit, "bytes", value * float(size)), taken + 1
        if at + taken < len(items) and items[at + taken].has("and_half", "and_half_after"):  # a terabyte and a half
            half = (found.value or 0) + float(size) / 2
            return replace(found, end=items[at + taken].end, value=half), taken + 1
        return found, taken
    if currency := unit.of("cur"):
        found, taken = joined_with(number, unit, "money", value * multiplier, currency), taken + 1
        if at + taken < len(items) and is_cents(items, at + taken):  # four euros fifty
            cents = items[at + taken]
            return replace(found, end=cents.end, value=(found.value or 0) + (cents.value or 0) / 100), taken + 1
        return found, taken
    if unit.has("cent"):
        cents = joined_with(number, unit, "money", value / 100, unit.of("cent_of") or "USD")
        return replace(cents, concepts=frozenset({"money", "cents"})), taken + 1
    if (time := unit.of("time")) and not (unit.has("of_day")):
        return duration(items, at, number, unit, taken, time)
    if number.is_digits and len(unit.text) == 1 and (unit.is_glued or unit.text in "gthps"):
        if unit.text in _BARE_TIMES:
            return duration(items, at, number, unit, taken, _BARE_TIMES[unit.text])
        if unit.text in _BARE_SIZES and _is_of_a_count(items, at + taken + 1, unit.text):
            return joined_with(number, unit, "number", value * _COUNTS[unit.text]), taken + 1
        if unit.text in _BARE_SIZES:
            found = joined_with(number, unit, "bytes", value * _BARE_SIZES[unit.text])
            is_of = at + taken + 1 < len(items) and items[at + taken + 1].text in spelled("of")
            if unit.text == "m" and not is_of:  # 45m: minutes or mebibytes
                found = replace(found, unit="m", concepts=frozenset({"bytes", "bare_m"}))
            return replace(found, unit=unit.text), taken + 1
    return number, taken
