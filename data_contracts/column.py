"""The marks of a column: what it is (``Column``) and which part it plays in one table (``Role``).

A column is an ``Annotated`` type with one ``Column`` mark; a table gives it a role by wrapping it,
for example ``Target[DurationMs]``. ``known_at`` belongs to the role because the same column is known
at different moments in different tables: input bytes are known at the end of this run and at the
submission of the next one.
"""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

Unit = Literal["ms", "ns", "bytes", "count", "ratio", "probability", "mib_s", "vcore_s", "utc", "id", "text", "flag"]
Kind = Literal["key", "static", "known_dynamic", "past_dynamic", "target", "meta"]
KnownAt = Literal["submit", "running", "end"]


@dataclass(frozen=True, slots=True)
class Column:
    """What a column is, wherever it appears.

    Attributes:
        description: One sentence for the data dictionary.
        unit: Unit of the value, repeated in the suffix of the column's name.
        source: Where the value comes from in Spark (event and field, property), or what computes it.
    """

    description: str
    unit: Unit
    source: str


@dataclass(frozen=True, slots=True)
class Role:
    """Which part a column plays in one table and the moment from which its value is known."""

    kind: Kind
    known_at: KnownAt


T = TypeVar("T")
Key = Annotated[T, Role("key", "submit")]
Static = Annotated[T, Role("static", "submit")]
KnownDynamic = Annotated[T, Role("known_dynamic", "submit")]
PastDynamic = Annotated[T, Role("past_dynamic", "end")]
Target = Annotated[T, Role("target", "end")]
Meta = Annotated[T, Role("meta", "end")]
