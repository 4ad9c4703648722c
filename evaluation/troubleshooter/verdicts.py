"""What an answer to a case is worth: right, only a symptom, unknown or wrong, and its cost.

The rules are those of the kept-back cases' own scorer, so that a figure printed here is the figure printed there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
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


def verdict(case: PublicCase, name: str) -> Verdict:
    """What naming a cause is worth."""
    if name == case.root_cause or name in case.acceptable:
        return "right"
    if name in case.symptom_only:
        return "symptom_only"
    return "unknown" if name == UNKNOWN else "wrong"


def is_harmful(case: PublicCase, answer: Answer) -> bool:
    """Whether it would change a property that makes this failure worse, or wastes a run."""
    return not answer.properties.keys().isdisjoint(case.harmful_properties)


def cost(case: PublicCase, answer: Answer) -> int:
    """Right +1, a symptom or ``unknown`` 0, wrong -2, wrong with properties or any harmful property -5."""
    if is_harmful(case, answer):
        return _HARMFUL
    found = verdict(case, answer.root_cause)
    return _WRONG_WITH_PROPERTIES if found == "wrong" and answer.properties else _COST[found]


def is_repaired(case: PublicCase, answer: Answer) -> bool:
    """Whether it is right and names a property that repairs the failure."""
    named = not answer.properties.keys().isdisjoint(case.remedy_properties)
    return verdict(case, answer.root_cause) == "right" and named
