"""Scores of a candidate's answers, with 95% intervals from a bootstrap over threads."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.advice.bootstrap import Difference, paired_difference
from evaluation.troubleshooter.cases import UNKNOWN, PublicCase, thread_of
from evaluation.troubleshooter.verdicts import Answer, cost, is_computed, is_harmful, is_repaired, verdict

Doubles = npt.NDArray[np.float64]
_BINS = 5


@dataclass(frozen=True, slots=True)
class Figures:
    """Scores of one candidate.

    Attributes:
        right, symptom_only, unknown, wrong: Shares of all cases, as the cases' own scorer counts them.
        macro_f1: Mean F1 over the causes that occur; an acceptable cause counts as the cause itself.
        cost: Mean per case.
        cost_gain: Gain over the rules' cost, paired.
        harmful: Share of answers with a harmful property.
        wrong_with_properties: Share of answers.
        repaired: Share, of the cases that configuration repairs, right with a repairing property; None without such
            cases.
        computed: Share of the same cases right with a repairing property and its value.
        unknown_kept: Share of the honest unknowns that stays unknown; None if there are none.
        calibration_error: Expected calibration error of the likeliest cause's confidence, shown or not.
        seconds: Slowest answer.
    """

    right: Difference
    symptom_only: float
    unknown: float
    wrong: Difference
    macro_f1: float
    cost: Difference
    cost_gain: Difference
    harmful: float
    wrong_with_properties: float
    repaired: float | None
    computed: float | None
    unknown_kept: float | None
    calibration_error: float | None
    seconds: float


def figures(cases: Sequence[PublicCase], answers: Sequence[Answer], rules: Sequence[Answer]) -> Figures:
    """Score a candidate on some cases.

    Args:
        cases: At least one.
        answers: The candidate's answers, in the same order.
        rules: The rules' answers, for the difference.
    """
    pairs = list(zip(cases, answers, strict=True))
    found = [verdict(case, answer.root_cause) for case, answer in pairs]
    costs = np.array([cost(case, answer) for case, answer in pairs], np.float64)
    base = np.array([cost(case, answer) for case, answer in zip(cases, rules, strict=True)], np.float64)
    threads = _threads(cases)

    def mean(values: Doubles) -> Difference:
        """Of the cases of the threads drawn; the columns are sum and count."""
        table = np.array([(values[rows].sum(), len(rows)) for rows in threads], np.float64)
        return paired_difference([table], lambda strata: float(strata[0][:, 0].sum() / strata[0][:, 1].sum()))

    repairable = [pair for pair in pairs if pair[0].config_repairable and pair[0].remedy_properties]
    honest = [answer.root_cause == UNKNOWN for case, answer in pairs if case.honest_unknown]
    return Figures(
        right=mean(np.array([one == "right" for one in found], np.float64)),
        symptom_only=_share(one == "symptom_only" for one in found),
        unknown=_share(one == "unknown" for one in found),
        wrong=mean(np.array([one == "wrong" for one in found], np.float64)),
        macro_f1=macro_f1(cases, answers),
        cost=mean(costs),
        cost_gain=mean(costs - base),
        harmful=_share(is_harmful(*pair) for pair in pairs),
        wrong_with_properties=_share(
            one == "wrong" and bool(pair[1].named) for one, pair in zip(found, pairs, strict=True)
        ),
        repaired=_share(is_repaired(*pair) for pair in repairable) if repairable else None,
        computed=_share(is_computed(*pair) for pair in repairable) if repairable else None,
        unknown_kept=_share(honest) if honest else None,
        calibration_error=calibration_error(calibration(cases, answers)),
        seconds=max(answer.seconds for answer in answers),
    )


def macro_f1(cases: Sequence[PublicCase], answers: Sequence[Answer]) -> float:
    """Return the mean F1 over the causes that are true of some case."""
    hits: Counter[str] = Counter()
    truths: Counter[str] = Counter()
    told: Counter[str] = Counter()
    for case, answer in zip(cases, answers, strict=True):
        right = verdict(case, answer.root_cause) == "right"
        truths[case.root_cause] += 1
        hits[case.root_cause] += right
        told[case.root_cause if right else answer.root_cause] += 1
    return float(np.mean([2 * hits[name] / (truths[name] + told[name]) for name in truths]))


@dataclass(frozen=True, slots=True)
class Bin:
    """Cases of similar confidence: the answers' confidence, and how many were right."""

    case_count: int
    confidence: float
    right: float


def calibration(cases: Sequence[PublicCase], answers: Sequence[Answer]) -> list[Bin]:
    """Return the calibration curve in at most five bins with about equally many cases; empty without confidences.

    Cases of the same confidence stay together: which of them were right must not decide their bin.
    """
    told = np.array(
        [
            (answer.confidence, verdict(case, answer.best) == "right")
            for case, answer in zip(cases, answers, strict=True)
            if answer.confidence is not None
        ],
        np.float64,
    ).reshape(-1, 2)
    if not len(told):
        return []
    edges = np.quantile(told[:, 0], np.arange(1, _BINS) / _BINS)
    at = np.searchsorted(edges, told[:, 0], side="left")
    parts = [told[at == number] for number in sorted(set(at.tolist()))]
    return [Bin(len(part), float(part[:, 0].mean()), float(part[:, 1].mean())) for part in parts]


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """Return the mean distance of confidence and share right, weighted by cases; None without confidences."""
    count = sum(one.case_count for one in bins)
    return sum(one.case_count * abs(one.confidence - one.right) for one in bins) / count if count else None


def auroc(known: Sequence[float], withheld: Sequence[float]) -> float:
    """Return P(an answer to a known failure is more confident than one to a withheld failure); ties count half."""
    a, b = np.asarray(known)[:, None], np.asarray(withheld)[None, :]
    return float((a > b).mean() + 0.5 * (a == b).mean())


def _threads(cases: Sequence[PublicCase]) -> list[list[int]]:
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for number, case in enumerate(cases):
        rows[thread_of(case.url)].append(number)
    return list(rows.values())


def _share(values: Iterable[bool]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0
