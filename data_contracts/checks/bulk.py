"""Find rows of a batch that may break their contract: a few calls per column instead of a check per row.

It may suspect a valid row but never misses an invalid one; the check of a single row decides what a suspect breaks.
"""

from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.arrow import may_be_missing
from data_contracts.constraints import Constraints, constraints_of
from data_contracts.row import Row
from data_contracts.rules import AtMost, Needs, Rule, Where, terms_of


def suspects(row_type: type[Row], batch: pa.RecordBatch) -> list[int]:
    """Return positions of rows that may break a bound or a rule of their contract.

    Raises:
        pa.ArrowInvalid: A rule's sum overflows 64 bits: any row may break it.
    """
    masks = [
        mask for name, required, allowed in _columns(row_type) for mask in _outside(batch[name], required, allowed)
    ]
    masks += [mask for rule in row_type.rules if (mask := _breaks(rule, batch)) is not None]
    return sorted({position for mask in masks if pc.any(mask).as_py() for position in _positions(mask)})


@cache
def _columns(row_type: type[Row]) -> list[tuple[str, bool, Constraints]]:
    """Return every column, whether it must have a value, and what its values may be."""
    fields = row_type.model_fields.items()
    return [(name, not may_be_missing(field.annotation), constraints_of(field)) for name, field in fields]


def _positions(mask: pa.BooleanArray) -> list[int]:
    found: list[int] = pc.indices_nonzero(mask).to_pylist()
    return found


def _outside(column: pa.Array, required: bool, allowed: Constraints) -> list[pa.BooleanArray]:
    """Return masks of values that the column does not allow; a missing value breaks no bound."""
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
    minimum = allowed.minimum if allowed.minimum is not None else allowed.min_length
    maximum = allowed.maximum if allowed.maximum is not None else allowed.max_length
    if minimum is None and maximum is None:
        return masks
    extremes = pc.min_max(column)
    smallest, largest = extremes["min"].as_py(), extremes["max"].as_py()
    if smallest is None:
        return masks
    if minimum is not None and smallest <= minimum:
        masks.append((pc.less_equal if allowed.minimum_excluded else pc.less)(column, minimum))
    if maximum is not None and largest >= maximum:
        masks.append((pc.greater_equal if allowed.maximum_excluded else pc.greater)(column, maximum))
    return masks


def _breaks(rule: Rule, batch: pa.RecordBatch) -> pa.BooleanArray | None:
    """Return the mask of rows that break the rule, null where it does not apply; None if no row can break it."""
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
    """Return the values of a factor, summed as integers like the check of one row, because floats would round."""
    (first, _), *others = terms_of(factor)
    total = _numbers(batch[first])
    for name, sign in others:
        total = (pc.add_checked if sign > 0 else pc.subtract_checked)(total, _numbers(batch[name]))
    total = pc.cast(total, pa.float64(), safe=False)
    return pc.divide(total, 1000.0) if pa.types.is_timestamp(batch[first].type) else total


def _numbers(column: pa.Array) -> pa.Array:
    return pc.cast(column, pa.int64()) if pa.types.is_timestamp(column.type) else column
