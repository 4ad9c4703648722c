"""What goes out of a risk, after what became of earlier ones."""

from datetime import UTC, datetime

import pytest

from data_contracts.api.properties import SparkProperties
from data_contracts.api.recommendation import RecommendRequest
from data_contracts.tables import Certificate, DeathWatch, Run
from sparkwright.advisor.claims import Claims, read_claims
from sparkwright.advisor.core import ForecastRequest, prepare
from sparkwright.advisor.live import LiveAdvisor
from sparkwright.advisor.local import recommend
from sparkwright.advisor.trials import why_no_trial, why_not_yet
from sparkwright.allocation.limits import RiskLimits
from sparkwright.allocation.past import past_runs
from sparkwright.feedback.trial_counts import TrialCounts
from sparkwright.lake import Lake
from sparkwright.lake.changes import TableFollower
from tests.support.simulated_runs import GIB, START, as_table, simulated_run

AT = datetime(2026, 5, 1, tzinfo=UTC)
PROPERTIES = {"spark.executor.memory": "16g"}


def certificate(to: float, *, certified: bool = True) -> Certificate:
    return Certificate(
        claim_to_probability=to,
        claim_above_probability=0.0,
        decision_count=400,
        workload_count=400,
        died_count=0,
        expected_death_count=1.0,
        death_bound_probability=0.0075,
        certified=certified,
        judged_at=AT,
    )


def watch(stopped_at: datetime | None) -> DeathWatch:
    return DeathWatch(
        watch="heap",
        decision_count=9,
        died_count=5,
        expected_death_count=0.1,
        evidence_ratio=300.0,
        stopped_at=stopped_at,
        cleared_at=None,
        judged_at=AT,
    )


@pytest.fixture
def lake(home) -> Lake:
    """A workload that held with 16 GiB a hundred times."""
    lake = Lake(home.lake_uri)
    lake.merge(Run, [simulated_run("a", number, executor_memory_bytes=16 * GIB) for number in range(100)])
    return lake


def local(lake: Lake):
    return recommend({"app_name": "x", "workload": "a", "platform": "standalone", "properties": PROPERTIES}, lake.uri)


def test_a_risk_in_a_certified_bucket_says_what_vouches_for_it():
    claims = Claims({0.01: certificate(0.01)})
    risk = claims.risk(0.008)
    assert (risk.probability, risk.basis, risk.bound, risk.decision_count) == (0.008, "certified", 0.0075, 400)
    for other in (claims.risk(0.002), claims.risk(0.011), claims.risk(0.4), Claims().risk(0.008)):
        assert (other.basis, other.bound, other.decision_count) == ("model", None, 0)


def test_while_deaths_exceed_the_claims_nothing_is_certified_and_nothing_tried():
    stopped = Claims({0.01: certificate(0.01)}, AT)
    assert stopped.risk(0.008).basis == "model"
    owners = RiskLimits(max_risk=0.01, allow_trials=True)
    limits = stopped.limits(owners)
    assert (limits.max_risk, limits.allow_trials, limits.below_held) == (0.005, False, False)
    assert "2026-05-01" in limits.notes[0]
    assert "feedback clear" in limits.notes[0]
    assert Claims().limits(owners) == owners


def test_a_lake_without_a_judgement_vouches_for_nothing(lake):
    assert read_claims(lake) == Claims()
    assert local(lake).risk.basis == "model"


def test_the_judgement_in_the_lake_decides_what_goes_out(lake):
    before = local(lake)
    edge = next(to for to in (0.002, 0.005, 0.01) if before.risk.probability <= to)
    lake.merge(Certificate, [certificate(edge), certificate(0.1, certified=False)])
    lake.merge(DeathWatch, [watch(None)])
    certified = local(lake)
    assert (certified.risk.basis, certified.risk.decision_count) == ("certified", 400)
    assert certified.allocation == before.allocation
    lake.merge(DeathWatch, [watch(AT)])
    stopped = local(lake)
    assert stopped.risk.basis == "model"
    assert any("feedback clear" in one.text for one in stopped.reasons)
    # Without the stop the heap would fall below what held.
    assert before.allocation["spark.executor.memory"] < stopped.allocation["spark.executor.memory"] == "16384m"


def advised(asked: ForecastRequest, lake: Lake, claims: Claims):
    live = LiveAdvisor(lambda version: pytest.fail(version), RiskLimits(max_risk=0.002, allow_trials=True))
    changes = TableFollower(lake, Run, live.columns).poll()
    assert changes is not None
    live.take_in(changes)
    live.claims = claims
    (reply,) = live.recommend([asked])
    assert reply.recommendation is not None
    return reply.recommendation


def test_trials_end_with_their_budget_while_one_is_under_way_and_at_a_stop(lake):
    properties = SparkProperties.model_validate(PROPERTIES)
    asked = prepare(RecommendRequest(app_name="x", workload="a", platform="standalone", properties=properties))
    assert advised(asked, lake, Claims()).trial
    after_the_last_run, before_it = asked.at, START
    barred = [
        (asked.model_copy(update={"no_trial": "no trial: the budget"}), Claims(), "the budget"),
        (asked.model_copy(update={"last_trial_at": after_the_last_run}), Claims(), "not known yet"),
        (asked, Claims(stopped_at=AT), "no trial"),
    ]
    for request, claims, why in barred:
        found = advised(request, lake, claims)
        assert not found.trial
        assert any(why in one.text for one in found.reasons)
    assert advised(asked.model_copy(update={"last_trial_at": before_it}), lake, Claims()).trial


@pytest.mark.parametrize(
    ("attempts", "trials", "allowed"),
    [(0, 0, True), (14, 14, True), (15, 15, False), (99, 14, True), (99, 15, False), (106, 15, True), (198, 30, False)],
)
def test_of_a_workloads_attempts_at_most_15_in_100_are_trials_and_those_may_come_early(attempts, trials, allowed):
    assert (why_no_trial(TrialCounts(attempts, trials, None, 0, 0)) == "") == allowed


def test_queue_and_fleet_have_budgets_of_their_own_by_day():
    counts = TrialCounts(0, 0, None, 5, 2)
    assert why_no_trial(counts) == why_no_trial(counts, 6, 3) == ""
    assert "the fleet had 5 today" in why_no_trial(counts, 5, 3)
    assert "the queue had 2 today" in why_no_trial(counts, 6, 2)
    assert why_no_trial(TrialCounts(0, 0, None, 0, 0), 0)


def test_a_trial_is_over_with_the_next_run_that_began_after_it():
    past = past_runs(as_table([simulated_run("a", number) for number in range(3)]))
    assert why_not_yet(None, []) == why_not_yet(past[-1].started_at, past) == ""
    assert "not known yet" in why_not_yet(past[-1].ended_at, past)
