"""The words of the languages whose grammar the reader has, as patterns over folded text: a TOML file a language.

Folded is lower case without accents. A file says by concept which words stand for it (``says``), which parts the
patterns of properties are made of (``parts``), the properties (``properties``) and the words that name nobody
(``names``). The languages are read together: a text may mix them, and ``memory`` is said in all of them.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Final

_CODES: Final = ("en", "de", "fr", "es")
_JOINT: Final = "[ -]?"


@cache
def _tables() -> tuple[dict[str, dict[str, Any]], ...]:
    folder = files("sparkwright.policy.language").joinpath("words")
    return tuple(tomllib.loads(folder.joinpath(f"{code}.toml").read_text(encoding="utf-8")) for code in _CODES)


def _listed(section: str, key: str) -> list[str]:
    found: list[str] = []
    for code, table in zip(_CODES, _tables(), strict=True):
        entries = table.get(section, {}).get(key, [])
        assert isinstance(entries, list)
        # Folding keeps the length: of ß one s is left.
        found += [one.replace("ss", "ss?") for one in entries] if code == "de" else entries
    return found


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern that is built of words: ``re`` itself keeps only some hundreds, and compiles the others again."""
    return re.compile(pattern)


@cache
def says(concept: str) -> str:
    """The words for a concept as one alternation, English first; parts in braces are filled in.

    Raises:
        KeyError: No file has it.
    """
    found = _listed("says", concept)
    if not found:
        raise KeyError(f"no file of words says {concept!r}")
    return "|".join(map(_filled, found))


@cache
def part(name: str) -> str:
    """A part of the patterns of properties, in a group of its own."""
    if name == "per":  # with an article behind it
        return f"(?:{'|'.join(_listed('parts', 'per_words'))})(?: the| an| any| one| all| each)?"
    return f"(?:{'|'.join(_listed('parts', name))})"


@cache
def whole(concept: str) -> re.Pattern[str]:
    """The words for a concept as whole words."""
    return re.compile(rf"\b(?:{says(concept)})\b")


@cache
def cued(concept: str) -> re.Pattern[str]:
    """The words that cue a slot of a frame, as whole words."""
    found = _listed("cues", concept)
    return re.compile(rf"(?:(?<![\w.])|(?=/))(?:{'|'.join(found)})(?!\w)")


@cache
def properties() -> tuple[tuple[re.Pattern[str], str], ...]:
    """What properties are called, in the order of the English file: what has to be tried first comes first."""
    names = list(dict.fromkeys(name for table in _tables() for name in table.get("properties", {})))
    return tuple(
        (re.compile(rf"(?<![\w.])(?:{_filled(words)})(?!\w)"), name)
        for name in names
        for words in _listed("properties", name)
    )


@cache
def names(sort: str) -> frozenset[str]:
    """Words that name no queue, team, user or workload: ``none`` where it is open, ``never`` not even behind its noun."""
    return frozenset(word for table in _tables() for word in str(table.get("names", {}).get(sort, "")).split())


@cache
def literals(*sections: str, codes: tuple[str, ...] = _CODES) -> frozenset[str]:
    """The plain words of sections of the files; beginnings of words, with anything behind them, end in ``*``."""
    found: set[str] = set()
    for code, table in zip(_CODES, _tables(), strict=True):
        listed = [one for section in sections if code in codes for one in table.get(section, {}).values()]
        text = " | ".join(one if isinstance(one, str) else " | ".join(map(str, one)) for one in listed)
        plain = re.sub(r"\\b|\{\w+\}", " ", text)
        for word, behind in re.findall(r"(?<![a-z\\])([a-z]{4,})(\\w|\[|\((?![^)]*\)\?)|\?)?", plain):
            if behind in {"", "?"}:
                found |= {word, word[:-1]} if behind else {word}
            elif behind == "\\w":
                found.add(f"{word}*")
    return frozenset(found)


@cache
def slips() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Usual slips and short forms with what they stand for, over the text as it was written."""
    return tuple(
        (re.compile(rf"(?<![\w.'`/-])(?:{slip})(?![\w'])", re.IGNORECASE), str(word))
        for table in _tables()
        for slip, word in table.get("slips", {}).items()
    )


@cache
def sites() -> str:
    """Where people of a place sit, as one alternation."""
    return "|".join(_listed("sites", "words"))


@cache
def _mixed() -> dict[str, Any]:
    path = files("sparkwright.policy.language").joinpath("words", "mixed.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def mixed(key: str) -> str:
    """A pattern whose words are of all languages."""
    return str(_mixed()[key])


def mixed_list(key: str) -> list[str]:
    """Patterns whose words are of all languages."""
    return list(map(str, _mixed()[key]))


@cache
def zones() -> dict[str, str]:
    """Time zones by their IANA name, with what places in them are called, as one alternation."""
    return {zone: "|".join(words) for zone, words in _tables()[0]["zones"].items()}


def _filled(pattern: str) -> str:
    """The pattern with its parts in place; other braces are counts of repetition."""
    return re.sub(r"\{([a-z]\w*)\}", lambda match: _JOINT if match[1] == "x" else part(match[1]), pattern)
