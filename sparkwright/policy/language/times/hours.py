"""When a sentence holds: days, hours and time zones, taken out of the text."""

import re
from bisect import bisect

from sparkwright.policy.language.text.told import clauses_of
from sparkwright.policy.language.times.clock import CLOCK, When, blank, clock, is_surely_time
from sparkwright.policy.language.times.days import ANY_DAY, take_days, take_runs
from sparkwright.policy.language.times.places import take_zone
from sparkwright.policy.language.times.windows import WHOLE_DAY, Hours, windows_of
from sparkwright.policy.language.vocabulary import compiled, mixed, part, says, whole

_COUNTED = re.compile(
    r"\s{0,2}(?:(?!no\b|each\b|every\b|any\b|an?\b|the\b|all\b|kein|jede|aucun|ningun)\w+ )?(?:executors?\b(?! (?:cores?|memory|heap|may|must|are|get|can|should|need))|core|cpu|vcore|gi?b\b|mi?b\b|ti?b\b|g\b|m\b|partition|task|gig|meg|driver|kern|c(?:oe|œ)ur|nucle|[kmg]o\b|ejecutor|executeur|go\b|second|minute|%)"
)
_OUTSIDE = re.compile(
    r"\b(?:outside(?: of)?|except(?: for)?|other than|ausserhalb(?: von)?|en dehors de|fuera de|not)(?: the| hours| of| from| between| times?)*\s*$"
)
_NO_TIME = re.compile(
    r"(?:\b(?:from|between|until|after|before|to|and|at) )?\b(?:2[5-9]|[3-9]\d):[0-5]\d(?: (?:to|and|-|until) \d\d:\d\d)?\b"
    r"|(?<=  )or so(?= )|\bsomewhere in (?:the )?[a-z]+"
)
_VAGUE = whole("vague_hours")
_ALL_DAY = whole("all_day")
_BEHIND_DAYS = re.compile(rf"\b(?:{ANY_DAY}|week ?days?|week-?ends?|daily)(?: from|,)? $")
_AT = re.compile(rf"\b(?:at|um|a las?|a|around|gegen) {CLOCK}")
_RANGE = re.compile(rf"{CLOCK} ?(?:-|–|to|and|until|till|bis|und|a|et|y) ?{CLOCK}")
_THEN = re.compile(rf"\b{mixed('then')}\b")
_SENTENCE = re.compile(r"[.!?](?=\s)|\n")
_HABIT = re.compile(rf"(?<!\w)(?:{says('habit')})(?!\w)")
"""What holds each week, and is not told of one day."""


def take_hours(folded: str, written: str) -> When:
    """The windows of a text.

    Args:
        folded: Lower case without accents, as long as ``written``.
        written: As it was written: IANA names keep their case.
    """
    found = When(folded)
    clauses = clauses_of(folded)
    sentences = [match.end() for match in _SENTENCE.finditer(folded)]
    ruling = {bisect(sentences, one.start) for one in clauses if one.rules}
    for clause in clauses:
        is_habit = clause.tells == "present" and (_HABIT.search(clause.text) or _RANGE.search(clause.text))
        is_meant = is_habit and (bisect(sentences, clause.start) in ruling or _THEN.search(folded))
        if clause.tells and not is_meant:
            told = When(clause.text)
            _take(told, "")
            told.text = _VAGUE.sub(lambda match: " " * len(match[0]), told.text)
            told.text = _AT.sub(lambda match: " " * len(match[0]), told.text)
            found.text = clause.put(told.text, found.text)
    zone = take_zone(found, written)
    take_runs(found, zone)
    _take(found, zone)
    return found


def _take(found: When, zone: str) -> None:
    """Add what is left beside runs from a time of one day to a time of another."""
    said = found.text
    spans = _take_spans(found)
    if spans:  # `noon (12:00)` says it twice
        found.text = re.sub(r"\(\d\d?:\d\d\)", lambda match: " " * len(match[0]), found.text)
    for vague in list(_VAGUE.finditer(found.text)):
        if re.search(r"days?$", vague[0]):  # `every other Tuesday`
            found.unclear.append(f"which days are meant by {vague[0]!r}?")
            blank(found, vague.start(), vague.end())
    days = take_days(found, said)
    if match := _VAGUE.search(found.text):
        if not spans:
            found.unclear.append(f"which hours are meant by {match[0]!r}?")
        blank(found, match.start(), match.end())
    for match in list(_NO_TIME.finditer(found.text)):
        found.unclear.append(f"which hours are {match[0].strip()!r}?")
        blank(found, match.start(), match.end())
    for match in list(_ALL_DAY.finditer(found.text)):
        if len(days) > 1 and spans:
            spans.append((match.start(), WHOLE_DAY))
        blank(found, match.start(), match.end())
    found.windows += windows_of(days, spans, zone)


