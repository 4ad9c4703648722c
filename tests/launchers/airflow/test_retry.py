"""Which launch a try is, and what a retry may raise."""

from types import SimpleNamespace

import pytest

from sparkwright.launchers.airflow.launch import Remembered, launch_of, recall, remember
from sparkwright.launchers.airflow.retry import bounded, diagnosed
from sparkwright.launchers.spark_rules import SiteCaps
from sparkwright.spark.workload import airflow_key

HEAP = ['Exception in thread "main" java.lang.OutOfMemoryError: Java heap space', "\tat a.B.c(B.java:1)"]


def context(try_number=1, max_tries=2, retries=2, store=None, **changed):
    ti = {"dag_id": "sales", "task_id": "load", "run_id": "r1", "map_index": -1, **changed}
    return {
        "ti": SimpleNamespace(**ti, try_number=try_number, max_tries=max_tries),
        "task": SimpleNamespace(retries=retries),
        "task_state_store": store,
    }


class Store(dict):
    """Airflow's store as a task sees it: get and set."""

    def set(self, key, value):
        self[key] = value


def test_every_try_is_one_launch_and_its_attempts_are_counted():
    first, second, third = (launch_of(context(number)) for number in (1, 2, 3))
    assert first.launch_id == second.launch_id == third.launch_id
    assert (first.attempt, second.attempt, third.attempt) == (1, 2, 3)
    assert (first.may_be_retried, third.may_be_retried) == (True, False)
    assert first.workload == airflow_key("sales", "load")
    assert first.mark != second.mark
    assert len(first.mark) <= 64


@pytest.mark.parametrize("changed", [{"run_id": "r2"}, {"map_index": 0}, {"task_id": "other"}, {"dag_id": "other"}])
def test_another_run_task_or_index_is_another_launch(changed):
    assert launch_of(context(**changed)).launch_id != launch_of(context()).launch_id


def test_what_is_cleared_and_run_again_is_a_launch_of_its_own():
    again = launch_of(context(try_number=2, max_tries=3))  # cleared after its first try: Airflow counts on
    assert again.launch_id != launch_of(context()).launch_id
    assert again.attempt == 1


def test_what_a_try_leaves_is_found_by_the_next_of_the_same_launch_only():
    store = Store()
    launch = launch_of(context(store=store))
    remember(context(store=store), launch, Remembered("d1", {"spark.driver.memory": "2g"}, "why"))
    assert recall(context(2, store=store), launch_of(context(2))) == Remembered(
        "d1", {"spark.driver.memory": "2g"}, "why"
    )
    assert recall(context(2, max_tries=3, store=store), launch_of(context(2, max_tries=3))) == Remembered()
    assert recall(context(2), launch) == Remembered()
    store["sparkwright"] = "somebody else's"
    assert recall(context(2, store=store), launch) == Remembered()


def test_a_store_that_fails_costs_the_memory_not_the_task():
    class Broken:
        def get(self, key):
            raise RuntimeError("no server")

        set = get

    launch = launch_of(context())
    assert recall(context(store=Broken()), launch) == Remembered()
    remember(context(store=Broken()), launch, Remembered("d1"))


def test_a_driver_that_died_of_its_heap_is_told_by_its_output_alone():
    found = diagnosed(HEAP, "spark-submit ended with 1", {"spark.master": "local[1]", "spark.driver.memory": "600m"})
    assert found.properties["spark.driver.memory"] == "1200m"
    assert found.title
    nothing = diagnosed(["all is well"], "", {"spark.master": "yarn"})
    assert (nothing.title, nothing.properties) == ("", {})


def test_a_size_is_raised_to_twice_what_there_was_at_most():
    had = {"spark.master": "yarn", "spark.executor.memory": "2g"}
    assert bounded({"spark.executor.memory": "64g"}, had) == {"spark.executor.memory": "4096m"}
    assert bounded({"spark.executor.memory": "3g"}, had) == {"spark.executor.memory": "3072m"}
    assert bounded({"spark.executor.memory": "1g"}, had) == {}
    assert bounded({"spark.executor.memory": "4g"}, {"spark.master": "yarn"}) == {"spark.executor.memory": "2048m"}
    assert bounded({"spark.executor.memoryOverhead": "9g"}, had) == {"spark.executor.memoryOverhead": "768m"}


def test_what_is_no_size_of_a_resource_is_never_raised():
    had = {"spark.master": "yarn", "spark.task.cpus": "1"}
    repair = {"spark.task.cpus": "2", "spark.sql.adaptive.enabled": "true", "spark.kryoserializer.buffer.max": "128m"}
    assert bounded(repair, had) == {}
    assert bounded({"spark.executor.memory": "much"}, had) == {}


def test_a_raise_that_the_site_would_refuse_is_left_out():
    had = {"spark.master": "yarn", "spark.executor.memory": "6g"}
    caps = SiteCaps(memory_bytes=8 * 1024**3, source="yarn-site.xml")
    assert bounded({"spark.executor.memory": "12g"}, had, caps=caps) == {}
