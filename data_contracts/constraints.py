"""What a column's type allows, read from its annotation: bounds, lengths, choices."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic.fields import FieldInfo


@dataclass(frozen=True, slots=True)
class Constraints:
    """What the values of one column may be; None if unbounded.

    Attributes:
        minimum: Smallest value, itself excluded if ``minimum_excluded``.
        choices: The only allowed values.
    """

    minimum: float | None = None
    minimum_excluded: bool = False
    maximum: float | None = None
    maximum_excluded: bool = False
    min_length: int | None = None
    max_length: int | None = None
    choices: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The constraints in a few words; empty if there are none."""
        parts = []
        if self.choices:
            parts.append(" \\| ".join(f"`{choice}`" for choice in self.choices))
        if self.minimum is not None:
            parts.append(f"{'>' if self.minimum_excluded else '>='} {self.minimum:g}")
        if self.maximum is not None:
            parts.append(f"{'<' if self.maximum_excluded else '<='} {self.maximum:g}")
        if self.min_length:
            parts.append(f"at least {self.min_length} character{'s' if self.min_length > 1 else ''}")
        if self.max_length is not None:
            parts.append(f"at most {self.max_length} characters")
        return ", ".join(parts)


def constraints_of(field: FieldInfo) -> Constraints:
    """Return the constraints of a row's field, ignoring other marks and optionality around its type."""
    values: dict[str, object] = {}
    for mark in [*field.metadata, *_marks(field.annotation)]:
        match mark:
            case Ge(bound):
                values |= {"minimum": bound}
            case Gt(bound):
                values |= {"minimum": bound, "minimum_excluded": True}
            case Le(bound):
                values |= {"maximum": bound}
            case Lt(bound):
                values |= {"maximum": bound, "maximum_excluded": True}
            case MinLen(length):
                values |= {"min_length": length}
            case MaxLen(length):
                values |= {"max_length": length}
    return Constraints(choices=tuple(_choices(field.annotation)), **values)  # type: ignore[arg-type]


def _marks(annotation: object) -> Iterator[object]:
    """Yield marks inside ``X | None``, which pydantic does not lift to the field."""
    if get_origin(annotation) is Annotated:
        for mark in get_args(annotation)[1:]:
            yield from mark.metadata if isinstance(mark, FieldInfo) else [mark]
        yield from _marks(get_args(annotation)[0])
    elif get_origin(annotation) is not Literal:
        for arm in get_args(annotation):
            yield from _marks(arm)


def _choices(annotation: object) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from map(str, get_args(annotation))
    elif get_origin(annotation) is Annotated:
        yield from _choices(get_args(annotation)[0])
    else:
        for arm in get_args(annotation):
            yield from _choices(arm)
