"""Policies in languages whose grammar the reader does not have: their words as the English ones that it knows.

Each language is one TOML file: nouns that a name follows, and words; keys are patterns over folded text.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from sparkwright.policy.language.text.digits import in_digits
from sparkwright.policy.language.text.spelling import mended
from sparkwright.requirements.text.text import fold

_LATIN: Final = ("nl", "pl", "it", "pt", "sv")
_UNSPACED: Final = frozenset({"ja", "zh", "ko"})
_SCRIPTS: Final = {"ko": "[\uac00-\ud7a3]", "ja": "[\u3040-\u30ff]", "zh": "[\u4e00-\u9fff]"}
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
_ENGLISH: Final = re.compile(r"\b(?:the|of|must|more|than|are|not|and|with|may|for|at most|at least|is)\b")
_CONTINENTAL: Final = re.compile(
    r"\b(?:der|die|das|und|darf|durfen|nicht|hochstens|pro|je|fur|la|les|des|du|et|pas|plus|pour|par|los|las|del|mas|por|cada)\b"
)
_GROUPS: Final = re.compile(r"(?<![\d.,:])[1-9]\d{0,2}(?:\.\d{3})+(?![\d.:])")
"""``1.500`` is a thousand and a half where English is not spoken."""
_KEPT: Final = re.compile(r"""(?<![\w.])spark\.[A-Za-z\d_.\-]*[A-Za-z\d]|(?<!\w)(["'`])[^"'`]+\1""")
_NAMED: Final = r"[ ]+(?:['\"`“«„][^'\"`”»“]+['\"`”»“]|[\w*][\w.*/@-]*)"


def translated(written: str) -> str:
    """The text in the reader's words where it is in one of these languages; names and properties as they were.

    Args:
        written: With every letter as one character.
    """
    language = language_of(written)
    if language in _LATIN or (
        language is None and _CONTINENTAL.search(fold(written)) and not _ENGLISH.search(fold(written))
    ):
        written = _GROUPS.sub(lambda one: one[0].replace(".", ""), written)
    if language is None:
        return written
    if language in {"it", "pt"}:
        written = re.sub(r"(?<!\w)[èé](?!\w)", "is", written, flags=re.IGNORECASE)  # folded it would be `and`
    written = mended(in_digits(written.translate(_FORMS)), _spelt(language))
    return _in_words(written, language)


def language_of(written: str) -> str | None:
    """The code of the language, one of those that have a file; None for the others."""
    for code, letters in _SCRIPTS.items():
        if re.search(letters, written):
            return code
    folded = fold(written)
    known = set(_OTHERS.findall(folded))
    marks = {code: {one[0] for one in _words(code).marks.finditer(folded)} for code in _LATIN}
    best = max(marks, key=lambda code: len(marks[code]))
    # A word of both speaks for neither alone: `maximo` is Spanish, too.
    return best if marks[best] - known and len(marks[best]) > len(known - marks[best]) else None


@dataclass(frozen=True, slots=True)
class _Words:
    """Of a language: what tells it, and each pattern with its English."""

    marks: re.Pattern[str]
    patterns: tuple[tuple[re.Pattern[str], str], ...]


@cache
def _words(code: str) -> _Words:
    path = files("sparkwright.policy.language").joinpath("words", f"{code}.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    begin, end = ("", "") if code in _UNSPACED else (r"(?<![\w.'-])", r"(?![\w-])")
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
    folded, found, at = (
        written.lower() if code == "ko" else fold(written),
        "",
        0,
    )  # Hangul falls apart where it is folded
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
        space = " " if code in _UNSPACED else ""
        found += f"{space}{english}{space}{written[match.end('word') : match.end()]}"
        at = match.end()
    return re.sub(r" {2,}", " ", found)
