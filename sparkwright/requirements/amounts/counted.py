"""Numbers among items: in digits and words, with what multiplies, halves or blurs them."""

from collections.abc import Sequence
from dataclasses import replace

from sparkwright.requirements.items import Item
from sparkwright.requirements.text.spelled import spelled

_OF = spelled("of")


_PER = spelled("per")
_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75}


def read_number(items: Sequence[Item], at: int) -> tuple[Item | None, int]:
    """A number with what multiplies it: ``1.5``, ``two hundred``, ``3 million``, ``half an``, ``a few hundred``."""
    item = items[at]
    following = items[at + 1] if at + 1 < len(items) else None
    if item.text in _FRACTIONS:
        return replace(item, concepts=item.concepts | {"number"}, value=_FRACTIONS[item.text]), 1
    if item.value == 1 and not item.is_digits and following and following.has("half", "vague"):
        found, taken = read_number(items, at + 1)  # eine halbe Stunde, una mezza giornata
        if found:
            return replace(found, start=item.start), taken + 1
    if item.is_digits and (fraction := _written_fraction(items, at)):
        return fraction
    if item.value is not None:
        number, taken = item, 1
        if following and following.is_glued and following.text in _FRACTIONS:
            number, taken = _times(number, following, value=item.value + _FRACTIONS[following.text]), 2
        elif (
            following
            and item.is_digits
            and not following.is_digits
            and following.value in (100, 1e3, 1e6, 1e9, 1e4, 1e8)
        ):
            number, taken = _times(number, following, value=item.value * following.value), 2
        elif following and not item.is_digits and _is_point(following) and (digits := _spoken_digits(items, at + 2)):
            value = item.value + float(f"0.{''.join(digits)}")
            number, taken = _times(number, items[at + 1 + len(digits)], value=value), 2 + len(digits)
        ending = items[at + taken] if at + taken < len(items) else None
        if ending and (part := ending.of("and_part")):
            number, taken = _times(number, ending, value=(number.value or 0) + float(part)), taken + 1
        elif ending and ending.has("and_half"):
            number, taken = _times(number, ending, value=(number.value or 0) + 0.5), taken + 1
        return number, taken
    if item.has("half") and following:
        skip = _skipped(items, at)
        unit = items[at + skip] if at + skip < len(items) else None
        is_scale = unit is not None and not unit.is_digits and (unit.value or 0) >= 12
        if unit and (unit.of("time") or unit.of("size") or unit.has("percent") or is_scale):
            value = 0.5 * (unit.value or 1)
            taken = skip + (1 if unit.value else 0)
            return replace(item, concepts=frozenset({"number"}), end=items[at + taken - 1].end, value=value), taken
    if (
        item.of("time") and following and following.has("and_half_after", "and_half") and not item.has("oclock")
    ):  # hora y media
        return replace(item, concepts=frozenset({"number"}), value=1.0), 0
    if item.has("single") and item.of("time"):  # godzinę: an hour, in a language without articles
        return replace(item, concepts=frozenset({"number"}), value=1.0), 0
    if (part := item.of("part")) and following:
        skip = _skipped(items, at)
        unit = items[at + skip] if at + skip < len(items) else None
        is_rate = skip > 1 and unit is not None and unit.of("time") and items[at + 1].text not in _OF  # a fifth a year
        if unit and not is_rate and (unit.of("time") or unit.of("size") or unit.has("percent")):
            return replace(item, concepts=frozenset({"number"}), value=float(part)), skip
    if share := item.of("fraction"):
        if following and not following.is_digits and (following.value or 0) >= 1000:  # a quarter of a million
            value = float(share) * (following.value or 1)
            return replace(item, concepts=frozenset({"number"}), end=following.end, value=value), 2
        return replace(item, concepts=frozenset({"number"}), value=float(share)), 1
    if item.has("vague") and following:
        taken = 1
        value = 1.0
        while at + taken < len(items) and (
            items[at + taken].has("vague", "article", "approx")
            or items[at + taken].text in _OF
            or _is_hundred(items[at + taken])
        ):
            value *= items[at + taken].value or 1
            taken += 1
        unit = items[at + taken] if at + taken < len(items) else None
        if unit and (unit.of("time") or unit.of("size") or unit.of("cur") or unit.has("percent")):
            return replace(
                item, concepts=frozenset({"number"}), end=items[at + taken - 1].end, value=value, is_vague=True
            ), taken
    last = items[at + 2] if at + 2 < len(items) else None
    if item.has("article", "per") and following and following.has("padding") and last and last.of("time"):
        return replace(item, concepts=frozenset({"number", "article"}), end=following.end, value=1.0), 2  # a whole day
    if (
        item.has("article", "per")
        and item.text != "/"
        and following
        and (following.of("time") or following.of("size") or following.has("half", "vague") or following.of("fraction"))
        and not item.has("every")
    ):
        if following.has("vague", "half") or following.of("fraction"):
            found, taken = read_number(items, at + 1)
            return (replace(found, start=item.start), taken + 1) if found else (None, 1)
        told = (
            {"number", "article"}
            if item.has("article") or item.text in ("a", "an")
            else {"number", "article", "per_unit"}
        )
        return replace(item, concepts=frozenset(told), value=1.0), 1
    return None, 1


def _skipped(items: Sequence[Item], at: int) -> int:
    """How far the unit is from a part of it: ``half an hour``, ``a tenth of a percent``, ``half of one percent``."""
    skip = 1
    if at + skip + 1 < len(items) and items[at + skip].text in _OF:
        skip += 1
    one = items[at + skip] if at + skip + 1 < len(items) else None
    is_article = one is not None and one.has("article", "per") and one.text not in _PER
    if one and (is_article or (one.value == 1 and not one.is_digits)):
        skip += 1
    return skip


def _written_fraction(items: Sequence[Item], at: int) -> tuple[Item, int] | None:
    """``1/2`` and ``1 1/2`` before a unit."""
    for whole in (0, 1):
        parts = items[at + whole : at + whole + 4]
        if len(parts) < 4 or parts[1].text != "/" or not (parts[0].is_digits and parts[2].is_digits):
            continue
        above, below = parts[0].value or 0, parts[2].value or 0
        if not 0 < above < below <= 10 or not (parts[3].of("time") or parts[3].of("size")):
            continue
        value = above / below + ((items[at].value or 0) if whole else 0)
        return replace(items[at], end=parts[2].end, value=value), whole + 3
    return None


def _is_hundred(item: Item) -> bool:
    return item.value in (12, 100, 1e3, 1e6, 1e9) and not item.is_digits


def _is_point(item: Item) -> bool:
    return item.has("point")


def _spoken_digits(items: Sequence[Item], at: int) -> list[str]:
    digits = []
    for item in items[at : at + 4]:
        if item.value is None or (item.is_digits and item.value > 99) or not float(item.value).is_integer():
            break
        digits.append(str(int(item.value)))
    return digits


def _times(number: Item, last: Item, *, value: float) -> Item:
    return replace(number, end=last.end, value=value, text=f"{number.text} {last.text}")
