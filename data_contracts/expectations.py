"""Row models as Great Expectations suites, and tables checked with them; the only file that imports that library.

A suite expects the contract and nothing else: rows, columns, types, values that are there, bounds, choices, a unique
primary key and the rules between columns.
"""

import math
import os
import warnings
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.arrow import arrow_type, may_be_missing
from data_contracts.checked import Checked
from data_contracts.constraints import constraints_of
from data_contracts.rules import AtMost
from data_contracts.tables import Row, primary_key

# Set before the import, which would otherwise report to its maker's servers.
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it imports pyspark, which warns about pandas
    import great_expectations as gx
    import great_expectations.expectations as gxe
    from great_expectations.checkpoint import UpdateDataDocsAction
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.data_context.types.base import ProgressBarsConfig

_SITE = "data_docs"
_PYTHON_NAMES = {
    pa.int64(): "int",
    pa.float64(): "float",
    pa.string(): "str",
    pa.bool_(): "bool",
    pa.timestamp("us", "UTC"): "datetime",
}


def check_tables(
    tables: Mapping[type[Row], pa.Table], docs_dir: Path, *, may_be_empty: frozenset[type[Row]] = frozenset()
) -> dict[str, list[Checked]]:
    """What came of every expectation, by table; Great Expectations' own Data Docs are written below ``docs_dir``.

    Args:
        tables: Rows in the types of their contract.
        docs_dir: Folder of the Data Docs; its ``index.html`` leads to the rest.
        may_be_empty: Tables that need no rows; any other empty table fails.
    """
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(docs_dir)}
    index = {"class_name": "DefaultSiteIndexBuilder"}
    context.add_data_docs_site(
        site_name=_SITE, site_config={"class_name": "SiteBuilder", "store_backend": store, "site_index_builder": index}
    )
    source = context.data_sources.add_pandas("lake")
    checked: dict[str, list[Checked]] = {}
    for row_type, table in tables.items():
        name = row_type.table
        suite = context.suites.add(expectation_suite(row_type, may_be_empty=row_type in may_be_empty))
        batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all rows")
        definition = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=suite))
        checkpoint = context.checkpoints.add(
            gx.Checkpoint(
                name=name,
                validation_definitions=[definition],
                actions=[UpdateDataDocsAction(name=_SITE, site_names=[_SITE])],
                result_format={"result_format": "COMPLETE", "unexpected_index_column_names": primary_key(row_type)},
            )
        )
        # Arrow types keep integers that may be missing whole; plain pandas would make them floats.
        frame = with_rule_columns(row_type, table).to_pandas(types_mapper=pd.ArrowDtype)
        outcome = checkpoint.run(batch_parameters={"dataframe": frame})
        (result,) = outcome.run_results.values()
        checked[name] = [_checked(name, row_type, one) for one in result.results]
    return checked


def expectation_suite(row_type: type[Row], *, may_be_empty: bool = False) -> gx.ExpectationSuite:
    """The suite of a row model."""
    expectations: list[gxe.Expectation] = []
    if not may_be_empty:
        expectations.append(gxe.ExpectTableRowCountToBeBetween(min_value=1))
    expectations.append(gxe.ExpectTableColumnsToMatchSet(column_set=list(row_type.model_fields), exact_match=False))
    key = primary_key(row_type)
    expectations.append(
        gxe.ExpectColumnValuesToBeUnique(column=key[0])
        if len(key) == 1
        else gxe.ExpectCompoundColumnsToBeUnique(column_list=key)
    )
    for name, field in row_type.model_fields.items():
        expectations.append(
            gxe.ExpectColumnValuesToBeOfType(column=name, type_=_PYTHON_NAMES[arrow_type(field.annotation)])
        )
        if not may_be_missing(field.annotation):
            expectations.append(gxe.ExpectColumnValuesToNotBeNull(column=name))
        allowed = constraints_of(field)
        if allowed.choices:
            expectations.append(gxe.ExpectColumnValuesToBeInSet(column=name, value_set=list(allowed.choices)))
        if allowed.minimum is not None or allowed.maximum is not None:
            expectations.append(
                gxe.ExpectColumnValuesToBeBetween(
                    column=name,
                    min_value=allowed.minimum,
                    max_value=allowed.maximum,
                    strict_min=allowed.minimum_excluded,
                    strict_max=allowed.maximum_excluded,
                )
            )
        if allowed.min_length is not None or allowed.max_length is not None:
            expectations.append(
                gxe.ExpectColumnValueLengthsToBeBetween(
                    column=name, min_value=allowed.min_length, max_value=allowed.max_length
                )
            )
    for rule in row_type.rules:
        small, large = _rule_columns(rule)
        expectations.append(
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=large,
                column_B=small,
                or_equal=True,
                ignore_row_if="either_value_is_missing",
                notes=[rule.because],
            )
        )
    return gx.ExpectationSuite(name=row_type.table, expectations=expectations)


