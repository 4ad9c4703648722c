"""The closed loop: what a policy does comes back to it as history, and the same luck meets every policy."""

import itertools

import numpy as np
import pytest

from data_contracts.properties.spark import GIB, MIB
from data_contracts.tables import Run
from evaluation.advice.closed_loop import OPEN_FROM, follow, look_ahead
from evaluation.advice.fleets import FLEETS, FleetKind
from evaluation.advice.policies import RULES, USER, Choice, told_input
from evaluation.advice.product import product
from evaluation.advice.tally import Tally
from evaluation.advice.world import SimulatedWorkload
from evaluation.lab.simulator.responses import load_responses
from sparkwright.allocation.need import NeedPosterior
from sparkwright.allocation.past import past_runs
from sparkwright.lake.rows import rows_of

RESPONSES = load_responses()
SHORT = FleetKind("short", "many are given too little", overrides=("too_little_share=0.4",))


def workload(number=3, kind=SHORT, runs=12):
    return SimulatedWorkload(kind, kind.settings(), RESPONSES, number, runs)


def followed(policy, kind=SHORT, numbers=range(0, 600, 120), runs=12):
    tally = Tally()
    for number in numbers:
        follow(workload(number, kind, runs), {"one": policy}, {"one": tally})
    return tally


def test_the_same_figures_come_out_every_time():
    first, second = (followed(RULES["user"]) for _ in range(2))
    assert first == second
    assert first.deaths > 0


def test_a_policy_is_asked_before_every_try_with_all_that_had_ended():
    seen = []

    def ask(observation):
        rows = rows_of(Run, observation.rows)
        assert all(row.workload_id == observation.workload_id and row.ended_at < observation.at for row in rows)
        assert [row.executor_memory_bytes for row in rows] == [
            heap for name, heap in seen if name == observation.workload_id
        ]
        assert past_runs(observation.rows) == observation.past
        heap = (len(rows) + 1) * 64 * GIB
        seen.append((observation.workload_id, heap))
        return Choice(heap)

    tally = followed(ask)
    assert tally.attempts == len(seen)
    assert tally.deaths == 0


@pytest.mark.parametrize("kind", [SHORT, FLEETS["wrong-labels"]], ids=lambda kind: kind.name)
def test_the_next_decision_knows_what_a_harvest_would_have_read(kind):
    for number in range(0, 600, 60):
        one = workload(number, kind, 5)
        for run, heap in itertools.product(range(one.run_count), (700 * MIB, 6 * GIB)):
            got = one.attempt(run, 0, heap, one.scheduled_ms(run))
            assert past_runs(one.row(got)) == [got.past]


def test_a_heap_that_is_too_small_dies_on_every_try_and_costs():
    tally = followed(lambda observation: Choice(64 * MIB))
    assert tally.deaths == tally.attempts > tally.first_tries == tally.first_deaths == tally.unfinished
    assert tally.late_first_deaths == tally.late_first_tries == tally.first_tries / 2
    assert tally.dead_gib_s == pytest.approx(tally.gib_s)


def test_containers_are_rounded_up_as_the_cluster_does():
    # 600 MiB and 384 beside it fit into one step of 1 GiB, 700 MiB do not.
    one, other = (followed(lambda observation, heap=heap: Choice(heap * MIB)) for heap in (600, 700))
    assert one.rounded_gib_s == pytest.approx(one.gib_s * 1024 / 984)
    assert other.rounded_gib_s == pytest.approx(other.gib_s * 2048 / 1084)


def test_retries_say_which_try_they_are():
    tries = []
    followed(lambda observation: tries.append(observation.request.attempt) or Choice(64 * MIB))
    assert max(tries) > 1
    assert all(later in {1, earlier + 1} for earlier, later in itertools.pairwise(tries))


def test_luck_is_the_same_whatever_was_tried_before():
    one, other = (workload(runs=10) for _ in range(2))
    one.attempt(0, 0, GIB, 0)
    assert one.attempt(2, 0, 4 * GIB, 0).past == other.attempt(2, 0, 4 * GIB, 0).past


def test_policies_that_go_side_by_side_meet_what_each_would_meet_alone():
    names = [USER, "last peak x1.2", "0.85 a step, 1.3 x largest death"]
    together = {name: Tally() for name in names}
    for number in range(0, 600, 60):
        follow(workload(number), {name: RULES[name] for name in names}, together)
    assert together == {name: followed(RULES[name], numbers=range(0, 600, 60)) for name in names}
    assert len({tally.attempts for tally in together.values()}) == 3


