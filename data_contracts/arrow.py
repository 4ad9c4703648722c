"""Convert row models to pyarrow schemas: columns in order, types, nullability."""

from datetime import datetime
from functools import cache
from typing import Annotated, Literal, get_args, get_origin

import pyarrow as pa

from data_contracts.row import Row, column_of

# Delta stores microseconds and no dictionaries: writing its own types avoids a silent change when reading back.
_TYPES = {int: pa.int64(), float: pa.float64(), str: pa.string(), bool: pa.bool_(), datetime: pa.timestamp("us", "UTC")}


@cache
def schema(row_type: type[Row]) -> pa.Schema:
    """Return the pyarrow schema of a row model; each field carries its unit and description as metadata.

    Raises:
        TypeError: A column has a type that no table can hold.
    """
    fields = []
    for name, field in row_type.model_fields.items():
        column = column_of(field)
        metadata = {"unit": column.unit, "description": column.description}
        fields.append(pa.field(name, arrow_type(field.annotation), may_be_missing(field.annotation), metadata))
    return pa.schema(fields, {"table": row_type.table})


def arrow_type(annotation: object) -> pa.DataType:
    """Return the pyarrow type of a column's annotation, ignoring marks and optionality around it."""
    if get_origin(annotation) is Annotated:
        return arrow_type(get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return pa.string()
    arms = [arm for arm in get_args(annotation) if arm is not type(None)]
    if len(arms) == 1:
        return arrow_type(arms[0])
    if isinstance(annotation, type) and annotation in _TYPES:
        return _TYPES[annotation]
    raise TypeError(f"expected a column of type {', '.join(kind.__name__ for kind in _TYPES)}, got {annotation!r}")


def may_be_missing(annotation: object) -> bool:
    """Return whether a column's annotation allows ``None``."""
    if get_origin(annotation) is Annotated:
        return may_be_missing(get_args(annotation)[0])
    return type(None) in get_args(annotation)
