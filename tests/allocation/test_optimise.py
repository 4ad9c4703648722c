import re
import time
from datetime import timedelta
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.api import RecommendRequest
from data_contracts.request_properties import SparkProperties
from data_contracts.spark_properties import GIB, MIB, parse_size_bytes
from sparkwright.allocation.heap import HeapBounds, MemoryRecord
from sparkwright.allocation.optimise import recommend
from sparkwright.features.windows import HistoryIndex
from tests.simulated_runs import START, as_table, simulated_run

LATER = START + timedelta(days=30)
SIZES = re.compile(r"(emory|emoryOverhead|Size|size)$")
PLATFORMS = ("standalone", "yarn", "kubernetes", "local", "unknown")


def request(platform="standalone", **properties):
    named = {name.replace("__", "."): value for name, value in properties.items()}
    return RecommendRequest(app_name="job", platform=platform, properties=SparkProperties(**named))


def advice(forecaster, runs, asked):
    index = HistoryIndex(as_table([simulated_run("other", 0), *runs]))
    return recommend(forecaster, index, asked, "w", LATER)


def heap(answer, name="spark.executor.memory"):
    return parse_size_bytes(answer.allocation[name])


past_run = st.builds(
    dict,
    executor_memory_bytes=st.integers(512, 64 * 1024).map(lambda size: size * MIB),
    memory_verdict=st.sampled_from(["enough", "heap_oom", "container_kill", "unknown"]),
    input_bytes=st.integers(0, 10**12),
    executor_cores_count=st.integers(1, 8),
    disk_spilled_bytes=st.integers(0, 10**11),
)


def runs_from(facts):
    return [
        simulated_run(
            "w", number, status="succeeded" if fact["memory_verdict"] == "enough" else "failed", platform="yarn", **fact
        )
        for number, fact in enumerate(facts)
    ]


@settings(max_examples=40, deadline=None)
@given(
    facts=st.lists(past_run, max_size=20),
    which=st.integers(0, 3),
    platform=st.sampled_from(PLATFORMS),
    asked_heap=st.none() | st.sampled_from(["700m", "1g", "3000", "16G"]),
    dynamic=st.booleans(),
)
def test_whatever_the_model_says_the_policy_keeps_its_bounds(forecasters, facts, which, platform, asked_heap, dynamic):
    properties = {"spark__dynamicAllocation__enabled": str(dynamic).lower()}
    if asked_heap:
        properties["spark__executor__memory"] = asked_heap
        properties["spark__driver__memory"] = asked_heap
    runs = runs_from(facts)
    answer = advice(forecasters[which], runs, request(platform, **properties))

    # Units are always written, each property has a reason, and the request model reads the answer back.
    for name, value in answer.allocation.items():
        assert not SIZES.search(name) or re.fullmatch(r"[1-9][0-9]*m", value), (name, value)
    assert {reason.property for reason in answer.reasons} == {"*", *answer.allocation}
    SparkProperties.model_validate(answer.allocation)

    risks = answer.forecast.memory_risk
    heaps = [risk.executor_memory_bytes for risk in risks]
    assert heaps == sorted(heaps)
    assert all(low.probability >= high.probability for low, high in pairwise(risks))

    given_heap = heap(answer, "spark.driver.memory" if platform == "local" else "spark.executor.memory")
    recent = runs[-16:]
    verdicts = [run for run in recent if run.memory_verdict in {"enough", "heap_oom"}]
    died = max((run.executor_memory_bytes for run in recent if run.memory_verdict == "heap_oom"), default=0)
    assert given_heap > died, "never back to a heap that died"
    cores = int(answer.allocation.get("spark.executor.cores", recent[-1].executor_cores_count if recent else 1))
    held = [
        run.executor_memory_bytes
        for run in recent
        if run.memory_verdict == "enough"
        and run.executor_memory_bytes > died
        and (platform == "local" or run.executor_cores_count >= cores)
    ]
    if held and platform != "local":
        assert given_heap >= 0.75 * min(held), "a trial goes down by a quarter at most"
        assert answer.trial == (given_heap < min(held))
    if verdicts and verdicts[-1].memory_verdict == "heap_oom":
        back = bool(held) and given_heap >= min(held) >= 1.25 * died
        assert back or given_heap >= 1.5 * died, "after a death memory grows decisively, or back to a heap that held"
    if recent:
        seen = [run.executor_memory_bytes for run in recent]
        assert answer.extrapolated == (not 0.95 * min(seen) <= given_heap <= 1.05 * max(seen))
    assert answer.cold == (not recent)
    assert answer.observed_run_count == len(recent)


@pytest.mark.parametrize(("asked", "expected"), [(None, "1024m"), ("3g", "3072m"), ("2048", "2048m")])
def test_an_unseen_workload_keeps_what_the_user_wrote_or_sparks_default_with_its_unit(forecasters, asked, expected):
    properties = {"spark__executor__memory": asked} if asked else {}
    answer = advice(forecasters[0], [], request(**properties))
    assert answer.allocation == {"spark.executor.memory": expected}
    assert (answer.cold, answer.trial, answer.extrapolated) == (True, False, True)


