"""The base of all rows, and what their fields declare: column, role, key, and the hash of them all."""

import hashlib
import json
from collections.abc import Iterable
from typing import Annotated, ClassVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from data_contracts.column import Column, Role
from data_contracts.rules import Rule


class Row(BaseModel):
    """Base of all rows: frozen, no unknown columns."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    table: ClassVar[str]
    rules: ClassVar[tuple[Rule, ...]] = ()
    belongs_to: ClassVar["type[Row] | None"] = None
    """The parent table: this table's key starts with its key, and each row here must have one there."""


def _annotated(annotation: object) -> object:
    """Return the annotation inside ``X | None``: the arm that carries a ``Column``."""
    arms = [arm for arm in get_args(annotation) if arm is not type(None)]
    return arms[0] if get_origin(annotation) is not Annotated and arms else annotation


def column_of(field: FieldInfo) -> Column:
    """Return the ``Column`` mark of a row's field, optional or not."""
    marks = [*field.metadata, *getattr(_annotated(field.annotation), "__metadata__", ())]
    return next(mark for mark in marks if isinstance(mark, Column))


def role_of(field: FieldInfo) -> Role:
    """Return the ``Role`` that a row gives to its field."""
    return next(mark for mark in field.metadata if isinstance(mark, Role))


def primary_key(row: type[Row]) -> list[str]:
    """Return the names of the key columns, in order."""
    return [name for name, field in row.model_fields.items() if role_of(field).kind == "key"]


def contract_hash(row: type[Row], columns: Iterable[str]) -> str:
    """Return twelve hex digits that change when one of ``columns`` changes its type, unit, role or ``known_at``.

    A model stores the hash of the columns it reads: an added column or a better description does not change it.
    """
    meanings = []
    for name in sorted(columns):
        field = row.model_fields[name]
        optional = type(None) in get_args(field.annotation)
        kind = get_args(_annotated(field.annotation))[0] if optional else field.annotation
        role = role_of(field)
        meanings.append([name, repr(kind), optional, column_of(field).unit, role.kind, role.known_at])
    return hashlib.sha256(json.dumps(meanings).encode()).hexdigest()[:12]
