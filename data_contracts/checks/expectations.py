"""Derive Great Expectations suites from row models and check tables; the only file that imports that library.

A suite expects the contract and nothing else: rows, columns, types, required values, bounds, choices, a unique primary
key, the rules between columns, and a row in the parent table. Drift has its own suite.
"""

import math
import os
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.arrow import arrow_type, may_be_missing
from data_contracts.checks.checked import Checked
from data_contracts.checks.drift import TAIL_WEIGHT, Drift, DriftCheck
from data_contracts.constraints import Constraints, constraints_of
from data_contracts.row import Row, primary_key
from data_contracts.rules import AtMost, Needs, Where, terms_of

# Must be set before the import, which would otherwise send usage statistics to its vendor.
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it imports pyspark, which warns about pandas
    import great_expectations as gx
    import great_expectations.expectations as gxe
    from great_expectations.checkpoint import UpdateDataDocsAction
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.data_context.types.base import ProgressBarsConfig

_SITE, _SOURCE = "data_docs", "lake"
_ROW_NUMBER = "row number"
_PYTHON_NAMES = {
    pa.int64(): "int",
    pa.float64(): "float",
    pa.string(): "str",
    pa.bool_(): "bool",
    pa.timestamp("us", "UTC"): "datetime",
}


def check_tables(
    tables: Mapping[type[Row], pa.Table],
    docs_dir: Path | None,
    *,
    may_be_empty: frozenset[type[Row]] = frozenset(),
    drift: DriftCheck | None = None,
) -> tuple[dict[str, list[Checked]], list[Drift]]:
    """Check tables; return the results by table, and the drift of the batch from its reference.

    Great Expectations' own Data Docs are written below ``docs_dir``, if given.

    Args:
        tables: Rows in the types of their contract. A child table is checked against the valid rows of its parent, if
            that comes before it.
        docs_dir: Folder of the Data Docs; its ``index.html`` links to the rest.
        may_be_empty: Tables that need no rows; any other empty table fails.
        drift: A batch and its reference.
    """
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    if docs_dir is not None:
        store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(docs_dir.resolve())}
        index = {"class_name": "DefaultSiteIndexBuilder"}
        site = {"class_name": "SiteBuilder", "store_backend": store, "site_index_builder": index}
        context.add_data_docs_site(site_name=_SITE, site_config=site)
    context.data_sources.add_pandas(_SOURCE)
    checked: dict[str, list[Checked]] = {}
    kept: dict[type[Row], pa.Table] = {}
    for row_type, table in tables.items():
        parent = kept.get(row_type.belongs_to) if row_type.belongs_to else None
        suite = expectation_suite(row_type, may_be_empty=row_type in may_be_empty, belongs=parent is not None)
        # Arrow types keep nullable integers intact; plain pandas would turn them into floats.
        frame = with_derived_columns(row_type, table, parent).to_pandas(types_mapper=pd.ArrowDtype)
        frame[_ROW_NUMBER] = range(table.num_rows)
        checked[row_type.table] = [_checked(row_type, table, one) for one in _results(context, suite, frame)]
        bad = {number for one in checked[row_type.table] for number in one.row_numbers}
        good = pa.array([number not in bad for number in range(table.num_rows)], pa.bool_())
        kept[row_type] = table.filter(good) if bad else table
    return checked, _check_drift(context, drift) if drift else []


def _results(
    context: gx.data_context.EphemeralDataContext, suite: gx.ExpectationSuite, frame: pd.DataFrame
) -> list[ExpectationValidationResult]:
    name = suite.name
    batch = context.data_sources.get(_SOURCE).add_dataframe_asset(name).add_batch_definition_whole_dataframe("all rows")
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name=name, data=batch, suite=context.suites.add(suite))
    )
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(
            name=name,
            validation_definitions=[definition],
            actions=[UpdateDataDocsAction(name=_SITE, site_names=[_SITE])] if context.get_docs_sites_urls() else [],
            result_format={"result_format": "COMPLETE", "unexpected_index_column_names": [_ROW_NUMBER]},
        )
    )
    (result,) = checkpoint.run(batch_parameters={"dataframe": frame}).run_results.values()
    return list(result.results)