def with_rule_columns(row_type: type[Row], table: pa.Table) -> pa.Table:
    """The table with a column for each side of a rule that is a product, named by its formula.

    Great Expectations compares columns, it computes none.
    """
    for rule in row_type.rules:
        for name, factors, slack in zip(_rule_columns(rule), (rule.small, rule.large), (1.0, rule.slack), strict=True):
            if name not in table.column_names:
                product = pc.cast(table[factors[0]], pa.float64())
                for factor in factors[1:]:
                    product = pc.multiply(product, pc.cast(table[factor], pa.float64()))
                table = table.append_column(name, pc.multiply(product, slack))
    return table


def _rule_columns(rule: AtMost) -> tuple[str, str]:
    small, _, large = rule.name.partition(" <= ")
    return small, large


def _checked(table: str, row_type: type[Row], one: ExpectationValidationResult) -> Checked:
    config, result = one.expectation_config, one.result or {}
    kwargs = config.kwargs if config is not None else {}
    expectation = config.type if config is not None else "unknown"
    key = primary_key(row_type)
    bad_rows = [
        {name: _text(value) for name, value in sorted(row.items(), key=lambda item: (item[0] not in key, item[0]))}
        for row in result.get("unexpected_index_list") or []
    ]
    observed = result.get("observed_value")
    faults = one.exception_info or {}
    if faults.get("raised_exception"):
        observed = f"could not be checked: {faults.get('exception_message')}"
    return Checked(
        table=table,
        expectation=expectation,
        expected=_expected(expectation, kwargs, row_type),
        passed=bool(one.success),
        element_count=int(result.get("element_count") or 0),
        unexpected_count=int(result.get("unexpected_count") or 0),
        bad_rows=tuple(bad_rows),
        observed="" if observed is None else str(observed),
    )


def _expected(expectation: str, kwargs: Mapping[str, object], row_type: type[Row]) -> str:
    column = kwargs.get("column")
    match expectation:
        case "expect_table_row_count_to_be_between":
            return "the table has rows"
        case "expect_table_columns_to_match_set":
            return "every column of the contract is there"
        case "expect_column_values_to_be_unique" | "expect_compound_columns_to_be_unique":
            return f"{', '.join(primary_key(row_type))} is unique"
        case "expect_column_values_to_be_of_type":
            return f"{column} is of type {kwargs['type_']}"
        case "expect_column_values_to_not_be_null":
            return f"{column} is there"
        case "expect_column_pair_values_a_to_be_greater_than_b":
            rule = next(rule for rule in row_type.rules if _rule_columns(rule)[1] == kwargs["column_A"])
            return f"{rule.name}: {rule.because}"
        case _:
            allowed = constraints_of(row_type.model_fields[str(column)])
            return f"{column} is {allowed.sentence.replace(chr(92), '').replace('`', '')}"


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return "missing"
    return str(value)
