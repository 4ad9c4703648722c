"""The items of a text with what lies near each: clauses, cues, what a quantity belongs to."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Literal

from data_contracts.requirements import RequirementField
from sparkwright.requirements.items import Item, rest_of

AskReason = Literal["ambiguous", "contradictory", "out_of_range"]
_REACH = 9
_QUESTION_REACH = 6
_LABEL_ENDS = (":", "=", "-")
_ANSWERS = ("a", "answer", "antwort", "r", "respuesta", "reponse")


@dataclass(frozen=True, slots=True)
class Said:
    """A value that the text gives to a field, and the span it was read from."""

    field: RequirementField
    value: object
    start: int
    end: int
    is_denied: bool = False
    is_correction: bool = False


@dataclass(frozen=True, slots=True)
class Unclear:
    """What the text says of a field and what cannot be used as it stands."""

    field: RequirementField
    reason: AskReason
    detail: str
    start: int
    end: int


@dataclass
class Sentence:
    """A text as items.

    Attributes:
        used: Places of items that belong to a field already: the month of ``$500 a month`` is no schedule.
    """

    items: Sequence[Item]
    code: str
    used: set[int] = field(default_factory=set)
    _clauses: list[range] = field(default_factory=list)
    _concepts: list[frozenset[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        starts = [0]
        for at, item in enumerate(self.items):
            is_but = item.has("but") and not self._is_within(at)
            if at and (item.has("stop", "comma") or is_but or (item.has("and") and self._starts_clause(at + 1))):
                starts.append(at)
        for start, end in pairwise([*starts, len(self.items)]):
            concepts = frozenset().union(*(item.concepts for item in self.items[start:end]))
            for _ in range(start, end):
                self._clauses.append(range(start, end))
                self._concepts.append(concepts)

    def _starts_clause(self, at: int) -> bool:
        return any(item.has("may") or item.has("finish") for item in self.items[at : at + 3])

    def _is_within(self, at: int) -> bool:
        """Whether a ``but`` stands after the verb of its clause: ``darf aber zwei Stunden dauern``."""
        opens = at < 2 or self.items[at - 2].has("comma", "stop")
        return at > 0 and opens and self.items[at - 1].has("may")

    def place(self, end: int) -> int:
        """The place of the item that ends where a span of the text does, or is the last before."""
        return max(0, bisect_right(self._ends, end) - 1)

    def has(self, *concepts: str) -> bool:
        """Whether the text has one of these."""
        return not self._all_concepts.isdisjoint(concepts)

    def stop_after(self, at: int) -> Item | None:
        """What ends the sentence that a place lies in; None where nothing does."""
        index = bisect_right(self._stops, at)
        return self.items[self._stops[index]] if index < len(self._stops) else None

    @cached_property
    def _ends(self) -> list[int]:
        return [item.end for item in self.items]

    @cached_property
    def _stops(self) -> list[int]:
        return [at for at, item in enumerate(self.items) if item.has("stop")]

    @cached_property
    def _all_concepts(self) -> frozenset[str]:
        return frozenset().union(*self._concepts)

    def __iter__(self) -> Iterator[tuple[int, Item]]:
        return iter(enumerate(self.items))

    def get(self, at: int) -> Item | None:
        """The item at a place, None outside."""
        return self.items[at] if 0 <= at < len(self.items) else None

    def clause(self, at: int) -> range:
        """The places of the clause that a place lies in."""
        return self._clauses[at]

    def clause_has(self, at: int, *concepts: str) -> bool:
        """Whether the clause of a place has one of these."""
        return not self._concepts[at].isdisjoint(concepts)

    def clause_has_of(self, at: int, family: str) -> bool:
        """Whether the clause of a place has a concept of a family."""
        return rest_of(self._concepts[at], family) is not None

    def left(self, at: int, *concepts: str, reach: int = 3, over_breaks: bool = False) -> int | None:
        """The nearest place to the left with one of these concepts, at most so many items away."""
        for place in range(at - 1, max(-1, at - 1 - reach), -1):
            item = self.items[place]
            if item.has(*concepts):
                return place
            if item.has("stop") or (not over_breaks and item.has("comma", "but")):
                return None
        return None

    def right(self, at: int, *concepts: str, reach: int = 3) -> int | None:
        """The nearest place to the right with one of these concepts, at most so many items away."""
        for place in range(at + 1, min(len(self.items), at + 1 + reach)):
            item = self.items[place]
            if item.has(*concepts):
                return place
            if item.has("stop", "comma", "but"):
                return None
        return None

    def pull(self, at: int, roles: Mapping[str, Sequence[str]], reach: float = _REACH) -> tuple[str, float] | None:
        """The role whose cue is nearest to a place, and how near; None where there is no cue.

        A cue before counts as nearer than one after; a comma, and another quantity between, make it farther.
        """
        best: tuple[str, float] | None = None
        for role, concepts in roles.items():
            for step, penalty in ((-1, 0.0), (1, 1.6)):
                cost = self._cost(at, step, concepts)
                if cost is not None and cost + penalty <= reach and (best is None or cost + penalty < best[1]):
                    best = (role, cost + penalty)
        return best

    def _cost(self, at: int, step: int, concepts: Sequence[str]) -> float | None:
        cost = 0.0
        place = at + step
        while 0 <= place < len(self.items) and cost <= _REACH:
            item = self.items[place]
            if item.has(*concepts):
                return cost
            if item.has("stop"):
                return None
            if item.has("comma", "but"):
                cost += 4
            elif item.has("bytes", "duration", "money", "percent", "clock_time"):
                cost += 3
            elif item.has("and"):
                cost += 2
            else:
                cost += 1
            place += step
        return None

    def is_range(self, at: int) -> bool:
        """Whether a quantity is the upper end of a range: ``2-3 hours``, ``between 100 and 200 GB``."""
        return self.range_start(at) is not None

    def range_start(self, at: int) -> int | None:
        """The place of the lower end of a range that ends at a place."""
        place = at - 2
        joint, lower = self.get(at - 1), self.get(place)
        if joint and joint.has("approx") and lower and lower.has("or", "to"):
            place = at - 3
            joint, lower = lower, self.get(place)
        if joint is None or lower is None or lower.value is None:
            return None
        same = lower.has("number") or not lower.concepts.isdisjoint(self.items[at].concepts)
        if lower.has("article") or not same or (lower.has("number") and lower.has("ordinal_number")):
            return None
        is_opened = self.left(place, "between", reach=2) is not None
        is_plain = lower.has("number") and not self.items[at].has("clock_time")
        if joint.has("or", "to", "through") and (is_opened or is_plain or not joint.has("max", "by")):
            return place
        return place if joint.has("and") and is_opened else None

    def answer(self, at: int) -> bool | None:
        """What is answered to the question, or stands after the label, that a place lies in: yes, no, nothing."""
        place = at + 1
        while (item := self.get(place)) is not None and not item.has("stop", "comma") and item.text not in _LABEL_ENDS:
            if item.value is not None or place > at + _QUESTION_REACH:
                return None
            place += 1
        if item is None or not (item.text in _LABEL_ENDS or item.text.startswith("?")):
            return None
        if item.text in _LABEL_ENDS and place > at + 1:
            return None
        while (item := self.get(place + 1)) is not None and (item.text in _LABEL_ENDS or item.text in _ANSWERS):
            place += 1
        if item is None or not item.has("yes", "no_answer", "neg", "none"):
            return None
        after = self.get(place + 2)
        is_whole = after is None or after.has("stop", "comma") or item.has("no_answer")
        return item.has("yes") if is_whole or item.has("yes") else None


def is_denied_before(sentence: Sentence, at: int) -> bool:
    """Whether a quantity is said not to be meant: ``not two hours``."""
    before = sentence.get(at - 1)
    return before is not None and before.has("neg") and not before.has("max")
