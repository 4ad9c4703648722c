"""Trials of one workload are made one at a time, whichever process decides, and know what was tried before."""

from datetime import UTC, datetime

import pytest

from data_contracts.api.recommendation import RecommendRequest
from serving.decisions.trial_gate import TrialGate
from sparkwright.advisor.core import ForecastReply, ForecastRequest, conclude, prepare
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.feedback.group_commit import Entry, Written
from sparkwright.settings import read_settings


@pytest.fixture
def where(home):
    return read_settings(None, allow_trials=True, queue_trials_per_day=2)


def informed(gate: TrialGate, workload: str) -> ForecastRequest:
    return gate._informed(prepare(RecommendRequest(app_name="x", workload=workload, queue="etl")))


def write(gate: TrialGate, log: DecisionLog, asked: ForecastRequest) -> Written:
    decision = conclude(asked, ForecastReply(fault="none"))[1]
    [written] = log.write_all([Entry(decision.model_copy(update={"trial": not asked.no_trial}), gate.budget(asked))])
    return written


def test_two_processes_that_both_find_no_trial_under_way_make_one(where):
    """Each found none when it asked; the transaction that writes finds the other's."""
    logs = [DecisionLog(where.decision_log_url) for _ in range(2)]
    gates = [TrialGate(log, where) for log in logs]
    asked = [informed(gate, "a") for gate in gates]
    assert [one.no_trial for one in asked] == ["", ""]
    first, second = (write(*each) for each in zip(gates, logs, asked, strict=True))
    assert first.decision and not second.decision
    assert "at the same time" in second.no_trial
    assert logs[0].trial_counts("a", "etl", datetime.now(UTC)).trials == 1
    # Told of that, the second is written, and is no trial.
    assert write(gates[1], logs[1], asked[1].model_copy(update={"no_trial": second.no_trial})).decision


def test_a_budget_holds_among_processes_that_decide_at_the_same_time(where):
    log = DecisionLog(where.decision_log_url)
    gates = [TrialGate(DecisionLog(where.decision_log_url), where) for _ in range(3)]
    asked = [informed(gate, workload) for gate, workload in zip(gates, "abc", strict=True)]
    written = [write(gate, log, one) for gate, one in zip(gates, asked, strict=True)]
    assert [bool(one.decision) for one in written] == [True, True, False]
    assert "the queue had 2 today" in written[2].no_trial
    assert "the queue had 2 today" in informed(gates[0], "d").no_trial


def test_a_budget_that_cannot_be_counted_bars_the_trial(where, home):
    broken = TrialGate(DecisionLog(f"sqlite:///{home.home}/no/such/folder.db"), where)
    assert informed(broken, "c").no_trial.startswith("no trial: expected to use the decision log")
