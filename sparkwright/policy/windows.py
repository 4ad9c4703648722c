"""When a policy holds: hours of days in a time zone, past midnight too, by the wall clock of that zone.

The wall clock decides, so hours that a change to summer time leaves out never come, and hours that a change back brings
twice count twice.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data_contracts.policy import TimeWindow
from sparkwright.errors import ConfigError

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Window:
    """One window, made ready to be asked.

    Attributes:
        days: Weekdays on which it starts, Monday is 0.
        start: Minute of the day, included.
        end: Minute of the day, excluded; at most ``start`` where it goes past midnight, else up to 1440.
    """

    zone: tzinfo
    days: frozenset[int]
    start: int
    end: int

    def holds(self, at: datetime) -> bool:
        """Whether a moment lies in it.

        Args:
            at: With a time zone.
        """
        local = at.astimezone(self.zone)
        return self.holds_at(local.weekday(), 60 * local.hour + local.minute)

    def holds_at(self, day: int, minute: int) -> bool:
        """The same of a weekday and a minute of the zone's own wall clock."""
        if self.start < self.end:
            return day in self.days and self.start <= minute < self.end
        return (minute >= self.start and day in self.days) or (minute < self.end and (day - 1) % 7 in self.days)


def window_of(told: TimeWindow) -> Window:
    """The window.

    Raises:
        ConfigError: There is no such time zone.
    """
    days = frozenset(_DAYS.index(day) for day in told.days) or frozenset(range(7))
    return Window(zone_of(told.timezone), days, _minute(told.start), _minute(told.end) or DAY_MINUTES)


def gaps_of(window: Window, now: datetime | None = None) -> list[str]:
    """On which days of the next year a change to summer time leaves out the hour at which a window begins or ends."""
    start = (now or datetime.now(UTC)).astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    found = []
    for hour in range(366 * 24):
        before = start + timedelta(hours=hour)
        left_out = _offset(window.zone, before + timedelta(hours=1)) - _offset(window.zone, before)
        if left_out <= timedelta():
            continue
        gap = (before + timedelta(hours=1)).astimezone(window.zone).replace(tzinfo=None)
        for name, minute in (("start", window.start), ("end", window.end % DAY_MINUTES)):
            at = gap.replace(hour=minute // 60, minute=minute % 60)
            if gap - left_out <= at < gap:
                there = f"does not exist in {window.zone} on {at:%Y-%m-%d}: clocks go on to {gap:%H:%M}"
                found.append(f"its {name} at {at:%H:%M} {there}")
    return found


def _offset(zone: tzinfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


@cache
def zone_of(name: str) -> tzinfo:
    """The zone of an IANA name.

    Raises:
        ConfigError: There is none.
    """
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    # A folder, a name that leaves the database, one too long: each has an error of its own.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(
            f"expected the IANA name of a time zone, such as Europe/Berlin or UTC, got {name[:64]!r} (where every name "
            "is refused the machine has no time zones: install the package tzdata)"
        ) from None


def _minute(clock: str) -> int:
    return 60 * int(clock[:2]) + int(clock[3:])
