"""A name for the shape of a physical plan: the same for the same query on another day."""

import hashlib
import re
from functools import lru_cache

from sparkwright.history.sql_events import PlanNode

# The name of an operator ends where its arguments begin, be they a query, a path or a number.
_NAME = re.compile(r"[^(\[:/#]*")
_CLOSES = " \1#"
# In the text of an operator an attribute stands before `#` and its expression id, a function before `(`. All other
# words are literals, paths, sizes, ids and what ties them together.
_DIGITS = b"0123456789"
_WORDS = bytes(
    byte if byte > 127 or byte in b"_\1" or chr(byte).isalnum() else ord("#" if byte in b"#(" else " ")
    for byte in range(256)
)


def plan_fingerprint(plan: PlanNode) -> str:
    """Sixteen hex digits over the tree of operators, each with the columns and functions that it names.

    What differs between two runs of one query is left out: expression ids, literals, paths, numbers of partitions, and
    digits in names (a table per day).
    """
    texts: list[str] = []
    waiting: list[PlanNode | None] = [plan]
    while waiting:
        node = waiting.pop()
        if node is None:
            texts.append(_CLOSES)
            continue
        texts += (" ", _operator(node.name), "# ", node.text)
        waiting.append(None)
        waiting += node.children
    pieces = "".join(texts).encode("utf-8", "replace").translate(_WORDS, _DIGITS).split(b"#")
    # A regular expression that finds the same words takes nearly twice as long, and SQL-heavy logs are full of plans.
    words = [piece.rpartition(b" ")[2] for piece in pieces]
    return hashlib.blake2b(b" ".join(words), digest_size=8).hexdigest()


@lru_cache(maxsize=4096)
def _operator(name: str) -> str:
    """The operator in the name of a node; there are few, and each log names them a thousand times."""
    found = _NAME.match(name)
    return found[0].replace(" ", "_") if found else ""
