"""Time zones of a sentence, by their IANA name or a place in them."""

import re

from sparkwright.policy.language.clock import When, blank
from sparkwright.policy.language.vocabulary import zones


def take_zone(found: When, written: str) -> str:
    """The zone, or nothing; one without a place is unclear."""
    if match := re.search(
        r"\(?\b(?:in |im |time ?zone |zeitzone |fuseau )*((?:africa|america|asia|australia|europe|pacific|etc|atlantic|indian)/[a-z_]+(?:/[a-z_]+)?)(?: time| zeit| timezone| time zone)?\)?",
        found.text,
    ):
        zone = written[match.start(1) : match.end(1)]
        blank(found, match.start(), match.end())
        return "/".join(part[:1].upper() + part[1:] if part.islower() else part for part in zone.split("/"))
    for zone, words in zones().items():
        suffix = "" if zone == "UTC" else r"(?: local)?[ -]?(?:time|zeit|timezone|time zone)"
        before = (
            ""
            if zone == "UTC"
            else rf"|\b(?:time ?zone|zeitzone|fuseau(?: horaire)?|zona horaria)(?: is| of| de| d')?:? ?(?:{words})\b|\b(?:time in|heure de|hora de|zeit in|heure d') ?(?:{words})\b|\(\s?(?:{words})\s?\)"
        )
        if match := re.search(rf"\(?\b(?:in |nach |en |a l')?(?:{words})\b{suffix}(?: time)?\)?{before}", found.text):
            blank(found, match.start(), match.end())
            return zone
    if re.search(r"\d[:.]\d\d|\d ?[ap]\.?m\b|noon|midnight|mittag|minuit|midi", found.text):
        for zone, words in zones().items():
            if match := re.search(rf"\b(?:in|a|en) (?:{words})\b(?! (?:team|queue))", found.text):
                blank(found, match.start(), match.end())
                return zone
    if match := re.search(
        r"\b(?:local time|(?:(?<=\d )|(?<=[ap]m )|(?<=\dh )|(?<=uhr ))(?:cet|cest|est|edt|pst|pdt|cst|cdt|mst|mdt|ist|bst|jst|mez|mesz|aest|aedt|eet|eest|wet|west|hkt|sgt|msk|sast)|(?<=\()(?:cet|cest|est|edt|pst|pdt|cst|mst|ist|bst|jst|mez|mesz)(?=\))|ortszeit|heure locale|hora local|their time zone|your time)\b",
        found.text,
    ):
        found.unclear.append(f"which time zone is {match[0]!r}, as an IANA name?")
        blank(found, match.start(), match.end())
    return ""
