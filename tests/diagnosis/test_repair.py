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
        # max(384 MiB, 0.1 x heap), doubled.
        ("container_memory_kill", {"spark.executor.memory": "1g"}, {"spark.executor.memoryOverhead": "768m"}),
        ("container_memory_kill", {"spark.executor.memory": "10g"}, {"spark.executor.memoryOverhead": "2048m"}),
        ("broadcast_too_large", None, {"spark.sql.autoBroadcastJoinThreshold": "-1"}),
        ("broadcast_too_large", {"spark.sql.autoBroadcastJoinThreshold": "-1"}, {}),
        ("python_memory_exceeded", {}, {}),
        ("python_memory_exceeded", {"spark.executor.pyspark.memory": "1g"}, {"spark.executor.pyspark.memory": "2048m"}),
        ("executor_lost", {"spark.executor.memory": "1g"}, {}),
    ],
)
def test_a_repair_is_computed_from_what_is_known_or_absent(cause, properties, repaired) -> None:
    assert ROOT_CAUSES[cause].repair(properties) == repaired


_VALUES = st.one_of(st.text(max_size=8), st.from_regex(r"[0-9]{1,4}[kmgt]?", fullmatch=True))
_NAMES = [field.alias for field in SparkProperties.model_fields.values()] + [
    "spark.sql.broadcastTimeout",
    "spark.sql.autoBroadcastJoinThreshold",
]


@given(st.dictionaries(st.sampled_from(_NAMES), _VALUES))
def test_whatever_was_set_a_repair_is_something_spark_reads(properties: dict[str, str]) -> None:
    for cause in ROOT_CAUSES.values():
        SparkProperties.model_validate(cause.repair(properties))
