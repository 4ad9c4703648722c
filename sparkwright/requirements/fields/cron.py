"""What a text says of a schedule, and the cron text that says the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from sparkwright.requirements.amounts.day_parts import DAY_MINUTES
from sparkwright.requirements.items import Item
from sparkwright.requirements.sentence import Said, Unclear

_RANK = ("hourly", "daily", "weekly", "monthly", "yearly")


@dataclass
class ScheduleFound:
    """What of a schedule a text says."""

    start: int = -1
    end: int = -1
    presets: list[str] = field(default_factory=list)
    weekdays: set[int] = field(default_factory=set)
    left_out: set[int] = field(default_factory=set)
    days_of_month: set[int] = field(default_factory=set)
    month: int | None = None
    steps: list[tuple[float, str]] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    vague_times: list[Item] = field(default_factory=list)
    minute_of_hour: int | None = None
    problem: str = ""
    is_disputed: bool = False

    def see(self, first: Item, last: Item | None = None) -> None:
        """Let the span reach over an item."""
        self.start = first.start if self.start < 0 else min(self.start, first.start)
        self.end = max(self.end, (last or first).end)

    @property
    def is_periodic(self) -> bool:
        """Whether anything but a time of day was said."""
        return bool(self.presets or self.weekdays or self.days_of_month or self.steps)


def conclude(found: ScheduleFound) -> Iterator[Said | Unclear]:
    """The schedule as cron has it, or what keeps it from being one."""
    start, end = max(found.start, 0), max(found.end, 0)
    presets = set(found.presets)
    if found.problem:
        yield Unclear("schedule", "ambiguous", found.problem, start, end)
    elif any(not 0 <= minutes < DAY_MINUTES for minutes in found.times):
        yield Unclear("schedule", "out_of_range", "times of day from 00:00 to 23:59", start, end)
    elif found.vague_times:
        yield Unclear("schedule", "ambiguous", "which half of the day", start, end)
    elif _excludes(found, presets):
        yield Unclear("schedule", "contradictory", "one schedule", start, end)
    else:
        cron = _cron(found, presets)
        if cron is None:
            yield Unclear("schedule", "ambiguous", "a schedule that cron can say", start, end)
        else:
            yield Said("schedule", cron, start, end)


def _excludes(found: ScheduleFound, presets: set[str]) -> bool:
    """Whether two periods were said that cannot both hold."""
    if found.is_disputed:
        return True
    bases = presets - {"daily"} if (found.weekdays or found.days_of_month) else set(presets)
    if found.weekdays:
        bases -= {"weekly"}
    if found.days_of_month:
        bases -= {"monthly", "yearly"}
    if "once" in presets and (len(presets) > 1 or found.steps or found.weekdays):
        return True
    if len(set(found.steps)) > 1:
        return True
    if found.steps and bases - {"daily"}:
        return True
    return len(bases) > 1


def _cron(found: ScheduleFound, presets: set[str]) -> str | None:
    minutes = sorted({minutes % 60 for minutes in found.times})
    if len(minutes) > 1:
        return None
    minute = str(minutes[0]) if minutes else "0"
    hours = ",".join(str(hour) for hour in sorted({time // 60 for time in found.times})) or "0"
    days = _days(found.weekdays - found.left_out)
    dates = ",".join(map(str, sorted(found.days_of_month))) or "*"
    month = str(found.month or "*")
    if found.steps and not (found.steps[0][1] == "h" and len(found.times) == 24 / found.steps[0][0] > 1):
        return _step_cron(*found.steps[0], found.times, minute, hours, days)
    if dates != "*":
        return f"{minute} {hours} {dates} {month} *"
    if days != "*":
        hour = "*" if "hourly" in presets and not found.times else hours
        return f"{minute} {hour} * * {days}"
    base = next((preset for preset in (*_RANK, "quarterly", "once") if preset in presets), None)
    if base == "quarterly":
        return f"{minute} {hours} 1 */3 *"
    if base == "hourly" and found.minute_of_hour is not None:
        return f"{found.minute_of_hour} * * * *"
    if not found.times:
        return f"@{base}" if base else None
    if base in (None, "daily"):
        return f"{minute} {hours} * * *"
    # Of a week or a month the day is missing.
    return "@once" if base == "once" else None


def _step_cron(count: float, unit: str, times: Sequence[int], minute: str, hours: str, days: str) -> str | None:
    if not float(count).is_integer():
        return None
    step = int(count)
    plain = {("h", 1): "@hourly", ("d", 1): "@daily", ("w", 1): "@weekly", ("mo", 1): "@monthly", ("y", 1): "@yearly"}
    if unit == "min" and step >= 60 and step % 60 == 0:
        unit, step = "h", step // 60
    if days == "*" and not times and (unit, step) in plain:
        return plain[unit, step]
    if unit == "min" and 60 % step == 0:
        return f"*/{step} * * * {days}" if step > 1 else f"* * * * {days}"
    if unit == "h" and 24 % step == 0 and step < 24:
        start = minute if times else "0"
        return f"{start} */{step} * * {days}" if step > 1 else f"{start} * * * {days}"
    if unit == "h" and step % 24 == 0:
        unit, step = "d", step // 24
    if unit == "d" and step <= 31:
        if step == 7:
            return None
        return f"{minute} {hours} */{step} * *" if step > 1 else f"{minute} {hours} * * {days}"
    if unit == "mo" and step <= 12:
        return f"{minute} {hours} 1 */{step} *"
    return None


def _days(days: set[int]) -> str:
    if not days or len(days) == 7:
        return "*"
    ordered = sorted(days)
    runs = all(day + 1 == after for day, after in pairwise(ordered))
    if len(ordered) > 2 and runs:
        return f"{ordered[0]}-{ordered[-1]}"
    return ",".join(map(str, ordered))
