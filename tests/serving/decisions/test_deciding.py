"""Under load and beside bad questions: who is answered, who is refused, and what is in the log."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data_contracts.api.recommendation import RecommendRequest
from data_contracts.fields.decision import NONE
from data_contracts.tables import Run
from serving.decisions import deciding
from serving.decisions.deciding import Deciding
from serving.gateway import overload
from serving.gateway.overload import OverloadedError, Places
from sparkwright.advisor.core import VALID_FOR, ForecastReply, ForecastRequest, conclude, prepare, reply
from sparkwright.advisor.rollout import OFF
from sparkwright.allocation.advise import Advice
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.feedback.group_commit import Entry
from sparkwright.forecast.forecaster import Forecaster
from sparkwright.lake import Lake
from sparkwright.registry.releases import Release
from tests.support.running_service import register_forecaster
from tests.support.simulated_runs import simulated_run

RELEASE = Release("3", NONE, NONE, (), "")


@pytest.fixture
def made(registry_home):
    Lake(registry_home.lake_uri).merge(Run, [simulated_run("nightly", number) for number in range(3)])
    log = DecisionLog(registry_home.decision_log_url)
    yield Deciding(registry_home, log), log
    log.close()


def request(workload="nightly", **told) -> RecommendRequest:
    return RecommendRequest(app_name="x", workload=workload, platform="standalone", **told)


@pytest.fixture
def trying(registry_home):
    """Where trials are allowed, and whatever may be one is one."""
    log = DecisionLog(registry_home.decision_log_url)
    one = Deciding(registry_home.model_copy(update={"allow_trials": True}), log)
    one._forecasting.recommend = lambda asked: [tried(each) for each in asked]
    yield one, log
    one.stop()
    log.close()


def tried(asked: ForecastRequest) -> ForecastReply:
    trial = not asked.no_trial
    advice = Advice({}, None, False, trial, None, False, observed_run_count=3, heap_evidence=[], reasons=[])
    return ForecastReply(recommendation=reply(asked, advice))


def test_each_answer_is_in_the_log_and_many_share_a_commit(made, monkeypatch):
    one, log = made
    groups = []
    write_all = log.write_all
    monkeypatch.setattr(log, "write_all", lambda entries: groups.append(len(entries)) or write_all(entries))

    async def ask():
        await one.start()
        return await asyncio.gather(*(one.decide(request(), RELEASE, "") for _ in range(40)))

    answers = asyncio.run(ask())
    assert {answer.answered_by for answer in answers} == {"states"}
    assert {answer.decision_id for answer in answers} == {decision.decision_id for decision in log.read_since()}
    assert sum(groups) == 40
    assert len(groups) < 10


def test_a_launch_that_asks_twice_at_the_same_time_gets_one_decision(made):
    one, log = made

    async def ask():
        await one.start()
        return await asyncio.gather(*(one.decide(request(launch_id="l1"), RELEASE, "") for _ in range(5)))

    assert len({answer.decision_id for answer in asyncio.run(ask())}) == 1
    assert log.count() == 1


def test_a_question_that_breaks_the_advisor_spoils_no_other(made, monkeypatch):
    one, _ = made
    recommend = one._forecasting.recommend

    def fail_on_bad(asked):
        if any(each.workload_id == "bad" for each in asked):
            raise OverflowError("a number of 400 digits")
        return recommend(asked)

    monkeypatch.setattr(one._forecasting, "recommend", fail_on_bad)

    async def ask():
        await one.start()
        names = ["nightly", "bad", "nightly"]
        return await asyncio.gather(*(one.decide(request(name), RELEASE, "") for name in names))

    first, bad, last = asyncio.run(ask())
    assert first.answered_by == last.answered_by == "states"
    assert bad.answered_by == "fallback"
    assert "400 digits" in bad.reasons[0].text


def test_who_would_wait_too_long_is_refused_and_nothing_is_logged_of_it(made, monkeypatch):
    one, log = made
    monkeypatch.setattr(overload, "_ANSWER_S", 1.0)
    recommend = one._forecasting.recommend
    monkeypatch.setattr(one._forecasting, "recommend", lambda asked: time.sleep(0.6) or recommend(asked))

    async def ask():
        await one.start()
        asked = (one.decide(request(), RELEASE, "") for _ in range(40))
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = asyncio.run(ask())
    refused = [answer for answer in answers if isinstance(answer, OverloadedError)]
    assert refused
    assert len(refused) < len(answers)
    assert log.count() == len(answers) - len(refused)


def test_what_passed_since_the_head_was_read_is_part_of_the_wait(made):
    """In a burst thousands are read before the first of them is decided."""
    one, log = made

    async def ask(came_s):
        overload.ARRIVED_S.set(came_s)
        return await one.decide(request(), RELEASE, "")

    assert asyncio.run(ask(time.monotonic())).answered_by
    with pytest.raises(OverloadedError, match="too late"):
        asyncio.run(ask(time.monotonic() - 1.6))
    assert log.count() == 1


def test_a_process_that_answers_slowly_gets_fewer_places(made, monkeypatch):
    one, _ = made
    monkeypatch.setattr(overload.PACE, "each_s", 0.002)
    recommend = one._forecasting.recommend
    monkeypatch.setattr(one._forecasting, "recommend", lambda asked: time.sleep(0.02 * len(asked)) or recommend(asked))

    async def ask():
        await one.start()
        return await asyncio.gather(*(one.decide(request(), RELEASE, "") for _ in range(48)), return_exceptions=True)

    asyncio.run(ask())
    assert 0.010 < overload.PACE.each_s < 0.3
    assert overload.PACE.places < 100


def test_places_are_given_back_whatever_happens():
    places = Places("questions", 1)
    with pytest.raises(ZeroDivisionError), places.one():
        with pytest.raises(OverloadedError, match="1 questions are open"), places.one():
            pass
        raise ZeroDivisionError
    assert places.taken == 0


def test_a_lake_that_is_gone_is_noted_until_it_is_back_and_answers_go_on(made, registry_home):
    one, _ = made
    lake = registry_home.home / "lake"

    async def go_through_it():
        await one.start()
        assert one.note == ""
        lake.rename(lake.with_name("away"))
        await one._refresh()
        assert "runs" in one.note
        answer = await one.decide(request(), RELEASE, "")
        lake.with_name("away").rename(lake)
        await one._refresh()
        return answer

    answer = asyncio.run(go_through_it())
    assert (answer.answered_by, answer.observed_run_count) == ("states", 3)
    assert one.note == ""


def test_a_forecaster_that_cannot_forecast_is_refused_when_it_is_tried_out(made, registry_home, monkeypatch):
    one, _ = made
    version = register_forecaster(registry_home)

    async def load():
        await one.start()
        good = await one.load(version)
        monkeypatch.setattr(Forecaster, "requirements", lambda *args, **kwargs: 1 / 0)
        return good, await one.load(version)

    good, bad = asyncio.run(load())
    assert good.fault == ""
    assert "forecast nothing" in bad.fault
    assert "division by zero" in bad.fault


def test_one_file_switches_all_advice_off_and_its_removal_on_again(made, registry_home):
    one, log = made
    switch = registry_home.home / OFF

    async def go_through_it():
        switch.touch()
        await one.start()
        off = await one.decide(request(), RELEASE, "")
        switch.unlink()
        one._look_at_switch()
        return off, await one.decide(request(), RELEASE, "")

    off, on = asyncio.run(go_through_it())
    assert (off.answered_by, on.answered_by) == ("fallback", "states")
    assert "switched off" in off.reasons[0].text
    assert log.count() == 2


def test_a_launch_whose_decision_expired_is_answered_no_trial_that_the_log_refused(trying, registry_home, monkeypatch):
    """Another process tries the workload after the launch was found to have an old decision."""
    one, log = trying
    expired = conclude(prepare(request(launch_id="l1"), datetime.now(UTC) - VALID_FOR), ForecastReply(fault="none"))
    log.write(expired[1])
    write_all = log.write_all

    def write_then_another_tries(entries):
        written = write_all(entries)
        monkeypatch.setattr(log, "write_all", write_all)
        asked = prepare(request())
        write_all([Entry(conclude(asked, tried(asked))[1])])
        return written

    monkeypatch.setattr(log, "write_all", write_then_another_tries)
    answer = asyncio.run(one.decide(request(launch_id="l1"), RELEASE, ""))
    found = log.find(answer.decision_id)
    assert found is not None
    assert found.trial == answer.trial is False
    assert log.trial_counts("nightly", "", datetime.now(UTC)).trials == 1


def test_while_advice_is_off_a_launch_that_asks_again_is_not_given_its_old_advice(made, registry_home):
    one, log = made
    switch = registry_home.home / OFF

    async def go_through_it():
        await one.start()
        answers = [await one.decide(request(launch_id="l1"), RELEASE, "")]
        for change in (switch.touch, switch.unlink):
            change()
            one._look_at_switch()
            answers.append(await one.decide(request(launch_id="l1"), RELEASE, ""))
        return answers

    before, off, on = asyncio.run(go_through_it())
    assert (before.answered_by, off.answered_by) == ("states", "fallback")
    assert "switched off" in off.reasons[0].text
    assert log.find(off.decision_id) is not None
    assert on == before


def test_the_switch_is_seen_while_the_lake_hangs(made, registry_home, monkeypatch):
    one, _ = made
    monkeypatch.setattr(deciding, "_REFRESH_S", 0.01)
    monkeypatch.setattr(deciding, "_LOOK_S", 0.01)
    hangs, goes_on = threading.Event(), threading.Event()

    def hang():
        hangs.set()
        goes_on.wait(20)
        return False

    async def go_through_it():
        await one.start()
        monkeypatch.setattr(one._forecasting, "refresh_history", hang)
        kept = asyncio.create_task(one.keep_fresh())
        try:
            await asyncio.to_thread(hangs.wait, 5)
            (registry_home.home / OFF).touch()
            until = time.monotonic() + 2
            while not one.is_off and time.monotonic() < until:
                await asyncio.sleep(0.01)
        finally:
            goes_on.set()
            kept.cancel()
        return hangs.is_set(), one.is_off

    assert asyncio.run(go_through_it()) == (True, True)


def test_a_switch_that_cannot_be_looked_at_for_once_stays_as_it_was(made, registry_home, monkeypatch):
    one, _ = made
    (registry_home.home / OFF).touch()
    one._look_at_switch()
    with monkeypatch.context() as broken:
        broken.setattr(Path, "stat", lambda *args, **kwargs: (_ for _ in ()).throw(PermissionError(13, "no")))
        one._look_at_switch()
    assert one.is_off


def test_readers_of_a_lake_that_hangs_delay_no_recommendation_where_trials_are_allowed(trying):
    one, _ = trying
    goes_on = threading.Event()

    async def ask():
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        reader = loop.run_in_executor(None, goes_on.wait, 20)
        try:
            return await asyncio.wait_for(one.decide(request(), RELEASE, ""), 5)
        finally:
            goes_on.set()
            await reader

    assert asyncio.run(ask()).trial


def test_what_counting_trials_takes_is_part_of_the_wait(trying, monkeypatch):
    one, log = trying
    monkeypatch.setattr(overload, "_ANSWER_S", 0.12)
    count = log.trial_counts
    monkeypatch.setattr(log, "trial_counts", lambda *asked: time.sleep(0.1) or count(*asked))
    with pytest.raises(OverloadedError):
        asyncio.run(one.decide(request(), RELEASE, ""))
    assert log.count() == 0


def test_another_queue_that_names_the_same_launch_is_given_a_decision_of_its_own(made):
    one, log = made

    async def ask():
        await one.start()
        return [
            await one.decide(request(launch_id="l1", queue=queue), RELEASE, "") for queue in ("etl", "adhoc", "etl")
        ]

    first, other, again = asyncio.run(ask())
    assert again == first
    assert other.decision_id != first.decision_id
    assert {decision.decision_id for decision in log.read_since()} == {first.decision_id, other.decision_id}
