"""Structures of sentences that all fields share: where a value stands to its label, and which of two holds."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from evaluation.requirements.scoring import is_same
from sparkwright.requirements.understand import understand

FILE = tomllib.loads(Path(__file__).with_name("structures.toml").read_text("utf-8"))


def sentences(structure: str, field: dict[str, Any]) -> list[tuple[str, Any]]:
    """The sentences of a kind of structure with the labels and the values of a field, and what each gives it."""
    told = []
    for pattern in FILE["structures"][structure]:
        for at, (value, meant) in enumerate(field["values"].items()):
            cue = field["cues"][(at + len(pattern)) % len(field["cues"])]
            parts = {"{v}": value, "{V}": value[0].upper() + value[1:], "{c}": cue, "{C}": cue[0].upper() + cue[1:]}
            text = pattern.replace("{o}", field["other"])
            for mark, words in parts.items():
                text = text.replace(mark, words)
            told.append((text, meant))
    return told


@pytest.mark.parametrize("structure", FILE["structures"])
@pytest.mark.parametrize("field", FILE["fields"])
def test_each_field_is_understood_in_each_structure(structure, field):
    wrong = []
    for text, meant in sentences(structure, FILE["fields"][field]):
        read = understand(text).understood
        got = read.requirements.model_dump(exclude_none=True)
        if read.questions or set(got) != {field} or not is_same(field, meant, got[field]):
            wrong.append(f"{text!r}: {got}, asked {[one.field for one in read.questions]}")
    assert wrong == []
