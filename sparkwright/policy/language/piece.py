"""One part of a sentence."""

from dataclasses import dataclass

from sparkwright.policy.language.quantities import Amount


@dataclass(slots=True)
class Piece:
    """What is between two commas or conjunctions, and says something of its own.

    Attributes:
        properties: With their spans.
        direction: ``max``, ``min``, ``under``, ``over``, ``range`` or nothing.
        entity: ``executor``, ``driver``, ``both``, ``task`` or nothing.
        verbs: The text whose verbs count: its own, or that of the part before, too.
    """

    text: str
    amounts: list[Amount]
    properties: list[tuple[int, int, str]]
    direction: str = ""
    entity: str = ""
    verbs: str = ""
