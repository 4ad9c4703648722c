"""A deterministic explanation composed of a decision's own words. Standard library only."""

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
    """Explain in a few sentences why an application failed and what to do.

    Args:
        diagnosis: JSON of :class:`data_contracts.api.diagnosis.Diagnosis`.

    Raises:
        KeyError, TypeError, ValueError: It is not a diagnosis.
    """
    told = [_whole(diagnosis["ending"])] if diagnosis.get("ending") else []
    told.append(_cause(diagnosis))
    failed = diagnosis["root_cause"] not in {"unknown", "none"}
    if failed:
        told += _first(diagnosis["explanation"], 2)
    if diagnosis["evidence"] and diagnosis["root_cause"] != "none":
        fact = diagnosis["evidence"][0]
        line = _clean(fact["line"])
        # Cut between words: half a number would be a different number.
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
    """Explain in a few sentences what to submit with and why.

    Args:
        recommendation: JSON of :class:`data_contracts.api.recommendation.Recommendation`.

    Raises:
        KeyError, TypeError, ValueError: It is not a recommendation.
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
        told = [f"There is no advice for {workload}: it is submitted as written."]
    elif changes:
        told = [f"The settings of {workload} should change."]
    else:
        told = [f"Nothing should change for {workload}: the requested settings stay."]
    if changes and (by_policy or recommendation["answered_by"] != "fallback"):
        for one in changes:
            before = f"from {_clean(one['current'])} " if one["current"] is not None else ""
            # The reason for the advised value does not explain the one that a policy replaced it with.
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
        typical, long = (duration(quantiles[level] / 1000) for level in ("p50", "p90"))
        told.append(f"The run is expected to take {typical} (p50), or up to {long} in a slow case (p90).")
    if saving := recommendation.get("saving"):
        told += _saving(saving)
    if recommendation.get("trial"):
        told.append("This is a trial: no run has held with so little; it serves to learn where the limit is.")
    if recommendation.get("held_back"):
        told.append("The settings were left as written, at random, as a comparison.")
    if changes and recommendation["answered_by"] != "fallback":
        told.append("Next: submit with `sparkwright submit`, which sets this, or copy the properties.")
    return _distinct(told)


def _cause(diagnosis: Mapping[str, Any]) -> str:
    name, title, by = diagnosis["root_cause"], diagnosis["title"], _BY[diagnosis["answered_by"]]
    if name == "none":
        return "Nothing failed."
    if name == "unknown":
        runner_up = diagnosis.get("runner_up")
        likely = f" The likeliest is {runner_up}, but not with enough certainty." if runner_up else ""
        return f"No root cause can be named from what was read.{likely}"
    if diagnosis.get("symptom_only"):
        return f"Only a consequence is known: {_lower(title)} ({name}); its cause is not."
    confidence = diagnosis.get("confidence")
    sure = f", {percent(confidence)} sure" if isinstance(confidence, int | float) else ""
    return f"The root cause is {name}{sure}, according to {by}: {_lower(title)}."


def _next_steps(remediation: Mapping[str, Any]) -> list[str]:
    told = [f"Next: {one}" if not number else one for number, one in enumerate(_first(remediation["text"], 2))]
    if properties := remediation.get("properties"):
        told.append("Set " + ", ".join(f"{name}={_clean(value)}" for name, value in properties.items()) + ".")
    if to_fill := remediation.get("to_fill"):
        wanted = "; ".join(f"{name} ({_clean(what)})" for name, what in list(to_fill.items())[:3])
        told.append(f"Fill in values that only you know: {wanted}.")
    return told


def _risk(recommendation: Mapping[str, Any]) -> list[str]:
    risk = recommendation.get("risk")
    if not risk:
        runs = recommendation["observed_run_count"]
        return [] if runs else ["No risk is stated: no run of this workload was seen."]
    told = f"The run dies of this heap with a probability of {percent(risk['probability'])}"
    if risk["basis"] == "certified":
        return [
            f"{told}; that is certified: of {risk['decision_count']} earlier decisions like it, at most "
            f"{percent(risk['bound'])} die."
        ]
    return [f"{told}; this is the estimate of the workload's own model, not yet confirmed by earlier decisions."]


def _saving(saving: Mapping[str, Any]) -> list[str]:
    memory = saving["memory_gib_h"]
    if not memory:
        return []
    money = saving.get("money")
    paid = f", about {amount(money)} {saving['currency']}" if money is not None else ""
    direction = "saves" if memory > 0 else "costs"
    return [f"A run {direction} {amount(memory)} GiB-h of memory{paid}, according to the forecast."]


def _first(text: str, count: int) -> list[str]:
    """Return the first sentences of a text."""
    return [_whole(one) for one in _SENTENCE_END.split(_clean(text))[:count] if one]


def _whole(text: str) -> str:
    sentence = _clean(text).strip()
    sentence = sentence[:1].upper() + sentence[1:]
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _lower(title: str) -> str:
    """Return a title as it reads inside a sentence: first letter in lower case, unless it is an acronym."""
    words = _clean(title)
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


def _clean(text: object) -> str:
    """Remove control characters: log text must not control a terminal."""
    return _CONTROL.sub(" ", str(text))


def _distinct(told: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(one for one in told if one))[:MAX_SENTENCES]
