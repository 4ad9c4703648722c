"""Advice must not harm: which heap is advised, after whatever happened."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.properties.spark import GIB, MIB, parse_size_bytes
from sparkwright.allocation.advise import advise
from sparkwright.allocation.evidence import INPUT_MARGIN, HeapRecord
from sparkwright.allocation.inputs import expected, told
from sparkwright.allocation.limits import DEFAULT_LIMITS
from sparkwright.allocation.need import NeedPosterior
from sparkwright.allocation.sizing import sizing
from tests.allocation.runs import DIED, HELD, KILLED, heap_mib, past, reason, request, row, runs

heaps = st.integers(8, 256).map(lambda number: 64 * number)
facts = st.lists(
    st.tuples(heaps, st.sampled_from([HELD, DIED, KILLED, "unknown"]), st.integers(0, 10_000)), max_size=40
)
TRYING = replace(DEFAULT_LIMITS, allow_trials=True)
asked_heaps = st.none() | st.sampled_from(["700m", "2g", "16g", "64g"])


def asking(heap, **more):
    return request(**({"spark__executor__memory": heap} if heap else {}), **more)


def test_peaks_move_no_heap():
    held = [(4096, HELD, 4096)] * 12
    answers = {
        heap_mib(advise(asking("4g"), runs(held, peak_jvm_heap_bytes=peak)))
        for peak in (None, 200 * MIB, 600 * MIB, 3900 * MIB)
    }
    assert len(answers) == 1


def test_a_heap_below_what_held_is_within_the_bound_and_no_more_than_a_third_below():
    history = runs([(4096, HELD, 4096)] * 12)
    answer = advise(asking("4g"), history)
    assert 4096 * 2 / 3 <= heap_mib(answer) < 4096
    assert answer.risk <= DEFAULT_LIMITS.max_risk
    assert not answer.trial
    assert "P(death)" in reason(answer, "spark.executor.memory")
    careful = advise(asking("4g", max_risk=0.002), history)
    assert heap_mib(careful) >= heap_mib(answer)
    bold = replace(DEFAULT_LIMITS, max_risk=0.05)
    assert heap_mib(advise(asking("4g", max_risk=0.5), history, limits=bold)) < heap_mib(answer)
    raising = advise(asking("4g", max_risk=0.5), history)
    assert heap_mib(raising) == heap_mib(answer), "a request cannot raise the bound"
    said = "the request accepts a risk of 0.5; the owner's limit is 0.01"
    assert [said in reason.text for reason in raising.reasons].count(True) == 1
    assert not any(said in reason.text for reason in answer.reasons)


def test_a_trial_is_opt_in_riskier_than_the_bound_and_none_on_a_retry_or_near_an_edge():
    history = runs([(4096, HELD, 4096)] * 6)
    answer = advise(asking("4g"), history, limits=TRYING)
    assert (heap_mib(answer) < 4096, answer.trial) == (True, True)
    assert DEFAULT_LIMITS.max_risk < answer.risk <= TRYING.max_trial_risk
    assert not advise(asking("4g", attempt=2), history, limits=TRYING).trial, "a retry is no time for it"
    near = runs([(3584, DIED, 4096)] + [(4096, HELD, 4096)] * 9)
    assert not advise(asking("4g"), near, limits=TRYING).trial
    assert not advise(asking("4g", deadline_ms=1000), history, limits=TRYING).trial, "nobody knows how long it takes"


def test_a_risk_is_stated_from_five_runs_on_or_where_the_input_is_told():
    few, more = (runs([(4096, HELD, 4096)] * count) for count in (4, 5))
    assert advise(asking("4g"), few).risk is None
    assert "not known" in reason(advise(asking("4g"), few), "spark.executor.memory")
    assert advise(asking("4g", input_bytes=4096 * MIB), few).risk is not None
    assert advise(asking("4g"), more).risk is not None
    assert not advise(asking("4g"), few, limits=TRYING).trial


def test_an_input_of_next_to_nothing_explains_no_need():
    few = [(1024, HELD, 0), (640, HELD, 0)]
    told_next_to_nothing = advise(asking("1g", input_bytes=1893), runs(few, input_bytes=1893))
    assert told_next_to_nothing.risk is None
    assert advise(asking("1g", input_bytes=1893), runs(few * 3, input_bytes=1893)).risk is not None


def test_once_what_was_asked_died_a_steady_workload_does_not_go_down_to_the_edge():
    """The least cost alone walked down to the edge again and again: 2% a run, for ever."""
    history = runs([(1024, DIED, 4096)] + [(4096, HELD, 4096)] * 5)
    for _ in range(40):
        answer = advise(asking("1g"), history)
        heap = heap_mib(answer)
        if heap < min(run.heap_bytes for run in history if run.held) // MIB:
            assert answer.risk is None or answer.risk <= DEFAULT_LIMITS.max_risk
        history = runs([(run.heap_bytes // MIB, run.memory_verdict, 4096) for run in history] + [(heap, HELD, 4096)])


def test_trials_find_the_edge_and_then_end():
    need, heap, history = 1500, 4096, []
    for number in range(60):
        history += past(row(number, heap, DIED if heap < need else HELD))
        answer = advise(asking("4g"), history, limits=TRYING)
        heap = heap_mib(answer)
    died = sum(run.memory_verdict == DIED for run in history)
    assert died <= 2
    assert need < heap < 1.5 * need
    late = [run.heap_bytes for run in history[-20:]]
    assert min(late) > need * MIB


def test_the_least_heap_of_one_run_is_not_proven_by_the_input_of_another():
    history = runs([(8192, HELD, 100_000)] * 13 + [(2048, HELD, 10)] * 3)
    assert heap_mib(advise(asking("8g"), history)) > 5000


def test_a_heap_that_held_for_small_inputs_is_proven_for_a_run_that_is_said_to_be_small():
    history = runs([(8192, HELD, 100_000)] * 13 + [(2048, HELD, 10)] * 3)
    small, usual = (advise(asking("8g", input_bytes=size * MIB), history) for size in (10, 100_000))
    assert heap_mib(small) < 3000 < heap_mib(usual)


def test_the_larger_the_input_the_larger_the_heap():
    history = runs([(8192, HELD, 1000)] * 4 + [(4096, DIED, 1000)] + [(8192, HELD, 1000)] * 9)
    heaps = [heap_mib(advise(asking("8g", input_bytes=size * MIB), history)) for size in (100, 1000, 2000, 8000)]
    assert heaps == sorted(heaps)
    assert heaps[-1] > 8192
    answer = advise(asking("8g", input_bytes=2000 * MIB), history)
    assert answer.heap_evidence[-1].standing == "never_tried"
    assert heap_mib(advise(asking("64g", input_bytes=2000 * MIB), history)) < 64 * 1024


def test_a_death_is_never_forgotten():
    history = runs([(3072, HELD, 4096)] * 5 + [(3072, DIED, 4096)] + [(5120, HELD, 4096)] * 60)
    assert heap_mib(advise(asking("3g"), history)) > 3072


def test_a_death_bars_its_heap_until_five_runs_held_just_above():
    before, death = [(3072, HELD, 4096)] * 40, [(3072, DIED, 4096)]
    for count, barred in ((4, True), (5, False)):
        history = runs(before + death + [(3584, HELD, 4096)] * count)
        assert (HeapRecord.of(history, 2).died_bytes > 0) is barred
    smaller = runs(before + death + [(3584, HELD, 1024)] * 9)
    assert HeapRecord.of(smaller, 2).died_bytes == 3072 * MIB


def test_a_death_is_remembered_for_its_own_input():
    unanswered = runs([(3072, DIED, 4096)] + [(8192, HELD, 10)] * 60)
    assert heap_mib(advise(asking("3g", input_bytes=4096 * MIB), unanswered)) > 3072


def test_what_was_asked_far_above_a_proven_heap_comes_down_to_it():
    answer = advise(asking("64g"), runs([(512, HELD, 4096)] * 9))
    assert 512 <= heap_mib(answer) <= 1024
    assert answer.heap_evidence[0].model_dump() == {
        "executor_memory_bytes": heap_mib(answer) * MIB,
        "standing": "proven",
        "run_count": 9,
        "input_bytes": 4 * GIB,
    }
    assert "65536m was asked for" in reason(answer, "spark.executor.memory")


def test_after_a_death_a_sites_default_is_no_floor():
    history = runs([(3584, HELD, 4096), (3584, DIED, 4096)])
    assert 3584 < heap_mib(advise(asking("16g"), history)) < 16 * 1024
    proven = runs([(4096, HELD, 4096)] * 9 + [(3584, DIED, 4096)])
    assert 4096 <= heap_mib(advise(asking("16g"), proven)) < 8192


def test_a_retry_after_a_death_takes_a_step_and_others_keep_what_was_asked():
    assert 3000 < heap_mib(advise(asking("2g", attempt=2), runs([(2048, DIED, 4096)]))) < 8192
    history = runs([(2048, HELD, 4096)] * 5)
    assert heap_mib(advise(asking("8g", attempt=2), history)) == 8192, "why the first try failed may not be known yet"


def test_a_container_kill_raises_the_overhead_and_lowers_nothing():
    calm = [(4096, HELD, 4096)] * 5 + [(6144, HELD, 4096)] * 2
    answer = advise(asking("6g"), runs([*calm, (6144, KILLED, 4096)]), limits=TRYING)
    assert heap_mib(answer) == 6144
    assert heap_mib(answer, "spark.executor.memoryOverhead") >= 614 + 512
    assert not answer.trial


def test_a_container_kill_counts_against_heap_and_overhead_together():
    answer = advise(asking("6g"), runs([(6144, KILLED, 4096)] + [(4096, HELD, 4096)] * 5))
    assert heap_mib(answer) < 6144
    assert heap_mib(answer) + heap_mib(answer, "spark.executor.memoryOverhead") > 6144 + 614


def test_the_drivers_heap_in_local_mode_gets_nothing_from_a_standalone_executors_history():
    history = runs([(8192, HELD, 4096)] * 5, platform="standalone")
    asked = request("local", spark__driver__memory="1g")
    assert advise(asked, history).allocation == {"spark.driver.memory": "1024m"}
    assert advise(asked, history).cold
    local = runs([(8192, HELD, 4096)] * 5, platform="local", driver_memory_bytes=8 * GIB)
    assert heap_mib(advise(asked, local), "spark.driver.memory") > 6000
    assert advise(request("standalone", spark__executor__memory="1g"), local).cold


def test_a_heap_that_one_task_had_for_itself_proves_nothing_for_four():
    alone = runs([(2048, HELD, 4096)] * 4, executor_cores_count=1)
    assert HeapRecord.of(alone, tasks=4).proven is None
    assert HeapRecord.of(alone, tasks=1).proven is not None
    crowded = runs([(2048, DIED, 4096)], executor_cores_count=4)
    assert HeapRecord.of(crowded, tasks=1).died_bytes == 0
    assert HeapRecord.of(crowded, tasks=4).died_bytes == 2 * GIB


def test_a_death_lowers_nothing_below_the_heap_that_held_for_almost_as_much():
    history = runs([(8192, HELD, 9900)] * 20 + [(2048, DIED, 10_000)])
    for attempt in (1, 2):
        assert heap_mib(advise(asking("8g", attempt=attempt), history)) > 5000


def test_in_local_mode_the_master_says_how_many_tasks_share_the_heap():
    two = {"platform": "local", "executor_cores_count": 2}
    eight = {"platform": "local", "executor_cores_count": 8}
    held, died = runs([(2048, HELD, 4096)] * 3, **two), runs([(2048, DIED, 4096)] * 3, **eight)
    site = {"spark__driver__memory": "2g", "spark__executor__cores": "1"}
    for master in ("local[8]", " local[8,4] "):
        asked = request("local", spark__master=master, **site)
        assert advise(asked, held).heap_evidence[0].standing == "never_tried"
        assert heap_mib(advise(asked, died), "spark.driver.memory") > 2048
    assert advise(request("local", spark__master="local[2]", **site), held).heap_evidence[0].standing == "proven"
    for unknown in ("local[*]", "local[*,2]"):
        assert advise(request("local", spark__master=unknown, **site), held).heap_evidence[0].standing == "proven"
    assert HeapRecord.of(died, 1).died_bytes == 0
    assert advise(request("local", spark__master="local", **site), died).heap_evidence[0].standing == "never_tried"


def test_a_heap_that_held_once_is_not_enough_to_stay_there():
    history = runs([(8192, HELD, 4096)] * 9 + [(2048, HELD, 4096)])
    assert 2048 < heap_mib(advise(asking("8g"), history)) < 8192


def test_a_heap_far_too_small_is_raised_however_cheap_it_looks():
    history = runs([(8192, HELD, 4096)] * 3 + [(4096, DIED, 4096)] + [(8192, HELD, 4096)] * 3)
    assert heap_mib(advise(asking("512m"), history)) > 4096


@given(
    facts=facts,
    asked=asked_heaps,
    trials=st.booleans(),
    attempt=st.integers(1, 3),
    size=st.none() | st.integers(0, 12_000),
)
def test_a_barred_heap_is_never_advised(facts, asked, trials, attempt, size):
    history = runs(facts)
    input_bytes = None if size is None else size * MIB
    answer = advise(
        asking(asked, attempt=attempt, input_bytes=input_bytes), history, limits=TRYING if trials else DEFAULT_LIMITS
    )
    recent = max((run.input_bytes for run in history[-16:]), default=0)
    most = input_bytes or recent * INPUT_MARGIN
    barred = {run.heap_bytes for run in HeapRecord.of(history, 2, input_bytes).deaths}
    died = [run.heap_bytes for run in history if run.memory_verdict == DIED and run.input_bytes <= most]
    died = [heap for heap in died if heap in barred]  # the others, five runs have outlived
    if died:
        assert heap_mib(answer) * MIB > max(died)


@given(facts=facts, asked=asked_heaps, attempt=st.integers(1, 3))
def test_a_heap_below_what_was_asked_and_held_keeps_the_bound(facts, asked, attempt):
    history = runs(facts)
    answer = advise(asking(asked, attempt=attempt), history)
    assert not answer.trial
    if answer.risk is None:
        return
    heap = heap_mib(answer) * MIB
    own = parse_size_bytes(asked) if asked else history[-1].heap_bytes
    died = [run.heap_bytes for run in HeapRecord.of(history, 2).deaths]
    if heap < own and own > max(died, default=0):
        assert answer.risk <= DEFAULT_LIMITS.max_risk


@given(facts=facts, asked=st.sampled_from(["700m", "1g"]))
def test_once_what_was_asked_died_a_steady_workload_keeps_the_bound_below_all_that_held(facts, asked):
    history = runs([(1024, DIED, 4096), *((heap, verdict, 4096) for heap, verdict, _ in facts)])
    if len(history) <= 5:
        return
    answer, record = advise(asking(asked), history), HeapRecord.of(history, 2)
    if answer.risk is None or not record.held.size or parse_size_bytes(asked) > record.died_bytes:
        return
    if heap_mib(answer) * MIB < record.held_bytes[0]:
        assert answer.risk <= DEFAULT_LIMITS.max_risk


@given(facts=facts, size=st.none() | st.integers(1, 12_000))
def test_risk_never_rises_with_the_heap_nor_falls_with_the_input(facts, size):
    belief = NeedPosterior.of(runs(facts))
    if belief is None:
        return
    grid = np.arange(8, 512) * 64.0 * MIB
    inputs = expected(runs(facts)) if size is None else told(size * MIB)
    risk = belief.death_probability(grid, inputs)
    assert ((risk >= 0) & (risk <= 1)).all()
    assert (np.diff(risk) <= 1e-12).all()
    if size is not None:
        assert (belief.death_probability(grid, told(2 * size * MIB)) >= risk - 1e-9).all()


@given(facts=st.lists(st.tuples(heaps, st.sampled_from([HELD, DIED]), st.integers(1, 10_000)), min_size=1, max_size=20))
def test_one_poisoned_run_has_bounded_influence(facts):
    """A false death among many runs that held moves the advice, but never beyond a few times what held."""
    held = [(2048, HELD, 4096)] * 60
    clean = heap_mib(advise(asking("2g"), runs(held)))
    poisoned = heap_mib(advise(asking("2g"), runs([*held, (2048, DIED, 4096), *[(2560, HELD, 4096)] * 6])))
    assert clean <= poisoned <= 2 * clean
    assert heap_mib(advise(asking("2g"), runs(facts))) >= 512


@given(facts=facts, heap=heaps, more=st.integers(1, 5000), size=st.integers(1, 10_000))
def test_a_proof_holds_for_smaller_inputs_fewer_tasks_and_larger_heaps(facts, heap, more, size):
    history = runs(facts)

    def standing(heap_mib: int, tasks: int, size_mib: int) -> str:
        return HeapRecord.of(history, tasks, size_mib * MIB).evidence(heap_mib * MIB).standing

    if standing(heap, 2, size) == "proven":
        assert standing(heap, 2, max(1, size - more)) == "proven"
        assert standing(heap + more, 2, size) == "proven"
        # Deaths were with two tasks: they bar nothing for one.
        assert standing(heap, 1, size) == "proven"


def test_a_report_gets_the_proven_figure_and_what_could_be_tried_apart():
    small = [row(number, 4096, HELD, 4096, peak_jvm_heap_bytes=GIB) for number in range(5)]
    found = sizing(past(*small, row(5, 8192, HELD, 4096, peak_jvm_heap_bytes=GIB)))
    assert (found.current.executor_memory_bytes, found.proven.executor_memory_bytes) == (8 * GIB, 4 * GIB)
    assert found.proven_evidence.run_count == 5
    assert found.trial.executor_memory_bytes > 3900 * MIB, "six runs say little of what is less"
    many = sizing(runs([(4096, HELD, 4096)] * 20))
    assert 2730 * MIB < many.trial.executor_memory_bytes < 4 * GIB
    assert "P(death)" in many.trial.reason
    assert sizing([]) is None
    dead = sizing(runs([(2048, DIED, 4096)]))
    assert dead.proven is None
    assert "died with 2048m" in dead.reason
    assert dead.current_evidence.standing == "died"


def test_a_long_history_is_weighed_in_a_moment():
    history = runs([(4096, HELD, 4096)] * 5000)
    belief = NeedPosterior.of(history)  # what the service keeps, run by run
    began = time.process_time()
    advise(asking("4g"), history, limits=TRYING, posterior=belief)
    assert time.process_time() - began < 0.3


@pytest.mark.parametrize(("ran_on", "asked_on"), [("yarn", "local"), ("local", "yarn")])
def test_a_belief_from_runs_of_another_kind_alone_sizes_nothing(ran_on, asked_on):
    history = runs([(2048, HELD, 4096)] * 6, platform=ran_on)
    wanted = request(asked_on, spark__executor__memory="3g", spark__driver__memory="3g")
    found = advise(wanted, history, posterior=NeedPosterior.of(history))
    assert found == advise(wanted, []) and found.cold
