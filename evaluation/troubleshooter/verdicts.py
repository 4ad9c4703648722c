"""Score an answer to a case: right, only a symptom, unknown or wrong, and its cost.

The rules are those of the held-out cases' own scorer, so that both print the same figures.
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
        root_cause: Root cause, by the cases' name.
        properties: Properties it would set.
        to_fill: Properties whose value somebody else must fill in; they count like the others, for good and bad.
        confidence: Confidence of the likeliest cause, shown or not; None if the candidate states none.
        best: The likeliest cause, shown or not, by the cases' name.
        cited: Messages of the facts it is based on.
        seconds: Time it took.
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
        """Every property that it names for a repair; values only the site knows are described in angle brackets."""
        return {name: f"<{what}>" for name, what in self.to_fill.items()} | dict(self.properties)


def verdict(case: PublicCase, name: str) -> Verdict:
    """Return the grade of naming this cause."""
    if name == case.root_cause or name in case.acceptable:
        return "right"
    if name in case.symptom_only:
        return "symptom_only"
    return "unknown" if name == UNKNOWN else "wrong"


def is_harmful(case: PublicCase, answer: Answer) -> bool:
    """Return whether it would change a property that makes this failure worse, or wastes a run."""
    return not answer.named.keys().isdisjoint(case.harmful_properties)


def cost(case: PublicCase, answer: Answer) -> int:
    """Return right +1, a symptom or ``unknown`` 0, wrong -2, wrong with properties or any harmful property -5."""
    if is_harmful(case, answer):
        return _HARMFUL
    found = verdict(case, answer.root_cause)
    return _WRONG_WITH_PROPERTIES if found == "wrong" and answer.named else _COST[found]


def is_repaired(case: PublicCase, answer: Answer) -> bool:
    """Return whether it is right and names a property that repairs the failure."""
    return verdict(case, answer.root_cause) == "right" and not answer.named.keys().isdisjoint(case.remedy_properties)


def is_computed(case: PublicCase, answer: Answer) -> bool:
    """Return whether it is right and also gives a repairing property its value."""
    given = not answer.properties.keys().isdisjoint(case.remedy_properties)
    return verdict(case, answer.root_cause) == "right" and given
