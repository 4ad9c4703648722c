"""Days of a sentence, from one to another, with times or without."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from sparkwright.policy.language.times.clock import CLOCK, When, blank, clock, is_surely_time
from sparkwright.policy.language.vocabulary import compiled, says

_DAYS: Final = {
    "mon": r"mon(?:day)?s?|montags?|lundis?|lunes",
    "tue": r"tue(?:s|sday)?s?|dienstags?|mardis?|martes",
    "wed": r"wed(?:nesday)?s?|mittwochs?|mercredis?|miercoles",
    "thu": r"thu(?!s\b)(?:r|rs|rsday)?s?|donnerstags?|jeudis?|jueves",
    "fri": r"fri(?:day)?s?|freitags?|vendredis?|viernes",
    "sat": r"sat(?:urday)?s?|samstags?|sonnabends?|samedis?|sabados?",
    "sun": r"sun(?:day)?s?|sonntags?|dimanches?|domingos?",
}
_ONE_DAY: Final = "monday|tuesday|wednesday|thursday|friday|saturday|sunday|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miercoles|jueves|viernes|sabado|domingo"
_JOINT: Final = re.compile(
    r"(?:[\s,/+&()-]|\b(?:and|und|et|y|e|or|plus|as well as|also|on|the|every|each|sowie|auch|auf|i\.e\.)(?=\W|$))*"
)
ORDER: Final = list(_DAYS)
ANY_DAY: Final = "|".join(_DAYS.values())
_WEEKDAYS: Final = r"(?:week ?days|every weekday|each weekday|weekday|working days|work ?days|business days|werktags?|an werktagen|wochentags?|(?:les )?jours (?:ouvres|de semaine|ouvrables)|en semaine|(?:los )?dias (?:laborables|habiles)|entre semana)"
_WEEKEND: Final = r"(?:week-?ends?|the weekend|wochenend(?:e|en)|(?:le |les )?week-?ends?|(?:los )?fines? de semana)"


@dataclass(slots=True)
class Days:
    """Days that are named together.

    Attributes:
        start: Where they are named.
        end: One past the last of them.
        days: In any order.
        sort: ``week``, ``end`` for a weekend, ``range``, or ``day``.
    """

    start: int
    end: int
    days: list[str]
    sort: str


def take_days(found: When, said: str) -> list[Days]:
    """The days that are named, those named together as one, in the order of the text.

    Args:
        found: Its text loses the days.
        said: The text with its hours.
    """
    groups: list[Days] = []
    begin = r"\b(?:on |every |each |am |an |jeden |le |les |los |el |chaque |cada |from |between |von |du |de |del |zwischen )?(?:the )?"
    for pattern in (
        rf"{begin}({ANY_DAY})\b ?(?:-|–|to|through|thru|till|until|bis|und(?= {ANY_DAY}\b nie)|au|a|al|hasta el) ?({ANY_DAY})\b",
        rf"\b(?:between|zwischen|entre) ({ANY_DAY}) (?:and|und|et|y) ({ANY_DAY})\b",
    ):
        for match in list(compiled(pattern).finditer(found.text)):
            first, last = ORDER.index(_day(match[1])), ORDER.index(_day(match[2]))
            days = [ORDER[at % 7] for at in range(first, last + 1 + 7 * (last < first))]
            groups.append(Days(match.start(), match.end(), days, "range"))
            blank(found, match.start(), match.end())
    for match in list(_dates().finditer(found.text)):
        blank(found, match.start(), match.end())  # when it begins, or what happens then: not when it holds
    ranged = {day for one in groups for day in one.days}
    for sort, pattern, named in (("week", _WEEKDAYS, ORDER[:5]), ("end", _WEEKEND, ORDER[5:])):
        for match in list(
            compiled(rf"\b(?:on |at |over |during |am |an |the |every |le |les |los |en )*{pattern}\b").finditer(
                found.text
            )
        ):
            if not ranged or not ranged <= set(named):  # `on weekdays from Monday to Thursday`
                groups.append(Days(match.start(), match.end(), named, sort))
            blank(found, match.start(), match.end())
    for match in list(compiled(rf"{begin}\b({ANY_DAY})\b(?:,? (?:and |und |et |y |or )?)?").finditer(found.text)):
        groups.append(Days(match.start(), match.end(), [_day(match[1])], "day"))
        blank(found, match.start(), match.end())
    return _together(said, sorted(groups, key=lambda one: one.start))


def _together(text: str, groups: list[Days]) -> list[Days]:
    """Days with nothing but a joint between them as one; a weekend before weekdays stays apart."""
    merged: list[Days] = []
    for one in groups:
        before = merged[-1] if merged else None
        if before and _JOINT.fullmatch(text, before.end, one.start) and (before.sort, one.sort) != ("end", "week"):
            merged[-1] = Days(before.start, one.end, [*before.days, *one.days], "day")
        else:
            merged.append(one)
    return merged


@cache
def _dates() -> re.Pattern[str]:
    """``from next Monday on``, ``by Friday``, ``Tuesday's meeting``, ``Black Friday``: a date, and no day of each week."""
    event, day = says("event"), f"(?:{ANY_DAY})"
    return re.compile(
        rf"\b(?:{says('effective')}) (?:on |from |as of |by )?(?:next |this |coming )?{day}\b(?: on(?:wards?)?\b)?(?! ?(?:to|until|till|through|-|–)\b)"
        rf"|\b(?:from|by|before|until|no later than|due|ab|bis|des|a partir de|hasta el?) (?:next |this |coming )?(?:{_ONE_DAY})\b(?: (?:on|onwards?|at the latest)\b)?"
        rf"(?! ?(?:to|until|till|through|bis|au|al?|hasta|-|–|and|morning|evening|\d)(?!\w))"
        rf"|\b(?:next|this|coming|last|past) {day}\b|\b(?:{says('feast')})\b"
        rf"|\b{day}(?:'s)? (?:\w+ ){{0,2}}(?:{event})\b|\b(?:{event}) (?:(?:is|was|takes place|meets?|of|on|from|at|this|next|last|every|each|am|vom|du|de|del|el) )*{day}\b(?: (?:night|morning|afternoon|evening))?"
    )


