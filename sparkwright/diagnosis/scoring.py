"""How good diagnoses are: the same figures for rules and for language models, on the same cases."""

import math
from collections import Counter
from collections.abc import Callable, Sequence

from pydantic import BaseModel, ConfigDict

from sparkwright.diagnosis import rules
from sparkwright.diagnosis.answer import Prefer, check, parse
from sparkwright.diagnosis.cases import Case
from sparkwright.diagnosis.engine import Engine
from sparkwright.diagnosis.prompt import MAX_CITED, build
from sparkwright.errors import EngineError

_SIGNIFICANCE = 0.025
NO_ANSWER = ""
"""Stands for an answer that did not hold up; it is no root cause, so it is always wrong."""


class CauseScore(BaseModel):
    """One root cause's row: ``precision`` of its diagnoses, ``recall`` of its cases."""

    model_config = ConfigDict(frozen=True)

    root_cause: str
    case_count: int
    precision: float
    recall: float
    f1: float


class Mistake(BaseModel):
    """One case that was diagnosed wrongly."""

    model_config = ConfigDict(frozen=True)

    case_id: str
    root_cause: str
    answered: str


class DiagnosisReport(BaseModel):
    """Scores of one adviser on some cases.

    Attributes:
        case_count: How many cases.
        accuracy: Share with the right root cause.
        macro_f1: Mean F1 over the root causes that occur in the cases.
        valid_json_share: Share of answers that are JSON of the schema (1 for the rules).
        citation_share: Share of answers that cite shown facts which do not say otherwise.
        cited_right_share: Share of answers citing only facts the truth rests on, where that is known (else 0).
        per_cause: One row per root cause that occurs.
        mistakes: Every wrong diagnosis.
    """

    model_config = ConfigDict(frozen=True)

    case_count: int
    accuracy: float
    macro_f1: float
    valid_json_share: float
    citation_share: float
    cited_right_share: float
    per_cause: tuple[CauseScore, ...]
    mistakes: tuple[Mistake, ...]


class _Given(BaseModel):
    root_cause: str
    cited: tuple[str, ...] = ()
    valid_json: bool = True


def evaluate_rules(cases: Sequence[Case]) -> DiagnosisReport:
    """The rules' scores."""
    given = []
    for case in cases:
        found = rules.diagnose(case.items)
        cited = tuple(item.evidence_id for item in found.evidence[:MAX_CITED])
        given.append(_Given(root_cause=found.cause.name, cited=cited))
    return _report(cases, given)


def evaluate_engine(
    engine: Engine, cases: Sequence[Case], max_chars: int, on_case: Callable[[], None] = lambda: None
) -> DiagnosisReport:
    """A language model's scores; an answer that does not hold up counts as wrong.

    Args:
        engine: Runs the model.
        cases: What it is asked.
        max_chars: Bound on the facts in a prompt, as the model was trained.
        on_case: Called after each case, for a progress bar.
    """
    given = []
    for case in cases:
        question = build(case.items, max_chars)
        valid_json = False
        try:
            text = engine.complete(question)
            parse(text, question)
            valid_json = True
            found = check(text, question)
            cited = tuple(item.evidence_id for item in found.evidence)
            given.append(_Given(root_cause=found.cause.name, cited=cited))
        except EngineError:
            given.append(_Given(root_cause=NO_ANSWER, valid_json=valid_json))
        on_case()
    return _report(cases, given)


def preferred(by_model: DiagnosisReport, by_rules: DiagnosisReport) -> Prefer:
    """Whose word counts, from scores on the same validation cases: the rules' unless the model is better beyond chance.

    An exact test of the cases that one of the two gets right and the other does not (McNemar): the model's have to be
    so many more that 1 in 40 draws of a fair coin would give as many. The rules can be read, and they cost nothing.
    """
    wrong, rules_wrong = ({one.case_id for one in report.mistakes} for report in (by_model, by_rules))
    gained, lost = len(rules_wrong - wrong), len(wrong - rules_wrong)
    better = chance_of_as_many(gained, gained + lost) <= _SIGNIFICANCE
    return "llm" if better and by_model.valid_json_share == 1.0 else "rules"


def chance_of_as_many(heads: int, tosses: int) -> float:
    """Probability that a fair coin falls on heads so often or more."""
    return sum(math.comb(tosses, number) for number in range(heads, tosses + 1)) / float(2**tosses)


def _report(cases: Sequence[Case], given: Sequence[_Given]) -> DiagnosisReport:
    truths = Counter(case.root_cause for case in cases)
    answers = Counter(entry.root_cause for entry in given)
    hits = Counter(
        case.root_cause for case, entry in zip(cases, given, strict=True) if case.root_cause == entry.root_cause
    )
    per_cause = tuple(
        CauseScore(
            root_cause=name,
            case_count=count,
            precision=hits[name] / answers[name] if answers[name] else 0.0,
            recall=hits[name] / count,
            f1=2 * hits[name] / (count + answers[name]),
        )
        for name, count in sorted(truths.items())
    )
    known = [(case, entry) for case, entry in zip(cases, given, strict=True) if case.cited]
    return DiagnosisReport(
        case_count=len(cases),
        accuracy=_share(hits.total(), len(cases)),
        macro_f1=_share(sum(score.f1 for score in per_cause), len(per_cause)),
        valid_json_share=_share(sum(entry.valid_json for entry in given), len(cases)),
        citation_share=_share(sum(entry.root_cause != NO_ANSWER for entry in given), len(cases)),
        cited_right_share=_share(
            sum(bool(entry.cited) and set(entry.cited) <= set(case.cited) for case, entry in known), len(known)
        ),
        per_cause=per_cause,
        mistakes=tuple(
            Mistake(case_id=case.case_id, root_cause=case.root_cause, answered=entry.root_cause)
            for case, entry in zip(cases, given, strict=True)
            if case.root_cause != entry.root_cause
        ),
    )


def _share(part: float, whole: int) -> float:
    return part / whole if whole else 0.0
