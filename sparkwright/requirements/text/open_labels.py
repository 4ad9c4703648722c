"""Labels of a form whose value is still open: ``priority: tbd``, ``budget: no idea``."""

from collections.abc import Iterator

from data_contracts.requirements import RequirementField
from sparkwright.requirements.sentence import Sentence, Unclear

_FIELDS: dict[str, RequirementField] = {
    "by": "finish_by",
    "deadline": "max_duration_ms",
    "input": "input_bytes",
    "grow": "growth",
    "priority": "priority",
    "cost": "cost_limit",
    "mem": "memory_sensitive",
    "memory.true": "memory_sensitive",
    "gpu": "gpus",
    "start": "schedule",
    "platform_label": "platform",
    "risk": "max_risk",
}
_MARKS = (":", "=", "?")


def read_open(sentence: Sentence) -> Iterator[Unclear]:
    """Fields that are named and left open."""
    for at, item in sentence:
        mark, value = sentence.get(at + 1), sentence.get(at + 2)
        if mark is None or value is None or mark.text not in _MARKS or not value.has("open_value"):
            continue
        field = next((field for cue, field in _FIELDS.items() if item.has(cue)), None)
        if field is not None:
            yield Unclear(field, "ambiguous", "a value", item.start, value.end)