def _take_spans(found: When) -> list[Hours]:
    spans: list[Hours] = []
    between = [
        rf"\b(?:between|from|(?:starting|beginning)(?: at| from)?|ab|a partir de|zwischen|von|entre|de|des|desde|dalle|tra)(?: the hours of| las?| les)? ({CLOCK})(?: uhr)? ?(?:and|to|till|until|through|und|bis|et|a|y(?: las?)?|hasta(?: las?)?|alle|e|-|–|—) ?(?:a )?({CLOCK})(?: uhr)?",
        rf"(?<![\w.])({CLOCK}) ?(?:-|–|—|to|till|until|bis(?: zu)?|a) ?({CLOCK})(?: uhr)?",
    ]
    for pattern in between:
        for match in list(compiled(pattern).finditer(found.text)):
            before, after = found.text[: match.start()], found.text[match.end() :]
            is_alone = bool(
                re.search(r"(?:^|[,;(])\s*$", before)
                and re.match(r"\s*(?:[,:;)]|$)", after)
                and ("-" in match[0] or (after.startswith(":") and not before.strip()))
            ) or bool(_BEHIND_DAYS.search(before[-60:]))
            if not _is_time(match[0], match[1], match[2], is_alone=is_alone):
                continue
            is_sure = is_surely_time(match[1]) or is_surely_time(match[2])
            is_sure = is_sure or found.text.startswith("   ", match.end())  # a time zone stood there
            if not is_sure and (
                _COUNTED.match(found.text, match.end())
                or _counts(found.text[max(0, match.start() - 120) : match.start()])
            ):
                continue
            if _OUTSIDE.search(found.text[max(0, match.start() - 80) : match.start()]):
                found.unclear.append(f"which hours are {match[0]!r} not: name those that count")
                blank(found, match.start(), match.end())
                continue
            # Bare numbers are hours only where something else is what is bounded.
            rest = found.text[: match.start()] + found.text[match.end() :]
            if not (is_surely_time(match[1]) or is_surely_time(match[2]) or re.search(r"\d", rest)):
                continue
            _add_span(found, spans, match.start(), match[1], match[2])
            blank(found, match.start(), match.end())
    one_sided = [
        (
            rf"\b(?:after|from|since|starting at|nach|ab|apres|a partir de|despues de las|a partir de las|later than) ({CLOCK})(?: uhr)?(?: on(?:wards?)?)?",
            False,
        ),
        (
            rf"\b(?:before|until|till|up to|vor|bis|avant|jusqu'a|antes de las|hasta las|earlier than) ({CLOCK})(?: uhr)?",
            True,
        ),
    ]
    sides: dict[bool, str] = {}
    at = len(found.text)
    for pattern, is_end in one_sided:
        for match in list(compiled(pattern).finditer(found.text)):
            if not _is_time(match[0], match[1]) or not is_surely_time(match[1]):
                continue
            sides[is_end] = match[1]
            at = min(at, match.start())
            blank(found, match.start(), match.end())
    if len(sides) == 2:
        _add_span(found, spans, at, sides[False], sides[True])
    elif True in sides:
        _add_span(found, spans, at, "00:00", sides[True])
    elif False in sides:
        _add_span(found, spans, at, sides[False], "midnight")
    return spans


def _counts(before: str) -> bool:
    """Whether numbers that follow a text count something: ``cores per executor from 2 to 7``."""
    noun = rf"(?:{part('core')}|{part('executor')}|{part('memory')}|partition\w*|particion\w*|gpus?|overhead|timeout|factor|[\u00a7]+)"
    return bool(
        re.search(
            rf"(?:(?<!\d )\b{noun}\b|\u00a7)(?:[^\w\u00a7]*\b(?:{says('link')}|per|{part('executor')}|{part('driver')})\b)*\W*$",
            before,
        )
    )


def _is_time(whole: str, *clocks: str, is_alone: bool = False) -> bool:
    """Whether hours are meant, and not numbers of something: one of them is written as a time, or both are hours."""
    if any(is_surely_time(clock) for clock in clocks):
        return True
    return (
        len(clocks) == 2
        and all(clock.isdigit() and int(clock) <= 24 for clock in clocks)
        and (whole.startswith(("between", "from", "zwischen", "von", "de ", "entre", "desde", "des ")) or is_alone)
    )


def _add_span(found: When, spans: list[Hours], at: int, first: str, last: str) -> None:
    half = re.search(r"[ap]\.?m", last)
    start, end = (
        clock(first, half[0] if half and not re.search(r"[ap]\.?m|:|noon|midnight|h|uhr", first) else ""),
        clock(last, ""),
    )
    bare = [digits for one in (first, last) if (digits := re.sub(r"\s?(?:uhr|h)$", "", one.strip())).isdigit()]
    is_whole_day = start is not None and end is not None and start < end and re.search("uhr|h", first + last)
    if start is None or end is None:
        found.unclear.append(f"expected two times of day, got {first!r} and {last!r}")
    elif len(bare) == 2 and int(bare[0]) <= 12 and int(bare[1]) <= 12 and not is_whole_day:
        found.unclear.append(f"is {first} to {last} in the morning or in the evening?")
    else:
        spans.append((at, (start, end)))
