"""What runs speak for, property by property; every advised property is held against the installed Spark."""

from dataclasses import replace
from pathlib import Path

import pytest

from data_contracts.properties.catalogue import catalogue
from sparkwright.advisor.configuring import run_of_log
from sparkwright.configuration.installed import installed_spark
from sparkwright.configuration.recommend import recommend_config
from sparkwright.history.application.joins import Join
from tests.support.made_stages import MIB, application, stage

FIXTURES = Path(__file__).parents[1] / "fixtures"
SPARK = "4.3.0"
PARTITIONS = "spark.sql.shuffle.partitions"
ADAPTIVE = "spark.sql.adaptive.enabled"
SKEW_JOIN = "spark.sql.adaptive.skewJoin.enabled"
MAX_SPLIT = "spark.sql.files.maxPartitionBytes"
SERIALIZER = "spark.serializer"
BROADCAST = "spark.sql.autoBroadcastJoinThreshold"
ADAPTIVE_OFF = {ADAPTIVE: "false"}


def tiny_shuffle(*, tasks=4, mib=1, **changes):
    return stage(1, tasks=tasks, shuffle_read_bytes=mib * MIB, largest_task_read_bytes=mib * MIB // tasks, **changes)


def scan(*, tasks=40, mib_each=128, **changes):
    read = tasks * mib_each * MIB
    return stage(0, tasks=tasks, input_bytes=read, shuffle_read_bytes=0, shuffle_write_bytes=MIB, **changes)


def said(advice, name):
    [found] = [one for one in advice.settings if one.name == name]
    return found


def made():
    """One situation a property that is advised, with what is advised there."""
    off = {ADAPTIVE: "false", SKEW_JOIN: "false"}
    skewed = stage(1, tasks=200, shuffle_read_bytes=1500 * MIB, largest_task_read_bytes=500 * MIB)
    return {
        "fewer partitions": (application(scan(mib_each=1), tiny_shuffle()), {PARTITIONS: "8"}),
        "more partitions": (
            application(stage(tasks=200, shuffle_read_bytes=12_800 * MIB)),
            {PARTITIONS: "400"},
        ),
        "adaptive, skewed joins": (application(skewed, properties=off), {ADAPTIVE: "true", SKEW_JOIN: "true"}),
        "smaller splits": (application(scan(disk_spilled_bytes=MIB)), {MAX_SPLIT: "64m"}),
        "larger splits": (application(scan(tasks=400, task_s=0.3)), {MAX_SPLIT: "256m"}),
        "serializer": (
            application(stage(sql_execution_id=None, shuffle_write_bytes=400 * MIB)),
            {SERIALIZER: "org.apache.spark.serializer.KryoSerializer"},
        ),
    }


@pytest.mark.parametrize("name", made())
def test_advice_follows_from_figures(name):
    run, wanted = made()[name]
    advice = recommend_config([run], SPARK)
    assert {key: advice.properties.get(key) for key in wanted} == wanted
    for key in wanted:
        assert said(advice, key).facts
        assert any(character.isdigit() for character in " ".join(said(advice, key).facts))


def test_the_installed_spark_reads_everything_that_is_advised():
    """Every property in every situation: it exists, the value parses, no deprecated name."""
    with installed_spark() as spark:
        advised = [
            pair for run, _ in made().values() for pair in recommend_config([run], spark.version).properties.items()
        ]
        assert len({name for name, _ in advised}) == 5
        assert [text for name, value in advised if (text := spark.refusal(name, value))] == []
        assert all(not catalogue().entries[name].deprecated_since for name, _ in advised)


@pytest.mark.slow
@pytest.mark.parametrize("partitions", [None, "200", "5000"])
def test_the_installed_spark_reads_everything_that_recorded_runs_are_advised(partitions):
    """Every run that the lab recorded, as it was and as if it had been cut into more pieces."""
    advised: list[tuple[str, str]] = []
    logs = [log for recording in ("campaign", "faults") for log in (FIXTURES / recording / "eventlogs").iterdir()]
    for log in logs:
        version, runs, joins = run_of_log(log)
        if partitions is not None:
            runs = [replace(run, properties={**run.properties, PARTITIONS: partitions}) for run in runs]
        advised += recommend_config(runs, version, joins=joins).properties.items()
    assert len(logs) > 200
    assert len(advised) > (2 if partitions is None else 40)
    with installed_spark() as spark:
        assert [text for name, value in sorted(set(advised)) if (text := spark.refusal(name, value))] == []


def joined(left, right, *, how="SortMergeJoin", join_type="Inner"):
    return Join(7, how, join_type, left * MIB if left is not None else None, right * MIB if right is not None else None)


def threshold(*joins, **properties):
    heaps = {"spark.executor.memory": "4g", "spark.driver.memory": "2g"}
    run = application(tiny_shuffle(), properties=heaps | properties)
    return said(recommend_config([run], SPARK, joins=joins), BROADCAST)


def test_the_smaller_side_of_a_shuffled_join_raises_the_broadcast_threshold():
    setting = threshold(joined(20, 900), joined(900, 40))
    assert setting.standing == "advised"
    assert setting.value == "50m"
    assert "900 MiB with 40 MiB" in " ".join(setting.facts)
    assert catalogue().refusal(BROADCAST, setting.value, SPARK) == ""


@pytest.mark.parametrize(
    "join",
    [
        joined(2, 900),  # small enough already: the query asks for the merge
        joined(300, 400),  # hardly smaller than the other
        joined(200, 5000),  # more than the driver's heap should take
        joined(None, 40),
        joined(20, 900, join_type="FullOuter"),
        joined(20, 900, join_type="LeftOuter"),  # only the right side can be sent
        joined(20, 900, join_type=""),
        joined(20, 900, how="ShuffledHashJoin"),
        joined(None, 40, how="BroadcastHashJoin"),
    ],
)
def test_the_broadcast_threshold_stays_where_a_join_does_not_speak_for_it(join):
    assert threshold(join).standing == "kept"


def test_a_threshold_that_was_switched_off_stays_off():
    assert threshold(joined(20, 900), **{BROADCAST: "-1"}).standing == "kept"
    assert threshold(joined(20, 900), **{BROADCAST: "lots"}).standing == "unknown"
    assert threshold().standing == "unknown"


def test_no_run_means_nothing_is_known():
    advice = recommend_config([], SPARK)
    assert advice.properties == {}
    assert {one.standing for one in advice.settings} == {"unknown"}
    assert "no run" in advice.note


@pytest.mark.parametrize(
    ("changes", "word"), [({"shape": "endless_or_shared"}, "streams"), ({"status": "failed"}, "succeeded")]
)
def test_streams_and_failures_speak_for_nothing(changes, word):
    advice = recommend_config([application(tiny_shuffle(), **changes)], SPARK)
    assert advice.properties == {}
    assert word in advice.note


def test_an_unknown_spark_version_is_advised_nothing():
    for version in ("", "nightly"):
        advice = recommend_config([application(tiny_shuffle())], version)
        assert advice.properties == {}
        assert said(advice, PARTITIONS).standing in {"refused", "unknown"}


def test_adaptive_execution_is_advised_from_the_version_on_that_has_it_by_default():
    run = application(stage(tasks=200), properties=ADAPTIVE_OFF)
    assert said(recommend_config([run], "3.1.3"), ADAPTIVE).standing == "unknown"
    assert said(recommend_config([run], "3.2.0"), ADAPTIVE).value == "true"


def test_what_the_user_sets_wins_and_is_said():
    advice = recommend_config([application(scan(mib_each=1), tiny_shuffle())], SPARK, given={PARTITIONS: "100"})
    setting = said(advice, PARTITIONS)
    assert setting.standing == "yours"
    assert "100" in setting.why
    assert PARTITIONS not in advice.properties


def test_a_policy_has_the_last_word():
    refused = recommend_config(
        [application(scan(mib_each=1), tiny_shuffle())],
        SPARK,
        allowed=lambda name, value: "policy floor allows at least 50" if name == PARTITIONS else "",
    )
    setting = said(refused, PARTITIONS)
    assert setting.standing == "refused"
    assert "policy floor" in setting.why
    assert refused.properties == {}


def test_partitions_are_not_made_fewer_where_tasks_spilled():
    advice = recommend_config([application(tiny_shuffle(disk_spilled_bytes=MIB))], SPARK)
    assert said(advice, PARTITIONS).standing == "kept"
    assert advice.properties == {}


def test_a_number_that_the_code_sets_is_not_advised():
    tasks = application(tiny_shuffle(tasks=37), properties=ADAPTIVE_OFF)
    assert said(recommend_config([tasks], SPARK), PARTITIONS).standing == "unknown"
    more = application(tiny_shuffle(tasks=300))
    assert said(recommend_config([more], SPARK), PARTITIONS).standing == "unknown"


def test_partitions_keep_room_for_a_shuffle_that_doubles():
    run = application(scan(mib_each=1), stage(1, tasks=16, shuffle_read_bytes=1024 * MIB), executors=1)
    value = int(recommend_config([run], SPARK).properties[PARTITIONS])
    assert 2 * 1024 * MIB / value <= 64 * MIB


def test_the_largest_shuffle_of_any_recent_run_counts():
    small, large = tiny_shuffle(), stage(1, tasks=100, shuffle_read_bytes=6400 * MIB)
    runs = [application(small), application(large), application(small)]
    assert said(recommend_config(runs, SPARK), PARTITIONS).standing == "kept"


def test_the_broadcast_threshold_is_unknown_from_stages_alone():
    setting = said(recommend_config([application(tiny_shuffle())], SPARK), BROADCAST)
    assert setting.standing == "unknown"
    assert "plan" in setting.why


def test_partitions_are_not_made_fewer_where_one_task_reads_most_of_the_shuffle():
    uneven = stage(1, tasks=32, shuffle_read_bytes=40 * MIB, largest_task_read_bytes=30 * MIB)
    setting = said(recommend_config([application(uneven)], SPARK), PARTITIONS)
    assert setting.standing == "kept"
    assert "30 MiB" in " ".join(setting.facts)


def test_eight_partitions_fewer_are_not_worth_a_word():
    run = application(tiny_shuffle(), executors=1, properties={PARTITIONS: "8"})
    assert said(recommend_config([run], SPARK), PARTITIONS).standing == "kept"


def test_one_partition_on_many_cores_becomes_as_many_as_the_cores_ask_for():
    one = stage(1, tasks=1, shuffle_read_bytes=400 * MIB)
    assert recommend_config([application(one, properties={PARTITIONS: "1"})], SPARK).properties == {PARTITIONS: "8"}


def test_an_uneven_shuffle_where_splitting_is_on_is_kept():
    uneven = stage(1, tasks=200, shuffle_read_bytes=1500 * MIB, largest_task_read_bytes=500 * MIB)
    assert said(recommend_config([application(uneven)], SPARK), SKEW_JOIN).standing == "kept"


def test_values_that_nobody_can_read_do_not_stop_the_advice():
    run = application(tiny_shuffle(), scan(), properties={PARTITIONS: "lots", MAX_SPLIT: "${size}", ADAPTIVE: "yes"})
    advice = recommend_config([run], SPARK)
    assert said(advice, MAX_SPLIT).standing == "unknown"


def test_stages_without_tasks_or_times_are_looked_at_all_the_same():
    bare = replace(stage(tasks=0, started_at=None, ended_at=None), shuffle_read_bytes=0)
    assert recommend_config([application(bare)], SPARK).properties == {}
