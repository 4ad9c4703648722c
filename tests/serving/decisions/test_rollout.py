"""Report-only, canary, shadow, pin and roll back, in one process over a real registry, lake and decision log."""

import asyncio
import json
import time

import pytest

from data_contracts.api.properties import SparkProperties
from data_contracts.api.recommendation import RecommendRequest
from data_contracts.fields.decision import NONE
from data_contracts.tables import Run
from serving.decisions import shadow as shadows
from serving.decisions.champion import Champion
from serving.decisions.deciding import Deciding
from serving.decisions.rollout import Rollout
from serving.decisions.shadow import Shadow
from serving.messages import LoadReply
from sparkwright.advisor.core import ForecastReply, prepare
from sparkwright.advisor.rollout import FILE
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.lake import Lake
from sparkwright.registry import releases, tracking
from sparkwright.registry.releases import Release
from tests.support.running_service import promote, register_forecaster
from tests.support.simulated_runs import GIB, simulated_run

RELEASE = Release("3", NONE, NONE, (), "")
OVERSIZED = {"spark.executor.memory": "8g", "spark.executor.cores": "2", "spark.executor.instances": "4"}


class Home:
    """A service's inside, with its file."""

    def __init__(self, where):
        self.where = where
        self.log = DecisionLog(where.decision_log_url)
        self.rollout = Rollout(where)
        self.deciding = Deciding(where, self.log, self.rollout)
        self.champion = Champion(where, self.deciding.load, _nothing, pinned=lambda: self.rollout.pinned)

    def say(self, text):
        path = self.where.home / FILE
        path.write_text(text)
        path.chmod(0o644)
        self.rollout.look()

    async def follow(self):
        await self.champion.refresh()
        await self.rollout.refresh(self.champion.release, self.champion.find, self.deciding.load)

    async def ask(self, workload="nightly", *, team="-", **told):
        request = RecommendRequest(
            app_name="x",
            workload=workload,
            platform="standalone",
            properties=SparkProperties.model_validate(OVERSIZED),
            **told,
        )
        return await self.deciding.decide(request, self.champion.release or RELEASE, "", team)


async def _nothing(version):
    return None


@pytest.fixture
def made(registry_home):
    runs = [simulated_run("nightly", number, executor_memory_bytes=2 * GIB) for number in range(8)]
    Lake(registry_home.lake_uri).merge(Run, runs)
    one = Home(registry_home)
    yield one
    one.deciding.stop()
    one.log.close()


def test_who_has_not_opted_in_keeps_their_settings_and_the_advice_is_logged_as_not_applied(made):
    async def ask():
        await made.deciding.start()
        advised = await made.ask()
        made.say("version: 1\nopt_in: {workloads: [other], queues: [etl], teams: [data]}\n")
        return advised, await made.ask(), await made.ask(queue="etl"), await made.ask(team="data")

    advised, kept, by_queue, by_team = asyncio.run(ask())
    assert advised.allocation["spark.executor.memory"] != "8192m"
    assert not advised.report_only
    assert kept.allocation == OVERSIZED
    assert (kept.report_only, kept.changes, kept.risk, kept.trial) == (True, [], None, False)
    assert kept.withheld.allocation == advised.allocation
    assert "has not opted in" in kept.reasons[0].text
    assert not by_queue.report_only
    assert not by_team.report_only
    decision = made.log.find(kept.decision_id)
    assert decision.report_only
    assert json.loads(decision.allocation_json) == kept.allocation
    assert json.loads(decision.withheld_json)["allocation"] == advised.allocation
    assert decision.claimed_death_probability is None
    logged = made.log.find(advised.decision_id)
    assert (logged.report_only, logged.withheld_json) == (False, "")


def test_report_only_makes_no_trial_and_holds_nothing_back(registry_home):
    where = registry_home.model_copy(update={"allow_trials": True, "hold_back": 0.5})
    runs = [simulated_run("nightly", number, executor_memory_bytes=8 * GIB) for number in range(12)]
    Lake(where.lake_uri).merge(Run, runs)
    one = Home(where)
    one.say("version: 1\nopt_in: {}\n")

    async def ask():
        await one.deciding.start()
        return [await one.ask(input_bytes=4 * GIB) for _ in range(12)]

    answers = asyncio.run(ask())
    assert not any(answer.trial or answer.held_back or answer.withheld.trial for answer in answers)
    assert {answer.report_only for answer in answers} == {True}
    one.log.close()


