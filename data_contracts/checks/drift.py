"""Distributions of a table's columns, and how far a later batch may deviate from them.

The measure is the Kullback-Leibler divergence of the batch from the reference, over bins that hold equal shares of the
reference. Great Expectations computes it; this file defines the bins and the limit.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.constraints import constraints_of
from data_contracts.row import Row, column_of, role_of

TAIL_WEIGHT = 0.01
"""Share that the reference is assumed to have outside its range, so that one new extreme is no infinite divergence."""

_NUMBERS = {"ms", "ns", "bytes", "count", "ratio"}
_MAX_BINS, _MIN_BIN_COUNT = 10, 10
_NORMAL_QUANTILE = 3.090  # of 0.999: one batch in a thousand is a false alarm


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """The distribution of one column.

    Attributes:
        count: Number of values present.
        bins: Bin edges of a numeric column, one more than ``weights``; empty for words.
        words: The distinct words of a column of words.
        weights: Share of the values in each bin, or of each word.
        middle: The median, or the most frequent word.
    """

    count: int
    bins: tuple[float, ...]
    words: tuple[str, ...]
    weights: tuple[float, ...]
    middle: str

    @property
    def partition(self) -> dict[str, list[float] | list[str]]:
        """The profile in Great Expectations' format."""
        if self.words:
            return {"values": list(self.words), "weights": list(self.weights)}
        return {"bins": list(self.bins), "weights": list(self.weights)}


@dataclass(frozen=True, slots=True)
class ColumnCheck:
    """One column of a batch next to the reference.

    Attributes:
        limit: Maximum divergence that counts as no drift.
        values: The batch's values, numbers as floats, without missing ones.
    """

    column: str
    reference: ColumnProfile
    observed: ColumnProfile
    limit: float
    values: "np.ndarray[Any, Any]"


@dataclass(frozen=True, slots=True)
class DriftCheck:
    """A batch of a table next to its reference, for the columns in which both have enough values."""

    name: str
    columns: tuple[ColumnCheck, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """The result of comparing one column."""

    column: str
    divergence: float
    limit: float
    reference: ColumnProfile
    observed: ColumnProfile

    @property
    def drifted(self) -> bool:
        """Whether it deviates more than chance and tolerance explain."""
        return self.divergence > self.limit

    @property
    def sentence(self) -> str:
        """The comparison and its result, in one line."""
        middle = "most frequent" if self.reference.words else "median"
        return (
            f"{self.column}: divergence {self.divergence:.2f}, at most {self.limit:.2f}; {middle} was "
            f"{self.reference.middle}, is {self.observed.middle}"
        )


def profile_of(row_type: type[Row], table: pa.Table) -> dict[str, ColumnProfile]:
    """Return the profiles of a table's columns that hold numbers, flags or words from a fixed set."""
    units = {name: column_of(field).unit for name, field in row_type.model_fields.items()}
    return {name: _profile(values, units[name]) for name, values in _columns(row_type, table).items() if len(values)}


def drift_check(
    row_type: type[Row],
    table: pa.Table,
    reference: Mapping[str, ColumnProfile],
    *,
    max_divergence: float,
    min_count: int,
) -> DriftCheck:
    """Prepare the batch in ``table`` for comparison with ``reference``."""
    observed = profile_of(row_type, table)
    checks = [
        ColumnCheck(name, reference[name], observed[name], limit_of(reference[name], observed[name], max_divergence), v)
        for name, v in _columns(row_type, table).items()
        if name in reference and min(reference[name].count, len(v)) >= min_count
    ]
    # Columns miss different numbers of values, but a frame needs equal lengths: pad the short ones with missing values.
    length = max((len(check.values) for check in checks), default=0)
    return DriftCheck(row_type.table, tuple(_lengthened(check, length) for check in checks))


def limit_of(reference: ColumnProfile, observed: ColumnProfile, max_divergence: float) -> float:
    """Return the maximum divergence that is no drift: the tolerance, plus what chance alone causes.

    For two samples of sizes n and m from one distribution over k bins, 2 n m / (n + m) times the divergence is
    chi-squared with k - 1 degrees of freedom (Wilks 1938); its quantile is approximated by Wilson and Hilferty (1931).
    """
    freedom = max(1, len(reference.weights) - 1)
    spread = 2 / (9 * freedom)
    quantile = freedom * (1 - spread + _NORMAL_QUANTILE * spread**0.5) ** 3
    return float(max_divergence + quantile * (1 / reference.count + 1 / observed.count) / 2)


def profiles_to_json(profiles: Mapping[str, ColumnProfile]) -> str:
    """Serialise profiles to text, for a table of the lake."""
    return json.dumps({name: asdict(profile) for name, profile in profiles.items()})


def profiles_from_json(text: str) -> dict[str, ColumnProfile]:
    """Read the profiles that :func:`profiles_to_json` wrote."""
    return {
        name: ColumnProfile(
            one["count"], tuple(one["bins"]), tuple(one["words"]), tuple(one["weights"]), str(one["middle"])
        )
        for name, one in json.loads(text).items()
    }


def _columns(row_type: type[Row], table: pa.Table) -> "dict[str, np.ndarray[Any, Any]]":
    found = {}
    for name, field in row_type.model_fields.items():
        column = table[name].drop_null()
        if role_of(field).kind == "key":
            continue
        if column_of(field).unit in _NUMBERS:
            found[name] = pc.cast(column, pa.float64()).to_numpy()
        elif column_of(field).unit == "flag" or constraints_of(field).choices:
            found[name] = np.array(pc.cast(column, pa.string()).to_pylist(), dtype=object)
    return found


def _profile(values: "np.ndarray[Any, Any]", unit: str) -> ColumnProfile:
    count = len(values)
    if values.dtype == object:
        words = Counter(values.tolist())
        shares = tuple(number / count for number in words.values())
        return ColumnProfile(count, (), tuple(words), shares, words.most_common(1)[0][0])
    parts = min(_MAX_BINS, max(2, count // _MIN_BIN_COUNT))
    edges = np.unique(np.quantile(values, np.linspace(0, 1, parts + 1), method="inverted_cdf"))
    if len(edges) == 1:  # one value only: a bin around it
        edges = np.array([edges[0], edges[0] + max(1.0, abs(edges[0]) / 100)])
    weights = np.histogram(values, edges)[0] / count
    return ColumnProfile(
        count, tuple(edges.tolist()), (), tuple(weights.tolist()), _spelt(float(np.median(values)), unit)
    )


def _spelt(value: float, unit: str) -> str:
    """Format a number for people."""
    per, name = {"ms": (1e3, " s"), "ns": (1e9, " s"), "bytes": (1024.0**2, " MiB")}.get(unit, (1.0, ""))
    return f"{value / per:,.{0 if value >= 100 * per or value % per == 0 else 2}f}{name}"


def _lengthened(check: ColumnCheck, length: int) -> ColumnCheck:
    missing = None if check.values.dtype == object else np.nan
    filled = np.concatenate([check.values, np.full(length - len(check.values), missing, check.values.dtype)])
    return ColumnCheck(check.column, check.reference, check.observed, check.limit, filled)
