"""Labels of a form: ``mem: heavy``, ``in: 6t / deadline: 07:00``, ``finish_by 5:45``."""

from collections.abc import Sequence

from sparkwright.requirements.lexicon import Language
from sparkwright.requirements.text.phrases import Concepts
from sparkwright.requirements.text.spelled import spelled
from sparkwright.requirements.text.text import Token

_CUES: dict[str, Concepts] = {
    "max_duration_ms": frozenset({"deadline"}),
    "finish_by": frozenset({"by", "deadline"}),
    "input_bytes": frozenset({"input"}),
    "growth": frozenset({"grow"}),
    "priority": frozenset({"priority"}),
    "cost_limit": frozenset({"cost"}),
    "memory_sensitive": frozenset({"mem"}),
    "gpus": frozenset({"gpu"}),
    "schedule": frozenset({"start", "take"}),
    "platform": frozenset({"platform_label"}),
    "max_risk": frozenset({"risk"}),
}
_MARKS = frozenset({":", "="})
_BULLETS = frozenset({"/", "|", "*", "-", "(", "&", "+"})


def label_at(pieces: Sequence[Token], words: Sequence[str], at: int, known: Language) -> tuple[int, Concepts] | None:
    """How many words the label has that begins at a place, and the cue that it is; None where none does.

    Args:
        pieces: Of the text.
        words: Of the pieces, as phrases are looked up.
        at: The place.
        known: The language whose labels are looked for.
    """
    before = pieces[at - 1] if at else None
    if before is not None and before.kind != "break" and before.text not in _BULLETS:
        return None
    count, concepts = known.labels.longest(words, at)
    mark = pieces[at + count] if count and at + count < len(pieces) else None
    if mark is None or (mark.text not in _MARKS and not mark.text.startswith(("<", "≤"))):
        return None
    return count, _cue(concepts) | {"label"}


def noun_label_at(words: Sequence[str], at: int, known: Language) -> tuple[int, Concepts] | None:
    """How many words the label has that names a field inside a sentence: ``the number of GPUs``, ``our budget``."""
    count, concepts = known.labels.longest(words, at)
    is_part = at + count < len(words) and words[at + count] in spelled("parts_of_forms")
    if not count or (not is_part and " ".join(words[at : at + count]) in spelled("no_nouns")):
        return None
    return count + is_part, _cue(concepts) | {"label"}


def key_cue(text: str, english: Language) -> Concepts | None:
    """The cue that a key of a file is: ``finish_by``, ``max_runtime``; None of any other name."""
    words = text.split("_")
    count, concepts = english.labels.longest(english.labels.told(words), 0)
    return _cue(concepts) if len(words) > 1 and count == len(words) else None


def _cue(concepts: Concepts) -> Concepts:
    return frozenset().union(*(_CUES[concept.removeprefix("label.")] for concept in concepts))
