"""Forms and tables as lines of text: ``| queue | freight |`` is ``queue: freight``."""

import re
from collections.abc import Iterable
from functools import cache
from itertools import groupby
from typing import Final

from sparkwright.policy.language.named import properties_in
from sparkwright.policy.language.scope_words import NAME, NOUNS, PLATFORM_WORDS
from sparkwright.policy.language.vocabulary import compiled, mixed
from sparkwright.requirements.text import fold

_RULER: Final = re.compile(r"[\s|:+=-]*")
_EMPHASIS: Final = re.compile(r"(?<!\w)(\*\*|__)(?=[^\s*_])([^*\n]{1,120}?)(?<=[^\s*_])\1(?!\w)")
_ENDING: Final = re.compile(r"(?<=[a-z])\((?:s|es|en|n)\)", re.IGNORECASE)
_JOINT: Final = r"[^\S\n]*(?:[:=;,\t–—]|(?:->|→|=>| - )|(?<= )-(?= ))[^\S\n]*"


@cache
def _slot() -> str:
    """What a slot for names is headed by: ``queue``, ``name of the queue``, ``team name``."""
    nouns = "|".join(NOUNS.values())
    return rf"(?:{mixed('name_of')})?(?:{nouns})(?:{mixed('name_behind')})?"


def lines_of(text: str) -> str:
    """The text with its tables as lines, and its slots for names written the usual way.

    Args:
        text: As it was written.
    """
    if "|" in text:
        blocks = groupby(text.split("\n"), key=lambda line: line.lstrip().startswith("|"))
        text = "\n".join("\n".join(_of_table(list(block)) if is_table else block) for is_table, block in blocks)
    text = _ENDING.sub("s", _EMPHASIS.sub(r"\2", text))
    text = re.sub(r"(?<=[\w ])==(?=[\w ])", "=", text).replace(" && ", " ; ")
    text = compiled(rf"(?i)\b({_slot()}[^\S\n]*[:=])[^\S\n]*\[([^\]\n]{{1,200}})\]").sub(r"\1 \2", text)
    text = compiled(
        rf"(?i)\b(?P<slot>{_slot()}[^\S\n]*:)(?P<rows>(?:\s*\n\s*[-*•][^\S\n]+{NAME}(?=\s*(?:\n|$)))+)"
    ).sub(_joined, text)
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


def _of_table(rows: list[str]) -> list[str]:
    """A table as a line for each pair of a head and a cell."""
    cells = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in rows if not _RULER.fullmatch(row)]
    if not cells:
        return []
    width = len(cells[0])
    has_ruler = any(_RULER.fullmatch(row) for row in rows)
    if len(cells) > 1 and all(map(_is_head, cells[0])) and not _is_head(cells[1][0]):
        return [_line(zip(cells[0], row, strict=False)) for row in cells[1:]]
    if width == 2:
        if has_ruler and len(cells) > 1 and not _is_slot(cells[0][0]) and not re.search(r"\d", "".join(cells[0])):
            cells = cells[1:]  # `| setting | value |`
        return [_line([(row[0], row[1] if len(row) > 1 else "")]) for row in cells]
    return [" ".join(row) for row in cells]


def _line(pairs: Iterable[tuple[str, str]]) -> str:
    return "; ".join(f"{head}: {cell}" if cell else head for head, cell in pairs)


def _is_slot(cell: str) -> bool:
    nouns = "|".join([_slot(), *PLATFORM_WORDS.values()])
    return bool(compiled(rf"(?:{nouns}|platforms?|plattform|plateforme|plataforma)s?").fullmatch(fold(cell)))


def _is_head(cell: str) -> bool:
    """Whether a cell says what others are about."""
    folded = fold(cell)
    return not re.search(r"\d", folded) and (
        _is_slot(cell) or bool(properties_in(folded)) or bool(compiled(rf"\b(?:{mixed('heads')})\b").search(folded))
    )
