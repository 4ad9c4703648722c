"""When a sentence holds: days, hours and time zones, taken out of the text."""

import re
from dataclasses import dataclass, field
from typing import Final

from sparkwright.policy.language.vocabulary import part, says, whole, zones

_DAYS: Final = {
    "mon": r"mon(?:day)?s?|montags?|lundis?|lunes",
    "tue": r"tue(?:s|sday)?s?|dienstags?|mardis?|martes",
    "wed": r"wed(?:nesday)?s?|mittwochs?|mercredis?|miercoles",
    "thu": r"thu(?:r|rs|rsday)?s?|donnerstags?|jeudis?|jueves",
    "fri": r"fri(?:day)?s?|freitags?|vendredis?|viernes",
    "sat": r"sat(?:urday)?s?|samstags?|sonnabends?|samedis?|sabados?",
    "sun": r"sun(?:day)?s?|sonntags?|dimanches?|domingos?",
}
_ORDER: Final = list(_DAYS)
_ANY_DAY: Final = "|".join(_DAYS.values())
_WEEKDAYS: Final = r"(?:week ?days|every weekday|each weekday|weekday|working days|work ?days|business days|werktags?|an werktagen|wochentags?|(?:les )?jours (?:ouvres|de semaine|ouvrables)|en semaine|(?:los )?dias (?:laborables|habiles)|entre semana)"
_WEEKEND: Final = r"(?:week-?ends?|the weekend|wochenend(?:e|en)|(?:le |les )?week-?ends?|(?:los )?fines? de semana)"
_CLOCK: Final = r"(?:(?:[01]?\d|2[0-4])(?:(?::|\.|h)[0-5]\d)?(?:\s?(?:a\.?m\.?|p\.?m\.?|uhr|o'clock|h|hrs|hours|noon|midnight|mittags?))?|noon|midnight|midday|mittag|mitternacht|midi|minuit|mediodia|medianoche)(?![\w%]|:\d)"
_COUNTED = re.compile(
    r"\s*(?:\w+ )?(?:executors?\b(?! (?:cores?|memory|heap|may|must|are|get|can|should|need))|core|cpu|vcore|gi?b\b|mi?b\b|ti?b\b|g\b|m\b|partition|task|gig|meg|driver|kern|c(?:oe|œ)ur|nucle|[kmg]o\b|ejecutor|executeur|go\b|second|minute|%)"
)
_OUTSIDE = re.compile(
    r"\b(?:outside(?: of)?|except(?: for)?|other than|ausserhalb(?: von)?|en dehors de|fuera de|not)(?: the| hours| of| from| between| times?)*\s*$"
)
_VAGUE = whole("vague_hours")


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


def take_hours(folded: str, written: str) -> When:
    """The windows of a text.

    Args:
        folded: Lower case without accents, as long as ``written``.
        written: As it was written: IANA names keep their case.
    """
    found = When(folded)
    zone = _take_zone(found, written)
    _take_runs(found, zone)
    spans = _take_spans(found)
    if spans:  # `noon (12:00)` says it twice
        found.text = re.sub(r"\(\d\d?:\d\d\)", lambda match: " " * len(match[0]), found.text)
    days = _take_days(found)
    if match := _VAGUE.search(found.text):
        if not spans:
            found.unclear.append(f"which hours are meant by {match[0]!r}?")
        _blank(found, match.start(), match.end())
    if spans or days:
        for start, end in spans or [("00:00", "00:00")]:
            window: dict[str, object] = {}
            if days:
                window["days"] = days
            if (start, end) != ("00:00", "00:00"):
                window |= {"start": start, "end": end}
            if zone:
                window["timezone"] = zone
            found.windows.append(window)
    return found


def _take_runs(found: When, zone: str) -> None:
    """``sat 22:00 to sun 06:00``: from a time of one day to a time of another."""
    joint = r"(?:-|–|to|till|until|through|bis|a|au|jusqu'a|hasta(?: el)?)"
    article = r"(?:on |am |le |el |du |del |from |von |de |the |,|at |um |a |las )*"
    pattern = rf"\b{article}({_ANY_DAY}),? {article}({_CLOCK})(?: uhr)? ?{joint} {article}({_ANY_DAY}),? {article}({_CLOCK})(?: uhr)?"
    for match in list(re.finditer(pattern, found.text)):
        if not (_is_surely_time(match[2]) and _is_surely_time(match[4])):
            continue
        start, end = _clock(match[2], ""), _clock(match[4], "")
        if start is None or end is None:
            continue
        first, last = _ORDER.index(_day(match[1])), _ORDER.index(_day(match[3]))
        between = [_ORDER[at % 7] for at in range(first + 1, last + (7 if last <= first else 0))]
        named = {"timezone": zone} if zone else {}
        if not between and end <= start:
            found.windows.append({"days": [_ORDER[first]], "start": start, "end": end, **named})
        else:
            found.windows.append({"days": [_ORDER[first]], "start": start, "end": "00:00", **named})
            if between:
                found.windows.append({"days": between, **named})
            if end != "00:00":
                found.windows.append({"days": [_ORDER[last]], "start": "00:00", "end": end, **named})
        _blank(found, match.start(), match.end())


