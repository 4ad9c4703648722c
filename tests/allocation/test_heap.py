"""Advice must not harm: which heap is advised, after whatever happened."""

import time

from hypothesis import given
from hypothesis import strategies as st

from data_contracts.spark_properties import GIB, MIB
from sparkwright.allocation.advise import advise
from sparkwright.allocation.evidence import INPUT_MARGIN, HeapRecord
from sparkwright.allocation.sizing import sizing
from tests.allocation.runs import DIED, HELD, KILLED, heap_mib, past, reason, request, row, runs

heaps = st.integers(8, 256).map(lambda number: 64 * number)
facts = st.lists(
    st.tuples(heaps, st.sampled_from([HELD, DIED, KILLED, "unknown"]), st.integers(0, 10_000)), max_size=40
)
asked_heaps = st.none() | st.sampled_from(["700m", "2g", "16g", "64g"])


def asking(heap, **more):
    return request(**({"spark__executor__memory": heap} if heap else {}), **more)


def test_no_heap_below_a_proven_one_whatever_peaks_suggest():
    history = runs([(4096, HELD, 4096)] * 12, peak_jvm_heap_bytes=600 * MIB)
    answer = advise(asking("4g"), history)
    assert heap_mib(answer) == 4096
    assert not answer.trial


def test_a_trial_goes_a_quarter_below_at_most_and_only_where_trials_are_allowed():
    held = [(4096, HELD, 4096)] * 12
    history = runs(held, peak_jvm_heap_bytes=600 * MIB)
    answer = advise(asking("4g"), history, allow_trials=True)
    assert (heap_mib(answer), answer.trial) == (3072, True)
    assert not advise(asking("4g", attempt=2), history, allow_trials=True).trial, "a retry is no time for it"
    unmeasured = runs(held, peak_jvm_heap_bytes=None, evidence_tier="tasks")
    assert not advise(asking("4g"), unmeasured, allow_trials=True).trial
    collecting = runs(held, peak_jvm_heap_bytes=600 * MIB, jvm_gc_time_ms=100_000)
    assert not advise(asking("4g"), collecting, allow_trials=True).trial


def test_the_least_heap_of_one_run_is_not_proven_by_the_input_of_another():
    history = runs([(8192, HELD, 100_000)] * 13 + [(2048, HELD, 10)] * 3)
    assert heap_mib(advise(asking("8g"), history)) == 8192


def test_a_heap_that_held_for_small_inputs_is_proven_for_a_run_that_is_said_to_be_small():
    history = runs([(8192, HELD, 100_000)] * 13 + [(2048, HELD, 10)] * 3)
    assert heap_mib(advise(asking("8g", input_bytes=10 * MIB), history)) == 2048
    assert heap_mib(advise(asking("8g", input_bytes=11 * MIB), history)) == 8192


def test_an_input_larger_than_any_has_no_proven_heap_and_gets_no_less_than_what_held_the_most():
    history = runs([(8192, HELD, 1000)] * 4)
    answer = advise(asking("4g", input_bytes=2000 * MIB), history)
    assert heap_mib(answer) == 8192
    assert answer.heap_evidence[-1].standing == "never_tried"
    assert heap_mib(advise(asking("16g", input_bytes=2000 * MIB), history)) == 16 * 1024


def test_a_death_is_never_forgotten():
    history = runs([(3072, HELD, 4096)] * 5 + [(3072, DIED, 4096)] + [(4096, HELD, 4096)] * 60)
    assert heap_mib(advise(asking("3g"), history)) == 4096
    unanswered = runs([(3072, DIED, 4096)] + [(8192, HELD, 10)] * 60)
    assert heap_mib(advise(asking("3g", input_bytes=4096 * MIB), unanswered)) > 3072


def test_what_was_asked_far_above_a_proven_heap_comes_down_to_it():
    answer = advise(asking("64g"), runs([(512, HELD, 4096)] * 9))
    assert heap_mib(answer) == 512
    assert answer.heap_evidence[0].model_dump() == {
        "executor_memory_bytes": 512 * MIB,
        "standing": "proven",
        "run_count": 9,
        "input_bytes": 4 * GIB,
    }
    assert "65536m was asked for" in reason(answer, "spark.executor.memory")


def test_after_a_death_a_sites_default_is_no_floor():
    history = runs([(3584, HELD, 4096), (3584, DIED, 4096)])
    assert heap_mib(advise(asking("16g"), history)) == 5376
    proven = runs([(4096, HELD, 4096)] * 3 + [(3584, DIED, 4096)])
    assert heap_mib(advise(asking("16g"), proven)) == 4096


