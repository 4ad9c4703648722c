"""Days of a sentence, from one to another, with times or without."""

import re
from typing import Final

from sparkwright.policy.language.clock import CLOCK, When, blank, clock, is_surely_time
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
ORDER: Final = list(_DAYS)
ANY_DAY: Final = "|".join(_DAYS.values())
_WEEKDAYS: Final = r"(?:week ?days|every weekday|each weekday|weekday|working days|work ?days|business days|werktags?|an werktagen|wochentags?|(?:les )?jours (?:ouvres|de semaine|ouvrables)|en semaine|(?:los )?dias (?:laborables|habiles)|entre semana)"
_WEEKEND: Final = r"(?:week-?ends?|the weekend|wochenend(?:e|en)|(?:le |les )?week-?ends?|(?:los )?fines? de semana)"


def take_days(found: When) -> list[str]:
    """The days that are named, in the order of the week."""
    days: list[str] = []
    begin = r"\b(?:on |every |each |am |an |jeden |le |les |los |el |chaque |cada |from |between |von |du |de |del |zwischen )?(?:the )?"
    for match in list(
        re.finditer(
            rf"{begin}({ANY_DAY})\b ?(?:-|–|to|through|thru|till|until|bis|und(?= {ANY_DAY}\b nie)|au|a|al|hasta el) ?({ANY_DAY})\b",
            found.text,
        )
    ):
        first, last = _day(match[1]), _day(match[2])
        at = ORDER.index(first)
        while True:
            days.append(ORDER[at % 7])
            if ORDER[at % 7] == last:
                break
            at += 1
        blank(found, match.start(), match.end())
    for match in list(
        compiled(rf"\b(?:between|zwischen|entre) ({ANY_DAY}) (?:and|und|et|y) ({ANY_DAY})\b").finditer(found.text)
    ):
        at = ORDER.index(_day(match[1]))
        while ORDER[at % 7] != _day(match[2]):
            days.append(ORDER[at % 7])
            at += 1
        days.append(_day(match[2]))
        blank(found, match.start(), match.end())
    for match in list(
        compiled(
            rf"\b(?:{says('effective')}) (?:next |this |coming )?(?:{ANY_DAY})\b(?! (?:to|until|till)\b)"
        ).finditer(found.text)
    ):
        blank(found, match.start(), match.end())  # when it begins, not when it holds
    ranged = set(days)
    for pattern, named in ((_WEEKDAYS, ORDER[:5]), (_WEEKEND, ORDER[5:])):
        for match in list(
            compiled(rf"\b(?:on |at |over |during |am |an |the |every |le |les |los |en )*{pattern}\b").finditer(
                found.text
            )
        ):
            if not ranged or not ranged <= set(named):  # `on weekdays from Monday to Thursday`
                days += named
            blank(found, match.start(), match.end())
    for match in list(
        compiled(rf"{begin}\b({ANY_DAY})\b(?:,? (?:and |und |et |y |or )?)?(?:night|mornings?|evenings?)?").finditer(
            found.text
        )
    ):
        days.append(_day(match[1]))
        blank(found, match.start(), match.end())
    return [day for day in ORDER if day in days]


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
