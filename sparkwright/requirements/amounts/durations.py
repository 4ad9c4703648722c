"""Numbers and their units of time as one item: ``an hour and a half``, ``2 h 30``, ``1:30 hours``."""

from collections.abc import Sequence
from dataclasses import replace

from sparkwright.requirements.items import Item
from sparkwright.requirements.text.spelled import spelled

MS = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000,
      "mo": 2_592_000_000, "q": 7_776_000_000, "y": 31_536_000_000}  # fmt: skip
"""Milliseconds of a unit; a month counts 30 days, a year 365."""


def joined_with(number: Item, unit: Item, kind: str, value: float, name: str = "") -> Item:
    """A number with its unit as one item of a kind."""
    return replace(
        number,
        concepts=frozenset({kind}),
        end=unit.end,
        text=f"{number.text} {unit.text}",
        value=float(f"{value:.15g}"),
        unit=name,
    )


def is_hours(item: Item) -> bool:
    """Whether an item is the word that makes a clock a duration: ``1:30 hours``."""
    return (item.of("time") == "h" and not item.has("oclock", "of_day")) or (item.is_glued and item.text == "h")


def is_of_day(item: Item) -> bool:
    """Whether hours and minutes are a time of day, though ``hours`` comes after: ``20:00 hours``."""
    return int(item.text[:2].rstrip(":.")) >= 12 or item.text.startswith("0")


def clock_duration(item: Item, unit: Item) -> Item:
    """``1:30 hours``."""
    hours, minutes, *seconds = (int(part) for part in item.text.replace(".", ":").split(":"))
    value = hours * MS["h"] + minutes * MS["min"] + (seconds[0] * MS["s"] if seconds else 0)
    return replace(item, concepts=frozenset({"duration"}), end=unit.end, value=float(value), unit="min", is_digits=True)


def iso_duration(item: Item) -> Item:
    """``PT2H30M``."""
    value, digits, is_time = 0.0, "", False
    for letter in item.text[1:]:
        if letter.isdigit():
            digits += letter
        elif letter == "t":
            is_time = True
        else:
            value += int(digits or 0) * MS[{"d": "d", "h": "h", "m": "min" if is_time else "mo", "s": "s"}[letter]]
            digits = ""
    return replace(item, concepts=frozenset({"duration"}), value=value, unit="s", is_digits=True)


def duration(items: Sequence[Item], at: int, number: Item, unit: Item, taken: int, time: str) -> tuple[Item, int]:
    """A number of units of time, with the half, the quarter or the minutes that follow, and how many items it takes."""
    found = joined_with(number, unit, "duration", (number.value or 0) * MS[time], time)
    if number.value == 1 and not number.is_digits:  # a month, pro Woche: perhaps the period of something
        found = replace(found, concepts=found.concepts | {"one_unit"} | (number.concepts & {"per_unit"}))
    taken += 1
    is_span = unit.text in spelled("hours_of_spans")
    if time == "h" and not is_span and number.value is not None and number.value <= 24 and number.value.is_integer():
        found = replace(found, other=int(number.value) * 60)
    following = items[at + taken] if at + taken < len(items) else None
    if following is None:
        return found, taken
    if time == "h" and following.has("and") and (minutes := _spoken_minutes(items, at + taken + 1)):
        value = (found.value or 0) + (minutes.value or 0) * MS["min"]  # uma hora e quinze
        return replace(found, end=minutes.end, value=value, unit="min", other=None), taken + 2
    if following.has("and_half") or following.has("and_half_after"):
        half = replace(found, end=following.end, value=(found.value or 0) + MS[time] / 2)
        return replace(half, other=None if found.other is None else found.other + 30), taken + 1
    if part := following.of("and_part"):  # an hour and a quarter
        value = (found.value or 0) + MS[time] * float(part)
        return replace(found, end=following.end, value=value, other=None), taken + 1
    if following.has("and_quarter"):
        return replace(
            found,
            end=following.end,
            value=(found.value or 0) + MS[time] / 4,
            other=None if found.other is None else found.other + 15,
        ), taken + 1
    after = items[at + taken + 1] if at + taken + 1 < len(items) else None
    # 1h30, 2 h 45: minutes without their unit.
    if (
        time == "h"
        and following.is_digits
        and (following.is_glued or (len(following.text) == 2 and number.is_digits and not unit.is_glued))
        and following.value is not None
        and following.value < 60
        and not (
            after and (after.of("time") or after.of("size") or after.of("cur") or after.has("percent", "gpu", "run"))
        )
        and not (at + taken + 1 < len(items) and items[at + taken + 1].of("time") == "min")
        and not (
            at + taken + 1 < len(items) and items[at + taken + 1].is_glued and items[at + taken + 1].text[:1] == "m"
        )
    ):
        other = None if found.other is None else found.other + int(following.value)
        value = (found.value or 0) + following.value * MS["min"]
        return replace(found, end=following.end, value=value, unit="min", other=other), taken + 1
    # une heure quarante-cinq
    spoken = (
        following.value
        if following.has("number") and not following.is_digits and not following.has("article")
        else None
    )
    if time == "h" and spoken in range(5, 60, 5) and (after is None or after.has("stop", "comma", "and", "max")):
        value = (found.value or 0) + (spoken or 0) * MS["min"]
        other = None if found.other is None else found.other + int(spoken or 0)
        return replace(found, end=following.end, value=value, unit="min", other=other), taken + 1
    # 1h30m
    if time == "h" and following.is_digits and after and after.is_glued and after.text == "m":
        value = (found.value or 0) + (following.value or 0) * MS["min"]
        return replace(found, end=after.end, value=value, unit="min", other=None), taken + 2
    return found, taken


def _spoken_minutes(items: Sequence[Item], at: int) -> Item | None:
    """The number of minutes that is said without its unit at the end of a clause."""
    item = items[at] if at < len(items) else None
    after = items[at + 1] if at + 1 < len(items) else None
    if item is None or item.is_digits or not item.has("number") or item.has("article"):
        return None
    return item if item.value in range(5, 60, 5) and (after is None or after.has("stop", "comma", "max")) else None
