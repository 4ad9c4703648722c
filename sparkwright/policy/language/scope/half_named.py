"""Names that would be cut or lost without a word: a rule for ``queue [etl]`` must not become one for everybody."""

import re
from typing import Final

from sparkwright.policy.language.lexicon import STOP
from sparkwright.policy.language.scope.naming import Whom, add, blank
from sparkwright.policy.language.scope.words import AND, ARTICLES, FRENCH, NOUNS
from sparkwright.policy.language.vocabulary import compiled

_KINDS: Final = ("queues", "teams", "users")
_NOUN: Final = "|".join(NOUNS[kind] for kind in _KINDS)
_MARKED: Final = (
    r"(?:\[[^\W\d][^\]\n]{0,120}\]|\([\w.*-]+\)|<[^\W\d][^>\n]{0,120}>|\{[^\W\d][^}\n]{0,120}\}|[#@.~%][^\W\d][\w.*-]*)"
)
_BEHIND: Final = re.compile(rf"\b(?:{_NOUN}) (?P<name>{_MARKED}|[a-z]'[a-z]{{2,}})(?!\w)")
_BEFORE: Final = re.compile(
    rf"(?<![\w.])(?P<name>\[[^\W\d][^\]\n]{{0,120}}\]|<[^\W\d][^>\n]{{0,120}}>|[#@~][^\W\d][\w.*-]*) (?:{_NOUN})\b"
)
_ODD: Final = r"(?:[\\&$#@%+^~|<>{}*]|'(?!s\b|t\b)(?=\w))"
_SAID_OF_IT: Final = (
    r"(?=\s*(?:[,:]\s|$)|\s+(?:at (?:most|least)|gets?|may|must|can|has|is|should|shall|will|uses?|needs?|cannot|never"
    r"|darf|muss|bekommt|peut|doit|puede|debe)\b)"
)
_OF_EACH: Final = re.compile(r"\b(?:per|each|every|any|all|a|an|one|pro|je|jede[rns]?|par|chaque|por|cada|or|and|by) $")


def take_numbered(found: Whom) -> None:
    """Take names that are numbers: ``team 7``, ``queues 7 and 8``; of ``each team 7`` the number is an amount."""
    for kind in _KINDS:
        listed = rf"\b{NOUNS[kind]} (?P<names>\d{{1,6}}(?:{AND}\d{{1,6}})*){_SAID_OF_IT}"
        for match in list(compiled(listed).finditer(found.text)):
            names = re.findall(r"\d+", match["names"])
            is_one = len(names) == 1 and match[0].split()[0].endswith("s")
            if not is_one and not _OF_EACH.search(found.text[: match.start()]):
                for name in names:
                    add(found, kind, name)
                blank(found, match.start(), match.end())


def half_named(found: Whom, written: str) -> str:
    """What to ask where a name was not taken, or only a part of it; empty where there is none.

    Args:
        found: What was taken of the text; the rest is left in its ``text``.
        written: As it was written, as long.
    """
    for match in (*_BEHIND.finditer(found.text), *_BEFORE.finditer(found.text)):
        name = match["name"]
        is_elided = "'" in name and name[0] not in "[(<{#@.~%" and found.names and FRENCH.search(found.text)
        if not is_elided and name.strip("()") not in STOP | ARTICLES:
            return _question(written[match.start("name") : match.end("name")])
    names = dict.fromkeys(one for listed in found.names.values() for one in listed)
    for name in names:
        cut = re.search(rf"(?<![\w*])(?:{re.escape(name)}{_ODD}\S*|[\\&$#@~]{re.escape(name)}(?!\w))", written)
        if cut and set(cut[0].rstrip(".,;:!?").split("+")) <= names.keys():
            continue  # `teams alpha+beta`
        if cut and not found.text[cut.start() : cut.start() + 1].strip():
            return _question(cut[0].rstrip(".,;:!?"))
    return ""


def _question(name: str) -> str:
    return f"who is meant by {name!r}? Put the name in quotes"
