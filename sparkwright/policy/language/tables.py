"""Tables written with strokes: each row as a sentence, what heads a column before its cell."""

import re
from typing import Final

from sparkwright.policy.language.forms import is_head, is_slot
from sparkwright.policy.language.vocabulary import cued
from sparkwright.requirements.text import fold

_ROW: Final = re.compile(r"[ \t]*\|[^\n]*\|[ \t]*")
_RULE: Final = re.compile(r"[\s|:+=-]*")
_NOTHING: Final = frozenset({"", "-", "–", "—", "n/a"})


def without_tables(written: str) -> str:
    """The text with rows as sentences: ``| cores | 2 | 5 |`` under min and max is ``cores: min 2, max 5;``."""
    lines = written.split("\n")
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
        if _RULE.fullmatch(after) and _ROW.fullmatch(after) and not _is_pair(cells):
            heads = cells
        elif heads and is_slot(heads[0]) and not is_head(cells[0]):
            found.append("; ".join(f"{head}: {cell}" for head, cell in zip(heads, cells, strict=False)))
        else:
            found.append(_sentence(cells, heads))
    return "\n".join(found)


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
