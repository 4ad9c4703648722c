"""Promotion's requirement on advice: when followed on the measured oracle, deaths must not exceed the claim."""

from collections.abc import Mapping, Sequence

from data_contracts.tables import Oracle
from evaluation.advice.claims import kept_ratio
from evaluation.advice.on_oracle import RECURRENCES, STARTS_BYTES, claims_by_workload
from evaluation.advice.oracle import HeapCase, follow_cases
from evaluation.advice.policies import Policy
from evaluation.lab.simulator.responses import Responses
from evaluation.promotion import AdviceScores

SEEDS = 1
"""Seeds per case and start: about 3,200 attempts per policy, ten seconds of processor time."""


def advice_scores(
    policies: Mapping[str, Policy], rows: Sequence[Oracle], responses: Responses, seeds: int = SEEDS
) -> dict[str, AdviceScores]:
    """Return claims and deaths by policy, over all cases with a measured curve, from both starts.

    Args:
        policies: Policies by name.
        rows: The measured oracle.
        responses: The lab's response surface.
        seeds: Number of random draws per case.
    """
    cases = [case for row in rows if row.oracle_heap_bytes and (case := HeapCase.of(row)).half_bytes is not None]
    found = {}
    for name, policy in policies.items():
        followed = [
            one
            for start in STARTS_BYTES
            for one in follow_cases(cases, policy, responses, start_bytes=start, recurrences=RECURRENCES, seeds=seeds)
        ]
        claims = claims_by_workload(followed, cases)
        every = [one for some in claims for one in some]
        ratio = kept_ratio(claims)
        found[name] = AdviceScores(
            decisions=len(every),
            claimed=sum(one.probability for one in every),
            died=sum(one.died for one in every),
            ratio_low=ratio.low if ratio else 0.0,
        )
    return found
