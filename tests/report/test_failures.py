"""Failures by cause: counts, the newest example, unknown ones with their facts."""

import pytest

from sparkwright.lake import Lake
from tests.report.report_lakes import add_run, report_on

HEAP = {"exception_class": "java.lang.OutOfMemoryError", "message": "java.lang.OutOfMemoryError: Java heap space"}
STRANGE = {"exception_class": "com.acme.Strange", "message": "com.acme.Strange: the moon is full"}
FAILED = {"status": "failed"}


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


def test_by_cause_the_most_frequent_first_and_unknown_last(lake):
    for number in range(3):
        add_run(lake, f"strange-{number}", days=number, application=FAILED, evidence=[STRANGE])
    for number in range(2):
        add_run(lake, f"heap-{number}", days=number, application=FAILED, evidence=[HEAP])
    add_run(lake, "fine", evidence=[HEAP])
    heap, strange = report_on(lake).failures
    assert (heap.root_cause, heap.applications, heap.app_ids) == ("executor_heap_oom", 2, ["heap-1", "heap-0"])
    assert (strange.root_cause, strange.applications) == ("unknown", 3)
    assert "the moon is full" in strange.newest.facts[0].line
    assert strange.newest.repair == []


def test_the_repair_is_a_diff_of_the_newest_run(lake):
    add_run(lake, "old", application=FAILED, evidence=[HEAP], properties={"spark.executor.memory": "2g"})
    add_run(lake, "new", days=1, application=FAILED, evidence=[HEAP], properties={"spark.executor.memory": "6g"})
    (group,) = report_on(lake).failures
    (change,) = group.newest.repair
    assert (change.property, change.current) == ("spark.executor.memory", "6g")
    assert change.advised in {"12g", "12288m"}


def test_what_they_held_is_priced(lake):
    add_run(lake, "app-1", hours=3, application=FAILED, evidence=[HEAP])
    (group,) = report_on(lake).failures
    assert group.wasted_gib_h == pytest.approx(48)
    assert group.money == pytest.approx(48 * 0.5 + 24)


def test_a_failure_without_any_fact_is_there_and_says_so(lake):
    add_run(lake, "app-1", application=FAILED)
    (group,) = report_on(lake).failures
    assert (group.root_cause, group.newest.facts) == ("unknown", [])
    assert group.remedy
