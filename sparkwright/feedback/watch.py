"""The automatic stop: test deaths against the sum of claims, decision by decision.

If every claim is true, the likelihood ratio below exceeds 20 with probability at most 1/20, however often one looks. If
deaths occur more often than claimed, it grows without bound.

Source: Wald, "Sequential Analysis" (1947), for the test; Robbins, "Statistical methods related to the law of the
iterated logarithm", Annals of Mathematical Statistics 41 (1970), for the mixture; Ville's inequality for the bound, as
in Ramdas, Grünwald, Vovk, Shafer, "Game-theoretic statistics and safe anytime-valid inference", Statistical Science 38
(2023).
"""

import math
from collections.abc import Iterable
from datetime import datetime

from data_contracts.tables import DeathWatch, Outcome
from sparkwright.feedback.certify import died, judged

FALSE_ALARM = 0.05
"""Probability that a stop ever happens although every claim is true."""
_TIMES = (1.5, 2.0, 3.0, 5.0, 10.0)
"""Alternatives: the odds of a death are this many times the claimed ones; all equally likely a priori."""
_MIN_CLAIM, _MAX_CLAIM = 1e-6, 0.999
HEAP = "heap"


def watch(outcomes: Iterable[Outcome], before: DeathWatch | None, at: datetime) -> DeathWatch:
    """Return the state of the watch; a stop stays until it is cleared.

    Args:
        outcomes: All; those that do not bear on a claim are left out.
        before: The state written last.
        at: Moment of the judgement.
    """
    since = before.cleared_at if before is not None else None
    found = [one for one in judged(outcomes) if since is None or one.decided_at > since]
    found.sort(key=lambda one: (one.decided_at, one.decision_id, one.app_id))
    claims = [min(_MAX_CLAIM, max(_MIN_CLAIM, one.claimed_death_probability or 0.0)) for one in found]
    evidence = largest_evidence(list(zip(claims, map(died, found), strict=True)))
    stopped_at = before.stopped_at if before is not None else None
    if stopped_at is None and evidence >= 1 / FALSE_ALARM:
        stopped_at = at
    return DeathWatch(
        watch=HEAP,
        decision_count=len(found),
        died_count=sum(map(died, found)),
        expected_death_count=sum(claims),
        evidence_ratio=evidence,
        stopped_at=stopped_at,
        cleared_at=since,
        judged_at=at,
    )


def cleared(before: DeathWatch, at: datetime) -> DeathWatch:
    """Start the watch over: decisions up to ``at`` no longer count."""
    return watch([], before.model_copy(update={"stopped_at": None, "cleared_at": at}), at)


def largest_evidence(claims: Iterable[tuple[float, bool]]) -> float:
    """Return the largest mean likelihood ratio at any moment, at least 1.

    Args:
        claims: In chronological order: P(death) as claimed, strictly between 0 and 1, and whether the run died.
    """
    logs, largest = [0.0] * len(_TIMES), 0.0
    for claim, dead in claims:
        for number, times in enumerate(_TIMES):
            # With the odds multiplied by ``times``, a death is times / norm as likely, a success 1 / norm.
            logs[number] += (math.log(times) if dead else 0.0) - math.log(1 + (times - 1) * claim)
        top = max(logs)
        largest = max(largest, top + math.log(sum(math.exp(log - top) for log in logs) / len(logs)))
    return math.exp(min(largest, 700.0))