def expectation_suite(row_type: type[Row], *, may_be_empty: bool = False, belongs: bool = False) -> gx.ExpectationSuite:
    """Return the suite of a row model; with ``belongs`` each row must have one in its parent table."""
    expectations: list[gxe.Expectation] = []
    if not may_be_empty:
        expectations.append(gxe.ExpectTableRowCountToBeBetween(min_value=1, meta=_told("the table has rows")))
    expectations.append(
        gxe.ExpectTableColumnsToMatchSet(
            column_set=list(row_type.model_fields),
            exact_match=False,
            meta=_told("every column of the contract is present"),
        )
    )
    key = primary_key(row_type)
    unique = _told(f"{' and '.join(key)} {'is' if len(key) == 1 else 'are'} unique")
    expectations.append(
        gxe.ExpectColumnValuesToBeUnique(column=key[0], meta=unique)
        if len(key) == 1
        else gxe.ExpectCompoundColumnsToBeUnique(column_list=key, meta=unique)
    )
    if belongs and row_type.belongs_to is not None:
        parent = row_type.belongs_to
        told = _told(f"{' and '.join(primary_key(parent))} are those of a valid row of {parent.table}")
        expectations.append(gxe.ExpectColumnValuesToNotBeNull(column=_belongs_column(parent), meta=told))
    for name, field in row_type.model_fields.items():
        kind = _PYTHON_NAMES[arrow_type(field.annotation)]
        told = _told(f"{name} is of type {kind}", name)
        expectations.append(gxe.ExpectColumnValuesToBeOfType(column=name, type_=kind, meta=told))
        if not may_be_missing(field.annotation):
            told = _told(f"{name} is present", name)
            expectations.append(gxe.ExpectColumnValuesToNotBeNull(column=name, meta=told))
        expectations += _allowed(name, constraints_of(field))
    for rule in row_type.rules:
        told = {**_told(f"{rule.name}: {rule.because}", *rule.columns), "notes": {"content": [rule.because]}}
        if isinstance(rule, Needs):
            expectations.append(gxe.ExpectColumnValuesToNotBeNull(column=rule.name, meta=told))
            continue
        small, large = _side_columns(rule)
        expectations.append(
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=large, column_B=small, or_equal=True, ignore_row_if="either_value_is_missing", meta=told
            )
        )
    return gx.ExpectationSuite(name=row_type.table, expectations=expectations)


def _allowed(name: str, allowed: Constraints) -> list[gxe.Expectation]:
    told = _told(f"{name} is {allowed.sentence.replace(chr(92), '').replace('`', '')}", name)
    expectations: list[gxe.Expectation] = []
    if allowed.choices:
        expectations.append(gxe.ExpectColumnValuesToBeInSet(column=name, value_set=list(allowed.choices), meta=told))
    if allowed.minimum is not None or allowed.maximum is not None:
        expectations.append(
            gxe.ExpectColumnValuesToBeBetween(
                column=name,
                min_value=allowed.minimum,
                max_value=allowed.maximum,
                strict_min=allowed.minimum_excluded,
                strict_max=allowed.maximum_excluded,
                meta=told,
            )
        )
    if allowed.min_length is not None or allowed.max_length is not None:
        expectations.append(
            gxe.ExpectColumnValueLengthsToBeBetween(
                column=name, min_value=allowed.min_length, max_value=allowed.max_length, meta=told
            )
        )
    return expectations


def with_derived_columns(row_type: type[Row], table: pa.Table, parent: pa.Table | None = None) -> pa.Table:
    """Add columns for what Great Expectations cannot compute, because it only compares columns.

    One for each side of a rule, named by its formula; one that is null where a column required by a rule is missing;
    one that is null where ``parent`` has no row.
    """
    derived: dict[str, pa.ChunkedArray | pa.Array] = {}
    if parent is not None and row_type.belongs_to is not None:
        derived[_belongs_column(row_type.belongs_to)] = _found_in(parent, table, primary_key(row_type.belongs_to))
    for rule in row_type.rules:
        if isinstance(rule, Needs):
            asked = _where(rule.where, table)
            derived[rule.name] = pc.if_else(asked, pc.cast(table[rule.column], pa.string()), "not asked")
            continue
        for name, factors, slack in zip(_side_columns(rule), (rule.small, rule.large), (1.0, rule.slack), strict=True):
            if name not in table.column_names:
                side = pc.multiply(_product(table, factors), slack)
                derived[name] = pc.if_else(_where(rule.where, table), side, None) if rule.where else side
    for name, column in derived.items():
        table = table.append_column(name, column)
    return table


