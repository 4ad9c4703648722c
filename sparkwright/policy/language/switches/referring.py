"""What refers back to a property: ``so is the event log``, ``nobody may set this property``."""

import re
from functools import cache

from sparkwright.policy.language.amounts.ground import Ground, Span
from sparkwright.policy.language.named import properties_in
from sparkwright.policy.language.vocabulary import compiled, cued, says, whole

_SENTENCE = re.compile(r"[.;!?](?=\s|$)")
_FARTHEST = 9.0


@cache
def _same() -> re.Pattern[str]:
    return compiled(
        rf"(?:[.;,!]\s*(?:{cued('and_').pattern} )?|\s+{cued('and_').pattern} )(?:{says('same')})[ ,:]+(?=\w)"
    )


def with_same(text: str) -> str:
    """``AQE is mandatory. So is the event log.``: what is said of the one is said of the other, in one sentence."""

    def joined(match: re.Match[str]) -> str:
        end = _SENTENCE.search(text, match.end())
        rest = text[match.end() : end.start() if end else len(text)]
        return " , and " if any(start < 30 for start, *_ in properties_in(rest)) else match[0]

    return _same().sub(joined, text)


def referred_to(ground: Ground, chunk: Span) -> list[Span]:
    """The properties that a stretch without one speaks of: the last one named before, or the last ones of a list."""
    is_one = bool(cued("it").match(chunk.name) or whole("this_property").search(chunk.name))
    is_all = bool(whole("these_properties").search(chunk.name))
    if not is_one and not is_all:
        return []
    before = [one for one in ground.properties if one.end <= chunk.start and ground.cost(one, chunk) < _FARTHEST]
    after = [one for one in ground.properties if one.start >= chunk.end and ground.cost(one, chunk) < 0.4]
    if not before or after:
        return []
    if not is_all:
        return before[-1:]
    return [one for one in before if not _SENTENCE.search(ground.text, one.end, before[-1].start)]
