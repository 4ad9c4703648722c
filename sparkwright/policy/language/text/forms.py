"""Slots of forms: ``Name of the queue - freight`` is ``queue: freight``."""

import re
from functools import cache
from typing import Final

from sparkwright.policy.language.named import properties_in
from sparkwright.policy.language.scope.words import NAME, NOUNS
from sparkwright.policy.language.vocabulary import compiled, mixed
from sparkwright.requirements.text.text import fold

_EMPHASIS: Final = re.compile(r"(?<!\w)(\*\*|__)(?=[^\s*_])([^*\n]{1,120}?)(?<=[^\s*_])\1(?!\w)")
_ENDING: Final = re.compile(r"(?<=[a-z])\((?:s|es|en|n)\)", re.IGNORECASE)
_BELOW: Final = re.compile(
    r":[^\S\n]*(?:\n+[^\S\n]*[-*•][^\S\n]+['\"`]?spark\.[\w.*-]*\w['\"`]?[,;.]?[^\S\n]*(?=\n|$)){2,}"
)
"""Properties below one another: what heads them is said of each."""
_QUOTED: Final = re.compile(r"^[^\S\n]*>(?!=|\s*\d)[^\n]*$", re.MULTILINE)
"""What others wrote, where an answer below it rules."""
_JOINT: Final = r"[^\S\n]*(?:[:=;,?\t–—]|(?:->|→|=>| - )|(?<= )-(?= ))[^\S\n]*"


@cache
def _slot() -> str:
    """What a slot for names is headed by: ``queue``, ``name of the queue``, ``team name``."""
    nouns = "|".join(NOUNS.values())
    return rf"(?:{mixed('name_of')})?(?:{nouns})(?:{mixed('name_behind')})?"


def lines_of(text: str) -> str:
    """The text with its slots for names written the usual way.

    Args:
        text: As it was written.
    """
    answer = _QUOTED.sub("", text)
    text = answer if re.search(r"\d|spark\.", answer) else text
    text = _ENDING.sub("s", _EMPHASIS.sub(r"\2", text))
    text = re.sub(r"(?<=[\w ])==(?=[\w ])", "=", text).replace(" && ", " ; ")
    text = compiled(rf"(?i)\b({_slot()}[^\S\n]*[:=])[^\S\n]*\[([^\]\n]{{1,200}})\]").sub(r"\1 \2", text)
    text = compiled(
        rf"(?i)\b(?P<slot>{_slot()}[^\S\n]*:)(?P<rows>(?:\s*\n\s*[-*•][^\S\n]+{NAME}(?=\s*(?:\n|$)))+)"
    ).sub(_joined, text)
    text = _BELOW.sub(lambda match: ": " + ", ".join(re.findall(r"spark\.[\w.*-]*\w", match[0])), text)
    text = compiled(rf"(?i)\b({'|'.join(NOUNS.values())}) (?:id|name|login)(?= ['\"`]?\w*[_*\d-])").sub(r"\1", text)
    slots = compiled(
        rf"(?i)(?:^|(?<=[\n;,(|])|(?<=[.:?!] ))[^\S\n]*(?:[-*•][^\S\n]+)?(?P<slot>{_slot()}){_JOINT}(?=[^\W\d]|['\"`*])"
    )
    return slots.sub(_named, text)


def _joined(match: re.Match[str]) -> str:
    """A slot with its names in one line."""
    names = re.findall(r"[-*•][^\S\n]+(\S.*)", match["rows"])
    return f"{match['slot']} {', '.join(one.strip() for one in names)}"


def _named(match: re.Match[str]) -> str:
    """The slot with its noun and a colon."""
    noun = compiled(rf"(?i)\b(?:{'|'.join(NOUNS.values())})").search(match["slot"])
    if noun is None or (noun[0] == match["slot"] and match[0].rstrip()[-1] in ":="):
        return match[0]
    is_comma = match[0].rstrip(" ").endswith(",") and "\n" not in match.string[match.end() :]
    if is_comma:
        return match[0]
    return f"{match[0][: match.start('slot') - match.start()]}{noun[0]}: "


def is_slot(cell: str) -> bool:
    """Whether a cell heads names: ``queue``, ``platform``."""
    return bool(compiled(rf"(?:{_slot()}|platforms?|plattform|plateforme|plataforma)s?").fullmatch(fold(cell)))


def is_head(cell: str) -> bool:
    """Whether a cell says what others are about."""
    folded = fold(cell)
    return not re.search(r"\d", folded) and (
        is_slot(cell) or bool(properties_in(folded)) or bool(compiled(rf"\b(?:{mixed('heads')})\b").search(folded))
    )