def _day(word: str) -> str:
    return next(day for day, pattern in _DAYS.items() if re.fullmatch(pattern, word))


def take_runs(found: When, zone: str) -> None:
    """``sat 22:00 to sun 06:00``: from a time of one day to a time of another."""
    joint = r"(?:-|–|to|till|until|through|bis|a|au|jusqu'a|hasta(?: el)?)"
    article = r"(?:on |am |le |el |du |del |from |von |de |the |,|at |um |a |las )*"
    pattern = rf"\b{article}({ANY_DAY}),? {article}({CLOCK})(?: uhr)? ?{joint} {article}({ANY_DAY}),? {article}({CLOCK})(?: uhr)?"
    for match in list(compiled(pattern).finditer(found.text)):
        if not (is_surely_time(match[2]) and is_surely_time(match[4])):
            continue
        start, end = clock(match[2], ""), clock(match[4], "")
        if start is None or end is None:
            continue
        first, last = ORDER.index(_day(match[1])), ORDER.index(_day(match[3]))
        between = [ORDER[at % 7] for at in range(first + 1, last + (7 if last <= first else 0))]
        named = {"timezone": zone} if zone else {}
        if not between and end <= start:
            found.windows.append({"days": [ORDER[first]], "start": start, "end": end, **named})
        else:
            found.windows.append({"days": [ORDER[first]], "start": start, "end": "00:00", **named})
            if between:
                found.windows.append({"days": between, **named})
            if end != "00:00":
                found.windows.append({"days": [ORDER[last]], "start": "00:00", "end": end, **named})
        blank(found, match.start(), match.end())
