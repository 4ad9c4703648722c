import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.request_properties import SparkProperties
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES


@pytest.mark.parametrize(
    ("cause", "properties", "repaired"),
    [
        ("executor_heap_oom", {"spark.executor.memory": "512m"}, {"spark.executor.memory": "1024m"}),
        ("executor_heap_oom", {}, {"spark.executor.memory": "2048m"}),
        ("executor_heap_oom", {"spark.master": "local[2]"}, {"spark.driver.memory": "2048m"}),
        ("executor_heap_oom", {"spark.executor.memory": "${heap}"}, {}),
        ("executor_heap_oom", None, {}),
        (
            "driver_result_size_exceeded",
            {"spark.driver.maxResultSize": "1048576"},
            {"spark.driver.maxResultSize": "2m"},
        ),
        ("driver_result_size_exceeded", {"spark.driver.maxResultSize": "0"}, {}),
        ("broadcast_timeout", {}, {"spark.sql.broadcastTimeout": "600s"}),
        ("broadcast_timeout", {"spark.sql.broadcastTimeout": "5min"}, {}),
        # What is in force (see tests/spark/test_overhead.py), doubled: never less than there was.
        ("container_memory_kill", {"spark.executor.memory": "1g"}, {"spark.executor.memoryOverhead": "768m"}),
        ("container_memory_kill", {"spark.executor.memory": "10g"}, {"spark.executor.memoryOverhead": "2048m"}),
        (
            "container_memory_kill",
            {
                "spark.master": "k8s://https://host",
                "spark.executor.memory": "8g",
                "spark.kubernetes.resource.type": "python",
            },
            {"spark.executor.memoryOverhead": "6552m"},
        ),
        (
            "container_memory_kill",
            {"spark.master": "yarn", "spark.executor.memory": "4g", "spark.yarn.executor.memoryOverhead": "3g"},
            {"spark.executor.memoryOverhead": "6144m"},
        ),
        (
            "container_memory_kill",
            {"spark.master": "yarn", "spark.executor.minMemoryOverhead": "4g"},
            {"spark.executor.memoryOverhead": "8192m"},
        ),
        ("container_memory_kill", {"spark.master": "local[4]"}, {}),
        ("container_memory_kill", {"spark.executor.memoryOverhead": "${much}"}, {}),
        ("broadcast_too_large", None, {"spark.sql.autoBroadcastJoinThreshold": "-1"}),
        ("broadcast_too_large", {"spark.sql.autoBroadcastJoinThreshold": "-1"}, {}),
        ("python_memory_exceeded", {}, {}),
        ("python_memory_exceeded", {"spark.executor.pyspark.memory": "1g"}, {"spark.executor.pyspark.memory": "2048m"}),
        ("executor_lost", {"spark.executor.memory": "1g"}, {}),
    ],
)
def test_a_repair_is_computed_from_what_is_known_or_absent(cause, properties, repaired) -> None:
    assert ROOT_CAUSES[cause].repair(properties) == repaired


_TOO_LARGE = (
    "Total size of serialized results of 1 tasks (25.9 MiB) is bigger than spark.driver.maxResultSize (5.0 MiB)"
)
_OVER = "Container killed by YARN for exceeding physical memory limits. 5.6 GB of 4.5 GB physical memory used."
_REFUSED = (
    "Required executor memory (20480 MB), offHeap memory (0) MB, overhead (2048 MB), and PySpark memory (0 MB) is "
    "above the max threshold (16384 MB) of this cluster!"
)
_KRYO = "com.esotericsoftware.kryo.KryoException: Buffer overflow. Available: 0, required: 90000000"


@pytest.mark.parametrize(
    ("cause", "properties", "text", "repaired"),
    [
        (
            "driver_result_size_exceeded",
            {"spark.driver.maxResultSize": "5m"},
            _TOO_LARGE,
            {"spark.driver.maxResultSize": "52m"},
        ),
        ("driver_result_size_exceeded", None, _TOO_LARGE, {"spark.driver.maxResultSize": "52m"}),
        (  # the heap has to hold what the limit lets in
            "driver_result_size_exceeded",
            {},
            "serialized results of 90 tasks (1024.0 MB) is bigger than spark.driver.maxResultSize (1024.0 MB)",
            {"spark.driver.maxResultSize": "2048m", "spark.driver.memory": "4096m"},
        ),
        (
            "driver_result_size_exceeded",
            {"spark.driver.memory": "64g"},
            "Finished task 3.0 in stage 1.0. Result is larger than maxResultSize (5.0 GiB > 1024.0 MiB), dropping it.",
            {"spark.driver.maxResultSize": "10240m"},
        ),
        (
            "container_memory_kill",
            {"spark.master": "yarn", "spark.executor.memory": "4g"},
            _OVER,  # 1.1 GB more than there was
            {"spark.executor.memoryOverhead": "2662m"},
        ),
        ("broadcast_timeout", {}, "Could not execute broadcast in 1200 secs.", {"spark.sql.broadcastTimeout": "2400s"}),
        ("resource_starvation", {}, _REFUSED, {"spark.executor.memory": "14848m"}),
        (
            "resource_starvation",
            {"spark.executor.memoryOverhead": "8g"},
            _REFUSED.replace("overhead (2048 MB)", "overhead (8192 MB)"),
            {"spark.executor.memory": "8192m"},
        ),
        ("resource_starvation", {}, "Initial job has not accepted any resources", {}),
        # A repair that no container holds is none.
        ("executor_heap_oom", {"spark.executor.memory": "10g"}, _REFUSED, {}),
        ("executor_heap_oom", {"spark.executor.memory": "6g"}, _REFUSED, {"spark.executor.memory": "12288m"}),
        ("kryo_buffer_overflow", {}, _KRYO, {"spark.kryoserializer.buffer.max": "236m"}),
        (
            "kryo_buffer_overflow",
            {"spark.kryoserializer.buffer.max": "1500m"},
            _KRYO,
            {"spark.kryoserializer.buffer.max": "2047m"},
        ),
        ("kryo_buffer_overflow", {"spark.kryoserializer.buffer.max": "2047m"}, _KRYO, {}),
        ("serialization_error", {}, "Task not serializable", {}),
    ],
)
def test_a_repair_exceeds_the_figures_in_the_evidence(cause, properties, text, repaired) -> None:
    assert ROOT_CAUSES[cause].repair(properties, text) == repaired


_VALUES = st.one_of(st.text(max_size=8), st.from_regex(r"[0-9]{1,4}[kmgt]?", fullmatch=True))
_NAMES = [field.alias for field in SparkProperties.model_fields.values()] + [
    "spark.sql.broadcastTimeout",
    "spark.sql.autoBroadcastJoinThreshold",
]


@given(st.dictionaries(st.sampled_from(_NAMES), _VALUES))
def test_whatever_was_set_a_repair_is_something_spark_reads(properties: dict[str, str]) -> None:
    for cause in ROOT_CAUSES.values():
        SparkProperties.model_validate(cause.repair(properties))
