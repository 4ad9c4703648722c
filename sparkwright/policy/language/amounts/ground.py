"""A text as typed spans, and how far apart two places of it are: what frames are filled from."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from sparkwright.parsing.stretches import blanked
from sparkwright.policy.language import lexicon
from sparkwright.policy.language.amounts.hinted import with_hints
from sparkwright.policy.language.amounts.quantities import Amount, amounts
from sparkwright.policy.language.named import properties_in
from sparkwright.policy.language.vocabulary import cued, whole

DIRECTIONS: Final = ("most", "least", "or_more", "above", "below")
_CUES: Final = (
    *DIRECTIONS,
    *("denied", "permits", "exact", "duties", "together", "of_run", "runs", "per_day", "per_week", "per_month"),
    *("per_other", "each", "static", "initial", "idle", "whatever"),
)
SYMBOLS: Final = re.compile(r"<=|>=|≤|≥|(?<![<>=!])=(?!=)|<|>")
NOUNS: Final = {
    "executor": re.compile(rf"\b{lexicon.EXECUTOR}\b"),
    "driver": re.compile(rf"\b{lexicon.DRIVER}\b"),
    "task": re.compile(r"\btasks?\b(?! slots?)"),
    "memory": re.compile(rf"\b{lexicon.MEMORY}\b"),
    "core": re.compile(rf"\b{lexicon.CORE}\b"),
    "gpu": re.compile(r"\bgpus?\b"),
    "partition": re.compile(r"\bpartition\w*|\bparticion\w*"),
    "money": whole("money_subject"),
    "count": whole("executor_count"),
    "refused": whole("refused"),
    "too_much": whole("too_much"),
}
_WITHIN_NAMES: Final = ("core_hours", "memory_hours", "dynamic")
"""What is said within names of properties and units, too."""
_WEIGHTS: Final = (
    (re.compile(r"[.!?](?=\s|$)"), 4.0),
    (re.compile(r"(?<!:)(?<!: )(?<!:  )[;\n]"), 2.6),
    (re.compile(r",(?=\s|$)|[()]|\s[-–—]\s"), 0.6),
    (re.compile(r":(?=\s)"), 0.25),
    (re.compile(rf"{cued('and_').pattern}|\bwith\b"), 0.5),
    (re.compile(r"\w+"), 0.12),
)
"""What it costs to reach over a border of clauses or a word."""
_OVER_AMOUNT: Final = 0.7


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place of the text that may fill a slot.

    Attributes:
        start: Of its first character.
        end: One past its last character.
        kind: Of the slot.
        name: The property, else what stands there.
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
        amounts: In their order, hints among them.
        properties: Where properties are named.
        cues: By kind, in their order.
        reach: What it costs to reach each character from the first.
    """

    text: str
    amounts: list[Amount] = field(default_factory=list)
    properties: list[Span] = field(default_factory=list)
    cues: dict[str, list[Span]] = field(default_factory=dict)
    reach: list[float] = field(default_factory=list)

    def cost(self, one: Span | Amount, other: Span | Amount) -> float:
        """How far apart two spans are: by the words, the amounts and the borders of clauses between them."""
        if one.start > other.start:
            one, other = other, one
        return max(0.0, self.reach[max(other.start, one.end)] - self.reach[one.end])

    def between(self, one: Span | Amount, other: Span | Amount) -> str:
        """The text between two spans."""
        if one.start > other.start:
            one, other = other, one
        return self.text[one.end : other.start]

    def near(self, kinds: Iterable[str], item: Span | Amount, most: float) -> Iterator[tuple[float, Span]]:
        """The cues of these kinds that are less than so far away, each behind its distance."""
        for kind in kinds:
            for one in self.cues[kind]:
                if (cost := self.cost(one, item)) < most:
                    yield cost, one


def ground_of(text: str) -> Ground:
    """The text with its spans."""
    ground = Ground(text)
    ground.properties = _without_explained(
        text, [Span(start, end, "property", name) for start, end, name in properties_in(text)]
    )
    ground.amounts = [one for one in with_hints(text, amounts(text)) if not _overlaps(one, ground.properties)]
    masked = _blanked(text, [*ground.properties, *ground.amounts])  # `15 min` are minutes
    for kind in _CUES:
        # `tasks may not be retried` is a name, and denies.
        ground.cues[kind] = _found(kind, cued(kind), text if kind == "denied" else masked)
    _keep_longest(ground)
    ground.cues["symbol"] = _found("symbol", SYMBOLS, masked)
    for kind, pattern in NOUNS.items():
        ground.cues[kind] = _found(kind, pattern, masked)
    for kind in _WITHIN_NAMES:
        ground.cues[kind] = _found(kind, whole(kind), text)
    hours = ground.cues["core_hours"] + ground.cues["memory_hours"]
    ground.cues["core"] = [one for one in ground.cues["core"] if not _within(one, hours)]
    ground.reach = _reach(text, ground.amounts)
    return ground


def _found(kind: str, pattern: re.Pattern[str], text: str) -> list[Span]:
    return [Span(*one.span(), kind, one[0]) for one in pattern.finditer(text)]


def _keep_longest(ground: Ground) -> None:
    """Of overlapping directions the longest is meant; what is denied within it (``no more``) denies nothing else."""
    kept: list[Span] = []
    for one in sorted((one for kind in DIRECTIONS for one in ground.cues[kind]), key=lambda one: one.start - one.end):
        if not _overlaps(one, kept):
            kept.append(one)
    for kind in DIRECTIONS:
        ground.cues[kind] = sorted(one for one in kept if one.kind == kind)
    for kind in ("denied", "exact", "permits"):
        ground.cues[kind] = [one for one in ground.cues[kind] if not _within(one, kept)]


def _reach(text: str, found: list[Amount]) -> list[float]:
    weights = [0.0] * (len(text) + 1)
    for pattern, weight in _WEIGHTS:
        for match in pattern.finditer(text):
            weights[match.start()] += weight
    for amount in found:
        weights[amount.start] += _OVER_AMOUNT
    reach = [0.0]
    for weight in weights:
        reach.append(reach[-1] + weight)
    return reach


def _without_explained(text: str, found: list[Span]) -> list[Span]:
    """Without phrases that a name explains: ``kryo's buffer (spark.kryoserializer.buffer.max)``, ``Kryo: spark.kryo...``."""
    kept = found[-1:]
    for one, after in zip(reversed(found[:-1]), reversed(found[1:]), strict=True):
        is_phrase = not text.startswith("spark.", one.start) and text.startswith("spark.", after.start)
        explains = re.fullmatch(
            r"[^.;:()\d]{0,40}\(\W*(?:\w+ ){0,2}\W*|(?::| [-–—]) ['\"`]?", text[one.end : after.start]
        )
        if not (is_phrase and explains):
            kept.append(one)
    return kept[::-1]


def _blanked(text: str, spans: Iterable[Span | Amount]) -> str:
    for one in spans:
        text = blanked(text, one.start, one.end)
    return text


def _overlaps(one: Span | Amount, spans: Iterable[Span]) -> bool:
    return any(other.start < one.end and one.start < other.end for other in spans)


def _within(one: Span, spans: Iterable[Span]) -> bool:
    return any(other.start <= one.start and one.end <= other.end for other in spans)