def test_a_retry_after_a_death_takes_the_larger_step_and_others_keep_what_was_asked():
    assert heap_mib(advise(asking("2g", attempt=2), runs([(2048, DIED, 4096)]))) == 4096
    history = runs([(2048, HELD, 4096)] * 5)
    assert heap_mib(advise(asking("8g", attempt=2), history)) == 8192, "why the first try failed may not be known yet"


def test_a_container_kill_raises_the_overhead_and_lowers_nothing():
    calm = [(4096, HELD, 4096)] * 5 + [(6144, HELD, 4096)] * 2
    answer = advise(asking("6g"), runs([*calm, (6144, KILLED, 4096)]), allow_trials=True)
    assert heap_mib(answer) == 6144
    assert heap_mib(answer, "spark.executor.memoryOverhead") >= 614 + 512
    assert not answer.trial


def test_a_container_kill_counts_against_heap_and_overhead_together():
    answer = advise(asking("6g"), runs([(6144, KILLED, 4096)] + [(4096, HELD, 4096)] * 5))
    assert heap_mib(answer) == 4096
    assert heap_mib(answer) + heap_mib(answer, "spark.executor.memoryOverhead") > 6144 + 614


def test_the_drivers_heap_in_local_mode_gets_nothing_from_a_standalone_executors_history():
    history = runs([(8192, HELD, 4096)] * 5, platform="standalone")
    asked = request("local", spark__driver__memory="1g")
    assert advise(asked, history).allocation == {"spark.driver.memory": "1024m"}
    assert advise(asked, history).cold
    local = runs([(8192, HELD, 4096)] * 5, platform="local", driver_memory_bytes=8 * GIB)
    assert heap_mib(advise(asked, local), "spark.driver.memory") == 8192
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
        assert heap_mib(advise(asking("8g", attempt=attempt), history)) == 8192


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


def test_a_heap_with_more_runs_behind_it_is_preferred_to_one_that_held_once():
    history = runs([(8192, HELD, 4096)] * 9 + [(2048, HELD, 4096)])
    assert heap_mib(advise(asking("8g"), history)) == 8192


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
    answer = advise(asking(asked, attempt=attempt, input_bytes=input_bytes), history, allow_trials=trials)
    recent = max((run.input_bytes for run in history[-16:]), default=0)
    expected = input_bytes if input_bytes is not None else recent * INPUT_MARGIN
    died = [run.heap_bytes for run in history if run.memory_verdict == DIED and run.input_bytes <= expected]
    if died:
        assert heap_mib(answer) * MIB > max(died)


@given(facts=facts, asked=asked_heaps, attempt=st.integers(1, 3))
def test_where_a_heap_is_proven_none_below_it_is_advised_and_its_input_is_its_own(facts, asked, attempt):
    history = runs(facts)
    answer = advise(asking(asked, attempt=attempt), history)
    assert not answer.trial
    proven = HeapRecord.of(history, 2).proven
    if proven is not None:
        heap = heap_mib(answer) * MIB
        assert heap >= proven.heap_bytes
        backers = [run.input_bytes for run in history if run.held and run.heap_bytes <= heap]
        assert max(backers) >= max(run.input_bytes for run in history[-16:])


@given(facts=facts, heap=heaps, more=st.integers(1, 5000), size=st.integers(0, 10_000))
def test_a_proof_holds_for_smaller_inputs_fewer_tasks_and_larger_heaps(facts, heap, more, size):
    history = runs(facts)

    def standing(heap_mib: int, tasks: int, size_mib: int) -> str:
        return HeapRecord.of(history, tasks, size_mib * MIB).evidence(heap_mib * MIB).standing

    if standing(heap, 2, size) == "proven":
        assert standing(heap, 2, max(0, size - more)) == "proven"
        assert standing(heap + more, 2, size) == "proven"
        # Deaths were with two tasks: they bar nothing for one.
        assert standing(heap, 1, size) == "proven"


def test_a_report_gets_the_proven_figure_and_what_could_be_tried_apart():
    small = [row(number, 4096, HELD, 4096, peak_jvm_heap_bytes=GIB) for number in range(5)]
    found = sizing(past(*small, row(5, 8192, HELD, 4096, peak_jvm_heap_bytes=GIB)))
    assert (found.current.executor_memory_bytes, found.proven.executor_memory_bytes) == (8 * GIB, 4 * GIB)
    assert found.proven_evidence.run_count == 5
    assert found.trial.executor_memory_bytes == 3 * GIB
    assert sizing([]) is None
    dead = sizing(runs([(2048, DIED, 4096)]))
    assert dead.proven is None
    assert "died with 2048m" in dead.reason
    assert dead.current_evidence.standing == "died"


def test_a_long_history_is_weighed_in_a_moment():
    history = runs([(4096, HELD, 4096)] * 5000)
    began = time.process_time()
    advise(asking("4g"), history, allow_trials=True)
    assert time.process_time() - began < 0.3
