"""An explanation put together from a decision's own words: the same decision, the same text. Standard library only."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sparkwright.explanation.figures import amount, duration, percent

MAX_SENTENCES = 9
_LINE_CHARS = 220
_SURE = 0.9
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
_BY = {
    "rules": "the rules",
    "cases": "known failures with the same words",
    "troubleshooter": "the tuned language model",
}
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`'\"])")


def explain_diagnosis(diagnosis: Mapping[str, Any]) -> list[str]:
    """Why an application failed and what to do, in a few sentences.

    Args:
        diagnosis: JSON of :class:`data_contracts.diagnosis.Diagnosis`.

    Raises:
        KeyError, TypeError, ValueError: It is none.
    """
    told = [_whole(diagnosis["ending"])] if diagnosis.get("ending") else []
    told.append(_cause(diagnosis))
    failed = diagnosis["root_cause"] not in {"unknown", "none"}
    if failed:
        told += _first(diagnosis["explanation"], 2)
    if diagnosis["evidence"] and diagnosis["root_cause"] != "none":
        fact = diagnosis["evidence"][0]
        line = _clean(fact["line"])
        # Cut between words: half a number would be another one.
        shown = line if len(line) <= _LINE_CHARS else f"{line[:_LINE_CHARS].rpartition(' ')[0]} ..."
        told.append(f"{'What says so' if failed else 'The most telling line'} is in {_clean(fact['source'])}: {shown}")
    told += _next_steps(diagnosis["remediation"])
    confidence = diagnosis.get("confidence")
    if diagnosis.get("would_tell") and not (isinstance(confidence, float) and confidence >= _SURE):
        told += _first(diagnosis["would_tell"], 2)
    if slow := diagnosis.get("slow"):
        worst = max(slow, key=lambda one: one["lost_s"])
        told.append(f"It was also slow: {_lower(worst['title'])}, which cost about {duration(worst['lost_s'])}.")
    return _distinct(told)


def explain_recommendation(recommendation: Mapping[str, Any]) -> list[str]:
    """What to submit with and why, in a few sentences.

    Args:
        recommendation: JSON of :class:`data_contracts.recommendation.Recommendation`.

    Raises:
        KeyError, TypeError, ValueError: It is none.
    """
    workload = _clean(recommendation["workload_id"])
    changes = recommendation.get("changes") or []
    by_policy = {one["property"]: one for one in recommendation.get("policy_changes") or [] if one["property"] != "*"}
    because: dict[str, list[str]] = {}
    for reason in recommendation["reasons"]:
        because.setdefault(reason["property"], []).append(_clean(reason["text"]))
    if by_policy:
        told = [f"Policies change what {workload} is submitted with."]
    elif recommendation["answered_by"] == "fallback":
        told = [f"There is no advice for {workload}: it goes as it was written."]
    elif changes:
        told = [f"The settings of {workload} should change."]
    else:
        told = [f"Nothing should change for {workload}: what was asked for stays."]
    if changes and (by_policy or recommendation["answered_by"] != "fallback"):
        for one in changes:
            before = f"from {_clean(one['current'])} " if one["current"] is not None else ""
            # Why another value was advised explains nothing of the one that a policy put in its place.
            reasons = [_clean(by_policy[one["property"]]["text"])] if one["property"] in by_policy else []
            reasons += because.get(one["property"], [])
            why = f": {reasons[0]}" if reasons else ""
            told.append(f"Set {one['property']} {before}to {_clean(one['advised'])}{why}.")
    set_already = {one["property"] for one in changes} | set(recommendation["allocation"])
    told += [_whole(_clean(one["text"])) for name, one in by_policy.items() if name not in set_already]
    told += [_whole(text) for text in because.get("*", [])[:2]]
    told += _risk(recommendation)
    if forecast := recommendation.get("forecast"):
        quantiles = forecast["duration_ms"]
        half, most = (duration(quantiles[level] / 1000) for level in ("p50", "p90"))
        told.append(f"The run is expected to take {half} (p50), and {most} where it takes long (p90).")
    if saving := recommendation.get("saving"):
        told += _saving(saving)
    if recommendation.get("trial"):
        told.append("This is a trial: no run held with so little, and it is taken to learn where the edge is.")
    if recommendation.get("held_back"):
        told.append("Chance kept the settings as they were written, to compare with.")
    if changes and recommendation["answered_by"] != "fallback":
        told.append("Next: submit with `sparkwright submit`, which sets this, or copy the properties.")
    return _distinct(told)


def _cause(diagnosis: Mapping[str, Any]) -> str:
    name, title, by = diagnosis["root_cause"], diagnosis["title"], _BY[diagnosis["answered_by"]]
    if name == "none":
        return "Nothing failed."
    if name == "unknown":
        runner_up = diagnosis.get("runner_up")
        likely = f" The likeliest is {runner_up}, which was not sure enough." if runner_up else ""
        return f"No root cause can be named from what was read.{likely}"
    if diagnosis.get("symptom_only"):
        return f"Only what followed is known: {_lower(title)} ({name}); what it came from is not."
    confidence = diagnosis.get("confidence")
    sure = f", {percent(confidence)} sure" if isinstance(confidence, int | float) else ""
    return f"The root cause is {name}{sure}, according to {by}: {_lower(title)}."


def _next_steps(remediation: Mapping[str, Any]) -> list[str]:
    told = [f"Next: {one}" if not number else one for number, one in enumerate(_first(remediation["text"], 2))]
    if properties := remediation.get("properties"):
        told.append("Set " + ", ".join(f"{name}={_clean(value)}" for name, value in properties.items()) + ".")
    if to_fill := remediation.get("to_fill"):
        wanted = "; ".join(f"{name} ({_clean(what)})" for name, what in list(to_fill.items())[:3])
        told.append(f"With a value that only you know: {wanted}.")
    return told


def _risk(recommendation: Mapping[str, Any]) -> list[str]:
    risk = recommendation.get("risk")
    if not risk:
        runs = recommendation["observed_run_count"]
        return [f"No risk is stated: {runs} run{' was' if runs == 1 else 's were'} seen."] if not runs else []
    said = f"The run dies of this heap with a probability of {percent(risk['probability'])}"
    if risk["basis"] == "certified":
        return [
            f"{said}; of {risk['decision_count']} earlier decisions like it at most {percent(risk['bound'])} die, "
            "which bounds it."
        ]
    return [f"{said}; that is the workload's own model, which earlier decisions do not vouch for yet."]


def _saving(saving: Mapping[str, Any]) -> list[str]:
    memory = saving["memory_gib_h"]
    if not memory:
        return []
    money = saving.get("money")
    paid = f", about {amount(money)} {saving['currency']}" if money is not None else ""
    return [f"A run {'saves' if memory > 0 else 'costs'} {amount(memory)} GiB-h of memory{paid}, by the forecast."]


def _first(text: str, count: int) -> list[str]:
    """The first sentences of a text."""
    return [_whole(one) for one in _SENTENCE_END.split(_clean(text))[:count] if one]


def _whole(text: str) -> str:
    said = _clean(text).strip()
    said = said[:1].upper() + said[1:]
    return said if said.endswith((".", "!", "?")) else f"{said}."


def _lower(title: str) -> str:
    """A title inside a sentence: its first letter is small, unless it is a name."""
    said = _clean(title)
    return said[:1].lower() + said[1:] if said[1:2].islower() else said


def _clean(text: object) -> str:
    """The text without control characters: log text must not steer a terminal."""
    return _CONTROL.sub(" ", str(text))


def _distinct(told: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(one for one in told if one))[:MAX_SENTENCES]
