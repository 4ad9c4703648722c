"""The closed loop: what a policy does comes back to it as history, and the same luck meets every policy."""

import itertools

import pytest

from data_contracts.spark_properties import GIB, MIB
from data_contracts.tables import Run
from evaluation.advice.closed_loop import closed_loop, closed_loop_table, main
from evaluation.advice.policies import RULES, Choice
from evaluation.advice.product import product
from evaluation.advice.world import SimulatedWorkload
from evaluation.lab.simulator.responses import load_responses
from evaluation.lab.simulator.settings import FLEET, FleetSettings
from sparkwright.config import load_config
from sparkwright.lake import rows_of


@pytest.fixture(scope="module")
def fleet():
    settings = load_config(FleetSettings, FLEET, ["too_little_share=0.4"])
    return {"settings": settings, "responses": load_responses()}


def tallies(fleet, **policies):
    return closed_loop(policies, **fleet, workload_count=5, run_limit=12)


def test_the_same_figures_come_out_every_time(fleet):
    first, second = (tallies(fleet, user=RULES["user"])["user"] for _ in range(2))
    assert (first.deaths, first.gib_s, first.heap_ratios) == (second.deaths, second.gib_s, second.heap_ratios)


def test_a_policy_is_asked_before_every_try_with_all_that_had_ended(fleet):
    seen = []

    def ask(question):
        rows = rows_of(Run, question.rows)
        assert all(row.workload_id == question.workload_id and row.ended_at < question.at for row in rows)
        assert [row.executor_memory_bytes for row in rows] == [
            heap for name, heap in seen if name == question.workload_id
        ]
        assert [run.heap_bytes for run in question.past] == [row.executor_memory_bytes for row in rows]
        heap = (len(rows) + 1) * 64 * GIB
        seen.append((question.workload_id, heap))
        return Choice(heap)

    tally = tallies(fleet, ask=ask)["ask"]
    assert tally.attempts == len(seen)
    assert tally.deaths == 0


def test_a_heap_that_is_too_small_dies_on_every_try_and_costs(fleet):
    tally = tallies(fleet, little=lambda question: Choice(64 * MIB))["little"]
    assert tally.deaths == tally.attempts > tally.first_tries == tally.first_deaths == tally.unfinished
    assert tally.dead_gib_s == pytest.approx(tally.gib_s)


def test_retries_say_which_try_they_are(fleet):
    tries = []
    tallies(fleet, little=lambda question: tries.append(question.request.attempt) or Choice(64 * MIB))
    assert max(tries) > 1
    assert all(later in {1, earlier + 1} for earlier, later in itertools.pairwise(tries))


def test_luck_is_the_same_whatever_was_tried_before(fleet):
    one, other = (SimulatedWorkload(fleet["settings"], fleet["responses"], 3, 10) for _ in range(2))
    one.attempt(0, 0, GIB)
    one.attempt(0, 0, 8 * GIB)
    assert one.attempt(1, 0, 4 * GIB).died == other.attempt(1, 0, 4 * GIB).died
    assert one.attempt(2, 0, 4 * GIB).executor_ms == other.attempt(2, 0, 4 * GIB).executor_ms


def test_the_product_without_trials_never_dies_more_often_than_users(fleet):
    done = tallies(fleet, user=RULES["user"], **product())
    assert done["user"].deaths > 0
    assert done["product"].deaths <= done["user"].deaths
    assert done["product"].trials == 0


def test_the_table_is_printed_and_a_wrong_name_is_told(capsys):
    assert main(["--workloads", "2", "--runs", "3", "--only", "user", "--only", "product"]) == 0
    assert "product" in capsys.readouterr().out
    assert main(["--only", "nobody"]) == 2
    assert "expected --only with some of user" in capsys.readouterr().err
    assert closed_loop_table({}).row_count == 0
