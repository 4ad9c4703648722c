"""Choose the probability from which an answer is shown, and from which it names properties.

If probabilities are calibrated, the costs decide: with right +1 and wrong -2 an answer is worth more than silence from
2/3 on; with properties, where wrong is -5, from 5/6 on. The validation split can only raise these bounds, until
conformal risk control bounds the share of wrong answers (Angelopoulos et al., "Conformal Risk Control", ICLR 2024,
equation 4: with n cases of which k are wrong, (k + 1) / (n + 1) <= alpha).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from evaluation.troubleshooter.cases import PublicCase
from evaluation.troubleshooter.names import field_name
from evaluation.troubleshooter.verdicts import Answer, is_harmful, verdict
from sparkwright.diagnosis.taxonomy import UNKNOWN

MAX_WRONG = 0.06
MAX_WRONG_REPAIRS = 0.04
SHOW_FROM, REPAIR_FROM = 2 / 3, 5 / 6
_STEP = 0.02
NEVER = 1.01
"""A bound that no probability reaches."""


@dataclass(frozen=True, slots=True)
class Likeliest:
    """A case's likeliest cause.

    Attributes:
        case: The case.
        cause: Our name of it; ``unknown`` if there is no signal.
        share: Its probability.
        is_symptom: Whether the rules regard it as a mere symptom here, not a root cause.
        properties: Its repair, including what is left to fill in.
    """

    case: PublicCase
    cause: str
    share: float
    is_symptom: bool
    properties: Mapping[str, str]


def bounds_of(cases: Sequence[Likeliest]) -> tuple[float, float]:
    """Return from where on causes are shown, and properties named; :data:`NEVER` if nothing is safe."""

    def wrong(bound: float) -> list[bool]:
        return [verdict(one.case, _answer(one, bound).root_cause) == "wrong" for one in cases]

    def badly_repaired(bound: float) -> list[bool]:
        answers = [(one.case, _answer(one, SHOW_FROM, bound)) for one in cases]
        return [
            bool(given.properties) and (is_harmful(case, given) or verdict(case, given.root_cause) == "wrong")
            for case, given in answers
        ]

    return _least(SHOW_FROM, wrong, MAX_WRONG), _least(REPAIR_FROM, badly_repaired, MAX_WRONG_REPAIRS)


def _least(start: float, bad: Callable[[float], Sequence[bool]], most: float) -> float:
    """Return the lowest bound from ``start`` on with few enough bad answers."""
    bound = start
    while bound < 1:
        if _most(bad(bound)) <= most:
            return bound
        bound += _STEP
    return NEVER


def _most(bad: Sequence[bool]) -> float:
    """Return the bound of conformal risk control on a share."""
    return (sum(bad) + 1) / (len(bad) + 1)


def _answer(one: Likeliest, show_from: float, repair_from: float = NEVER) -> Answer:
    cause = one.cause if one.share >= show_from and not one.is_symptom else UNKNOWN.name
    properties = one.properties if one.share >= max(show_from, repair_from) else {}
    return Answer(field_name(cause), properties, one.share, field_name(one.cause), (), 0.0)
