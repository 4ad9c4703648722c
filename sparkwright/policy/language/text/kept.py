"""Values that are the only ones allowed, or the only ones not: ``nothing but zstd``, ``any codec except gzip``."""

import re
from functools import cache

from sparkwright.policy.language.vocabulary import compiled, cued, says
from sparkwright.requirements.text.text import fold

_REACH = 60


@cache
def _excepted() -> re.Pattern[str]:
    value = rf"(?=[\"'`“„«]?(?:{says('valued')}|{says('valued_more')})(?![\w-]))"
    return compiled(
        rf"\b(?:(?P<none>{says('none_of')})|{says('any_of')})(?: (?!but\b)\w+){{0,2}} (?:{says('but')}) {value}"
    )


def only_values(written: str) -> str:
    """The text with ``only zstd`` for ``nothing but zstd``, and ``never gzip`` for ``anything but gzip``.

    Args:
        written: As it was written; the answer is as long, and nobody is left out by it.
    """
    folded = fold(written)
    for match in _excepted().finditer(folded):
        before = re.split(r"[.;:,](?=\s)", folded[max(0, match.start() - _REACH) : match.start()])[-1]
        is_only = match["none"] or cued("denied").search(before)
        word = "only" if is_only else "never"
        written = f"{written[: match.start()]}{word:{match.end() - match.start()}}{written[match.end() :]}"
    return written
