"""Each detector on figures that show its cause, and on those that just do not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkwright.diagnosis.detectors import SlowCause, find_slow_causes, load_thresholds, slow_findings
from sparkwright.diagnosis.detectors.metrics import ApplicationMetrics
from sparkwright.diagnosis.detectors.thresholds import Thresholds
from sparkwright.diagnosis.taxonomy import SLOWDOWNS
from sparkwright.errors import ConfigError
from tests.support.made_stages import MIB, START_MS, application, stage


def _only(app: ApplicationMetrics, thresholds: Thresholds | None = None) -> SlowCause:
    [cause] = find_slow_causes(app, thresholds)
    assert cause.cause in SLOWDOWNS
    assert cause.facts and cause.how and cause.remedy and cause.title
    return cause


def test_an_even_run_on_busy_cores_has_no_cause() -> None:
    assert find_slow_causes(application(stage())) == []


def test_an_application_without_anything_has_no_cause() -> None:
    assert find_slow_causes(application(executors=0)) == []
    assert find_slow_causes(application(executors=0, ended_at=None)) == []


# 39 tasks of 4 s and one of 80 s that read 40 times as much, on 4 cores: 236 core-seconds are 59 s evenly spread.
_SKEWED: dict[str, Any] = {
    "to_s": 100,
    "task_s": 4,
    "task_time_ms": 236_000,
    "largest_task_ms": 80_000,
    "largest_task_read_bytes": 400 * MIB,
    "longest_task_ms": 80_000,
    "longest_task_read_bytes": 400 * MIB,
    "shuffle_read_bytes": (400 + 390) * MIB,
}


def test_a_task_that_reads_most_is_skew() -> None:
    cause = _only(application(stage(3, **_SKEWED)))
    assert (cause.cause, cause.stage_ids) == ("data_skew", (3,))
    assert cause.lost_s == pytest.approx(80 - 59)
    assert "400 MiB" in cause.facts[0]
    # Above Spark's own threshold of 256 MiB adaptive execution splits it by itself.
    assert cause.properties == {}


def test_a_stage_is_shown_with_the_line_that_started_it_however_deep_the_file_lies() -> None:
    deep = "count at /srv/warehouse/a/very/long/way/down/to/jobs/of/the/team/bucket_reports.py:17\norg.apache.spark"
    fact = _only(application(stage(3, stage_name=deep, **_SKEWED))).facts[0]
    assert fact.startswith("stage 3 (count at .../a/very/long/way/down/to/jobs/of/the/team/bucket_reports.py:17): ")
    assert "(count at jobs.py:1)" in _only(application(stage(3, stage_name="count at jobs.py:1", **_SKEWED))).facts[0]
    nameless = "x" * 100
    assert f"({'x' * 80})" in _only(application(stage(3, stage_name=nameless, **_SKEWED))).facts[0]


def test_skew_that_spark_does_not_see_gets_a_threshold_that_it_does() -> None:
    smaller = {"largest_task_read_bytes": 100 * MIB, "shuffle_read_bytes": (100 + 390) * MIB}
    app = application(stage(**_SKEWED | smaller), properties={"spark.sql.adaptive.skewJoin.enabled": "false"})
    assert _only(app).properties == {
        "spark.sql.adaptive.skewJoin.enabled": "true",
        "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes": "50m",
        "spark.sql.adaptive.advisoryPartitionSizeInBytes": "10m",
    }


def test_skew_is_told_before_it_costs_time_but_not_of_a_side_stage_of_a_long_run() -> None:
    # The other cores were busy all the time: nothing is lost on four of them.
    busy = _SKEWED | {"task_time_ms": 400_000}
    assert _only(application(stage(**busy))).lost_s == 0
    long = application(stage(**busy), lasts_s=9000)
    assert "data_skew" not in {cause.cause for cause in find_slow_causes(long)}


def test_a_large_task_that_is_not_long_is_no_skew() -> None:
    quick = _SKEWED | {"largest_task_ms": 8_000, "longest_task_ms": 8_000, "to_s": 60}
    assert find_slow_causes(application(stage(**quick), lasts_s=60)) == []


_WAITED: dict[str, Any] = {
    "task_s": 4,
    "task_time_ms": 236_000,
    "longest_task_ms": 80_000,
    "longest_task_elsewhere_ms": 5_000,
}


def test_a_long_task_that_reads_no_more_and_has_no_like_elsewhere_is_a_slow_node() -> None:
    cause = _only(application(stage(**_WAITED)))
    assert cause.cause == "slow_node"
    # With 4 s in place of 80 s the stage would take 40 s on four cores.
    assert cause.lost_s == pytest.approx(80 - 40)
    assert cause.properties == {"spark.speculation": "true"}
    speculating = application(stage(**_WAITED), properties={"spark.speculation": "true"})
    assert _only(speculating).properties == {}


def test_long_tasks_on_two_executors_are_stragglers() -> None:
    cause = _only(application(stage(**_WAITED | {"longest_task_elsewhere_ms": 60_000})))
    assert (cause.cause, cause.properties) == ("stragglers", {})
    assert cause.lost_s == pytest.approx(80 - 59)


def test_too_few_tasks_where_a_setting_keeps_them_few() -> None:
    lone = stage(tasks=1, task_s=60, to_s=60)
    cause = _only(application(lone, lasts_s=60, properties={"spark.sql.shuffle.partitions": "1"}))
    assert cause.cause == "too_few_partitions"
    assert cause.lost_s == pytest.approx(60 - 15)
    assert cause.properties == {"spark.sql.shuffle.partitions": "12"}


def test_a_lone_task_that_no_setting_cut_counts_from_a_minute() -> None:
    assert find_slow_causes(application(stage(tasks=1, task_s=60, to_s=60), lasts_s=60)) == []
    cause = _only(application(stage(tasks=1, task_s=600, to_s=600), lasts_s=600))
    assert (cause.cause, cause.properties) == ("too_few_partitions", {})
    assert "no setting" in cause.facts[0]


def test_a_lone_task_beside_a_busy_stage_loses_nothing() -> None:
    lone = stage(1, tasks=1, task_s=100)
    full = stage(0, tasks=30, task_s=10)
    assert find_slow_causes(application(lone, full, properties={"spark.sql.shuffle.partitions": "1"})) == []


def test_pieces_too_small_to_cut_are_not_too_few() -> None:
    tiny = stage(tasks=1, task_s=60, to_s=60, shuffle_read_bytes=MIB // 2)
    assert find_slow_causes(application(tiny, lasts_s=60, properties={"spark.sql.shuffle.partitions": "1"})) == []


def test_many_tiny_shuffle_tasks_are_too_many() -> None:
    tiny: dict[str, Any] = {"tasks": 2000, "task_s": 0.1, "to_s": 60, "shuffle_read_bytes": 20 * MIB}
    cause = _only(application(stage(**tiny), lasts_s=60, properties={"spark.sql.adaptive.enabled": "false"}))
    assert (cause.cause, cause.properties) == ("too_many_partitions", {"spark.sql.adaptive.enabled": "true"})
    assert cause.lost_s == pytest.approx((2000 - 12) * 0.1 / 4)
    of_rdd = _only(application(stage(**tiny, sql_execution_id=None), lasts_s=60))
    assert of_rdd.properties == {"spark.default.parallelism": "12"}
    assert find_slow_causes(application(stage(**tiny | {"task_s": 0.3}), lasts_s=60)) == []


def test_many_tasks_that_compute_and_read_nothing_lose_what_is_around_their_run() -> None:
    busy = stage(tasks=2000, task_s=0.1, to_s=60, shuffle_read_bytes=0)
    assert find_slow_causes(application(busy, lasts_s=60)) == []


def test_many_tiny_file_tasks_are_small_files() -> None:
    tiny: dict[str, Any] = {"tasks": 2000, "task_s": 0.1, "to_s": 60, "shuffle_read_bytes": 0, "input_bytes": MIB}
    properties = {"spark.sql.files.openCostInBytes": "128m"}
    cause = _only(application(stage(**tiny), lasts_s=60, properties=properties))
    assert (cause.cause, cause.properties) == ("small_files", {"spark.sql.files.openCostInBytes": "4m"})
    assert _only(application(stage(**tiny), lasts_s=60)).properties == {}


def test_spill_is_measured_against_what_the_stage_handled() -> None:
    spilled: dict[str, Any] = {"memory_spilled_bytes": 4000 * MIB, "disk_spilled_bytes": 1000 * MIB}
    cause = _only(application(stage(**spilled)))
    assert (cause.cause, cause.properties) == ("excessive_spill", {"spark.executor.memory": "8192m"})
    assert cause.lost_s == pytest.approx(4000 / 50 / 4)
    assert find_slow_causes(application(stage(**spilled, shuffle_write_bytes=50_000 * MIB))) == []


def test_garbage_collection_counts_beyond_its_usual_share() -> None:
    cause = _only(application(stage(jvm_gc_time_ms=80_000)))
    assert (cause.cause, cause.properties) == ("gc_pressure", {"spark.executor.memory": "8192m"})
    assert cause.lost_s == pytest.approx((80 - 20) / 4)
    assert find_slow_causes(application(stage(jvm_gc_time_ms=36_000))) == []
    # A heap of 64 GiB is no advice.
    assert (
        _only(application(stage(jvm_gc_time_ms=80_000), properties={"spark.executor.memory": "32g"})).properties == {}
    )


def test_work_done_twice_counts_in_a_run_that_succeeded() -> None:
    again = stage(1, from_s=100, to_s=150, tasks=20, stage_attempt_id=1)
    app = application(stage(failed_task_time_ms=40_000, failed_task_count=4), again, lasts_s=150)
    cause = _only(app)
    assert cause.cause == "wasted_retries"
    assert (cause.lost_s, cause.wasted_core_s) == (pytest.approx(60), pytest.approx(240))
    assert find_slow_causes(application(*app.stages, lasts_s=150, status="failed")) == []


def test_a_driver_alone_counts_in_a_batch_run() -> None:
    app = application(stage(to_s=100), lasts_s=400)
    cause = _only(app)
    assert (cause.cause, cause.lost_s) == ("driver_bound", pytest.approx(300))
    assert find_slow_causes(application(stage(to_s=100), lasts_s=400, shape="endless_or_shared")) == []


def test_idle_cores_cost_cores_and_no_time() -> None:
    app = application(stage(to_s=7200, task_time_ms=400_000), lasts_s=7200)
    cause = _only(app)
    assert (cause.cause, cause.lost_s, cause.wasted_core_s) == ("idle_cores", 0, pytest.approx(4 * 7200 - 400))
    assert cause.properties == {
        "spark.dynamicAllocation.enabled": "true",
        "spark.dynamicAllocation.shuffleTracking.enabled": "true",
    }
    assert find_slow_causes(application(*app.stages, lasts_s=7200, platform="local")) == []
    on_databricks = application(*app.stages, lasts_s=7200, properties={"spark.databricks.clusterSource": "JOB"})
    assert _only(on_databricks).properties == {}


def test_cores_are_counted_as_cores_where_a_task_takes_several() -> None:
    four = {"spark.task.cpus": "4", "spark.dynamicAllocation.enabled": "true"}
    hour: dict[str, Any] = {"cores": 4, "lasts_s": 3600, "properties": four}
    whole = {"task_s": 3600, "to_s": 3600, "longest_task_elsewhere_ms": 0}
    assert "idle_cores" not in {one.cause for one in find_slow_causes(application(stage(tasks=2, **whole), **hour))}
    found = find_slow_causes(application(stage(tasks=1, **whole), executors=4, **hour))
    [idle] = [one for one in found if one.cause == "idle_cores"]
    assert idle.wasted_core_s == 12 * 3600
    assert idle.facts == ("12.0 of 16.0 core-hours held (75%) ran no task",)
    failed = stage(tasks=2, failed_task_count=1, failed_task_time_ms=3_600_000, **whole)
    [again] = [one for one in find_slow_causes(application(failed, **hour)) if one.cause == "wasted_retries"]
    assert again.wasted_core_s == 4 * 3600
    assert again.facts == ("1 tasks failed and 0 were killed, 4.0 h of core-time",)


def test_stages_that_ran_at_the_same_time_lose_no_more_than_they_took() -> None:
    spilled: dict[str, Any] = {"memory_spilled_bytes": 400_000 * MIB, "disk_spilled_bytes": 1}
    app = application(*(stage(number, **spilled) for number in range(5)))
    cause = next(cause for cause in find_slow_causes(app) if cause.cause == "excessive_spill")
    assert cause.lost_s == pytest.approx(100)
    assert len(cause.stage_ids) == 5


def test_what_is_worth_a_word_is_data() -> None:
    app = application(stage(jvm_gc_time_ms=80_000))
    assert find_slow_causes(app, load_thresholds(["min_lost_s.value=16"])) == []
    assert _only(app, load_thresholds(["min_lost_share.value=0.14"]))
    with pytest.raises(ConfigError, match="min_lost_seconds"):
        load_thresholds(["min_lost_seconds.value=16"])


def test_every_threshold_says_where_it_comes_from() -> None:
    assert all(len(one["source"]) > 10 for one in load_thresholds().model_dump().values())


def test_a_lake_that_an_older_version_wrote_is_no_error() -> None:
    unknown = dict.fromkeys(
        (
            "task_time_ms", "failed_task_time_ms", "longest_task_ms", "longest_task_read_bytes",
            "longest_task_executor_id", "longest_task_elsewhere_ms", "largest_task_read_bytes", "largest_task_ms",
            "task_duration_p25_ms", "task_duration_p50_ms", "task_duration_p75_ms",
        )
    )  # fmt: skip
    assert _only(application(stage(**_SKEWED | unknown | {"jvm_gc_time_ms": 80_000}))).cause == "gc_pressure"


def test_findings_are_what_a_diagnosis_carries() -> None:
    [finding] = slow_findings([_only(application(stage(**_WAITED)))])
    assert (finding.cause, finding.remediation.properties) == ("slow_node", {"spark.speculation": "true"})


_count = st.integers(0, 10**12)
_figures = st.fixed_dictionaries(
    {
        "tasks": st.integers(0, 10**6),
        "to_s": st.integers(-10, 10**5),
        "failed_task_count": st.integers(0, 100),
        "jvm_gc_time_ms": _count,
        "input_bytes": _count,
        "shuffle_read_bytes": _count,
        "memory_spilled_bytes": _count,
        "disk_spilled_bytes": _count,
        "ended_at": st.none() | st.integers(START_MS - 1000, START_MS + 10**9),
    },
    optional={
        name: st.none() | st.integers(0, 10**9)
        for name in (
            "task_time_ms", "failed_task_time_ms", "longest_task_ms", "longest_task_elsewhere_ms",
            "largest_task_read_bytes", "largest_task_ms", "task_duration_p50_ms", "task_duration_p75_ms", "started_at",
        )
    },
)  # fmt: skip


@given(st.lists(_figures, max_size=4), st.integers(0, 3), st.integers(0, 10**5))
def test_no_figures_whatever_make_them_fail_or_lose_more_than_there_was(
    stages: list[dict[str, Any]], executors: int, lasts_s: int
) -> None:
    app = application(
        *(stage(number, **one) for number, one in enumerate(stages)), executors=executors, lasts_s=lasts_s
    )
    for cause in find_slow_causes(app):
        assert cause.lost_s >= 0 and cause.wasted_core_s >= 0
        if cause.stage_ids and cause.cause != "wasted_retries":
            last = max([app.ended_at or 0, *(one.ended_at or 0 for one in app.stages)])
            first = min(one.started_at if one.started_at is not None else last for one in app.stages)
            assert cause.lost_s <= max(0, last - first) / 1000 + 0.001