def _take_zone(found: When, written: str) -> str:
    if match := re.search(
        r"\(?\b(?:in |im |time ?zone |zeitzone |fuseau )*((?:africa|america|asia|australia|europe|pacific|etc|atlantic|indian)/[a-z_]+(?:/[a-z_]+)?)(?: time| zeit| timezone| time zone)?\)?",
        found.text,
    ):
        zone = written[match.start(1) : match.end(1)]
        _blank(found, match.start(), match.end())
        return "/".join(part[:1].upper() + part[1:] if part.islower() else part for part in zone.split("/"))
    for zone, words in zones().items():
        suffix = "" if zone == "UTC" else r"(?: local)?[ -]?(?:time|zeit|timezone|time zone)"
        before = (
            ""
            if zone == "UTC"
            else rf"|\b(?:time ?zone|zeitzone|fuseau(?: horaire)?|zona horaria)(?: is| of| de| d')?:? ?(?:{words})\b|\b(?:time in|heure de|hora de|zeit in|heure d') ?(?:{words})\b|\(\s?(?:{words})\s?\)"
        )
        if match := re.search(rf"\(?\b(?:in |nach |en |a l')?(?:{words})\b{suffix}(?: time)?\)?{before}", found.text):
            _blank(found, match.start(), match.end())
            return zone
    if re.search(r"\d[:.]\d\d|\d ?[ap]\.?m\b|noon|midnight|mittag|minuit|midi", found.text):
        for zone, words in zones().items():
            if match := re.search(rf"\b(?:in|a|en) (?:{words})\b(?! (?:team|queue))", found.text):
                _blank(found, match.start(), match.end())
                return zone
    if match := re.search(
        r"\b(?:local time|(?:(?<=\d )|(?<=[ap]m )|(?<=\dh )|(?<=uhr ))(?:cet|cest|est|edt|pst|pdt|cst|cdt|mst|mdt|ist|bst|jst|mez|mesz|aest|aedt|eet|eest|wet|west|hkt|sgt|msk|sast)|(?<=\()(?:cet|cest|est|edt|pst|pdt|cst|mst|ist|bst|jst|mez|mesz)(?=\))|ortszeit|heure locale|hora local|their time zone|your time)\b",
        found.text,
    ):
        found.unclear.append(f"which time zone is {match[0]!r}, as an IANA name?")
        _blank(found, match.start(), match.end())
    return ""


def _take_spans(found: When) -> list[tuple[str, str]]:
    spans: list[tuple[str, str]] = []
    between = [
        rf"\b(?:between|from|zwischen|von|entre|de|des|desde|dalle|tra)(?: the hours of| las?| les)? ({_CLOCK})(?: uhr)? ?(?:and|to|till|until|through|und|bis|et|a|y(?: las?)?|hasta(?: las?)?|alle|e|-|–|—) ?(?:a )?({_CLOCK})(?: uhr)?",
        rf"(?<![\w.])({_CLOCK}) ?(?:-|–|—|to|till|until|bis(?: zu)?|a) ?({_CLOCK})(?: uhr)?",
    ]
    for pattern in between:
        for match in list(re.finditer(pattern, found.text)):
            before, after = found.text[: match.start()], found.text[match.end() :]
            is_alone = bool(re.search(r"(?:^|[,;(])\s*$", before) and re.match(r"\s*(?:[,:;)]|$)", after) and "-" in match[0])
            if not _is_time(match[0], match[1], match[2], is_alone=is_alone):
                continue
            is_sure = _is_surely_time(match[1]) or _is_surely_time(match[2])
            if not is_sure and (_COUNTED.match(found.text, match.end()) or _counts(found.text[: match.start()])):
                continue
            if _OUTSIDE.search(found.text[: match.start()]):
                found.unclear.append(f"which hours are {match[0]!r} not: name those that count")
                _blank(found, match.start(), match.end())
                continue
            # Bare numbers are hours only where something else is what is bounded.
            rest = found.text[: match.start()] + found.text[match.end() :]
            if not (_is_surely_time(match[1]) or _is_surely_time(match[2]) or re.search(r"\d", rest)):
                continue
            _add_span(found, spans, match[1], match[2])
            _blank(found, match.start(), match.end())
    one_sided = [
        (
            rf"\b(?:after|from|since|starting at|nach|ab|apres|a partir de|despues de las|a partir de las|later than) ({_CLOCK})(?: uhr)?(?: on(?:wards?)?)?",
            False,
        ),
        (
            rf"\b(?:before|until|till|up to|vor|bis|avant|jusqu'a|antes de las|hasta las|earlier than) ({_CLOCK})(?: uhr)?",
            True,
        ),
    ]
    sides: dict[bool, str] = {}
    for pattern, is_end in one_sided:
        for match in list(re.finditer(pattern, found.text)):
            if not _is_time(match[0], match[1]) or not _is_surely_time(match[1]):
                continue
            sides[is_end] = match[1]
            _blank(found, match.start(), match.end())
    if len(sides) == 2:
        _add_span(found, spans, sides[False], sides[True])
    elif True in sides:
        _add_span(found, spans, "00:00", sides[True])
    elif False in sides:
        _add_span(found, spans, sides[False], "midnight")
    return spans


