"""What policies claimed and what died: whether a stated risk is kept.

The test that was named beforehand: **kept risk**. Over all attempts with a claim, and in each fixed bucket of claims
with at least ten expected deaths, deaths over claimed deaths lie within 0.67 to 1.5. It is *kept* where the whole 95%
interval (a bootstrap that draws workloads, not attempts) lies within, *broken* where all of it lies outside, else
*open*.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from evaluation.advice.bootstrap import Difference, Doubles, paired_difference
from evaluation.advice.report import Column, Section, percent, ratio


class Claim(NamedTuple):
    """A risk that was stated for an attempt, and what became of it.

    Attributes:
        probability: P(death) as claimed.
        died: Whether it died.
        runs_before: Attempts of its workload that had ended when it was stated.
    """

    probability: float
    died: bool
    runs_before: int


Claims = Sequence[Claim]
"""Of the attempts of one workload whose risk was stated."""

BUCKETS = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 1.0)
"""Edges of the buckets of P(death); a claim on an edge belongs to the upper bucket."""
EXPERIENCE = ((0, 1), (2, 4), (5, 9), (10, 29), (30, None))
"""Runs before, from and to."""
LEAST_EXPECTED = 10.0
KEPT = (0.67, 1.5)
"""Deaths over claimed deaths."""

ALL = "all"
_NOTHING = 1e-9
"""Claimed deaths that are none: who claims that nothing dies breaks it by the first death."""
_COLUMNS = (
    Column("policy", "policy"),
    Column("bucket", "claimed P(death), or runs before"),
    Column("decisions", "attempts"),
    Column("mean_claim", "mean claim", percent),
    Column("claimed", "claimed deaths", lambda value: f"{value:,.1f}"),
    Column("died", "deaths"),
    Column("death_share", "died", percent),
    Column("ratio", "died / claimed", ratio),
    Column("kept", "kept risk"),
)


def reliability(policy: str, claims: Sequence[Claims]) -> list[dict[str, Any]]:
    """Rows of a table: all claims of a policy, then each bucket that has any, by claim and by runs before.

    Args:
        policy: Its name.
        claims: Of each workload; those are what is independent of one another.
    """
    rows = [_row(policy, ALL, claims)]
    for low, high in itertools.pairwise(BUCKETS):
        last = high == BUCKETS[-1]
        inside = [
            [one for one in some if low <= one.probability and (one.probability < high or last)] for some in claims
        ]
        if any(inside):
            rows.append(_row(policy, f"{low:.1%} to {high:.1%}", inside))
    for first, last_count in EXPERIENCE:
        inside = [
            [one for one in some if first <= one.runs_before and (last_count is None or one.runs_before <= last_count)]
            for some in claims
        ]
        if any(inside):
            rows.append(
                _row(
                    policy,
                    f"{first}+ runs" if last_count is None else f"{first} to {last_count} runs",
                    inside,
                    by_runs=True,
                )
            )
    return rows


def kept_risk(title: str, claims: Mapping[str, Sequence[Claims]]) -> list[Section]:
    """The table of all policies that claim anything, as a list: empty where none does."""
    rows = [row for name, of in claims.items() if any(of) for row in reliability(name, of)]
    return [Section(title, _COLUMNS, rows)] if rows else []


def kept_ratio(claims: Sequence[Claims]) -> Difference | None:
    """Deaths over claimed deaths with the interval of workloads; None where nobody claimed or nothing was expected."""
    sums = _sums([some for some in claims if some])
    return paired_difference([sums], _ratio) if sums.any() else None


def _sums(claims: Sequence[Claims], *, of_attempts: bool = False) -> Doubles:
    """Deaths and claimed deaths (or attempts) of each workload ``[W, 2]``."""
    wholes = [float(len(some)) if of_attempts else sum(one.probability for one in some) for some in claims]
    return np.array([[sum(one.died for one in some), whole] for some, whole in zip(claims, wholes, strict=True)], float)


def _ratio(strata: Sequence[Doubles]) -> float:
    died, claimed = strata[0].sum(0)
    return float(died / max(claimed, _NOTHING))


def _row(policy: str, bucket: str, claims: Sequence[Claims], *, by_runs: bool = False) -> dict[str, Any]:
    every = [one for some in claims for one in some]
    claimed, died = sum(one.probability for one in every), sum(one.died for one in every)
    tested = claimed >= LEAST_EXPECTED
    found = kept_ratio(claims) if tested else None
    return {
        "policy": policy,
        "bucket": bucket,
        "by_runs": by_runs,
        "decisions": len(every),
        "mean_claim": claimed / len(every) if every else None,
        "claimed": claimed,
        "died": died,
        "death_share": died / len(every) if every else None,
        "death_interval": paired_difference([_sums(claims, of_attempts=True)], _ratio) if every else None,
        "ratio": found,
        "kept": _verdict(found) if found else f"fewer than {LEAST_EXPECTED:g} expected",
    }


def _verdict(found: Difference) -> str:
    least, most = KEPT
    if least <= found.low and found.high <= most:
        return "kept"
    return "broken" if found.high < least or found.low > most else "open"
