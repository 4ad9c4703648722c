"""What rules and known texts say of each cause, weighed into one probability per cause.

A conditional logit: the score of a cause is a weighted sum of its signals, and probabilities are the softmax of the
scores. The weights are few, none but those of ``unknown`` may be negative, and they were fitted on cases that neither
the marks nor the index had seen (``evaluation/troubleshooter/fit.py``): of probabilities of 0.8, 8 in 10 are right.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sparkwright.diagnosis.taxonomy import UNKNOWN, Strength

Signals = dict[str, dict[str, float]]
"""By name of a cause: what speaks for it. ``unknown`` is always among them."""

RULES = ("answer_specific", "answer_general", "answer_kind", "answer_weak", "other_specific")
"""The cause that the rules answer, by its strongest mark; another cause whose own mark stands in the evidence."""
KINDS = frozenset({"analysis_error", "python_worker_exception", "unsupported_operation", "user_code_exception"})
"""Causes that are kinds of errors: the words are the user's own, so that a general mark is all that there can be."""
LEXICAL = ("lexical", "lexical_lead")
NEAREST = ("nearest", "nearest_lead")
REGRESSION = ("regression",)
MODEL = ("model", "model_lead")
OPEN = ("unknown_named", "unknown_weak", "unknown_silent")
"""Of ``unknown``, one of them: where the rules answer a cause, a mere symptom, or nothing."""
MEMBERS: dict[str, tuple[str, ...]] = {
    "rules": RULES,
    "bm25": LEXICAL,
    "nearest": NEAREST,
    "regression": REGRESSION,
    "model": MODEL,
}
"""Who has a say, and its signals."""

SAME_MEMORY = frozenset({"direct_memory_oom", "metaspace_oom"})
"""Causes that have a name of their own on the driver's side, and print the same there."""
_ALIKE = frozenset({*LEXICAL, *NEAREST, *REGRESSION, "site"})

_SITE_WEIGHT = 6.0
"""Of a cause that people of the site confirmed for a failure with the same words; half of it where half of them are."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each signal counts, and from which probability on an answer is shown.

    Attributes:
        members: Names of :data:`MEMBERS`.
        weights: By signal.
        show_from: A cause less likely than this stays a runner-up; the answer is ``unknown``, or the symptom that the
            rules know.
        repair_from: Properties are named from here on: a wrong repair costs more than a wrong word.
    """

    members: tuple[str, ...]
    weights: Mapping[str, float]
    show_from: float
    repair_from: float


def rule_signals(answer: str, strongest: Mapping[str, Strength]) -> Signals:
    """What the rules say of the causes that left a mark.

    Args:
        answer: Name of the cause that they answer.
        strongest: The strongest mark of each cause.
    """
    by_cause: Signals = {name: {} for name in strongest}
    level = "silent"
    if answer != UNKNOWN.name:
        strength = strongest.get(answer, Strength.GENERAL)
        general = "kind" if answer in KINDS else "general"
        level = {Strength.SPECIFIC: "specific", Strength.GENERAL: general}.get(strength, "weak")
        by_cause.setdefault(answer, {})[f"answer_{level}"] = 1.0
    for name, strength in strongest.items():
        if name != answer and strength is Strength.SPECIFIC:
            by_cause[name]["other_specific"] = 1.0
    by_cause[UNKNOWN.name] = {f"unknown_{level if level in ('weak', 'silent') else 'named'}": 1.0}
    return by_cause


def add_scores(signals: Signals, name: str, scores: Mapping[str, float], most: int = 5) -> None:
    """Add what an index says: of the best few causes their score, of the best one its lead over the second."""
    ranked = sorted(scores.items(), key=lambda pair: -pair[1])[:most]
    for cause, score in ranked:
        signals.setdefault(cause, {})[name] = score
    if ranked:
        lead = ranked[0][1] - (ranked[1][1] if len(ranked) > 1 else 0.0)
        signals[ranked[0][0]][f"{name}_lead"] = lead


def join_sides(signals: Signals) -> Signals:
    """Words do not tell the driver's memory from an executor's, marks do: the side that they name has all words."""
    for name in [name for name, values in signals.items() if "answer_specific" in values]:
        other = name.removeprefix("driver_") if name.startswith("driver_") else f"driver_{name}"
        if other in SAME_MEMORY or name in SAME_MEMORY:
            for signal, value in signals.pop(other, {}).items():
                if signal in _ALIKE:
                    signals[name][signal] = max(value, signals[name].get(signal, 0.0))
    return signals


def probabilities(signals: Signals, weights: Mapping[str, float]) -> dict[str, float]:
    """Of each cause that has a signal, the likeliest first; they sum to 1."""
    scores = {
        cause: sum(weights.get(name, 0.0) * value for name, value in values.items())
        + _SITE_WEIGHT * values.get("site", 0.0)
        for cause, values in signals.items()
    }
    highest = max(scores.values())
    shares = {cause: math.exp(score - highest) for cause, score in scores.items()}
    total = sum(shares.values())
    return dict(sorted(((cause, share / total) for cause, share in shares.items()), key=lambda pair: -pair[1]))