def _counts(before: str) -> bool:
    """Whether numbers that follow a text count something: ``cores per executor from 2 to 7``."""
    noun = rf"(?:{part('core')}|{part('executor')}|{part('memory')}|partition\w*|particion\w*|gpus?|overhead|timeout|factor|[\u00a7]+)"
    return bool(re.search(rf"(?:\b{noun}\b|\u00a7)(?:[^\w\u00a7]*\b(?:{says('link')}|per|{part('executor')}|{part('driver')})\b)*\W*$", before))


def _is_time(whole: str, *clocks: str, is_alone: bool = False) -> bool:
    """Whether hours are meant, and not numbers of something: one of them is written as a time, or both are hours."""
    if any(_is_surely_time(clock) for clock in clocks):
        return True
    return (
        len(clocks) == 2
        and all(clock.isdigit() and int(clock) <= 24 for clock in clocks)
        and (whole.startswith(("between", "from", "zwischen", "von", "de ", "entre", "desde", "des ")) or is_alone)
    )


def _is_surely_time(clock: str) -> bool:
    return bool(re.search(r"[:a-z]|\.\d\d$|\dh", clock))


def _add_span(found: When, spans: list[tuple[str, str]], first: str, last: str) -> None:
    half = re.search(r"[ap]\.?m", last)
    start, end = (
        _clock(first, half[0] if half and not re.search(r"[ap]\.?m|:|noon|midnight|h|uhr", first) else ""),
        _clock(last, ""),
    )
    bare = [clock for clock in (first, last) if clock.strip().isdigit()]
    if start is None or end is None:
        found.unclear.append(f"expected two times of day, got {first!r} and {last!r}")
    elif len(bare) == 2 and int(bare[0]) <= 12 and int(bare[1]) <= 12:
        found.unclear.append(f"is {first} to {last} in the morning or in the evening?")
    else:
        spans.append((start, end))


def _clock(text: str, half: str) -> str | None:
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


def _take_days(found: When) -> list[str]:
    days: list[str] = []
    begin = r"\b(?:on |every |each |am |an |jeden |le |les |los |el |chaque |cada |from |between |von |du |de |del |zwischen )?(?:the )?"
    for match in list(
        re.finditer(
            rf"{begin}({_ANY_DAY})\b ?(?:-|–|to|through|thru|till|until|bis|und(?= {_ANY_DAY}\b nie)|au|a|al|hasta el) ?({_ANY_DAY})\b",
            found.text,
        )
    ):
        first, last = _day(match[1]), _day(match[2])
        at = _ORDER.index(first)
        while True:
            days.append(_ORDER[at % 7])
            if _ORDER[at % 7] == last:
                break
            at += 1
        _blank(found, match.start(), match.end())
    for match in list(
        re.finditer(rf"\b(?:between|zwischen|entre) ({_ANY_DAY}) (?:and|und|et|y) ({_ANY_DAY})\b", found.text)
    ):
        at = _ORDER.index(_day(match[1]))
        while _ORDER[at % 7] != _day(match[2]):
            days.append(_ORDER[at % 7])
            at += 1
        days.append(_day(match[2]))
        _blank(found, match.start(), match.end())
    for pattern, named in ((_WEEKDAYS, _ORDER[:5]), (_WEEKEND, _ORDER[5:])):
        for match in list(
            re.finditer(rf"\b(?:on |at |over |during |am |an |the |every |le |les |los |en )*{pattern}\b", found.text)
        ):
            days += named
            _blank(found, match.start(), match.end())
    for match in list(
        re.finditer(
            rf"{begin}\b({_ANY_DAY})\b(?:,? (?:and |und |et |y |or )?)?(?:night|mornings?|evenings?)?", found.text
        )
    ):
        days.append(_day(match[1]))
        _blank(found, match.start(), match.end())
    return [day for day in _ORDER if day in days]


def _day(word: str) -> str:
    return next(day for day, pattern in _DAYS.items() if re.fullmatch(pattern, word))


def _blank(found: When, start: int, end: int) -> None:
    found.text = f"{found.text[:start]}{' ' * (end - start)}{found.text[end:]}"
