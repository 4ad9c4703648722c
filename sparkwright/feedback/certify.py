"""Certify claimed risks: compare the claims of many decisions with their outcomes.

A single workload never has enough runs to demonstrate a small risk: 40 that held bound it at 7.2%, and 1% takes 299.
Many decisions with about the same claim do. Runs of one workload tend to die together, so they count for fewer.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from data_contracts.tables import Certificate, Outcome

EDGES = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
"""Upper edges (inclusive) of the buckets in which claims are compared; larger claims are never certified."""
CONFIDENCE = 0.95
_MIN_CORRELATION = 0.1
"""Minimum correlation of deaths within a workload: few deaths cannot show it, and 0 would treat runs as independent."""


def judged(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return the outcomes that bear on a claim: heap advice that was followed, and held or died of its heap.

    A run that ended early for another reason, or whose container was killed, did not show that its heap was enough.
    """
    return [
        one
        for one in outcomes
        if one.claimed_death_probability is not None
        and one.memory_regret != "unknown"
        and (died(one) or (one.memory_verdict == "enough" and one.status == "succeeded"))
    ]


def died(outcome: Outcome) -> bool:
    """Return whether the run died of its heap; deaths in trials count, too."""
    return outcome.memory_verdict == "heap_oom"


def certificates(outcomes: Iterable[Outcome], at: datetime) -> list[Certificate]:
    """Return a certificate for every bucket.

    Args:
        outcomes: All; those that do not bear on a claim are left out.
        at: Moment of the judgement.
    """
    found = judged(outcomes)
    rows = []
    for above, to in pairwise((0.0, *EDGES)):
        inside = [(one, _claim(one)) for one in found if bucket(_claim(one)) == to]
        by_workload: dict[str, list[bool]] = {}
        for one, _ in inside:
            by_workload.setdefault(one.workload_id, []).append(died(one))
        bound = death_bound([(sum(deaths), len(deaths)) for deaths in by_workload.values()])
        rows.append(
            Certificate(
                claim_to_probability=to,
                claim_above_probability=above,
                decision_count=len(inside),
                workload_count=len(by_workload),
                died_count=sum(died(one) for one, _ in inside),
                expected_death_count=sum(claim for _, claim in inside),
                death_bound_probability=bound,
                certified=bound <= to,
                judged_at=at,
            )
        )
    return rows


def bucket(claim: float) -> float | None:
    """Return the upper edge of the claim's bucket; None if the claim is above all of them."""
    return next((edge for edge in EDGES if claim <= edge), None)


def death_bound(clusters: Sequence[tuple[int, int]], confidence: float = CONFIDENCE) -> float:
    """Return a one-sided upper bound on the share of decisions that die; 1 if there are none.

    Clopper and Pearson's exact bound for the effective number of independent decisions: the actual number over the
    design effect. With one decision per workload this is the exact bound.

    Source: Clopper, Pearson, Biometrika 26 (1934); Korn, Graubard, "Confidence intervals for proportions with small
    expected number of positive counts estimated from survey data", Survey Methodology 24 (1998), for the effective
    number; Kish, "Survey Sampling" (1965), for the design effect.

    Args:
        clusters: For each workload, how many of how many decisions died: (deaths, decisions).
        confidence: Confidence that the true share is no larger.
    """
    from scipy.stats import beta

    count = sum(size for _, size in clusters)
    deaths = sum(dead for dead, _ in clusters)
    if deaths == count:
        return 1.0
    usual = sum(size**2 for _, size in clusters) / count
    effect = 1 + max(_MIN_CORRELATION, _correlation(clusters)) * (usual - 1)
    return float(beta.ppf(confidence, deaths / effect + 1, (count - deaths) / effect))


def _correlation(clusters: Sequence[tuple[int, int]]) -> float:
    """Return the correlation of deaths within workloads, by analysis of variance; 0 if it cannot be estimated.

    Source: Ridout, Demétrio, Firth, "Estimating intraclass correlation for binary data", Biometrics 55 (1999).
    """
    groups, count = len(clusters), sum(size for _, size in clusters)
    deaths = sum(dead for dead, _ in clusters)
    if groups < 2 or count == groups or not deaths:
        return 0.0
    between = sum(dead**2 / size for dead, size in clusters) - deaths**2 / count
    within = deaths - sum(dead**2 / size for dead, size in clusters)
    between, within = between / (groups - 1), within / (count - groups)
    size = (count - sum(size**2 for _, size in clusters) / count) / (groups - 1)
    spread = between + (size - 1) * within
    return min(1.0, max(0.0, (between - within) / spread)) if spread > 0 else 0.0


def _claim(outcome: Outcome) -> float:
    assert outcome.claimed_death_probability is not None
    return outcome.claimed_death_probability
