"""Time zones of a sentence, by their IANA name or a place in them."""

import re
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from sparkwright.policy.language.times.clock import When, blank
from sparkwright.policy.language.vocabulary import says, sites, whole, zones

_REGIONS: Final = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
_IANA: Final = re.compile(
    rf"\(?\b(?:in |im |time ?zone |zeitzone |fuseau )*((?:{'|'.join(_REGIONS).lower()}|etc)/[a-z_]+(?:/[a-z_]+)?)"
    r"(?: time| zeit| timezone| time zone)?\)?"
)
_UTC: Final = re.compile(rf"\(?\b(?:in )?(?:{zones()['UTC']})\b(?: time)?\)?")
_CLOCK: Final = re.compile(r"\d[:.]\d\d|\d ?[ap]\.?m\b|\dh\b|noon|midnight|mittag|minuit|midi")
_THERE: Final = whole("time_there")
"""``their time``: of a place that is named elsewhere."""
_SITED: Final = re.compile(
    rf"(?P<before>(?:[a-z]+ )?[a-z]+) (?:{sites()})\b"
    rf"|\b(?:{sites()}) (?:in|at|of|from) (?P<behind>[a-z]+(?: [a-z]+)?)"
)
_UNPLACED: Final = re.compile(rf"\b(?:{says('unplaced_zone')})\b")


def take_zone(found: When, written: str) -> str:
    """The zone, or nothing; one without a place is unclear.

    Args:
        found: Its text loses the zone.
        written: As it was written.
    """
    if match := _IANA.search(found.text):
        zone = written[match.start(1) : match.end(1)]
        blank(found, match.start(), match.end())
        return "/".join(part[:1].upper() + part[1:] if part.islower() else part for part in zone.split("/"))
    if match := _UTC.search(found.text):
        blank(found, match.start(), match.end())
        return "UTC"
    match = _timed().search(found.text) or (_placed().search(found.text) if _CLOCK.search(found.text) else None)
    if match:
        group = next(at for at, word in enumerate(match.groups(), start=1) if word)
        behind_clock = match[0][:1] == ":" or bool(_CLOCK.match(match[0]))
        blank(found, match.start(group) if behind_clock else match.start(), match.end())
        return _zone_of(match[group])
    if (there := _THERE.search(found.text)) and (zone := _site_in(found.text)):
        blank(found, there.start(), there.end())
        return zone
    if match := _UNPLACED.search(found.text):
        found.unclear.append(f"which time zone is {match[0]!r}, as an IANA name?")
        blank(found, match.start(), match.end())
    return ""


@cache
def _cities() -> dict[str, str]:
    """The cities that zones are named after."""
    names = sorted(name for name in available_timezones() if name.startswith(_REGIONS))
    return {name.rsplit("/", 1)[-1].replace("_", " ").lower(): name for name in names}


@cache
def _words() -> str:
    return "|".join([*(words for zone, words in zones().items() if zone != "UTC"), *map(re.escape, _cities())])


@cache
def _timed() -> re.Pattern[str]:
    """A place whose time is meant: ``Berlin time``, ``heure de Paris``, ``(Tokyo)``."""
    words = _words()
    return re.compile(
        rf"\(?\b(?:in |nach |en |a l')?({words})(?: local)?[ -]?(?:time|zeit|timezone|time zone)\)?"
        rf"|\b({words})(?:'s)?(?= (?:{says('vague_hours')})\b)"
        rf"|\b(?:{says('time_of')}):? ?({words})\b|\(\s?({words})\s?\)"
    )


@cache
def _placed() -> re.Pattern[str]:
    """A place where there are hours beside it."""
    words = _words()
    return re.compile(
        rf"\b(?:in|a|en) ({words})\b(?! (?:team|queue))|(?<=, )({words})(?=\s*(?:[.;:)\n]|$))|(?:\d ?[ap]m|:\d\d|noon|midnight|\dh),? ({words})\b(?! (?:team|queue))"
    )


def _site_in(text: str) -> str:
    """The zone of where somebody sits: ``the Madrid office``, ``our colleagues in Oslo``; empty without one."""
    for match in _SITED.finditer(text):
        words = (match["before"] or match["behind"]).split()
        for one in (" ".join(words), words[-1] if match["before"] else words[0]):
            if zone := _zone_of(one):
                return zone
    return ""


def _zone_of(word: str) -> str:
    return next((zone for zone, words in zones().items() if re.fullmatch(words, word)), "") or _cities().get(word, "")