def _product(table: pa.Table, factors: Sequence[str]) -> pa.ChunkedArray:
    """Return the product of the factors of one side of a rule; see :class:`data_contracts.rules.AtMost`."""
    product = pa.scalar(1.0)
    for factor in factors:
        total = pa.scalar(0)
        is_moment = False
        for name, sign in terms_of(factor):
            column = table[name]
            is_moment = is_moment or pa.types.is_timestamp(column.type)
            column = pc.cast(column, pa.int64()) if is_moment else column  # microseconds
            total = pc.add(total, column) if sign > 0 else pc.subtract(total, column)
        total = pc.cast(total, pa.float64())
        product = pc.multiply(product, pc.divide(total, 1000.0) if is_moment else total)
    return product


def _where(where: Where, table: pa.Table) -> pa.ChunkedArray:
    return pc.fill_null(pc.is_in(table[where.column], pa.array(where.values)), False)


def _found_in(parent: pa.Table, table: pa.Table, key: list[str]) -> pa.Array:
    """Return ``found`` for rows of ``table`` whose key is in ``parent``, else null."""
    numbered = table.select(key).append_column(_ROW_NUMBER, pa.array(range(table.num_rows), pa.int64()))
    found = numbered.join(parent.select(key), key, join_type="left semi")[_ROW_NUMBER]
    is_found = pc.is_in(numbered[_ROW_NUMBER], found.combine_chunks())
    return pc.if_else(is_found, "found", None)


def _side_columns(rule: AtMost) -> tuple[str, str]:
    """Return the names of the columns that a rule compares: its formulas, plus its condition if it has one."""
    suffix = f" {rule.where.name}" if rule.where else ""
    small, large = rule.sides
    return f"{small}{suffix}", f"{large}{suffix}"


def _belongs_column(parent: type[Row]) -> str:
    return f"row of {parent.table}"


def _told(expected: str, *columns: str) -> dict[str, object]:
    """Return the metadata of an expectation, for people who read its result."""
    return {"expected": expected, "columns": columns}


def _checked(row_type: type[Row], table: pa.Table, one: ExpectationValidationResult) -> Checked:
    config, result = one.expectation_config, one.result or {}
    told = config.meta if config is not None and config.meta else {}
    numbers = sorted({int(row[_ROW_NUMBER]) for row in result.get("unexpected_index_list") or []})
    shown = [*primary_key(row_type), *(name for name in told["columns"] if name not in primary_key(row_type))]
    rows = table.take(pa.array(numbers, pa.int64()))
    observed = result.get("observed_value")
    faults = one.exception_info or {}
    if faults.get("raised_exception"):
        observed = f"could not be checked: {faults.get('exception_message')}"
    return Checked(
        table=row_type.table,
        expectation=config.type if config is not None else "unknown",
        expected=str(told["expected"]),
        passed=bool(one.success),
        element_count=int(result.get("element_count") or 0),
        unexpected_count=int(result.get("unexpected_count") or 0),
        bad_rows=tuple({name: _text(row[name]) for name in shown} for row in rows.to_pylist()),
        row_numbers=tuple(numbers),
        observed="" if observed is None else str(observed),
    )


def _check_drift(context: gx.data_context.EphemeralDataContext, drift: DriftCheck) -> list[Drift]:
    """Return the Kullback-Leibler divergence of each column of the batch from the reference."""
    expectations = [
        gxe.ExpectColumnKLDivergenceToBeLessThan(
            column=one.column,
            partition_object=one.reference.partition,
            threshold=one.limit,
            tail_weight_holdout=TAIL_WEIGHT,
            meta=_told(f"{one.column} is distributed as in the last accepted batch", one.column),
        )
        for one in drift.columns
    ]
    suite = gx.ExpectationSuite(name=f"{drift.name}_drift", expectations=expectations)
    frame = pd.DataFrame({one.column: one.values for one in drift.columns})
    results = _results(context, suite, frame)
    found = {one.expectation_config.kwargs["column"]: one for one in results if one.expectation_config is not None}
    return [
        Drift(one.column, float(divergence), one.limit, one.reference, one.observed)
        for one in drift.columns
        if (divergence := (found[one.column].result or {}).get("observed_value")) is not None
    ]


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return "missing"
    return str(value)