@pytest.mark.parametrize(("platform", "advised"), [("standalone", False), ("yarn", True), ("kubernetes", True)])
def test_overhead_is_advised_only_where_it_is_enforced(forecasters, platform, advised):
    answer = advice(forecasters[0], [simulated_run("w", 0)], request(platform))
    assert ("spark.executor.memoryOverhead" in answer.allocation) == advised


def test_a_container_kill_raises_the_overhead_and_not_the_heap(forecasters):
    runs = [simulated_run("w", number) for number in range(5)]
    killed = simulated_run("w", 5, status="failed", memory_verdict="container_kill")
    calm = advice(forecasters[0], runs, request("yarn"))
    after = advice(forecasters[0], [*runs, killed], request("yarn"))
    assert heap(after, "spark.executor.memoryOverhead") >= heap(calm, "spark.executor.memoryOverhead") + 500 * MIB
    assert heap(after) <= heap(calm)


def test_in_local_mode_the_drivers_heap_is_the_knob(forecasters):
    answer = advice(forecasters[0], [], request("local", spark__driver__memory="2g"))
    assert answer.allocation == {"spark.driver.memory": "2048m"}


def test_dynamic_allocation_is_answered_with_min_initial_and_max(forecasters):
    runs = [simulated_run("w", n, dynamic_allocation=True, executor_count=12) for n in range(4)]
    asked = request(
        "yarn",
        **{"spark__dynamicAllocation__enabled": "true", "spark__dynamicAllocation__minExecutors": "2"},
    )
    allocation = advice(forecasters[0], runs, asked).allocation
    least, initial, most = (
        int(allocation[f"spark.dynamicAllocation.{name}Executors"]) for name in ("min", "initial", "max")
    )
    assert least == 2 <= initial <= most == 12
    assert "spark.executor.instances" not in allocation


def test_instances_stay_as_asked_without_dynamic_allocation(forecasters):
    asked = request("yarn", spark__executor__instances="7")
    allocation = advice(forecasters[0], [simulated_run("w", 0)], asked).allocation
    assert allocation["spark.executor.instances"] == "7"
    assert not any("dynamicAllocation" in name for name in allocation)


@pytest.mark.parametrize(("shuffled", "expected"), [(0, 100), (10 * GIB, 160), (500 * GIB, 400)])
def test_shuffle_partitions_follow_the_forecast_shuffle_by_at_most_a_factor_of_two(forecasters, shuffled, expected):
    runs = [simulated_run("w", n, shuffle_write_bytes=shuffled) for n in range(8)]
    count = int(advice(forecasters[0], runs, request()).allocation["spark.sql.shuffle.partitions"])
    assert count == pytest.approx(expected, rel=0.35)
    assert 100 <= count <= 400


def test_a_heap_that_held_again_and_again_is_not_given_up_for_what_the_model_fears(forecasters):
    runs = [simulated_run("w", n) for n in range(6)]
    index = HistoryIndex(as_table(runs))
    answer = recommend(forecasters[0], index, request(), "w", LATER, risk_bound=0.0)
    assert heap(answer) == 2 * GIB
    assert not answer.trial


def test_a_run_that_died_at_last_outweighs_earlier_ones_that_held():
    class Past:
        def __init__(self, heap_gib, verdict, tasks=2):
            self.executor_memory_bytes, self.memory_verdict = heap_gib * GIB, verdict
            self.concurrent_tasks, self.input_bytes, self.status = tasks, 0, "succeeded"

    record = MemoryRecord.of([Past(2, "enough"), Past(4, "enough"), Past(2, "heap_oom")], 2)
    assert (record.proven_bytes, record.died_bytes, record.last_died) == (4 * GIB, 2 * GIB, True)
    assert HeapBounds.of(2 * GIB, record).floor_bytes == 4 * GIB, "a heap that held is the best answer to a death"
    unproven = MemoryRecord.of([Past(2, "enough"), Past(2, "heap_oom")], 2)
    assert HeapBounds.of(2 * GIB, unproven).floor_bytes == 3 * GIB
    alone = MemoryRecord.of([Past(2, "enough", tasks=1)], concurrent_tasks=4)
    assert alone.proven_bytes is None, "a heap that one task had for itself proves nothing for four"


def test_an_answer_takes_less_than_ten_milliseconds_on_one_core(forecasters):
    index = HistoryIndex(as_table([simulated_run("w", n) for n in range(40)]))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        took = []
        for _ in range(60):
            began = time.process_time()
            recommend(forecasters[0], index, request(), "w", LATER)
            took.append(time.process_time() - began)
    finally:
        torch.set_num_threads(threads)
    assert sorted(took)[len(took) // 2] < 0.010
