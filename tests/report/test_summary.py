"""Hours, money and shares, against sums done by hand."""

import json

import pytest

from sparkwright.lake import Lake
from tests.report.report_lakes import add_run, report_on


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


def test_hours_are_those_of_the_executors(lake):
    # 2 executors x 3 h, 8 GiB and 4 cores each, 5 of 12 core-hours busy, 6 of 8 GiB used at the peak.
    add_run(lake, "app-1", hours=3, peak_gib=6, busy_hours=5)
    usage = report_on(lake).summary.usage
    assert usage.memory_allocated_gib_h == pytest.approx(48)
    assert usage.memory_used_gib_h == pytest.approx(36)
    assert usage.memory_idle_gib_h == pytest.approx(12)
    assert usage.cores_allocated_h == pytest.approx(24)
    assert usage.cores_used_h == pytest.approx(10)
    assert usage.cores_idle_h == pytest.approx(14)
    assert usage.money == pytest.approx(48 * 0.5 + 24 * 1.0)


def test_overhead_counts_where_the_cluster_manager_reserves_it(lake):
    properties = {"spark.executor.memory": "10g"}
    add_run(lake, "app-1", application={"platform": "yarn"}, properties=properties)
    assert report_on(lake).summary.usage.memory_allocated_gib_h == pytest.approx(2 * 11)
    add_run(lake, "app-1", application={"platform": "standalone"}, properties=properties)
    assert report_on(lake).summary.usage.memory_allocated_gib_h == pytest.approx(2 * 10)


def test_a_resource_profile_counts_with_its_own_memory(lake):
    from data_contracts.tables import Executor
    from tests.report import rows
    from tests.report.report_lakes import START

    profiles = json.dumps({"1": {"spark.executor.memory": "32g"}})
    add_run(lake, "app-1", executors=1, application={"resource_profiles_json": profiles})
    big = rows.executor(
        app_id="app-1", attempt_id="1", executor_id="7", resource_profile_id=1, executor_cores_count=1,
        started_at=START, ended_at=START.replace(hour=7),
    )  # fmt: skip
    lake.merge(Executor, [big])
    assert report_on(lake).summary.usage.memory_allocated_gib_h == pytest.approx(8 + 32)


def test_what_was_not_measured_is_not_known_and_never_zero(lake):
    add_run(lake, "app-1", peak_gib=None)
    usage = report_on(lake).summary.usage
    assert usage.memory_used_gib_h is None
    assert usage.memory_idle_gib_h is None


def test_only_the_measured_part_is_called_idle(lake):
    add_run(lake, "app-1", peak_gib=2)
    add_run(lake, "app-2", peak_gib=None)
    usage = report_on(lake).summary.usage
    assert usage.memory_allocated_gib_h == pytest.approx(32)
    assert usage.memory_measured_gib_h == pytest.approx(16)
    assert usage.memory_idle_gib_h == pytest.approx(12)


def test_failed_share_leaves_out_what_is_not_known(lake):
    for number, status in enumerate(["succeeded", "failed", "unknown", "failed"]):
        add_run(lake, f"app-{number}", application={"status": status})
    summary = report_on(lake).summary
    assert (summary.succeeded, summary.failed, summary.unknown) == (1, 2, 1)
    assert summary.failed_share == pytest.approx(2 / 3)
    assert summary.failed_usage.memory_allocated_gib_h == pytest.approx(32)


@pytest.mark.parametrize(
    ("group_by", "properties", "expected"),
    [
        ("user", {}, {"ana": 1, "bo": 1}),
        ("queue", {}, {"etl": 2}),
        ("team", {"spark.kubernetes.driver.label.team": "fraud"}, {"fraud": 1, "": 1}),
        ("team", {"spark.yarn.tags": "x=1, team=risk"}, {"risk": 1, "": 1}),
        ("spark.my.cost", {"spark.my.cost": "42"}, {"42": 1, "": 1}),
    ],
)
def test_groups(lake, group_by, properties, expected):
    add_run(lake, "app-1", properties=properties)
    add_run(lake, "app-2", application={"user_name": "bo"})
    groups = report_on(lake, group_by=group_by).summary.groups
    assert {group.key: group.applications for group in groups} == expected
    assert sum(group.usage.money for group in groups) == pytest.approx(report_on(lake).summary.usage.money)


def test_since_and_workload_narrow_every_section(lake):
    add_run(lake, "app-1", days=0, application={"workload_id": "hourly/a", "status": "failed"})
    add_run(lake, "app-2", days=5, application={"workload_id": "hourly/b"})
    from tests.report.report_lakes import START

    later = report_on(lake, since=START.replace(day=4))
    assert (later.summary.applications, later.summary.failed, later.failures) == (1, 0, [])
    assert [one.workload_id for one in later.sizing.workloads] == ["hourly/b"]
    assert report_on(lake, workload="HOURLY").summary.applications == 2
    assert report_on(lake, workload="hourly/a").summary.applications == 1
    assert report_on(lake, workload="nobody").summary.applications == 0


def test_an_empty_lake_is_a_report_too(lake):
    report = report_on(lake)
    assert report.summary.applications == 0
    assert report.summary.failed_share is None
    assert report.sizing.workloads == []
