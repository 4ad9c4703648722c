"""Times of the day, and what a sentence says of time."""

import re
from dataclasses import dataclass, field
from typing import Final

from sparkwright.parsing.stretches import blanked

CLOCK: Final = r"(?:(?:[01]?\d|2[0-4])(?:(?::|\.|h)[0-5]\d)?(?:\s?(?:a\.?m\.?|p\.?m\.?|uhr|o'clock|h|hrs|hours|noon|midnight|mittags?))?|noon|midnight|midday|mittag|mitternacht|midi|minuit|mediodia|medianoche)(?![\w%]|:\d)"


@dataclass(slots=True)
class When:
    """What a sentence says of time.

    Attributes:
        windows: As the schema has them.
        text: The sentence with what was understood blanked out.
        unclear: What has to be asked back, in words.
    """

    text: str
    windows: list[dict[str, object]] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)


def clock(text: str, half: str) -> str | None:
    """A time as the schema has it; None where it is none. ``half`` is of the day, where the time does not say it."""
    text = text.strip()
    if text in {"noon", "midday", "mittag", "midi", "mediodia"}:
        return "12:00"
    if text in {"midnight", "mitternacht", "minuit", "medianoche"}:
        return "00:00"
    match = re.match(r"(\d{1,2})(?:[:.h](\d\d))?\s?(a\.?m|p\.?m)?", text)
    if match is None:
        return None
    hour, minute, named = int(match[1]), int(match[2] or 0), (match[3] or half or "").replace(".", "")
    if named and not 1 <= hour <= 12:
        return None
    if named:
        # 12 am is midnight, 12 pm noon. Before a time in the evening that is later a bare one is in the evening, too.
        hour = hour % 12 + (12 if named == "pm" else 0)
    return f"{hour % 24:02}:{minute:02}" if hour <= 24 and minute < 60 else None


def is_surely_time(clock: str) -> bool:
    """Whether it is written as a time."""
    return bool(re.search(r"[:a-z]|\.\d\d$|\dh", clock))


def blank(found: When, start: int, end: int) -> None:
    """Blank out what was understood."""
    found.text = blanked(found.text, start, end)
