"""One reading of what an amount is said of, and how far away what names it stands."""

import re
from dataclasses import dataclass
from typing import Final

from sparkwright.policy.language.amounts.ground import Ground, Span
from sparkwright.policy.language.vocabulary import cued

_LINK: Final = re.compile(rf"\s*(?:\w+\s+)?(?:{cued('link').pattern})\s+(?:\w+ ){{0,2}}")
_BORDER: Final = re.compile(rf"[,;.](?=\s)|{cued('and_').pattern}")
PER: Final = re.compile(rf"(?:{cued('per').pattern})\s")
_PER_AT_END: Final = re.compile(rf"{PER.pattern}$")
_LONGEST_PER: Final = 80


@dataclass(frozen=True, slots=True)
class SubjectOf:
    """One reading of what an amount is said of.

    Attributes:
        name: The property, ``budget:`` and a measure, ``ask:`` and a part; ``cores``, ``dynamicExecutors`` and
            ``initialExecutors`` depend on the end.
        cost: Of reading it so.
        span: What names it.
        more: Another property of which the same is said.
        question: Of ``ask:``, in words.
    """

    name: str
    cost: float
    span: Span | None = None
    more: str = ""
    question: str = ""

    @property
    def is_asked(self) -> bool:
        """Whether it has to be asked what is meant."""
        return self.name.startswith("ask:")

    @property
    def measure(self) -> str:
        """Of a budget, empty where it is none."""
        return self.name.removeprefix("budget:") if self.name.startswith("budget:") else ""


def distance(ground: Ground, span: Span, item: Span) -> float:
    """How far what names a subject is from an amount: less before it, or linked to it (``8 GB per executor``)."""
    cost = ground.cost(span, item)
    if span.start < item.end or cost == 0:
        return cost
    between = ground.between(item, span)
    if _LINK.fullmatch(between):
        return cost
    return cost + (0.8 if _BORDER.search(between) else 0.35)


def closes(ground: Ground, span: Span, item: Span) -> bool:
    """Whether a process behind an amount ends what is said of it: ``5 cores and 20 GB per executor``."""
    if span.start < item.end:
        return False
    return span.kind == "each" or is_behind_per(ground, span) or bool(PER.search(ground.text, span.start, span.end))


def is_behind_per(ground: Ground, span: Span) -> bool:
    """Whether ``per`` stands right before: looked for there only, as it is asked of every pair of spans."""
    return bool(_PER_AT_END.search(ground.text, max(0, span.start - _LONGEST_PER), span.start))
