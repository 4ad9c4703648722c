"""Claims that are certified, and the test that stops risky advice."""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest

from data_contracts.tables import Outcome
from sparkwright.feedback.certify import EDGES, bucket, certificates, death_bound, judged
from sparkwright.feedback.watch import FALSE_ALARM, cleared, largest_evidence, watch
from tests.feedback.conftest import AT


@pytest.mark.parametrize(("count", "bound"), [(40, 0.0722), (298, 0.01002), (299, 0.00997)])
def test_of_independent_decisions_the_bound_is_exact(count: int, bound: float) -> None:
    assert death_bound([(0, 1)] * count) == pytest.approx(bound, abs=5e-5)


def test_without_decisions_nothing_is_bounded() -> None:
    assert death_bound([]) == 1.0
    assert death_bound([(3, 3)]) == 1.0


def test_decisions_of_one_workload_say_less_than_those_of_many() -> None:
    alone, few, many = death_bound([(0, 300)]), death_bound([(0, 30)] * 10), death_bound([(0, 3)] * 100)
    assert many < few < alone
    assert many > death_bound([(0, 1)] * 300)
    # The same deaths spread over workloads, and all of one.
    assert death_bound([(3, 30)] * 3 + [(0, 30)] * 7) < death_bound([(9, 30)] + [(0, 30)] * 9)


@pytest.mark.parametrize(("share", "correlation"), [(0.01, 0.05), (0.02, 0.2), (0.05, 0.1)])
def test_the_bound_holds_where_workloads_differ(share: float, correlation: float) -> None:
    """Shares of workloads drawn from a beta distribution, sizes from a skewed one: 95% of bounds are to hold."""
    generator = np.random.default_rng(7)
    total = 1 / correlation - 1
    held = 0
    for _ in range(400):
        sizes = 1 + generator.geometric(0.05, 60)
        deaths = generator.binomial(sizes, generator.beta(share * total, (1 - share) * total, 60))
        held += death_bound(list(zip(deaths.tolist(), sizes.tolist(), strict=True))) >= share
    assert held / 400 >= 0.92


def test_claims_belong_to_the_bucket_that_ends_no_lower() -> None:
    assert [bucket(claim) for claim in (0.0, 0.002, 0.0021, 0.01, 0.1, 0.11)] == [0.002, 0.002, 0.005, 0.01, 0.1, None]


def test_only_advice_that_was_followed_and_held_or_died_of_its_heap_is_judged(
    claimed: Callable[..., Outcome],
) -> None:
    death = {"status": "failed", "memory_verdict": "heap_oom"}
    counted = [claimed(0.01), claimed(0.01, **death), claimed(0.01, trial=True, **death)]
    silent = [
        claimed(None),
        claimed(0.01, memory_regret="unknown"),
        claimed(0.01, memory_verdict="container_kill", status="failed"),
        claimed(0.01, status="failed"),
    ]
    assert judged([*silent, *counted]) == counted


def test_a_bucket_is_certified_where_its_bound_keeps_it(claimed: Callable[..., Outcome]) -> None:
    clean = [claimed(0.008, workload_id=f"w{number}") for number in range(299)]
    by_edge = {one.claim_to_probability: one for one in certificates(clean, AT)}
    assert set(by_edge) == set(EDGES)
    kept = by_edge[0.01]
    assert (kept.certified, kept.decision_count, kept.workload_count, kept.died_count) == (True, 299, 299, 0)
    assert kept.expected_death_count == pytest.approx(2.392)
    assert not any(one.certified for edge, one in by_edge.items() if edge != 0.01)
    assert not {one.claim_to_probability: one for one in certificates(clean[:298], AT)}[0.01].certified
    trial = claimed(0.008, workload_id="w", trial=True, status="failed", memory_verdict="heap_oom")
    assert not any(one.certified for one in certificates([*clean, trial], AT))


def test_true_claims_seldom_stop_anything_and_false_ones_do() -> None:
    generator = np.random.default_rng(3)

    def stops(times: float) -> float:
        alarms = 0
        for _ in range(200):
            claims = generator.choice([0.002, 0.01, 0.03], 800)
            died = generator.random(800) < times * claims
            alarms += largest_evidence(zip(claims.tolist(), died.tolist(), strict=True)) >= 1 / FALSE_ALARM
        return alarms / 200

    assert stops(1.0) <= FALSE_ALARM
    assert stops(0.5) == 0.0
    assert stops(3.0) >= 0.9


def test_a_stop_stays_until_it_is_cleared_and_then_older_decisions_count_no_more(
    claimed: Callable[..., Outcome],
) -> None:
    death = {"status": "failed", "memory_verdict": "heap_oom"}
    bad = [claimed(0.005, decided_at=AT + timedelta(hours=hour), **death) for hour in range(3)]
    first = watch(bad[:1], None, AT)
    assert first.stopped_at is None
    assert first.died_count == 1
    stopped = watch(bad, first, AT + timedelta(days=1))
    assert stopped.stopped_at == AT + timedelta(days=1)
    assert stopped.evidence_ratio >= 1 / FALSE_ALARM
    good = [claimed(0.005, decided_at=AT + timedelta(days=2)) for _ in range(500)]
    assert watch([*bad, *good], stopped, AT + timedelta(days=3)).stopped_at == stopped.stopped_at
    again = cleared(stopped, AT + timedelta(days=3))
    assert (again.stopped_at, again.died_count) == (None, 0)
    late = claimed(0.005, decided_at=AT + timedelta(days=4))
    after = watch([*bad, *good, late], again, AT + timedelta(days=5))
    assert (after.stopped_at, after.decision_count, after.cleared_at) == (None, 1, AT + timedelta(days=3))
