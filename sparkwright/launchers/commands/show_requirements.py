"""What was understood from plain language as a person reads it, with the standard library alone."""

import json
from collections.abc import Mapping
from typing import Any


def show_requirements(answer: Mapping[str, Any]) -> None:
    """Print each field with the words it was taken from, what is asked back, and what is not used."""
    print("\n".join(requirement_lines(answer)))


def requirement_lines(answer: Mapping[str, Any]) -> list[str]:
    """The lines to print."""
    words: dict[str, list[str]] = {}
    for one in answer["taken"]:
        words.setdefault(one["field"], []).append(one["words"])
    said = {name: value for name, value in answer["requirements"].items() if value is not None}
    lines = [f"Understood ({answer['answered_by']}, {answer['language']})"]
    for name, value in said.items():
        lines.append(f"  {name} = {json.dumps(value)}, from {' / '.join(map(repr, words.get(name, [])))}")
    if not said:
        lines.append("  nothing that a run could be held to")
    lines += [f"? {one['question']}" for one in answer["questions"]]
    lines += [f"* not used: {one['field']}: {one['why']}" for one in answer["not_used"]]
    if answer["ignored"]:
        lines.append(f"* no requirement: {' / '.join(answer['ignored'])}")
    return lines
