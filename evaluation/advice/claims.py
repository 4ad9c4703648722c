"""Compare claimed risks with deaths: is a stated risk kept?

The pre-registered test, **kept risk**: over all attempts with a claim, and in each fixed bucket of claims with at least
ten expected deaths, deaths over claimed deaths lie within 0.67 to 1.5. It is *kept* if the whole 95% interval (a
bootstrap over workloads, not attempts) lies within, *broken* if all of it lies outside, else *open*.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from evaluation.advice.bootstrap import Difference, Doubles, paired_difference
from evaluation.advice.report import Column, Section, percent, ratio


class Claim(NamedTuple):
    """A risk stated for an attempt, and the outcome.

    Attributes:
        probability: P(death) as claimed.
        died: Whether the attempt died.
        runs_before: Attempts of its workload that had ended when the claim was made.
    """

    probability: float
    died: bool
    runs_before: int


Claims = Sequence[Claim]
"""The claims of one workload's attempts."""

BUCKETS = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 1.0)
"""Edges of the buckets of P(death); a claim on an edge belongs to the upper bucket."""
EXPERIENCE = ((0, 1), (2, 4), (5, 9), (10, 29), (30, None))
"""Runs before, from and to."""
MIN_EXPECTED = 10.0
KEPT = (0.67, 1.5)
"""Deaths over claimed deaths."""

ALL = "all"
_NOTHING = 1e-9
"""Claimed deaths below this count as none: a policy that claims no deaths breaks its claim with the first one."""
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
    """Return rows of a table: all claims of a policy, then each non-empty bucket, by claim and by runs before.

    Args:
        policy: Its name.
        claims: Claims by workload, because only workloads are independent of each other.
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
    """Return the table of all policies that claim anything, as a list; empty if none does."""
    rows = [row for name, of in claims.items() if any(of) for row in reliability(name, of)]
    return [Section(title, _COLUMNS, rows)] if rows else []


def kept_ratio(claims: Sequence[Claims]) -> Difference | None:
    """Return deaths over claimed deaths with its interval over workloads; None if no death was claimed."""
    sums = _sums([some for some in claims if some])
    return paired_difference([sums], _ratio) if sums.any() else None


def _sums(claims: Sequence[Claims], *, of_attempts: bool = False) -> Doubles:
    """Return deaths and claimed deaths (or attempts) of each workload ``[W, 2]``."""
    wholes = [float(len(some)) if of_attempts else sum(one.probability for one in some) for some in claims]
    return np.array([[sum(one.died for one in some), whole] for some, whole in zip(claims, wholes, strict=True)], float)


def _ratio(strata: Sequence[Doubles]) -> float:
    died, claimed = strata[0].sum(0)
    return float(died / max(claimed, _NOTHING))


def _row(policy: str, bucket: str, claims: Sequence[Claims], *, by_runs: bool = False) -> dict[str, Any]:
    every = [one for some in claims for one in some]
    claimed, died = sum(one.probability for one in every), sum(one.died for one in every)
    tested = claimed >= MIN_EXPECTED
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
        "kept": _verdict(found) if found else f"fewer than {MIN_EXPECTED:g} expected",
    }


def _verdict(found: Difference) -> str:
    least, most = KEPT
    if least <= found.low and found.high <= most:
        return "kept"
    return "broken" if found.high < least or found.low > most else "open"
