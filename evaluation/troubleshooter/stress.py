"""Stress tests of answers: does the citation decide, what if a fact is missing, what if a cause is unknown?"""

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.troubleshooter.candidates import Candidate
from evaluation.troubleshooter.cases import UNKNOWN, PublicCase
from evaluation.troubleshooter.figures import auroc
from evaluation.troubleshooter.fit import items_of
from evaluation.troubleshooter.names import our_names
from evaluation.troubleshooter.verdicts import Answer, verdict

WITHHELD = 5


@dataclass(frozen=True, slots=True)
class Grounding:
    """How answers depend on their facts.

    Attributes:
        shown: Answers that name a cause.
        cited: Share of those that cite a fact of the case.
        decisive: Share of those whose cause is no longer answered once the cited facts are removed.
        poorer_count: Cases with one record removed, one after another.
        poorer_wrong: Share of those that are answered wrongly.
    """

    shown: int
    cited: float
    decisive: float
    poorer_count: int
    poorer_wrong: float


def grounding(cases: Sequence[PublicCase], answers: Sequence[Answer], candidate: Candidate) -> Grounding:
    """Measure how a candidate's answers depend on their facts; ``answers`` are those to the complete cases."""
    shown = [(case, given) for case, given in zip(cases, answers, strict=True) if given.root_cause != UNKNOWN]
    cited = [any(item.message in given.cited for item in items_of(case)) for case, given in shown]
    decisive = [_without_cited(case, given, candidate) for case, given in shown]
    poorer = [
        (case, candidate(replace(case, evidence=case.evidence[:number] + case.evidence[number + 1 :])))
        for case in cases
        if len(case.evidence) > 1
        for number in range(len(case.evidence))
    ]
    wrong = [verdict(case, given.root_cause) == "wrong" for case, given in poorer]
    return Grounding(len(shown), _share(cited), _share(decisive), len(poorer), _share(wrong))


def _without_cited(case: PublicCase, given: Answer, candidate: Candidate) -> bool:
    pairs = zip(case.evidence, items_of(case), strict=True)
    left = tuple(record for record, item in pairs if item.message not in given.cited)
    return not left or candidate(replace(case, evidence=left)).root_cause != given.root_cause


@dataclass(frozen=True, slots=True)
class Withholding:
    """Whether answers to failures with an unknowable cause are less confident than those to knowable ones.

    Attributes:
        draws: How often five causes were withheld.
        auroc: Mean over the draws.
        low: 2.5% quantile over the draws.
        high: 97.5% quantile.
        named: Share of the withheld failures for which a cause was shown anyway.
    """

    draws: int
    auroc: float
    low: float
    high: float
    named: float


def withholding(
    cases: Sequence[PublicCase], make: Callable[[Collection[str]], Candidate], draws: int, seed: int = 0
) -> Withholding | None:
    """Withhold five occurring causes at a time; None if there are no more than five.

    Args:
        cases: The cases; honest unknowns are ignored, because those are unknowable, too.
        make: Builds a candidate that does not know some of our causes.
        draws: Number of draws.
        seed: Seed of the draws.
    """
    told = [case for case in cases if not case.honest_unknown and our_names(case.root_cause)]
    fields = sorted({case.root_cause for case in told})
    if len(fields) <= WITHHELD:
        return None
    dice = random.Random(seed)
    scores: list[float] = []
    named: list[bool] = []
    for _ in range(draws):
        gone = set(dice.sample(fields, WITHHELD))
        # An acceptable alternative is still known: such a case belongs to neither side.
        unheard = [case for case in told if case.root_cause in gone and gone.issuperset(case.acceptable)]
        known = [case for case in told if case.root_cause not in gone]
        if not unheard:
            continue
        candidate = make([name for field in sorted(gone) for name in our_names(field)])
        answers = [candidate(case) for case in unheard]
        named += [given.root_cause != UNKNOWN for given in answers]
        scores.append(auroc([_sure(candidate(case)) for case in known], [_sure(given) for given in answers]))
    low, high = np.percentile(scores, [2.5, 97.5])
    return Withholding(len(scores), float(np.mean(scores)), float(low), float(high), _share(named))


def _sure(given: Answer) -> float:
    if given.confidence is None:
        return float(given.root_cause != UNKNOWN)
    return given.confidence


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0
