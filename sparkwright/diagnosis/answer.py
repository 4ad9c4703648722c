"""One diagnosis from several advisers: rules and known cases are weighed, a language model's answer is checked.

Pure: whoever has the facts (a lake, a file, a request) calls :func:`answer`.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from data_contracts.api.diagnosis import ChainLink, Diagnosis, EvidenceItem, Remediation
from data_contracts.fields.execution import Status
from sparkwright.diagnosis import facts, rules
from sparkwright.diagnosis import prompt as prompts
from sparkwright.diagnosis.chain import causal_chain
from sparkwright.diagnosis.engine import Engine
from sparkwright.diagnosis.judge import Judge
from sparkwright.diagnosis.rules import Attribution
from sparkwright.diagnosis.shipped import shipped_judge
from sparkwright.diagnosis.taxonomy import NO_FAILURE, ROOT_CAUSES, UNKNOWN, RootCause, Strength
from sparkwright.diagnosis.taxonomy.remedies import listed
from sparkwright.errors import EngineError

Prefer = Literal["llm", "rules"]
"""Whose word counts where both have one; decided per model version, on validation cases."""

_MAX_LINE = 1_200
_LOGS = {"driver_log": "driver", "executor_log": "executors that had trouble"}


def answer(
    items: Sequence[EvidenceItem],
    engine: Engine | None = None,
    prefer: Prefer = "rules",
    *,
    properties: Mapping[str, str] | None = None,
    status: Status | None = None,
    found_logs: Collection[str] | None = None,
    max_chars: int = prompts.DEFAULT_MAX_CHARS,
    judge: Judge | None = None,
) -> Diagnosis:
    """The diagnosis of some facts; without an engine, or where its answer does not hold up, that of the judge.

    Where the judge is not sure of a cause it stays unknown: what a model says then is a guess that stands beside it.

    Args:
        items: Facts about one application; there may be none.
        engine: Runs the troubleshooter, or None.
        prefer: Whose word counts where both have one.
        properties: Effective ``spark.*`` properties of the application, if known: repairs are computed from them.
        status: How the application ended (``succeeded``, ``failed``, ``unknown``); None where only facts are given.
        found_logs: Which of ``driver_log`` and ``executor_log`` there were; None where nobody looked for them.
        max_chars: Bound on the facts in the prompt, as the model was trained.
        judge: Weighs rules and known cases; default the one that ships, without cases of the site.
    """
    failures = facts.telling(items)
    notes: list[str] = []
    judged = (judge or shipped_judge()).judge(items, properties)
    by_judge = Attribution(judged.cause, judged.evidence)
    by_model: Attribution | None = None
    if engine is not None and failures:
        try:
            question = prompts.build(failures, max_chars)
            by_model = check(engine.complete(question), question)
        except EngineError as error:
            notes.append(f"the rules answer: {error}")
    if by_model is not None and by_model.cause is UNKNOWN:
        by_model = None
    chosen = by_model if by_model is not None and by_judge.cause is not UNKNOWN and prefer == "llm" else by_judge
    other = by_judge if chosen is by_model else by_model
    missing = [] if found_logs is None else missing_logs(status, items, found_logs)
    is_unknown = chosen.cause is UNKNOWN
    if missing and not is_unknown:  # of an unknown cause the remedy says so
        notes.append(f"{_no_log_of(missing)} was found: what only stands there is not known")
    evidence = facts.cite(failures if is_unknown else chosen.evidence, None if is_unknown else chosen.cause)
    title, explanation, remedy = _words(chosen, status, bool(failures), missing)
    text = "\n".join(item.message for item in items)
    repair, to_fill = repairs(chosen.cause, properties, text) if judged.may_repair else ({}, {})
    if judged.symptom_only and chosen is by_judge:
        repair = chosen.cause.own_limit(properties, text)
    runner_up = judged.runner_up if chosen is by_judge else None
    return Diagnosis(
        application_status=status or "unknown",
        ending=_ending(status, items, recovered=bool(failures)),
        root_cause=NO_FAILURE if status == "succeeded" and not failures else chosen.cause.name,
        symptom_only=judged.symptom_only and chosen is by_judge,
        confidence=None if is_unknown or judged.symptom_only else judged.shares.get(chosen.cause.name),
        runner_up=runner_up,
        would_tell=would_tell(chosen.cause, runner_up) if failures else "",
        title=title,
        explanation=explanation,
        evidence=evidence,
        chain=_chain(failures),
        remediation=Remediation(
            text=remedy,
            properties=repair,
            to_fill=to_fill,
            knobs=[] if repair or to_fill else list(chosen.cause.knobs),
        ),
        answered_by="troubleshooter" if chosen is by_model else judged.source,
        second_opinion=other.cause.name if other is not None and not is_unknown else None,
        guess=other.cause.name if other is not None and is_unknown else None,
        notes=notes,
    )


def repairs(cause: RootCause, properties: Mapping[str, str] | None, text: str) -> tuple[dict[str, str], dict[str, str]]:
    """Properties with the values that repair a cause, and others whose value is left to the site.

    Args:
        cause: What failed.
        properties: Effective ``spark.*`` properties; None where they are not known: what is to be raised from the value
            in force is then left to the site.
        text: The facts of the failure.
    """
    computed = cause.repair(properties, text)
    left = listed(cause.name, properties, text) | cause.to_fill(properties, text)
    if properties is None:
        from_default = cause.repair({}, text)
        left |= {name: f"more than is set now; {value} where nothing is set" for name, value in from_default.items()}
    return computed, {name: said for name, said in left.items() if name not in computed}


def would_tell(cause: RootCause, runner_up: str | None) -> str:
    """What would tell a cause and the next likely one apart; empty where there is no other.

    Args:
        cause: What is answered; ``unknown`` where nothing was sure enough.
        runner_up: Name of the other.
    """
    if runner_up is None:
        return ""
    other = ROOT_CAUSES[runner_up]
    if cause is UNKNOWN:
        return f"It may be {runner_up}. {other.needed_log}".strip()
    apart = dict(cause.not_to_confuse).get(runner_up) or dict(other.not_to_confuse).get(cause.name, "")
    return " ".join(filter(None, [f"Next likely: {runner_up}.", apart, cause.needed_log]))


def _chain(failures: Sequence[EvidenceItem]) -> list[ChainLink]:
    links = causal_chain(failures)
    return [
        ChainLink(
            evidence_id=link.item.evidence_id, line=link.line[:_MAX_LINE], linked_by=link.by, is_cause=link.is_cause
        )
        for link in (links if len(links) > 1 else ())
    ]


def missing_logs(status: str | None, items: Sequence[EvidenceItem], found: Collection[str]) -> list[str]:
    """Which logs (``driver_log``, ``executor_log``) were not found that might have explained a failure."""
    if status == "succeeded":
        return []
    troubled = any(item.kind in {"executor_removed", "task_failure"} and rules.is_failure(item) for item in items)
    wanted = ["driver_log", *(["executor_log"] if troubled else [])]
    return [kind for kind in wanted if kind not in found]


def _no_log_of(missing: Sequence[str]) -> str:
    return f"no log of the {' or the '.join(_LOGS[kind] for kind in missing)}"


def _ending(status: str | None, items: Sequence[EvidenceItem], *, recovered: bool) -> str:
    if status is None:
        return ""
    if status == "succeeded":
        return "The application succeeded" + ("; it recovered from what failed on the way." if recovered else ".")
    said = "The application failed." if status == "failed" else "How the application ended is not known."
    return " ".join(filter(None, [said, facts.exit_sentence(items)]))


def _words(chosen: Attribution, status: str | None, any_failure: bool, missing: Sequence[str]) -> tuple[str, str, str]:
    """Title, explanation and remedy."""
    cause = chosen.cause
    if status == "succeeded" and not any_failure:
        return "Succeeded", "Nothing failed.", "Nothing needs to be done."
    if cause is not UNKNOWN:
        title = f"Succeeded, after: {cause.title}" if status == "succeeded" else cause.title
        return title, cause.explanation, cause.remedy
    more = f"{_no_log_of(missing).capitalize()} was found: that would tell more." if missing else ""
    if any_failure:
        title = "Succeeded, after failures of unknown cause" if status == "succeeded" else cause.title
        return title, cause.explanation, " ".join(filter(None, [cause.remedy, more]))
    explanation = "Nothing that was read tells of a failure."
    return cause.title, explanation, more or "Read the driver's log around the end of the application."


def parse(text: str, question: prompts.Prompt) -> Attribution:
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
    return Attribution(cause, cited)


def check(text: str, question: prompts.Prompt) -> Attribution:
    """The model's answer, if it holds up: a known cause, resting on shown facts that do not say otherwise.

    Raises:
        EngineError: The text is no such answer; the message says what is wrong with it.
    """
    found = parse(text, question)
    held = tuple(item for item in found.evidence if not _contradicts(item, found))
    if not held:
        raise EngineError(f"the facts the model cited for {found.cause.name} say something else")
    return Attribution(found.cause, held)


def _contradicts(item: EvidenceItem, found: Attribution) -> bool:
    """Whether a fact names another cause itself and this one not at all; a fact without marks supports any cause."""
    strengths = {cause.name: strength for cause, strength in rules.marks_of(item)}
    return found.cause.name not in strengths and Strength.SPECIFIC in strengths.values()
