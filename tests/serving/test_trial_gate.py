"""Requests of one workload take turns where trials are allowed, and know what was tried before."""

import asyncio
from datetime import UTC, datetime

from data_contracts.api import RecommendRequest
from serving.trial_gate import TrialGate
from sparkwright.advisor.core import ForecastReply, conclude, prepare
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.settings import read_settings


def ask(gate: TrialGate, log: DecisionLog, workloads: list[str], *, trial: bool) -> list:
    """Decide on all at once, each as a trial where it may be; the requests as they were informed."""

    async def one(workload: str):
        async with gate.turn(prepare(RecommendRequest(app_name="x", workload=workload, queue="etl"))) as asked:
            decision = conclude(asked, ForecastReply(fault="none"))[1]
            await asyncio.sleep(0.01)
            log.write(decision.model_copy(update={"trial": trial and not asked.no_trial and not asked.last_trial_at}))
            return asked

    async def all_of_them():
        return await asyncio.gather(*map(one, workloads))

    return asyncio.run(all_of_them())


def test_two_at_once_do_not_both_find_that_no_trial_is_under_way(home):
    where = read_settings(None, allow_trials=True)
    log = DecisionLog(where.decision_log_url)
    informed = ask(TrialGate(log, where), log, ["a", "a", "a", "b"], trial=True)
    assert [one.last_trial_at is None for one in informed] == [True, False, False, True]
    assert log.trial_counts("a", "etl", datetime.now(UTC)).trials == 1
    log.close()


def test_a_budget_that_is_spent_or_cannot_be_counted_bars_the_trial(home):
    where = read_settings(None, allow_trials=True, queue_trials_per_day=1)
    log = DecisionLog(where.decision_log_url)
    gate = TrialGate(log, where)
    ask(gate, log, ["a"], trial=True)
    [asked] = ask(gate, log, ["b"], trial=True)
    assert "the queue had 1 today" in asked.no_trial
    broken = TrialGate(DecisionLog(f"sqlite:///{home.home}/no/such/folder.db"), where)
    [asked] = ask(broken, log, ["c"], trial=True)
    assert asked.no_trial.startswith("no trial: expected to use the decision log")
    log.close()


def test_without_trials_nobody_waits_and_the_log_is_not_asked(home):
    where = read_settings(None)
    log = DecisionLog(where.decision_log_url)
    gate = TrialGate(DecisionLog(f"sqlite:///{home.home}/no/such/folder.db"), where)
    [asked] = ask(gate, log, ["a"], trial=False)
    assert (asked.no_trial, asked.last_trial_at) == ("", None)
    log.close()
