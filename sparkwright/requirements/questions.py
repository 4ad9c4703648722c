"""What is asked back, in words."""

from collections.abc import Sequence

from data_contracts.requirements import RequirementField, RequirementQuestion
from sparkwright.requirements.sentence import Unclear

_NAMES: dict[RequirementField, str] = {
    "max_duration_ms": "How long may a run take at most?",
    "finish_by": "By which time of day must a run have ended?",
    "input_bytes": "How much does one run read?",
    "growth": "By how much does the input grow, and per day, week, month, year or run?",
    "priority": "How important is it: low, normal, high or critical?",
    "cost_limit": "How much may be spent at most, in which currency, and per run, day, week, month or year?",
    "memory_sensitive": "Is memory what the run is short of?",
    "gpus": "How many GPUs does the whole job need?",
    "schedule": "When and how often does it run?",
    "platform": "Where does it run: standalone, YARN, Kubernetes, Databricks, EMR, Dataproc or local?",
    "max_risk": "Which share of runs may die?",
}
SOFT = frozenset(
    {
        "how long at most",
        "how much at most",
        "which time of day",
        "which half of the day",
        "how many",
        "which share of runs",
        "how many, and in which unit",
        "a value",
    }
)
"""What need not be asked where the same field was also said exactly: ``fast: within ten minutes``."""


def question(unclear: Unclear, words: str) -> RequirementQuestion:
    """The question about words that cannot be used as they stand."""
    expected = "Expected" if unclear.reason == "out_of_range" else "Please say"
    text = f"{_NAMES[unclear.field]} {expected} {unclear.detail}; got: {words!r}."
    return RequirementQuestion(field=unclear.field, reason=unclear.reason, question=text)


def contradiction(field: RequirementField, words: Sequence[str]) -> RequirementQuestion:
    """The question about values that exclude one another."""
    told = ", ".join(dict.fromkeys(map(repr, words)))
    return RequirementQuestion(
        field=field, reason="contradictory", question=f"{_NAMES[field]} These exclude one another: {told}."
    )
