"""The overhead from what processes were measured to take."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.properties.spark import GIB, MIB
from sparkwright.allocation.beside_heap import overhead
from sparkwright.allocation.evidence import HeapRecord
from sparkwright.spark.allocation import effective_allocation
from tests.allocation.runs import DIED, HELD, KILLED, past, row

NAME = "spark.executor.memoryOverhead"


def measured(number, rss_mib, heap_mib=4096, used_mib=3800, verdict=HELD, **changes):
    facts = {
        "peak_process_rss_bytes": rss_mib * MIB if rss_mib is not None else None,
        "peak_jvm_heap_bytes": used_mib * MIB if used_mib is not None else None,
        "executor_memory_overhead_bytes": 3 * GIB,
    }
    return row(number, heap_mib, verdict, **facts | changes)


def advised(rows, platform="yarn", overhead_asked="3g", heap="4g", **given):
    """The overhead [MiB] that is advised, and why; None where none is."""
    properties = {"spark.executor.memory": heap, "spark.executor.cores": "2"}
    properties |= {name.replace("__", "."): value for name, value in given.items()}
    if overhead_asked:
        properties[NAME] = overhead_asked
    runs = past(*rows)
    record = HeapRecord.of(runs, 2)
    found = overhead(effective_allocation(properties, platform), record, runs[-1] if runs else None, properties)
    return (int(found[0].value[:-1]), found[0].reason) if found else (None, "")


def steady(count, rss_mib=4600, **facts):
    return [measured(number, rss_mib + number % 5, **facts) for number in range(count)]


@pytest.mark.parametrize(("count", "platform"), [(5, "yarn"), (40, "yarn"), (40, "kubernetes")])
def test_an_overhead_far_above_what_was_measured_falls(count, platform):
    size, why = advised(steady(count, platform=platform), platform)
    assert 800 < size < 2048, "800 MiB were beside a heap of 3800 in use"
    assert f"{count} measured run(s)" in why


def test_it_falls_no_further_than_sparks_own_rule():
    assert advised(steady(40, rss_mib=3900))[0] == 409
    assert advised(steady(40, rss_mib=3900), spark__executor__minMemoryOverhead="1g")[0] == 1024


@pytest.mark.parametrize(
    "rows",
    [
        [],
        steady(4),
        steady(40, used_mib=None),
        [measured(number, None) for number in range(40)],
        steady(40, verdict=DIED),
        steady(40, executor_cores_count=1),
        steady(40, platform="standalone"),
        steady(40, rss_mib=7000),
    ],
    ids=["none", "four", "heap unknown", "unmeasured", "died", "fewer tasks", "elsewhere", "needed"],
)
def test_it_stays_as_asked_without_enough_that_compares(rows):
    assert advised(rows) == (3072, "as asked")


def test_a_kill_long_ago_keeps_it():
    """Of a larger input than the next, so that it is no evidence about the heap."""
    killed = measured(0, 7100, verdict=KILLED, input_bytes=10**15)
    assert advised([killed, *steady(40)[1:]])[0] == 3072


def test_a_heap_that_was_not_filled_may_be_filled_next_time():
    filled, empty = (advised(steady(40, used_mib=used))[0] for used in (4000, 2400))
    assert empty >= 2200 > filled


def test_what_somebody_set_before_falls_to_what_was_measured():
    size, why = advised(steady(40), overhead_asked=None)
    assert 800 < size < 2048
    assert "otherwise" in why


def test_sparks_own_overhead_rises_before_it_is_outgrown():
    own = steady(20, rss_mib=4480, executor_memory_overhead_bytes=409 * MIB)
    size, why = advised(own, overhead_asked=None)
    assert 409 < size < 1536
    assert "20 measured run(s)" in why
    assert advised(own[:4], overhead_asked=None)[0] is None
    assert advised(own, "standalone", overhead_asked=None)[0] is None
    assert advised(own, overhead_asked=None, spark__executor__pyspark__memory="2g")[0] is None


def test_more_python_beside_the_heap_lets_less_fall():
    sizes = [advised(steady(30, rss_mib=rss))[0] for rss in range(4000, 7200, 100)]
    assert sizes == sorted(sizes)
    assert sizes[0] < 1024
    assert sizes[-1] == 3072


@given(
    facts=st.lists(
        st.tuples(
            st.none() | st.integers(1, 10_000), st.none() | st.integers(1, 4096), st.sampled_from([HELD, DIED, KILLED])
        ),
        max_size=12,
    ),
    asked=st.none() | st.integers(1, 8192),
)
def test_it_never_falls_below_sparks_rule_and_rises_only_on_evidence(facts, asked):
    rows = [
        measured(number, rss, used_mib=used, verdict=verdict, executor_memory_overhead_bytes=409 * MIB)
        for number, (rss, used, verdict) in enumerate(facts)
    ]
    size, _ = advised(rows, overhead_asked=None if asked is None else f"{asked}m")
    killed = any(verdict == KILLED for *_, verdict in facts)
    if asked is None:
        assert size is None or size > 409
    else:
        assert size >= min(asked, 409)
        assert size <= asked or killed
