"""Every other property: only with evidence, and consistent in itself."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.api.properties import SparkProperties
from data_contracts.api.recommendation import Forecast
from data_contracts.properties.spark import GIB, MIB, RESOURCE_PROPERTIES, is_size
from sparkwright.allocation.advise import advise
from sparkwright.allocation.limits import DEFAULT_LIMITS
from tests.allocation.runs import DIED, HELD, KILLED, heap_mib, past, reason, request, row, runs

D = "spark__dynamicAllocation__"
DYNAMIC = "spark.dynamicAllocation"
PLATFORMS = ("standalone", "yarn", "kubernetes", "local", "unknown")
counts = st.none() | st.integers(0, 40).map(str)


def forecast(shuffle_mib=0, busy=1.0):
    def quantiles(value):
        return {"p10": value, "p50": value, "p90": value}

    return lambda candidate: Forecast.model_validate(
        {
            "duration_ms": quantiles(60_000),
            "executor_run_time_ms": quantiles(60_000 * busy * candidate.concurrent_tasks),
            "input_bytes": quantiles(GIB),
            "shuffle_write_bytes": quantiles(shuffle_mib * MIB),
            "disk_spilled_bytes": quantiles(0),
        }
    )


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("model", [None, forecast(100_000, 9)])
def test_an_unseen_workload_is_told_nothing_that_it_did_not_ask_for(platform, model):
    answer = advise(request(platform), [], model)
    assert answer.allocation == {}
    assert (answer.cold, answer.trial, answer.heap_evidence) == (True, False, [])


@pytest.mark.parametrize(("asked", "expected"), [(" 4g ", "4096m"), ("4096", "4096m"), ("3g", "3072m")])
def test_sizes_go_out_with_their_unit(asked, expected):
    answer = advise(request("yarn", spark__executor__memory=asked, spark__driver__memory=asked), [])
    assert answer.allocation == {"spark.executor.memory": expected, "spark.driver.memory": expected}


@pytest.mark.parametrize("platform", ["kubernetes", "yarn"])
def test_overhead_that_nobody_set_is_left_to_spark(platform):
    asked = request(platform, spark__executor__memory="4g")
    for history in ([], runs([(4096, HELD, 10)] * 3, platform=platform)):
        assert "spark.executor.memoryOverhead" not in advise(asked, history).allocation


def test_overhead_beyond_sparks_rule_is_kept_with_the_heap_it_held_with():
    python = runs([(4096, HELD, 10)] * 3, platform="kubernetes", executor_memory_overhead_bytes=1638 * MIB)
    answer = advise(request("kubernetes", spark__executor__memory="4g"), python)
    assert answer.allocation["spark.executor.memoryOverhead"] == "1638m"
    standalone = runs([(4096, HELD, 10)] * 3, platform="standalone", executor_memory_overhead_bytes=1638 * MIB)
    assert "spark.executor.memoryOverhead" not in advise(request("standalone"), standalone).allocation


def test_the_overhead_after_a_kill_is_more_than_what_was_outgrown():
    answer = advise(request("yarn", spark__executor__memory="2g"), runs([(2048, KILLED, 10)]))
    assert heap_mib(answer) == 2048
    assert heap_mib(answer, "spark.executor.memoryOverhead") == 384 + 512


def test_a_kill_does_not_lower_the_overhead_that_held_since():
    held = [row(number, 2048, HELD, executor_memory_overhead_bytes=2 * GIB) for number in range(1, 6)]
    answer = advise(request("yarn", spark__executor__memory="2g"), past(row(0, 2048, KILLED), *held))
    assert heap_mib(answer, "spark.executor.memoryOverhead") == 2048


def test_the_overhead_after_a_kill_is_never_less_than_python_on_kubernetes_has_anyway():
    killed = runs([(4096, KILLED, 10)], platform="kubernetes", executor_memory_overhead_bytes=1638 * MIB)
    answer = advise(request("kubernetes", spark__executor__memory="8g"), killed)
    assert heap_mib(answer, "spark.executor.memoryOverhead") >= int(0.4 * 8192)


@pytest.mark.parametrize(("facts", "asked", "attempt"), [((1024, DIED, 10), "1g", 1), ((1024, HELD, 10), "8g", 2)])
def test_sparks_least_overhead_does_not_grow_with_the_heap(facts, asked, attempt):
    history = runs([facts] * 3, executor_memory_overhead_bytes=384 * MIB)
    answer = advise(request("yarn", spark__executor__memory=asked, attempt=attempt), history)
    assert "spark.executor.memoryOverhead" not in answer.allocation


def test_overhead_comes_from_the_run_that_read_as_much_as_the_heap_is_proven_for():
    large = row(0, 4096, HELD, 10_000, executor_memory_overhead_bytes=2 * GIB, peak_process_rss_bytes=None)
    small = [row(number, 4096, HELD, 1) for number in range(1, 5)]
    assert heap_mib(advise(request(), past(large, *small)), "spark.executor.memoryOverhead") == 2048


def test_the_forecast_is_asked_about_the_overhead_that_goes_out():
    asked_about = []

    def model(candidate):
        asked_about.append(candidate)
        return forecast()(candidate)

    history = runs([(4096, HELD, 10)] * 3, executor_memory_overhead_bytes=2 * GIB)
    advise(request(), history, model)
    advise(request("yarn", spark__executor__memory="64g"), [], model)
    local = request("local", spark__driver__memory="1g")
    advise(local, runs([(4096, HELD, 10)] * 3, platform="local", executor_memory_overhead_bytes=0), model)
    assert [one.executor_memory_overhead_bytes for one in asked_about] == [2 * GIB, 6553 * MIB, 0]
    assert asked_about[2].driver_memory_bytes == asked_about[2].executor_memory_bytes > 3 * GIB


def test_a_size_that_no_recommendation_may_set_is_not_handed_back():
    given = {"spark__executor__minMemoryOverhead": "1g", "spark__yarn__driver__memoryOverhead": "1g"}
    assert advise(request(**given), []).allocation == {}


def test_cores_that_cannot_be_given_are_not_advised():
    history = runs([(2048, HELD, 10)] * 3, platform="standalone", executor_cores_count=8)
    for impossible in ({"spark__cores__max": "2"}, {"spark__task__cpus": "16"}):
        assert "spark.executor.cores" not in advise(request("standalone", **impossible), history).allocation
    assert advise(request("standalone", spark__cores__max="16"), history).allocation["spark.executor.cores"] == "8"


def test_fewer_tasks_than_cores_max_allows_never_share_a_heap():
    died = runs([(2048, DIED, 10)], platform="standalone", executor_cores_count=8)
    asked = request("standalone", spark__executor__memory="2g", spark__cores__max="2")
    two, eight = (heap_mib(advise(one, died)) for one in (asked, request("standalone", spark__executor__memory="2g")))
    assert 2048 <= two < eight, "eight tasks died of it, two are to share it"


def test_cores_are_not_pinned_beside_a_heap_that_rests_on_no_run():
    history = runs([(32_768, "unknown", 10)] * 3, executor_cores_count=8)
    assert advise(request("yarn", spark__executor__memory="2g"), history).allocation.keys() == {"spark.executor.memory"}


def test_instances_above_a_cap_are_no_start_above_the_cap():
    asked = {f"{D}enabled": "true", f"{D}maxExecutors": "10", "spark__executor__instances": "20"}
    answer = advise(request("yarn", **asked), runs([(2048, HELD, 10)] * 3), forecast(busy=50))
    assert not any("xecutors" in name or "instances" in name for name in answer.allocation)
    assert "contradict" in reason(answer, f"{DYNAMIC}.initialExecutors")


def test_a_start_lies_between_what_was_asked_as_floor_and_as_cap():
    asked = {f"{D}enabled": "true", f"{D}minExecutors": "2", f"{D}maxExecutors": "10"}
    history = runs([(2048, HELD, 10)] * 3, dynamic_allocation=True, executor_count=30)
    allocation = advise(request("yarn", **asked), history, forecast(busy=50)).allocation
    assert [allocation[f"{DYNAMIC}.{name}Executors"] for name in ("min", "initial", "max")] == ["2", "10", "10"]


def test_neither_cap_nor_floor_is_made_up():
    history = runs([(2048, HELD, 10)] * 3, dynamic_allocation=True, executor_count=12)
    allocation = advise(request("yarn", **{f"{D}enabled": "true"}), history, forecast(busy=4)).allocation
    assert allocation[f"{DYNAMIC}.initialExecutors"] == "4"
    assert not {f"{DYNAMIC}.{name}Executors" for name in ("min", "max")} & allocation.keys()


def test_instances_stay_as_asked_without_dynamic_allocation():
    allocation = advise(request("yarn", spark__executor__instances="7"), runs([(2048, HELD, 10)])).allocation
    assert allocation["spark.executor.instances"] == "7"
    assert not any("dynamicAllocation" in name for name in allocation)


@pytest.mark.parametrize(("shuffled_mib", "expected"), [(10, None), (16_000, "250"), (10**6, "400")])
def test_shuffle_partitions_grow_with_the_shuffle_and_never_shrink(shuffled_mib, expected):
    name = "spark.sql.shuffle.partitions"
    assert advise(request(), runs([(2048, HELD, 10)] * 3), forecast(shuffled_mib)).allocation.get(name) == expected
    seen = runs([(2048, HELD, 10)] * 3, shuffle_write_bytes=shuffled_mib * MIB)
    assert advise(request(), seen).allocation.get(name) == expected
    assert name not in advise(request(), [], forecast(10**6)).allocation


@given(
    facts=st.lists(
        st.tuples(st.integers(512, 20_000), st.sampled_from([HELD, DIED, KILLED]), st.integers(0, 9000)), max_size=8
    ),
    platform=st.sampled_from(PLATFORMS),
    enabled=st.none() | st.sampled_from(["true", "false", " TRUE "]),
    least=counts,
    initial=counts,
    most=counts | st.just("infinity"),
    instances=counts,
    busy=st.none() | st.floats(0, 200),
    partitions=st.none() | st.integers(1, 5000).map(str),
    trials=st.booleans(),
)
def test_whatever_is_asked_the_answer_is_consistent_and_rests_on_something(
    facts, platform, enabled, least, initial, most, instances, busy, partitions, trials
):
    asked = {
        f"{D}enabled": enabled,
        f"{D}minExecutors": least,
        f"{D}initialExecutors": initial,
        f"{D}maxExecutors": most,
        "spark__executor__instances": instances,
        "spark__sql__shuffle__partitions": partitions,
        "spark__executor__minMemoryOverhead": "1g" if trials else None,
    }
    asked = {name: value for name, value in asked.items() if value is not None}
    history = runs(facts, platform="yarn" if platform == "unknown" else platform)
    model = None if busy is None else forecast(busy=busy)
    answer = advise(request(platform, **asked), history, model, limits=replace(DEFAULT_LIMITS, allow_trials=trials))
    allocation = answer.allocation
    SparkProperties.model_validate(allocation)
    assert allocation.keys() <= RESOURCE_PROPERTIES, "a launcher refuses the whole answer otherwise"
    assert all(re.fullmatch(r"[0-9]+m", value) for name, value in allocation.items() if is_size(name))
    assert {one.property for one in answer.reasons} >= {"*", *allocation}
    if not history:
        assert allocation.keys() <= {name.replace("__", ".") for name in asked}
    for key in ("minExecutors", "maxExecutors"):
        assert allocation.get(f"{DYNAMIC}.{key}") in {None, asked.get(f"{D}{key}")}, "a bound is never moved"
    if allocation.get(f"{DYNAMIC}.enabled") == "true":
        low, start, high = (allocation.get(f"{DYNAMIC}.{name}Executors") for name in ("min", "initial", "max"))
        cap = float("inf") if high in {None, "infinity"} else int(high)
        floor = max(int(low or 0), int(allocation.get("spark.executor.instances", 0)))
        assert floor <= max(floor, int(start or 0)) <= cap
        assert start is None or int(low or 0) <= int(start)