def test_a_launch_that_was_advised_is_not_advised_again_once_it_is_opted_out(made):
    async def ask():
        await made.deciding.start()
        before = await made.ask(launch_id="l1")
        made.say("version: 1\nopt_out: {workloads: [nightly]}\n")
        out = await made.ask(launch_id="l1"), await made.ask(launch_id="l2")
        made.say("version: 1\n")
        return before, *out, await made.ask(launch_id="l1"), await made.ask(launch_id="l2")

    before, out, other, again, other_again = asyncio.run(ask())
    assert (before.report_only, out.report_only) == (False, True)
    assert again == before
    assert other_again == other
    assert other.report_only


def test_the_off_switch_is_above_all_of_it(made):
    (made.where.home / "advice.off").touch()
    made.say("version: 1\nopt_in: {workloads: [nightly]}\ncanary: {share: 1}\n")

    async def ask():
        await made.deciding.start()
        made.say("version: 1\nopt_in: {}\n")
        return await made.ask(), (made.say("version: 1\n"), await made.ask())[1]

    out, opted_in = asyncio.run(ask())
    assert (out.answered_by, opted_in.answered_by) == ("fallback", "fallback")
    assert "switched off" in out.reasons[0].text
    assert out.withheld is None


def test_canary_shadow_and_pin_each_answer_with_their_release_and_nobody_flips(made):
    where = made.where
    served = promote(where, register_forecaster(where))
    client = tracking.connect(where)
    challenger = releases.propose(client, forecaster_version=register_forecaster(where))

    async def go():
        await made.deciding.start()
        made.say("version: 1\ncanary: {share: 0.5}\nshadow: challenger\n")
        await made.follow()
        kept = asyncio.create_task(made.deciding._shadow.keep())
        names = [f"w{number}" for number in range(20)]
        answers = {name: await made.ask(name) for name in names}
        again = {name: (await made.ask(name)).release_version for name in names}
        until = time.monotonic() + 20
        mine = [one for one in answers.values() if one.release_version == served.version]
        while not all(made.log.find(one.decision_id).shadow_json for one in mine):
            assert time.monotonic() < until
            await asyncio.sleep(0.1)
        kept.cancel()
        return answers, again

    answers, again = asyncio.run(go())
    by = {name: one.release_version for name, one in answers.items()}
    assert by == again
    assert set(by.values()) == {served.version, challenger.version}
    assert {one.answered_by for one in answers.values()} == {"forecast"}
    for one in answers.values():
        logged = made.log.find(one.decision_id)
        assert logged.release_version == one.release_version
        if one.release_version == challenger.version:
            assert logged.shadow_json == ""  # it was asked already
        else:
            told = json.loads(logged.shadow_json)
            assert (told["release_version"], told["forecaster_version"]) == (
                challenger.version, challenger.forecaster_version
            )  # fmt: skip
            assert told["allocation"]["spark.executor.memory"]
            assert told["duration_ms"] == one.forecast.duration_ms.model_dump()  # the same network, registered twice


def test_a_pin_holds_wherever_the_alias_points_and_the_alias_rolls_back(made):
    where = made.where
    first, second = (promote(where, register_forecaster(where)) for _ in range(2))
    client = tracking.connect(where)

    async def go():
        await made.deciding.start()
        await made.follow()
        served = [(await made.ask()).release_version]
        releases.promote(client, first)  # what `sparkwright promote --force --release` does
        await made.follow()
        served.append((await made.ask()).release_version)
        made.say(f"version: 1\npin: {second.version}\n")
        await made.follow()
        served.append((await made.ask()).release_version)
        made.say("version: 1\npin: 99\n")
        await made.follow()
        served.append((await made.ask()).release_version)
        told = made.champion.notes
        made.say("version: 1\n")
        await made.follow()
        return [*served, (await made.ask()).release_version], told, made.champion.notes

    served, told, at_last = asyncio.run(go())
    assert served == [second.version, first.version, second.version, second.version, first.version]
    assert "release 99 is pinned and not in the registry, still serving release 2" in told[0]
    assert not any("pinned" in note for note in at_last)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("canary: {share: 1}", "nothing is in canary: there is no challenger"),
        ("canary: {share: 1, release: 99}", "nothing is in canary: release 99 is not in the registry"),
        ("shadow: 99", "nothing is in shadow: release 99"),
        ("canary: {share: 1, release: 2}", "release 2 is refused"),
        ("canary: {share: 1, release: 3}", "release 3 has no forecaster"),
    ],
)
def test_a_release_that_cannot_answer_is_noted_and_the_champion_answers(made, text, said):
    where = made.where
    client = tracking.connect(where)
    served = releases.propose(client, forecaster_version=register_forecaster(where))
    releases.promote(client, served)
    releases.propose(client, forecaster_version=register_forecaster(where, contract_hash="other columns"))
    releases.propose(client, forecaster_version=NONE, troubleshooter_version="1")
    client.delete_registered_model_alias("release", "challenger")

    async def go():
        await made.deciding.start()
        made.say(f"version: 1\n{text}\n")
        await made.follow()
        return await made.ask()

    assert asyncio.run(go()).release_version == served.version
    assert said in made.rollout.notes[0]


