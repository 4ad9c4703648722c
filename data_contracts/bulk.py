"""Which rows of a whole batch may break their contract: a few calls for each column instead of a check for each row.

It may suspect a sound row, never pass a bad one; what a suspect really breaks, the check of a single row tells.
"""

from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.arrow import may_be_missing
from data_contracts.constraints import Constraints, constraints_of
from data_contracts.row import Row
from data_contracts.rules import AtMost, Needs, Rule, Where, terms_of


def suspects(row_type: type[Row], batch: pa.RecordBatch) -> list[int]:
    """Positions of the rows that may break a bound or a rule of their contract.

    Raises:
        pa.ArrowInvalid: A rule adds numbers that together need more than 64 bits: any row may break it.
    """
    masks = [
        mask for name, required, allowed in _columns(row_type) for mask in _outside(batch[name], required, allowed)
    ]
    masks += [mask for rule in row_type.rules if (mask := _breaks(rule, batch)) is not None]
    return sorted({position for mask in masks if pc.any(mask).as_py() for position in _positions(mask)})


@cache
def _columns(row_type: type[Row]) -> list[tuple[str, bool, Constraints]]:
    """Every column with whether it must have a value, and what its values may be."""
    fields = row_type.model_fields.items()
    return [(name, not may_be_missing(field.annotation), constraints_of(field)) for name, field in fields]


def _positions(mask: pa.BooleanArray) -> list[int]:
    found: list[int] = pc.indices_nonzero(mask).to_pylist()
    return found


def _outside(column: pa.Array, required: bool, allowed: Constraints) -> list[pa.BooleanArray]:
    """Where the values are none of their column; a missing one keeps every bound."""
    masks = []
    if required and column.null_count:
        masks.append(column.is_null())
    if allowed.choices:
        known = pa.array([*allowed.choices, *([] if required else [None])], pa.string())
        masks.append(pc.invert(pc.is_in(column, known)))
    if pa.types.is_floating(column.type):
        masks.append(pc.is_nan(column))
    if allowed.min_length is not None or allowed.max_length is not None:
        column = pc.utf8_length(column)
    least = allowed.minimum if allowed.minimum is not None else allowed.min_length
    most = allowed.maximum if allowed.maximum is not None else allowed.max_length
    if least is None and most is None:
        return masks
    extremes = pc.min_max(column)
    smallest, largest = extremes["min"].as_py(), extremes["max"].as_py()
    if smallest is None:
        return masks
    if least is not None and smallest <= least:
        masks.append((pc.less_equal if allowed.minimum_excluded else pc.less)(column, least))
    if most is not None and largest >= most:
        masks.append((pc.greater_equal if allowed.maximum_excluded else pc.greater)(column, most))
    return masks


def _breaks(rule: Rule, batch: pa.RecordBatch) -> pa.BooleanArray | None:
    """Where the rows break the rule; null where it does not judge them. None where no row can."""
    match rule:
        case Needs(column=name, where=where):
            return pc.and_(batch[name].is_null(), _holds(where, batch)) if batch[name].null_count else None
        case AtMost(slack=slack, where=where):
            large = _product(rule.large, batch)
            broken = pc.greater(_product(rule.small, batch), large if slack == 1 else pc.multiply(large, slack))
            return broken if where is None else pc.and_(broken, _holds(where, batch))


def _holds(where: Where, batch: pa.RecordBatch) -> pa.BooleanArray:
    return pc.is_in(batch[where.column], pa.array(where.values, pa.string()))


def _product(factors: tuple[str, ...], batch: pa.RecordBatch) -> pa.DoubleArray:
    product, *others = (_sum(factor, batch) for factor in factors)
    for other in others:
        product = pc.multiply(product, other)
    return product


def _sum(factor: str, batch: pa.RecordBatch) -> pa.DoubleArray:
    """The values of a factor; added up as whole numbers, as the check of one row does, since floats would round."""
    (first, _), *others = terms_of(factor)
    total = _numbers(batch[first])
    for name, sign in others:
        total = (pc.add_checked if sign > 0 else pc.subtract_checked)(total, _numbers(batch[name]))
    total = pc.cast(total, pa.float64(), safe=False)
    return pc.divide(total, 1000.0) if pa.types.is_timestamp(batch[first].type) else total


def _numbers(column: pa.Array) -> pa.Array:
    return pc.cast(column, pa.int64()) if pa.types.is_timestamp(column.type) else column
