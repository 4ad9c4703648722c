"""Candidates that may answer, each a function from a case to an answer."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence

from data_contracts.api.diagnosis import EvidenceItem
from evaluation.troubleshooter.cases import PublicCase, thread_of
from evaluation.troubleshooter.fit import FOLDS, Signalled, fold_of, items_of, signalled, weights_of
from evaluation.troubleshooter.names import field_name
from evaluation.troubleshooter.verdicts import Answer
from sparkwright.diagnosis import rules
from sparkwright.diagnosis.answer import answer, repairs
from sparkwright.diagnosis.judge import Judge
from sparkwright.diagnosis.shipped import new_judge
from sparkwright.diagnosis.taxonomy import UNKNOWN, RootCause

Candidate = Callable[[PublicCase], Answer]

RULES = "rules"
PRODUCT = "product"
MEMBERS: dict[str, tuple[str, ...]] = {
    "rules, weighed": ("rules",),
    "bm25": ("bm25",),
    "nearest": ("nearest",),
    "regression": ("regression",),
    "rules + bm25": ("rules", "bm25"),
    "rules + nearest": ("rules", "nearest"),
    "rules + bm25 + nearest": ("rules", "bm25", "nearest"),
    "rules + bm25 + regression": ("rules", "bm25", "regression"),
    "all four": ("rules", "bm25", "nearest", "regression"),
}
"""Candidates that weigh signals, by name, with the sources of their signals. In addition, ``rules`` answers by the
marks, whatever the risk, and ``product`` is the answer of ``sparkwright diagnose``."""


def by_rules(case: PublicCase) -> Answer:
    """Return the rules' answer with its repair, always with full confidence."""
    items, began = items_of(case), time.perf_counter()
    found = rules.diagnose(items, case.properties)
    computed, to_fill = _repair(case, found.cause, items)
    return Answer(
        field_name(found.cause.name),
        computed,
        None,
        field_name(found.cause.name),
        tuple(item.message for item in found.evidence),
        time.perf_counter() - began,
        to_fill,
    )


def by_judge(judge: Judge) -> Candidate:
    """Return a candidate that answers by a judge."""

    def candidate(case: PublicCase) -> Answer:
        items, began = items_of(case), time.perf_counter()
        found = judge.judge(items, case.properties, thread_of(case.url))
        best, confidence = found.best or (UNKNOWN.name, 0.0)
        computed, to_fill = _repair(case, found.cause, items) if found.may_repair else ({}, {})
        return Answer(
            UNKNOWN.name if found.symptom_only else field_name(found.cause.name),
            computed,
            confidence,
            field_name(best),
            tuple(item.message for item in found.evidence),
            time.perf_counter() - began,
            to_fill,
        )

    return candidate


def by_weighing(
    full: Judge, fit_on: Sequence[PublicCase], members: Mapping[str, tuple[str, ...]] = MEMBERS
) -> dict[str, Candidate]:
    """Return candidates whose weights are fitted here; cases fitted on are scored by weights that never saw them.

    Args:
        full: A judge with every index that the members need.
        fit_on: The validation split.
        members: By name of the candidate.
    """
    known = signalled(fit_on, full)
    threads = {thread_of(case.url) for case in fit_on}
    return {name: _crossed(full, known, threads, who) for name, who in members.items()}


def _crossed(full: Judge, known: Sequence[Signalled], threads: Collection[str], who: tuple[str, ...]) -> Candidate:
    whole = full.with_weights(weights_of(known, who))
    parts = [
        full.with_weights(weights_of([one for one in known if fold_of(one.case) != fold], who)) for fold in range(FOLDS)
    ]

    def candidate(case: PublicCase) -> Answer:
        judge = parts[fold_of(case)] if thread_of(case.url) in threads else whole
        return by_judge(judge)(case)

    return candidate


def by_product(without: Collection[str] = ()) -> Candidate:
    """Return a candidate that answers like the product: from facts to a checked answer, by the shipped judge.

    Args:
        without: Causes to hide from it.
    """
    judge = new_judge(without)

    def candidate(case: PublicCase) -> Answer:
        items, began = items_of(case), time.perf_counter()
        found = answer(items, properties=case.properties, judge=judge)
        seconds = time.perf_counter() - began
        best, confidence = judge.judge(items, case.properties).best or (UNKNOWN.name, 0.0)
        # A mere consequence is reported as a symptom, with an unknown root cause.
        is_unknown = found.root_cause == UNKNOWN.name or found.symptom_only
        return Answer(
            UNKNOWN.name if is_unknown else field_name(found.root_cause),
            found.remediation.properties,
            confidence,
            field_name(best),
            () if is_unknown else tuple(fact.message for fact in found.evidence),
            seconds,
            found.remediation.to_fill,
        )

    return candidate


def _repair(
    case: PublicCase, cause: RootCause, items: tuple[EvidenceItem, ...]
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    return repairs(cause, case.properties, "\n".join(item.message for item in items))
