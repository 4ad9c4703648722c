"""Fit the weights on the validation split, which neither marks nor index have seen; cross-fitted for comparison.

A conditional logit by maximum likelihood with a Gaussian prior (:mod:`sparkwright.diagnosis.weighing`): a few dozen
cases support only a few weights, so each is shrunk towards a simple guess fixed beforehand.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data_contracts.api.diagnosis import EvidenceItem
from evaluation.troubleshooter.bounds import Likeliest, bounds_of
from evaluation.troubleshooter.cases import PublicCase, thread_of
from evaluation.troubleshooter.names import our_names
from sparkwright.advisor.known_application import redacted
from sparkwright.diagnosis.answer import repairs
from sparkwright.diagnosis.judge import Judge
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES, UNKNOWN
from sparkwright.diagnosis.weighing import MEMBERS, OPEN, Signals, Weights, probabilities

Doubles = npt.NDArray[np.float64]

PRIOR = {
    "answer_specific": 4.0,
    "answer_general": 2.5,
    "answer_kind": 3.5,
    "answer_weak": 1.0,
    "other_specific": 2.0,
    "lexical": 3.0,
    "lexical_lead": 3.0,
    "nearest": 3.0,
    "nearest_lead": 3.0,
    "regression": 3.0,
    "model": 3.0,
    "model_lead": 3.0,
    "unknown_named": 2.0,
    "unknown_weak": 3.0,
    "unknown_silent": 4.0,
}
_PRIOR_DEVIATION = 2.0
FOLDS = 10


@dataclass(frozen=True, slots=True)
class Signalled:
    """A case as the fit sees it: signals by cause, and which causes are right."""

    case: PublicCase
    signals: Signals
    right: frozenset[str]


def items_of(case: PublicCase) -> tuple[EvidenceItem, ...]:
    """Return the records of a case as facts, redacted like every fact."""
    return tuple(
        redacted(
            EvidenceItem(
                evidence_id=f"e{number}",
                kind=one.kind,
                source=f"record {number}",
                exception_class=one.exception_class or "",
                message=one.message,
            )
        )
        for number, one in enumerate(case.evidence, start=1)
    )


def signalled(cases: Sequence[PublicCase], judge: Judge) -> list[Signalled]:
    """Return the signals of each case; if no right cause has one, ``unknown`` is the best possible answer."""
    found = []
    for case in cases:
        signals = judge.signals(items_of(case), case.properties, thread_of(case.url))
        names = {name for field in (case.root_cause, *case.acceptable) for name in our_names(field)}
        right = frozenset(names & signals.keys()) or frozenset({UNKNOWN.name})
        found.append(Signalled(case, signals, right))
    return found


def fit(cases: Sequence[Signalled], members: Sequence[str]) -> dict[str, float]:
    """Fit the weights of some members' signals."""
    from scipy.optimize import minimize

    names = [*(name for member in members for name in MEMBERS[member]), *OPEN]
    tables = [_table(one, members, names) for one in cases]
    prior = np.array([PRIOR[name] for name in names])

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        off = (weights - prior) / _PRIOR_DEVIATION
        value, slope = float(off @ off) / 2, off / _PRIOR_DEVIATION
        for values, right in tables:
            scores = values @ weights
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            told = shares[right].sum()
            value -= float(np.log(max(told, 1e-12)))
            among = np.where(right, shares, 0.0) / max(told, 1e-12)
            slope += values.T @ (shares - among)
        return value, slope

    bounds = [(None, None) if name in OPEN else (0.0, None) for name in names]
    found = minimize(loss, prior, jac=True, method="L-BFGS-B", bounds=bounds)
    return dict(zip(names, found.x.tolist(), strict=True))


def weights_of(cases: Sequence[Signalled], members: Sequence[str]) -> Weights:
    """Fit weights and bounds of some members to all given cases."""
    weights = fit(cases, members)
    return Weights(tuple(members), weights, *bounds_of([_likeliest(one, members, weights) for one in cases]))


def _likeliest(one: Signalled, members: Sequence[str], weights: Mapping[str, float]) -> Likeliest:
    shares = probabilities(_said_by(one.signals, members), weights)
    name, share = next(((name, share) for name, share in shares.items() if name != UNKNOWN.name), (UNKNOWN.name, 0.0))
    text = "\n".join(record.message for record in one.case.evidence)
    computed, to_fill = repairs(ROOT_CAUSES[name], one.case.properties, text)
    is_symptom = "rules" in members and "answer_weak" in one.signals.get(name, {})
    return Likeliest(one.case, name, share, is_symptom, {**to_fill, **computed})


def _said_by(signals: Signals, members: Sequence[str]) -> Signals:
    """Return what a judge of only these members would have: their signals, and causes that have one."""
    names = {name for member in members for name in MEMBERS[member]}
    kept = {cause: {name: value for name, value in said.items() if name in names} for cause, said in signals.items()}
    kept[UNKNOWN.name] = signals[UNKNOWN.name] if "rules" in members else {"unknown_silent": 1.0}
    return {cause: said for cause, said in kept.items() if said}


def fold_of(case: PublicCase) -> int:
    """Return the fold of a case, scored by weights fitted on the other folds; cases of a thread stay together."""
    return int.from_bytes(hashlib.sha256(b"fold" + thread_of(case.url).encode()).digest()[:4], "big") % FOLDS


def _table(one: Signalled, members: Sequence[str], names: Sequence[str]) -> tuple[Doubles, npt.NDArray[np.bool_]]:
    """Return signals ``[causes, names]`` and which causes are right: ``unknown`` if no member has a right one."""
    kept = _said_by(one.signals, members)
    values = np.array([[said.get(name, 0.0) for name in names] for said in kept.values()])
    right = np.array([cause in one.right for cause in kept])
    return values, right if right.any() else np.array([cause == UNKNOWN.name for cause in kept])
