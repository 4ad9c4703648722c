"""How the values of a table's columns are spread, and how far a later batch may stray from that.

The measure is the Kullback-Leibler divergence of the batch from the reference, over bins that each hold as many values
of the reference. Great Expectations computes it; this file says over which bins and against which limit.
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
"""Share that the reference is thought to have outside what it saw: one new extreme is no infinite divergence."""

_NUMBERS = {"ms", "ns", "bytes", "count", "ratio"}
_MOST_BINS, _LEAST_BIN_COUNT = 10, 10
_NORMAL_QUANTILE = 3.090  # of 0.999: a column that did not drift is called so in one batch of a thousand


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """How one column is spread.

    Attributes:
        count: Values that were there.
        bins: Edges of the bins of a number, one more than ``weights``; none for a word.
        words: The words of a column that holds words.
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
        """The profile as Great Expectations takes it."""
        if self.words:
            return {"values": list(self.words), "weights": list(self.weights)}
        return {"bins": list(self.bins), "weights": list(self.weights)}


@dataclass(frozen=True, slots=True)
class ColumnCheck:
    """One column of a batch beside the reference.

    Attributes:
        limit: Divergence up to which it has not drifted.
        values: The batch's values, numbers as floats, without the missing ones.
    """

    column: str
    reference: ColumnProfile
    observed: ColumnProfile
    limit: float
    values: "np.ndarray[Any, Any]"


@dataclass(frozen=True, slots=True)
class DriftCheck:
    """A batch of a table beside its reference, for the columns that both have enough values of."""

    name: str
    columns: tuple[ColumnCheck, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """What came of comparing one column."""

    column: str
    divergence: float
    limit: float
    reference: ColumnProfile
    observed: ColumnProfile

    @property
    def drifted(self) -> bool:
        """Whether it strayed further than chance and tolerance explain."""
        return self.divergence > self.limit

    @property
    def sentence(self) -> str:
        """What was compared and what came, in one line."""
        middle = "most frequent" if self.reference.words else "median"
        return (
            f"{self.column}: divergence {self.divergence:.2f}, at most {self.limit:.2f}; {middle} was "
            f"{self.reference.middle}, is {self.observed.middle}"
        )


def profile_of(row_type: type[Row], table: pa.Table) -> dict[str, ColumnProfile]:
    """The profiles of the columns of a table that hold numbers, flags or words of a fixed choice."""
    units = {name: column_of(field).unit for name, field in row_type.model_fields.items()}
    return {name: _profile(values, units[name]) for name, values in _columns(row_type, table).items() if len(values)}


def drift_check(
    row_type: type[Row],
    table: pa.Table,
    reference: Mapping[str, ColumnProfile],
    *,
    most_divergence: float,
    least_count: int,
) -> DriftCheck:
    """The batch in ``table`` made ready to be compared with ``reference``."""
    observed = profile_of(row_type, table)
    checks = [
        ColumnCheck(
            name, reference[name], observed[name], limit_of(reference[name], observed[name], most_divergence), v
        )
        for name, v in _columns(row_type, table).items()
        if name in reference and min(reference[name].count, len(v)) >= least_count
    ]
    # The columns differ in what is missing; a frame does not, so the short ones are filled with what counts as missing.
    length = max((len(check.values) for check in checks), default=0)
    return DriftCheck(row_type.table, tuple(_lengthened(check, length) for check in checks))


def limit_of(reference: ColumnProfile, observed: ColumnProfile, most_divergence: float) -> float:
    """The divergence that is no drift: what is tolerated, and what chance alone makes of two samples.

    Of two samples of sizes n and m from one distribution over k bins, 2 n m / (n + m) times the divergence is
    chi-squared with k - 1 degrees of freedom (Wilks 1938); its quantile is Wilson's and Hilferty's (1931).
    """
    freedom = max(1, len(reference.weights) - 1)
    spread = 2 / (9 * freedom)
    quantile = freedom * (1 - spread + _NORMAL_QUANTILE * spread**0.5) ** 3
    return float(most_divergence + quantile * (1 / reference.count + 1 / observed.count) / 2)


def profiles_to_json(profiles: Mapping[str, ColumnProfile]) -> str:
    """The profiles as text for a table of the lake."""
    return json.dumps({name: asdict(profile) for name, profile in profiles.items()})


def profiles_from_json(text: str) -> dict[str, ColumnProfile]:
    """The profiles that :func:`profiles_to_json` wrote."""
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
    parts = min(_MOST_BINS, max(2, count // _LEAST_BIN_COUNT))
    edges = np.unique(np.quantile(values, np.linspace(0, 1, parts + 1), method="inverted_cdf"))
    if len(edges) == 1:  # one value only: a bin around it
        edges = np.array([edges[0], edges[0] + max(1.0, abs(edges[0]) / 100)])
    weights = np.histogram(values, edges)[0] / count
    return ColumnProfile(
        count, tuple(edges.tolist()), (), tuple(weights.tolist()), _spelt(float(np.median(values)), unit)
    )


def _spelt(value: float, unit: str) -> str:
    """A number as a person reads it."""
    per, name = {"ms": (1e3, " s"), "ns": (1e9, " s"), "bytes": (1024.0**2, " MiB")}.get(unit, (1.0, ""))
    return f"{value / per:,.{0 if value >= 100 * per or value % per == 0 else 2}f}{name}"


def _lengthened(check: ColumnCheck, length: int) -> ColumnCheck:
    missing = None if check.values.dtype == object else np.nan
    filled = np.concatenate([check.values, np.full(length - len(check.values), missing, check.values.dtype)])
    return ColumnCheck(check.column, check.reference, check.observed, check.limit, filled)
