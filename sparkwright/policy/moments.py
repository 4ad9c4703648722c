"""Every way in which moments can fit a list of windows, each with a moment that does.

A window begins and ends by a wall clock, so which windows a moment fits changes only with the hours of a week and with
the offsets of their zones. Weeks with the same offsets are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

from sparkwright.policy.windows import DAY_MINUTES, Window

_HORIZON = timedelta(days=2 * 366)
"""Zones repeat their changes each year; weekdays of a change stay the same."""
_WEEK = timedelta(days=7)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class MomentAtom:
    """Moments that fit the same windows.

    Attributes:
        fitting: Places of the windows that they fit.
        example: The first of them.
    """

    fitting: frozenset[int]
    example: datetime


def moment_atoms(windows: Sequence[Window], start: datetime) -> list[MomentAtom]:
    """Every set of windows that some moment of the two years after ``start`` fits, and no other.

    Args:
        windows: The windows.
        start: With a time zone; taken to the whole minute.
    """
    start = start.astimezone(UTC).replace(second=0, microsecond=0)
    found: dict[frozenset[int], datetime] = {}
    weeks_seen: set[tuple[timedelta | None, ...]] = set()
    zones = list(dict.fromkeys(window.zone for window in windows))
    changes = [start, *_changes(zones, start), start + _HORIZON]
    for begin, end in pairwise(changes):
        offsets = tuple(begin.astimezone(zone).utcoffset() for zone in zones)
        if offsets in weeks_seen:
            continue
        until = min(end, begin + _WEEK)
        if until - begin == _WEEK:
            weeks_seen.add(offsets)
        for moment in _turns(windows, begin, until):
            fits = frozenset(at for at, window in enumerate(windows) if window.holds(moment))
            found.setdefault(fits, moment)
    return [MomentAtom(fits, example) for fits, example in found.items()]


def _turns(windows: Sequence[Window], begin: datetime, until: datetime) -> list[datetime]:
    """The moments at which a window may begin or end, and the first one; no offset changes between these two."""
    turns = {begin}
    for window in dict.fromkeys(windows):
        offset = begin.astimezone(window.zone).utcoffset() or timedelta()
        local_midnight = (begin + offset).replace(hour=0, minute=0)
        for day in range(-1, 9):
            for minute in {window.start, window.end % DAY_MINUTES, 0}:
                moment = local_midnight + timedelta(days=day, minutes=minute) - offset
                if begin <= moment < until:
                    turns.add(moment)
    return sorted(turns)


def _changes(zones: Sequence[tzinfo], start: datetime) -> list[datetime]:
    """When an offset changes, to the minute."""
    found = set()
    for zone in zones:
        day = start
        while day < start + _HORIZON:
            following = day + timedelta(days=1)
            if day.astimezone(zone).utcoffset() != following.astimezone(zone).utcoffset():
                low, high = day, following
                while high - low > _MINUTE:
                    middle = low + (high - low) // 2
                    middle = middle.replace(second=0, microsecond=0)
                    if middle <= low:
                        break
                    same = middle.astimezone(zone).utcoffset() == day.astimezone(zone).utcoffset()
                    low, high = (middle, high) if same else (low, middle)
                found.add(high)
            day = following
    return sorted(found)
