"""Words of a concept times the sentences that people put them in: each is understood in each, in every language.

A file a language in ``grid/``: a group has ``patterns`` with ``{}`` and ``words`` with the value that each gives the
group's field, ``"?"`` where it must be asked back; ``frames`` are what may stand around a sentence and say besides.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evaluation.requirements.scoring import FIELDS, is_same, read_cases, score
from sparkwright.requirements.lexicon import languages
from sparkwright.requirements.understand import understand

GRID = Path(__file__).with_name("grid")
KINDS = Path(__file__).with_name("kinds.jsonl")
ASKED = "?"


def sentences(group: dict[str, Any], field: str, frames: dict[str, dict[str, Any]]) -> Iterator[tuple[str, Any, Any]]:
    """Each word in each pattern, alone and in one of the frames, with what must be understood and what asked."""
    plain, *around = frames
    turn = 0
    for pattern in group["patterns"]:
        for word, value in group["words"].items():
            turn += 1
            for frame in [plain, *around[turn % len(around) : turn % len(around) + 1]] if around else [plain]:
                if field in frames[frame]:
                    continue
                told = pattern.replace("{}", word)
                told = told[0].upper() + told[1:] if ". {}" in frame else told
                is_asked = value == ASKED
                yield frame.replace("{}", told), frames[frame] | ({} if is_asked else {field: value}), is_asked


def groups() -> list[Any]:
    found = []
    for path in sorted(GRID.glob("*.toml")):
        file = tomllib.loads(path.read_text("utf-8"))
        frames = file.pop("frames")
        for name, group in file.items():
            found.append(pytest.param(group, group.get("field", name), frames, id=f"{path.stem}-{name}"))
    return found


@pytest.mark.parametrize(("group", "field", "frames"), groups())
def test_each_word_is_understood_in_each_sentence(group, field, frames):
    wrong = []
    for text, said, is_asked in sentences(group, field, frames):
        read = understand(text).understood
        got, asked = read.requirements.model_dump(exclude_none=True), {one.field for one in read.questions}
        is_right = set(got) == set(said) and all(is_same(name, said[name], got[name]) for name in said)
        if not is_right or asked != ({field} if is_asked else set()):
            wrong.append(f"{text!r}: {got}, asked {sorted(asked)}")
    assert wrong == []


def test_each_kind_of_sentence_is_understood():
    """Sentences of ``kinds.jsonl``, each for a kind of wording: what is told besides, corrections, forms, settings."""
    scores, answers = score(read_cases(KINDS), lambda text: understand(text).understood)
    assert [one["id"] for one in answers if one["wrong"]] == []
    assert scores.cases > 0


def test_every_language_has_a_grid_of_every_kind_of_value():
    files = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in GRID.glob("*.toml")}
    assert set(files) == set(languages())
    for code, file in files.items():
        fields = {group.get("field", name) for name, group in file.items() if name != "frames"}
        assert fields >= set(FIELDS) - {"platform"}, code
