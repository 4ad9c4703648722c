"""The time zone of SQL sessions: a value, and no zone of hours."""

import re
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from sparkwright.parsing.stretches import around, blanked
from sparkwright.policy.language import lexicon
from sparkwright.policy.language.named import properties_in
from sparkwright.policy.language.said import Said
from sparkwright.policy.language.vocabulary import cued
from sparkwright.requirements.text.text import fold

NAME: Final = "spark.sql.session.timeZone"
_END: Final = re.compile(r"[.;!?\n](?=\s|$)")
_ZONE: Final = re.compile(r"(?<![\w/])(?:[a-z]+(?:/[a-z_+\-\d]+)+|utc|gmt|coordinated universal time|zulu)(?![\w/:])")
_ONLY: Final = re.compile(
    r"\b(?:other than|anything but|nothing but|except|only|different from|andere\w* als|nur|autre que|que no sea)\b"
)


@cache
def _zones() -> dict[str, str]:
    others = {"coordinated universal time": "UTC", "zulu": "UTC"}
    return {one.lower(): one for one in available_timezones()} | {"utc": "UTC", "gmt": "GMT"} | others


def take_session_zone(written: str, said: Said) -> str:
    """Take ``the session time zone must be UTC`` out of the text.

    Args:
        written: With Spark's own names where they stand.
        said: It is added to.
    """
    folded = fold(written)
    for start, end, name in reversed(properties_in(folded)):
        if name != NAME:
            continue
        first, last = around(_END, folded, start, end)
        zones = [one for one in _ZONE.finditer(folded, first, last) if one[0] in _zones()]
        if not zones:
            continue
        inner = min(start, zones[0].start()), max(end, zones[-1].end())
        commas = [one.end() for one in re.finditer(r"[,:](?=\s)", folded[first : inner[0]])]
        comma = re.search(r"[,:](?=\s)", folded[inner[1] : last])
        clause = folded[first + (commas[-1] if commas else 0) : inner[1] + comma.start() if comma else last]
        values = list(dict.fromkeys(_zones()[one[0]] for one in zones))
        is_denied = lexicon.FORBID.search(clause) or cued("denied").search(clause)
        if is_denied and not _ONLY.search(clause):
            said.forbid(NAME, *values)
        elif len(values) > 1:
            said.ask_which(NAME, values)
        else:
            said.require(NAME, values[0])
        written = blanked(written, *inner)
    return written
