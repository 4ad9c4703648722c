import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkwright.spark.allocation import effective_allocation
from sparkwright.spark.platform import platform_of
from sparkwright.spark.workload import workload_id

MIB, GIB = 1024**2, 1024**3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("daily etl 2024-01-02", "daily etl 2024-01-03"),
        ("job_20240102", "job_20251231"),
        ("load 2024-01-02T03:04:05.123Z", "load 2024-11-12T13:14:15Z"),
        ("x-550e8400-e29b-41d4-a716-446655440000", "x-123e4567-e89b-12d3-a456-426614174000"),
        ("export 1704153600000", "export 1704240000000"),
        ("Sales   Report", "sales report"),
        ("build 9f86d081884c7d65", "build 2c26b46b68ffc68f"),
    ],
)
def test_names_that_differ_from_run_to_run_are_one_workload(one: str, other: str) -> None:
    assert workload_id(one, "u", "q", {}) == workload_id(other, "u", "q", {})


@pytest.mark.parametrize(
    ("one", "other"), [("tpch-q03", "tpch-q13"), ("etl v2", "etl v3"), ("hour 04", "hour 05"), ("cafe", "face")]
)
def test_names_that_name_different_things_stay_apart(one: str, other: str) -> None:
    assert workload_id(one, "u", "q", {}) != workload_id(other, "u", "q", {})


def test_user_and_queue_keep_workloads_apart() -> None:
    assert len({workload_id("etl", user, queue, {}) for user in "ab" for queue in "cd"}) == 4


def test_an_explicit_key_wins_over_every_name() -> None:
    key = {"spark.sparkwright.workload": "nightly", "spark.kubernetes.driver.label.dag_id": "d"}
    assert workload_id("a", "u", "q", key) == workload_id("b", "v", "r", key) == "nightly"


def test_an_airflow_task_is_a_workload_only_when_dag_and_task_are_known() -> None:
    dag = {"spark.kubernetes.driver.label.dag_id": "sales"}
    task = {**dag, "spark.kubernetes.driver.label.task_id": "load"}
    assert workload_id("a", "u", "q", task) == "airflow:sales.load"
    assert workload_id("a", "u", "q", dag) == "q/u/a"


@given(st.text(max_size=2000), st.text(max_size=50), st.text(max_size=50))
def test_an_id_is_never_empty_never_too_long_and_always_the_same(name: str, user: str, queue: str) -> None:
    identity = workload_id(name, user, queue, {})
    assert 1 <= len(identity) <= 256
    assert identity == workload_id(name, user, queue, {})


def test_long_names_with_the_same_start_stay_apart() -> None:
    assert workload_id("x" * 400 + "a", "u", "q", {}) != workload_id("x" * 400 + "b", "u", "q", {})


@pytest.mark.parametrize(
    ("master", "platform"),
    [
        ("local[*]", "local"),
        ("local", "local"),
        ("local-cluster[2,1,1024]", "standalone"),
        ("spark://host:7077", "standalone"),
        ("yarn", "yarn"),
        ("yarn-cluster", "yarn"),
        ("k8s://https://host:443", "kubernetes"),
        ("mesos://host:5050", "unknown"),
        (None, "unknown"),
        ("", "unknown"),
    ],
)
def test_the_platform_follows_from_the_master(master: str | None, platform: str) -> None:
    assert platform_of(master) == platform


@pytest.mark.parametrize(
    ("properties", "platform", "overhead_bytes"),
    [
        ({}, "yarn", 384 * MIB),
        ({"spark.executor.memory": "10g"}, "yarn", GIB),
        ({"spark.executor.memory": "10g", "spark.executor.memoryOverhead": "600"}, "yarn", 600 * MIB),
        ({"spark.executor.memory": "10g", "spark.yarn.executor.memoryOverhead": "700"}, "yarn", 700 * MIB),
        ({"spark.executor.memory": "10g", "spark.executor.memoryOverheadFactor": "0.2"}, "yarn", 2 * GIB),
        ({"spark.executor.memory": "10g", "spark.kubernetes.resource.type": "python"}, "kubernetes", 4 * GIB),
        ({"spark.executor.memory": "10g", "spark.kubernetes.resource.type": "java"}, "kubernetes", GIB),
        ({"spark.executor.memory": "1g", "spark.executor.minMemoryOverhead": "1g"}, "kubernetes", GIB),
        ({"spark.driver.memory": "4g"}, "local", 0),
    ],
)
def test_memory_beside_the_heap_follows_the_platforms_rules(
    properties: dict[str, str], platform: str, overhead_bytes: int
) -> None:
    assert effective_allocation(properties, platform).executor_memory_overhead_bytes == overhead_bytes


def test_in_local_mode_the_tasks_share_the_drivers_heap() -> None:
    given_ = effective_allocation({"spark.driver.memory": "3g", "spark.executor.memory": "9g"}, "local")
    assert given_.executor_memory_bytes == given_.driver_memory_bytes == 3 * GIB


def test_off_heap_memory_counts_only_where_it_is_enabled() -> None:
    size = {"spark.memory.offHeap.size": str(GIB)}
    assert effective_allocation(size, "yarn").executor_offheap_bytes == 0
    enabled = {**size, "spark.memory.offHeap.enabled": "true"}
    assert effective_allocation(enabled, "yarn").executor_offheap_bytes == GIB


def test_the_number_of_executors_is_known_only_where_the_platform_fixes_it() -> None:
    cores = {"spark.cores.max": "8", "spark.executor.cores": "2", "spark.executor.instances": "99"}
    assert effective_allocation(cores, "standalone").executor_count == 4
    assert effective_allocation({}, "standalone").executor_count is None
    assert effective_allocation({}, "yarn").executor_count == 2
    assert effective_allocation({"spark.dynamicAllocation.enabled": "true"}, "yarn").executor_count is None


@given(
    st.dictionaries(st.sampled_from(["spark.executor.memory", "spark.task.cpus", "spark.executor.cores"]), st.text())
)
def test_values_spark_could_not_read_count_as_not_set(properties: dict[str, str]) -> None:
    given_ = effective_allocation(properties, "yarn")
    assert given_.executor_memory_bytes >= 0
    assert given_.task_cpus_count >= 1
