"""One verdict from two advisers: the language model's answer is checked, the rules stand behind it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from data_contracts.api import EvidenceItem, Remediation
from sparkwright.diagnosis import prompt as prompts
from sparkwright.diagnosis import rules
from sparkwright.diagnosis.engine import Engine
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES, UNKNOWN, RootCause, Strength
from sparkwright.errors import EngineError

Prefer = Literal["llm", "rules"]
"""Whose word counts where both have one; decided per model version, on validation cases."""


@dataclass(frozen=True, slots=True)
class ModelFinding:
    """A language model's answer that held up.

    Attributes:
        cause: Its root cause.
        evidence: The facts it cited.
    """

    cause: RootCause
    evidence: tuple[EvidenceItem, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is answered about a failure.

    Attributes:
        cause: The root cause.
        evidence: The facts it rests on; all of them were given.
        remediation: What to do, with properties where one repairs it and its value can be computed.
        answered_by: The language model or the rules.
        second_opinion: The other's root cause, where it has one.
        notes: Why the rules had to answer.
    """

    cause: RootCause
    evidence: tuple[EvidenceItem, ...]
    remediation: Remediation
    answered_by: Literal["troubleshooter", "rules"]
    second_opinion: str | None
    notes: tuple[str, ...]


def answer(
    items: Sequence[EvidenceItem],
    engine: Engine | None,
    prefer: Prefer,
    *,
    properties: Mapping[str, str] | None = None,
    max_chars: int = prompts.DEFAULT_MAX_CHARS,
) -> Verdict:
    """The verdict on some facts; without an engine, or where its answer does not hold up, that of the rules.

    Args:
        items: At least one fact.
        engine: Runs the troubleshooter, or None.
        prefer: Whose word counts where both have one. Where the rules know nothing, the model answers anyway.
        properties: Effective ``spark.*`` properties of the application, if known: repairs are computed from them.
        max_chars: Bound on the facts in the prompt, as the model was trained.
    """
    by_rules = rules.diagnose(items)
    by_model: ModelFinding | None = None
    notes: list[str] = []
    if engine is not None and items:
        try:
            question = prompts.build(items, max_chars)
            by_model = check(engine.complete(question), question)
        except EngineError as error:
            notes.append(f"the rules answer: {error}")
    finding: ModelFinding | rules.RuleFinding = by_rules
    other: ModelFinding | rules.RuleFinding | None = by_model
    if by_model is not None and by_model.cause is not UNKNOWN and (prefer == "llm" or by_rules.cause is UNKNOWN):
        finding, other = by_model, by_rules
    return Verdict(
        cause=finding.cause,
        evidence=finding.evidence,
        remediation=Remediation(text=finding.cause.remedy, properties=finding.cause.repair(properties)),
        answered_by="troubleshooter" if finding is by_model else "rules",
        second_opinion=other.cause.name if other is not None and other.cause is not UNKNOWN else None,
        notes=tuple(notes),
    )


def parse(text: str, question: prompts.Prompt) -> ModelFinding:
    """The model's answer read as the schema says, not yet held against the facts.

    Raises:
        EngineError: The text is no JSON of the schema.
    """
    try:
        given = json.loads(text)
        cause = ROOT_CAUSES[given["root_cause"]]
        cited = tuple(question.shown[number - 1] for number in dict.fromkeys(given["evidence"]) if number > 0)
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise EngineError(
            f"expected root_cause and evidence as the schema says, the model wrote {text[:80]!r}"
        ) from error
    if not cited:
        raise EngineError("the model cited none of the facts it was shown")
    return ModelFinding(cause, cited)


def check(text: str, question: prompts.Prompt) -> ModelFinding:
    """The model's answer, if it holds up: a known cause, resting on shown facts that do not say otherwise.

    Raises:
        EngineError: The text is no such answer; the message says what is wrong with it.
    """
    found = parse(text, question)
    held = tuple(item for item in found.evidence if not _contradicts(item, found.cause))
    if not held:
        raise EngineError(f"the facts the model cited for {found.cause.name} say something else")
    return ModelFinding(found.cause, held)


def _contradicts(item: EvidenceItem, cause: RootCause) -> bool:
    """Whether a fact names another cause itself and this one not at all; a fact without marks supports any cause."""
    strengths = {found.name: strength for found, strength in rules.marks_of(item)}
    return cause.name not in strengths and Strength.SPECIFIC in strengths.values()
