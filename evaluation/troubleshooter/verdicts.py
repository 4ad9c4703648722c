"""What an answer to a case is worth: right, only a symptom, unknown or wrong, and its cost.

The rules are those of the kept-back cases' own scorer, so that a figure printed here is the figure printed there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from evaluation.troubleshooter.cases import UNKNOWN, PublicCase

Verdict = Literal["right", "symptom_only", "unknown", "wrong"]
VERDICTS: tuple[Verdict, ...] = ("right", "symptom_only", "unknown", "wrong")
_COST: dict[Verdict, int] = {"right": 1, "symptom_only": 0, "unknown": 0, "wrong": -2}
_WRONG_WITH_PROPERTIES = _HARMFUL = -5


@dataclass(frozen=True, slots=True)
class Answer:
    """One candidate's answer to one case.

    Attributes:
        root_cause: In the names of the cases.
        properties: What it would set.
        to_fill: What it would have set by somebody who knows the value. It counts as the others do, for good and bad.
        confidence: Of the likeliest cause, shown or not; None where the candidate states none.
        best: The likeliest cause, shown or not, in the names of the cases.
        cited: Messages of the facts it rests on.
        seconds: What it took.
    """

    root_cause: str
    properties: Mapping[str, str]
    confidence: float | None
    best: str
    cited: tuple[str, ...]
    seconds: float
    to_fill: Mapping[str, str] = field(default_factory=dict)

    @property
    def named(self) -> dict[str, str]:
        """Every property that it names for a repair; in angle brackets what belongs where only the site knows."""
        return {name: f"<{what}>" for name, what in self.to_fill.items()} | dict(self.properties)


def verdict(case: PublicCase, name: str) -> Verdict:
    """What naming a cause is worth."""
    if name == case.root_cause or name in case.acceptable:
        return "right"
    if name in case.symptom_only:
        return "symptom_only"
    return "unknown" if name == UNKNOWN else "wrong"


def is_harmful(case: PublicCase, answer: Answer) -> bool:
    """Whether it would change a property that makes this failure worse, or wastes a run."""
    return not answer.named.keys().isdisjoint(case.harmful_properties)


def cost(case: PublicCase, answer: Answer) -> int:
    """Right +1, a symptom or ``unknown`` 0, wrong -2, wrong with properties or any harmful property -5."""
    if is_harmful(case, answer):
        return _HARMFUL
    found = verdict(case, answer.root_cause)
    return _WRONG_WITH_PROPERTIES if found == "wrong" and answer.named else _COST[found]


def is_repaired(case: PublicCase, answer: Answer) -> bool:
    """Whether it is right and names a property that repairs the failure."""
    return verdict(case, answer.root_cause) == "right" and not answer.named.keys().isdisjoint(case.remedy_properties)


def is_computed(case: PublicCase, answer: Answer) -> bool:
    """Whether it is right and gives a repairing property its value, too."""
    given = not answer.properties.keys().isdisjoint(case.remedy_properties)
    return verdict(case, answer.root_cause) == "right" and given
