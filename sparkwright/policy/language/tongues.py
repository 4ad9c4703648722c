"""Policies in languages whose grammar the reader does not have: their words as the English ones that it knows.

Each language is one TOML file: nouns that a name follows, and words; keys are patterns over folded text.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from sparkwright.policy.language.digits import in_digits
from sparkwright.policy.language.spelling import mended
from sparkwright.requirements.text import fold

_LATIN: Final = ("nl", "pl", "it", "pt")
_KANA, _HAN = re.compile("[\u3040-\u30ff]"), re.compile("[\u4e00-\u9fff]")
_FORMS: Final = {**{0xFF01 + at: 0x21 + at for at in range(94)}, 0x3000: 0x20}
"""Full-width letters, digits and marks as ASCII has them."""
_OTHERS: Final = re.compile(
    # English, German, French and Spanish, whose words the reader knows itself.
    r"\b(?:the|for|of|most|must|no|more|than|is|are|not|and|with|may|each|max|"
    r"der|die|das|und|darf|fur|nicht|mit|ist|hochstens|maximal|"
    r"le|la|les|des|du|et|pas|plus|pour|sur|jour|equipe|executeurs?|personne|definir|"
    r"el|los|las|del|y|mas|cola|equipo|como|para|usuario|debe|deben|puede|pueden|por|cada|ejecutor(?:es)?|particiones|"
    r"nucleos|aplicacion|lunes|viernes|maximo|minimo|sein|muss|an)\b"
)
_KEPT: Final = re.compile(r"""(?<![\w.])spark\.[\w.\-]*\w|(?<!\w)(["'`])[^"'`]+\1""")
_NAMED: Final = r"[ ]+(?:['\"`“«„][^'\"`”»“]+['\"`”»“]|[\w*][\w.*/@-]*)"


def translated(written: str) -> str:
    """The text in the reader's words where it is in one of these languages; names and properties as they were.

    Args:
        written: With every letter as one character.
    """
    language = language_of(written)
    if language is None:
        return written
    if language in {"it", "pt"}:
        written = re.sub(r"(?<!\w)[èé](?!\w)", "is", written, flags=re.IGNORECASE)  # folded it would be `and`
    written = mended(in_digits(written.translate(_FORMS)), _spelt(language))
    return _in_words(written, language)


def language_of(written: str) -> str | None:
    """The code of the language, one of those that have a file; None for the others."""
    if _KANA.search(written):
        return "ja"
    if _HAN.search(written):
        return "zh"
    folded = fold(written)
    known = len(set(_OTHERS.findall(folded)))
    counts = {code: len({one[0] for one in _words(code).marks.finditer(folded)}) for code in _LATIN}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] > known else None


@dataclass(frozen=True, slots=True)
class _Words:
    """Of a language: what tells it, and each pattern with its English."""

    marks: re.Pattern[str]
    patterns: tuple[tuple[re.Pattern[str], str], ...]


@cache
def _words(code: str) -> _Words:
    path = files("sparkwright.policy.language").joinpath("words", f"{code}.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    begin, end = ("", "") if code in {"ja", "zh"} else (r"(?<![\w.'-])", r"(?![\w-])")
    patterns = [(rf"{begin}(?P<word>{key}){end}(?:{_NAMED})?", english) for key, english in table["nouns"].items()]
    patterns += [(rf"{begin}(?P<word>{key}){end}", english) for key, english in table["words"].items()]
    compiled = tuple((re.compile(pattern), english) for pattern, english in patterns)
    return _Words(re.compile(table.get("marks", r"(?!)")), compiled)


@cache
def _spelt(code: str) -> frozenset[str]:
    """The plain words of a language, to mend slips by."""
    path = files("sparkwright.policy.language").joinpath("words", f"{code}.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    text = " ".join([table.get("marks", "").replace(r"\b", " "), *table["nouns"], *table["words"]])
    return frozenset(re.findall(r"(?<![\w\\?*+\[\]])[a-z]{5,}(?![\w\\?*+(\[])", text))


def _in_words(written: str, code: str) -> str:
    """Left to right, the longest phrase at a place."""
    folded, found, at = fold(written), "", 0
    while at < len(folded):
        if kept := _KEPT.match(folded, at):
            found += written[at : kept.end()]
            at = kept.end()
            continue
        matches = [
            (match, english)
            for pattern, english in _words(code).patterns
            if (match := pattern.match(folded, at)) and match.end("word") > at
        ]
        if not matches:
            found += written[at]
            at += 1
            continue
        match, english = max(matches, key=lambda one: one[0].end())
        # What follows a noun is a name, and stays.
        space = " " if code in {"ja", "zh"} else ""
        found += f"{space}{english}{space}{written[match.end('word') : match.end()]}"
        at = match.end()
    return re.sub(r" {2,}", " ", found)
