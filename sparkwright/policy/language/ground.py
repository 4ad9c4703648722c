"""A text as typed spans, and how far apart two places of it are: what frames are filled from."""

import re
from dataclasses import dataclass, field
from typing import Final

from sparkwright.policy.language import lexicon
from sparkwright.policy.language.hinted import with_hints
from sparkwright.policy.language.named import properties_in
from sparkwright.policy.language.quantities import Amount, amounts
from sparkwright.policy.language.vocabulary import cued, part, says

CUES: Final = (
    "most",
    "least",
    "or_more",
    "above",
    "below",
    "denied",
    "permits",
    "exact",
    "duties",
    "together",
    "of_run",
    "runs",
    "per_day",
    "per_week",
    "per_month",
    "per_other",
    "each",
    "set_by",
)
_BORDERS: Final = (
    (re.compile(r"[.!?](?=\s|$)"), 4.0),
    (re.compile(r"(?<!:)(?<!: )(?<!:  )[;\n]"), 2.6),
    (re.compile(r",(?=\s|$)|[()]|\s[-–—]\s"), 0.6),
    (re.compile(r":(?=\s)"), 0.25),
    (re.compile(r"\b(?:and|but|while|whereas|plus|und|aber|sowie|et|mais|y|pero|with|mit|avec|con)\b"), 0.5),
    (re.compile(r"\w+"), 0.12),
)
_SYMBOLS: Final = re.compile(r"<=|>=|≤|≥|(?<![<>=!])=(?!=)|<|>")


@dataclass(frozen=True, slots=True)
class Span:
    """A place of the text that says something of its own.

    Attributes:
        kind: Which slot it fills.
        name: Of a property or a process, or the symbol.
    """

    start: int
    end: int
    kind: str
    name: str = ""


@dataclass(slots=True)
class Ground:
    """A text with its spans.

    Attributes:
        text: Folded, with numbers in digits.
        properties: Where properties are named.
        cues: By kind, in their order.
    """

    text: str
    amounts: list[Amount] = field(default_factory=list)
    properties: list[Span] = field(default_factory=list)
    cues: dict[str, list[Span]] = field(default_factory=dict)
    _cost: list[float] = field(default_factory=list)

    def cost(self, one: Span | Amount, other: Span | Amount) -> float:
        """How far apart two spans are: by the words, the amounts and the borders of clauses between them."""
        if one.start > other.start:
            one, other = other, one
        return max(0.0, self._cost[max(other.start, one.end)] - self._cost[one.end])

    def between(self, one: Span | Amount, other: Span | Amount) -> str:
        """The text between two spans."""
        if one.start > other.start:
            one, other = other, one
        return self.text[one.end : other.start]


def ground_of(text: str) -> Ground:
    """The text with its spans."""
    ground = Ground(text)
    ground.properties = _without_explained(text, [Span(*one[:2], "property", one[2]) for one in properties_in(text)])
    ground.amounts = [
        one for one in with_hints(text, amounts(text)) if not _inside(one, ground.properties)
    ]
    masked = text
    for one in ground.properties:
        masked = f"{masked[: one.start]}{' ' * (one.end - one.start)}{masked[one.end :]}"
    for amount in ground.amounts:  # `15 min`: minutes
        masked = f"{masked[: amount.start]}{' ' * (amount.end - amount.start)}{masked[amount.end :]}"
    for kind in CUES:
        where = text if kind == "denied" else masked  # `tasks may not be retried` is a name, and denies
        ground.cues[kind] = [Span(*one.span(), kind, one[0]) for one in cued(kind).finditer(where)]
    # What is denied within a longer cue (`no more`) denies nothing else; the longer of two is meant.
    directions = sorted(
        (one for kind in ("most", "least", "or_more", "above", "below") for one in ground.cues[kind]),
        key=lambda one: one.start - one.end,
    )
    kept: list[Span] = []
    for one in directions:
        if not any(one.start < other.end and other.start < one.end for other in kept):
            kept.append(one)
    for kind in ("most", "least", "or_more", "above", "below"):
        ground.cues[kind] = [one for one in kept if one.kind == kind]
        ground.cues[kind].sort(key=lambda one: one.start)
    for kind in ("denied", "exact", "permits"):
        ground.cues[kind] = [one for one in ground.cues[kind] if not _within(one, kept)]
    ground.cues["symbol"] = [Span(*one.span(), "symbol", one[0]) for one in _SYMBOLS.finditer(masked)]
    for kind, pattern in (
        ("executor", rf"\b{lexicon.EXECUTOR}\b|\bworkers?\b"),
        ("driver", rf"\b{lexicon.DRIVER}\b"),
        ("task", r"\btasks?\b"),
        ("memory", rf"\b{lexicon.MEMORY}\b"),
        ("core", rf"\b{lexicon.CORE}\b"),
        ("gpu", r"\bgpus?\b"),
        ("partition", r"\bpartition\w*|\bparticion\w*"),
        ("money", rf"\b(?:{says('money_subject')})\b"),
        ("count", rf"\b(?:{says('executor_count')})\b"),
        ("static", r"\binstances?\b|\bstatic\w*|\bexecutor count\b"),
        ("refused", rf"\b(?:{says('refused')})\b"),
        ("initial", r"\binitial\w*|\bstart\w* with|\bbegin\w* with"),
        ("idle", r"\bidle\w*|\bunused\b|\buntatig\w*|\bleerlauf\w*|\binacti[fv]\w*"),
    ):
        ground.cues[kind] = [Span(*one.span(), kind, one[0]) for one in re.finditer(pattern, masked)]
    for kind in ("core_hours", "memory_hours", "dynamic"):  # said within names and units, too
        ground.cues[kind] = [Span(*one.span(), kind, one[0]) for one in re.finditer(rf"\b(?:{says(kind)})\b", text)]
    hours = ground.cues["core_hours"] + ground.cues["memory_hours"]
    ground.cues["core"] = [one for one in ground.cues["core"] if not _within(one, hours)]
    weights = [0.0] * (len(text) + 1)
    for pattern, weight in _BORDERS:
        for match in pattern.finditer(text):
            weights[match.start()] += weight
    for amount in ground.amounts:
        weights[amount.start] += 0.7
    total = 0.0
    ground._cost = [0.0]
    for weight in weights:
        total += weight
        ground._cost.append(total)
    return ground


def _without_explained(text: str, found: list[Span]) -> list[Span]:
    """Without phrases that a name in brackets explains: ``kryo's buffer (spark.kryoserializer.buffer.max)``."""
    return [
        one
        for one, after in zip(found, [*found[1:], None], strict=False)
        if after is None
        or text.startswith("spark.", one.start)
        or not text.startswith("spark.", after.start)
        or not re.fullmatch(r"[^.;:()\d]{0,40}\(\W*(?:\w+ ){0,2}\W*", text[one.end : after.start])
    ]


def _inside(one: Amount, spans: list[Span]) -> bool:
    return any(other.start < one.end and one.start < other.end for other in spans)


def _within(one: Span, spans: list[Span]) -> bool:
    return any(other.start <= one.start and one.end <= other.end for other in spans)


__all__ = ["CUES", "Ground", "Span", "ground_of", "part"]
