"""Queries: names that do not resolve, values that do not fit."""

from functools import partial

from evaluation.lab.catalogue.fault import Fault
from evaluation.lab.symptom import said
from evaluation.lab.truth import Split


def _query(cause: str, variant: str, split: Split, proof: str) -> Fault:
    return Fault(cause, "queries", variant, split, "code", said(proof))


_analysis = partial(_query, "analysis_error")
_cast = partial(_query, "cast_error")
_overflow = partial(_query, "arithmetic_overflow")

QUERIES = {
    "analysis_unknown_column": _analysis("unknown_column", "train", r"UNRESOLVED_COLUMN"),
    "analysis_unknown_table": _analysis("unknown_table", "train", r"TABLE_OR_VIEW_NOT_FOUND"),
    "analysis_ambiguous": _analysis("ambiguous_column", "validation", r"AMBIGUOUS_REFERENCE"),
    "analysis_not_grouped": _analysis("not_grouped", "test", r"MISSING_AGGREGATION"),
    "cast_number": _cast("text_to_number", "train", r"CAST_INVALID_INPUT"),
    "cast_date": _cast("text_to_date", "validation", r"CAST_INVALID_INPUT"),
    "cast_timestamp": _cast("text_to_timestamp", "test", r"CAST_INVALID_INPUT"),
    "overflow_product": _overflow("integer_product", "train", r"ARITHMETIC_OVERFLOW"),
    "overflow_integer_sum": _overflow("integer_sum", "validation", r"ARITHMETIC_OVERFLOW"),
    "overflow_long_sum": _overflow("long_sum", "test", r"ARITHMETIC_OVERFLOW"),
}