def test_only_who_is_told_the_input_knows_it_and_it_is_what_the_run_reads():
    told, untold, asked = [], [], []

    def listen(observation):
        (told if observation.request.input_bytes is not None else untold).append(observation.request.input_bytes)
        asked.append(observation.input_bytes)
        return Choice(64 * GIB)

    one = workload(runs=6)
    follow(one, {"one": listen}, {"one": Tally()})
    assert (told, untold) == ([], [None] * one.run_count)
    follow(one, {"one": told_input(listen)}, {"one": Tally()})
    assert told == asked[one.run_count :] == [one.input_bytes(run) for run in range(one.run_count)]


def test_the_product_without_trials_never_dies_more_often_than_users():
    own, ours = followed(RULES["user"]), followed(product()["product"])
    assert ours.deaths <= own.deaths > 0
    assert ours.trials == 0


def test_each_run_updates_the_belief_once_however_many_policies_walk_side_by_side(monkeypatch):
    updates, after = [], NeedPosterior.after
    monkeypatch.setattr(NeedPosterior, "after", lambda belief, run: updates.append(run) or after(belief, run))
    policies = product()
    tallies = {name: Tally() for name in policies}
    one = workload(runs=20)
    follow(one, policies, tallies)
    assert 0 < len(updates) <= sum(tally.attempts for tally in tallies.values())
    alone = Tally()
    follow(one, {"alone": product()["product, hint"]}, {"alone": alone})
    assert alone == tallies["product, hint"]


def test_in_the_open_loop_everybody_sees_the_history_of_the_user_and_only_late_first_tries_count():
    histories = []

    def shrink(observation):
        histories.append([run.heap_bytes for run in observation.past])
        return Choice(64 * MIB)

    one, tallies = workload(runs=20), {"user": Tally(), "little": Tally()}
    look_ahead(one, {"user": RULES["user"], "little": shrink}, tallies)
    judged = sum(run >= OPEN_FROM * one.run_count for run in range(one.run_count))
    assert {tally.first_tries for tally in tallies.values()} == {judged}
    assert tallies["little"].deaths == judged
    assert 64 * MIB not in {heap for past in histories for heap in past}
    assert [len(past) for past in histories] == sorted({len(past) for past in histories})


def test_claims_are_kept_beside_what_became_of_them():
    claims = iter([0.01, None, 0.02] * 100)
    tally = followed(lambda observation: Choice(64 * GIB, claim=next(claims)), numbers=[3], runs=6)
    assert [one[:2] for one in tally.claims] == [(0.01, False), (0.02, False)] * 2
    assert [one.runs_before for one in tally.claims] == sorted({one.runs_before for one in tally.claims})


def needs(name, number=3, runs=90):
    one = workload(number, FLEETS[name], runs)
    return np.array([one.needed_bytes(run) for run in range(one.run_count)]), one


def test_a_constant_fleet_has_constant_needs_and_steps_jump_with_the_input():
    assert len({*needs("constant")[0]}) == 1
    assert len({*needs("drifting")[0]}) > 1
    levels = np.unique(np.log(needs("steps")[0]))
    apart = np.diff(levels) / np.log(1.6)
    assert len(levels) > 1
    assert apart == pytest.approx(np.round(apart), abs=1e-3)


def test_users_give_more_or_less_over_the_need_and_luck_scatters_as_the_fleet_says():
    def given(name):
        return np.median([workload(n, FLEETS[name], 20).first_heap_mib for n in range(0, 600, 20)])

    assert given("tight") < given("drifting") < given("generous")

    def scattered(name):
        return np.log(FLEETS[name].scattered(0.05, (200, 50), np.random.default_rng(0)))

    quiet, noisy, usual, heavy = (scattered(name) for name in ("quiet", "noisy", "drifting", "heavy-tails"))
    assert noisy.std() == pytest.approx(15 * quiet.std())
    assert np.quantile(heavy, 0.75) == pytest.approx(np.quantile(usual, 0.75), rel=0.1)
    assert np.quantile(heavy, 0.999) > 3 * np.quantile(usual, 0.999)


def test_wrong_labels_call_deaths_sound_and_other_failures_deaths():
    def verdicts(kind):
        found = []
        for number in range(0, 600, 20):
            one = workload(number, kind, 40)
            for run, heap in itertools.product(range(one.run_count), (64 * MIB, 64 * GIB)):
                got = one.attempt(run, 0, heap, one.scheduled_ms(run))
                found.append((got.died, got.succeeded, got.past.memory_verdict))
        return found

    found = verdicts(FLEETS["wrong-labels"])
    deaths = [verdict for died, _, verdict in found if died]
    others = [verdict for died, succeeded, verdict in found if not died and not succeeded]
    assert deaths.count("enough") / len(deaths) == pytest.approx(0.1, abs=0.03)
    assert {*deaths} == {"enough", "heap_oom"}
    assert 0 < others.count("heap_oom") < len(others)
    right = verdicts(FLEETS["drifting"])
    assert {verdict for died, _, verdict in right if died} == {"heap_oom"}
