"""A fingerprint of a physical plan that is the same for the same query on another day."""

import hashlib
import re
from functools import lru_cache

from sparkwright.history.events.sql_events import PlanNode

# The name of an operator ends where its arguments begin, whether a query, a path or a number.
_NAME = re.compile(r"[^(\[:/#]*")
_CLOSES = " \1#"
# In the text of an operator, an attribute precedes `#` and its expression id, and a function precedes `(`. All other
# words are literals, paths, sizes, ids and connectives.
_DIGITS = b"0123456789"
_WORDS = bytes(
    byte if byte > 127 or byte in b"_\1" or chr(byte).isalnum() else ord("#" if byte in b"#(" else " ")
    for byte in range(256)
)


def plan_fingerprint(plan: PlanNode) -> str:
    """Hash the tree of operators, each with the columns and functions that it names, to sixteen hex digits.

    Whatever differs between two runs of one query is left out: expression ids, literals, paths, partition counts, and
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
    # A regular expression for the same words takes nearly twice as long, and SQL-heavy logs are full of plans.
    words = [piece.rpartition(b" ")[2] for piece in pieces]
    return hashlib.blake2b(b" ".join(words), digest_size=8).hexdigest()


@lru_cache(maxsize=4096)
def _operator(name: str) -> str:
    """The operator in the name of a node; cached, since there are few and each log names them thousands of times."""
    found = _NAME.match(name)
    return found[0].replace(" ", "_") if found else ""
