"""Hours of the clock and the half of the day that they are of."""

from collections.abc import Sequence
from dataclasses import replace

from sparkwright.requirements.items import Item

DAY_MINUTES = 24 * 60


_PARTS = ("am", "pm", "morning", "afternoon", "evening", "night")


def at_place(items: Sequence[Item], at: int) -> Item | None:
    """The item at a place, None past the end."""
    return items[at] if at < len(items) else None


def part_at(items: Sequence[Item], at: int) -> Item | None:
    """The part of the day at a place, where the words say no period, too."""
    item = at_place(items, at)
    return item if item and item.has(*_PARTS) and not item.of("preset") else None


def with_part(
    items: Sequence[Item], at: int, taken: int, hour: int, minute: int, before: Sequence[Item], *, is_exact: bool
) -> tuple[Item, int]:
    """The time with the half of the day that is said after it or right before it."""
    last = items[at + taken - 1]
    part = part_at(items, at + taken)
    if part:
        last, taken = part, taken + 1
        more = at_place(items, at + taken)
        if more and (more.has("clock_sharp") or (part_at(items, at + taken) and not part.has("am", "pm"))):
            last, taken = more, taken + 1
    elif (skipped := at_place(items, at + taken)) and skipped.has("oclock", "clock_sharp"):
        last, taken = skipped, taken + 1
        if part := part_at(items, at + taken):
            last, taken = part, taken + 1
    if part is None and (every := at_place(items, at + taken)) and every.of("preset") and every.has(*_PARTS):
        part = every  # at seven every evening: the period stays an item of its own
    if part is None and hour <= 12:
        part = next((item for item in reversed(before[-3:]) if item.has(*_PARTS)), None)
        if part and part.of("preset") and not part.has("morning", "evening", "night"):
            part = None
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return as_time(items[at], last, DAY_MINUTES + hour * 60), taken
    if part is not None and hour <= 12:
        hour = _hour_in(part, hour)
    elif not is_exact and hour <= 12:
        return replace(as_time(items[at], last, hour % 24 * 60 + minute), is_vague=True), taken
    return as_time(items[at], last, hour % 24 * 60 + minute), taken


def _hour_in(part: Item, hour: int) -> int:
    """The hour of 24 of an hour of 12 in a part of the day."""
    if part.has("pm", "afternoon"):
        return 12 if hour == 12 else hour + 12
    if part.has("evening") and not part.has("morning"):
        return 0 if hour == 12 else hour + 12 if hour >= 4 else hour
    if part.has("morning", "am"):
        return 0 if hour == 12 else hour
    return 0 if hour == 12 else hour + 12 if hour >= 7 else hour


def as_time(first: Item, last: Item, minutes: int) -> Item:
    """A time of day that reaches from one item to another."""
    text = first.text if first is last else f"{first.text} {last.text}"
    return replace(
        first,
        concepts=frozenset({"clock_time"}),
        end=last.end,
        text=text,
        value=float(minutes),
        is_vague=False,
        unit="",
    )
