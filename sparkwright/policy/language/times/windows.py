"""Windows of the schema from days and hours: which hours are of which days."""

from typing import Final

from sparkwright.policy.language.times.days import ORDER, Days

WHOLE_DAY: Final = ("00:00", "00:00")
Hours = tuple[int, tuple[str, str]]
"""Where hours stand, from when, and to when."""


def windows_of(groups: list[Days], spans: list[Hours], zone: str) -> list[dict[str, object]]:
    """The windows that days and hours make.

    Args:
        groups: Days that are named together, in the order of the text.
        spans: Hours, in any order.
        zone: Empty where there is none.
    """
    if len(groups) < 2 or len(spans) < 1:
        days = [day for one in groups for day in one.days]
        if not days and not spans:
            return []
        return [_window(days, hours, zone) for hours in ([one for _, one in spans] or [WHOLE_DAY])]
    return [_window(groups[at].days, hours, zone) for at, hours in _paired(groups, spans)]


def _paired(groups: list[Days], spans: list[Hours]) -> list[tuple[int, tuple[str, str]]]:
    """Hours with the days before them; after them, where the text begins with hours. Days without hours are whole."""
    is_days_first = groups[0].start < min(at for at, _ in spans)
    pairs: list[tuple[int, tuple[str, str]]] = []
    for at, hours in sorted(spans):
        before = [one for one, group in enumerate(groups) if group.start < at]
        after = [one for one, group in enumerate(groups) if group.start > at]
        if hours == WHOLE_DAY and before and after:
            is_before = at - groups[before[-1]].end <= groups[after[0]].start - at
        else:
            is_before = bool(before) and (is_days_first or not after)
        pairs.append((before[-1] if is_before else after[0], hours))
    alone = [at for at in range(len(groups)) if all(at != other for other, _ in pairs)]
    return sorted([*pairs, *((at, WHOLE_DAY) for at in alone)])


def _window(days: list[str], hours: tuple[str, str], zone: str) -> dict[str, object]:
    window: dict[str, object] = {}
    if days:
        window["days"] = [day for day in ORDER if day in days]
    if hours != WHOLE_DAY:
        window |= {"start": hours[0], "end": hours[1]}
    if zone:
        window["timezone"] = zone
    return window
