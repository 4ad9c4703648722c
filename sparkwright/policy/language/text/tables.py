"""Tables written with strokes: each row as a sentence, what heads a column before its cell."""

import re
from typing import Final

from sparkwright.policy.language.text.forms import is_head, is_slot
from sparkwright.policy.language.vocabulary import cued
from sparkwright.requirements.text.text import fold

_ROW: Final = re.compile(r"[ \t]*\|[^\n]*\|[ \t]*")
_RULE: Final = re.compile(r"[\s|:+=-]*")
_THING: Final = re.compile(
    r"(?:what|properties|property|settings?|parameters?|resources?|items?|names?|keys?|options?|eigenschaft(?:en)?"
    r"|einstellung(?:en)?|parametres?|proprietes?|ressources?|propiedad(?:es)?|ajustes?|parametros?|recursos?)"
)
_WORDS: Final = 5
_LONG: Final = 20
_NOTHING: Final = frozenset({"", "-", "–", "—", "n/a"})


def without_tables(written: str) -> str:
    """The text with rows as sentences: ``| cores | 2 | 5 |`` under min and max is ``cores: min 2, max 5;``."""
    lines = _stroked(written.split("\n"))
    found: list[str] = []
    heads: list[str] = []
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if not _ROW.fullmatch(line):
            found.append(line)
            heads = []
            continue
        cells = [one.strip() for one in line.strip().strip("|").split("|")]
        if _RULE.fullmatch(line):
            continue
        is_ruled = _RULE.fullmatch(after) and _ROW.fullmatch(after) and not _is_pair(cells)
        if is_ruled or (not heads and _are_heads(cells) and _ROW.fullmatch(after)):
            heads = cells
        elif heads and is_slot(heads[0]) and not is_head(cells[0]):
            found.append("; ".join(f"{head}: {cell}" for head, cell in zip(heads, cells, strict=False)))
        else:
            found.append(_sentence(cells, heads))
    return "\n".join(found)


def _stroked(lines: list[str]) -> list[str]:
    """Lines under heads that semicolons, tabs, commas or single strokes separate, as rows."""
    found = list(lines)
    for at, line in enumerate(lines):
        for sign in "|;\t,":
            heads = line.split(sign)
            if len(heads) < 2 or _ROW.fullmatch(found[at]) or not _are_heads(heads):
                continue
            end = at + 1
            while end < len(lines) and len(lines[end].split(sign)) == len(heads) and len(lines[end].split()) < _LONG:
                end += 1
            if end > at + 1:
                found[at:end] = [f"|{one.replace(sign, '|')}|" for one in lines[at:end]]
    return found


def _are_heads(cells: list[str]) -> bool:
    """Whether cells head columns: the first names what is limited or whom, another one an end or a property."""
    folded = [fold(one.strip()) for one in cells]
    is_short = all(0 < len(one.split()) < _WORDS and not re.search(r"[\d.:!?=]", one) for one in folded)
    first = is_slot(folded[0]) or _THING.fullmatch(folded[0])
    return is_short and bool(first) and all(map(_is_column, folded[1:]))


def _is_column(folded: str) -> bool:
    return any(cued(one).search(folded) for one in ("most", "least")) or is_head(folded)


def _is_pair(cells: list[str]) -> bool:
    """``| queue | freight |``: a pair of its own, though a rule stands below."""
    return len(cells) == 2 and is_slot(cells[0]) and not is_head(cells[1])


def _sentence(cells: list[str], heads: list[str]) -> str:
    said = []
    for at, cell in enumerate(cells[1:], 1):
        head = heads[at] if at < len(heads) else ""
        is_end = re.search(r"\d", cell) and any(cued(one).search(fold(head)) for one in ("most", "least"))
        if cell.lower() not in _NOTHING:
            said.append(f"{head} {cell}" if is_end else cell)
    return f"{cells[0]}: {', '.join(said)};"