def test_a_registry_that_is_away_leaves_the_canary_where_it_is(made):
    canary = Release("5", "7", NONE, (), "")

    def find(name):
        return canary

    def away(name):
        raise OSError("no answer")

    async def load(version):
        return LoadReply()

    async def go():
        made.say("version: 1\ncanary: {share: 1, release: 5}\n")
        await made.rollout.refresh(None, find, load)
        await made.rollout.refresh(None, away, load)

    asyncio.run(go())
    assert made.rollout.canary == canary
    assert made.rollout.versions == {"7"}


def test_forecasters_in_use_stay_loaded_whatever_challengers_come(made):
    """A challenger comes with each training: the one that is served must not be loaded anew on the way of a request."""
    where = made.where
    served = promote(where, register_forecaster(where))
    client = tracking.connect(where)

    async def go():
        await made.deciding.start()
        made.say("version: 1\nshadow: challenger\n")
        for _ in range(4):
            releases.propose(client, forecaster_version=register_forecaster(where))
            await made.follow()
        return made.deciding._forecasting

    forecasting = asyncio.run(go())
    assert served.forecaster_version in forecasting._forecasters
    assert served.forecaster_version in forecasting._advisor._needs
    assert len(forecasting._forecasters) <= 4


def asked(number):
    return prepare(RecommendRequest(app_name="x", workload=f"w{number}"))


def counted(result):
    return shadows.SHADOWS.labels(result=result)._value.get()


def test_a_shadow_drops_and_counts_what_it_has_no_time_for_and_waits_while_others_wait(monkeypatch):
    written, busy = [], [True]

    async def write(answers):
        written.extend(answers)

    def answer(questions):
        assert not busy[0]
        return [ForecastReply(fault="nothing is known") for _ in questions]

    async def go():
        shadow = Shadow(lambda one: None, answer, write, lambda: busy[0])
        before = counted("dropped")
        for number in range(shadows.QUEUE_LIMIT + 7):
            shadow.offer(asked(number), RELEASE)
        dropped = counted("dropped") - before
        kept = asyncio.create_task(shadow.keep())
        await asyncio.sleep(0.2)
        assert written == []
        busy[0] = False
        until = time.monotonic() + 20
        while len(written) < 64 and time.monotonic() < until:
            await asyncio.sleep(0.05)
        kept.cancel()
        return dropped

    assert asyncio.run(go()) == 7
    assert len({decision_id for decision_id, _ in written}) == len(written) >= 64
    assert json.loads(written[0][1])["fault"] == "nothing is known"


def test_a_question_that_breaks_the_release_in_shadow_ends_nothing():
    written = []

    async def write(answers):
        written.extend(answers)

    def answer(questions):
        if questions[0].workload_id == "w0":
            raise ZeroDivisionError("a bug")
        return [ForecastReply(fault="x") for _ in questions]

    async def go():
        shadow = Shadow(lambda one: None, answer, write, lambda: False)
        for number in range(3):
            shadow.offer(asked(number), RELEASE)
        kept = asyncio.create_task(shadow.keep())
        await asyncio.sleep(1.5)
        assert not kept.done()
        kept.cancel()

    before = counted("failed")
    asyncio.run(go())
    assert counted("failed") - before == 1
    assert len(written) == 2


def test_a_shadow_takes_at_most_a_tenth_of_the_time_and_a_broken_log_ends_nothing():
    async def write(answers):
        raise OSError("disk full")

    taken = []

    def slow(questions):
        started = time.monotonic()
        time.sleep(0.02)
        taken.append(time.monotonic() - started)
        return [ForecastReply(fault="x") for _ in questions]

    async def go():
        shadow = Shadow(lambda one: None, slow, write, lambda: False)
        before = counted("failed")
        for number in range(50):
            shadow.offer(asked(number), RELEASE)
        kept = asyncio.create_task(shadow.keep())
        await asyncio.sleep(2.0)
        assert not kept.done()
        kept.cancel()
        return counted("failed") - before

    failed = asyncio.run(go())
    assert 3 <= len(taken) <= 11
    assert failed >= 3
