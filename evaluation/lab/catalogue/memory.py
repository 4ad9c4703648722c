"""Memory: executors' heap, and what the driver is asked to hold."""

from functools import partial

from evaluation.lab.catalogue.fault import Fault
from evaluation.lab.symptom import FullHeap, said

_heap = partial(
    Fault,
    "executor_heap_oom",
    "heap",
    knob="spark.executor.memory",
    symptom=FullHeap(),
    inputs="clicks",
    scale=0.1,
    executors_count=2,
    repair={"spark.executor.memory": "3g"},
)
_result = partial(
    Fault,
    "driver_result_size_exceeded",
    "driver_memory",
    knob="spark.driver.maxResultSize",
    symptom=said(r"bigger than spark\.driver\.maxResultSize"),
    inputs="clicks",
    properties={"spark.driver.maxResultSize": "1m"},
    repair={"spark.driver.maxResultSize": "512m"},
)
_too_large = partial(
    Fault,
    "broadcast_too_large",
    "driver_memory",
    symptom=said(r"Cannot broadcast the table|Not enough memory to build and broadcast"),
    inputs="clicks",
)
_larger_broadcasts = {"spark.sql.maxBroadcastTableSize": "8g"}
_timeout = partial(
    Fault,
    "broadcast_timeout",
    "driver_memory",
    knob="spark.sql.broadcastTimeout",
    symptom=said(r"Could not execute broadcast in"),
    inputs="clicks",
    properties={"spark.sql.broadcastTimeout": "2", "spark.sql.adaptive.enabled": "false"},
    repair={"spark.sql.broadcastTimeout": "300"},
)
_SMALL_DRIVER = {
    "spark.driver.memory": "512m",
    "spark.driver.maxResultSize": "0",
    # A result of one large piece that a full heap cuts off may be told as "unread block data" and as nothing else.
    "spark.sql.files.maxPartitionBytes": "4m",
}
_driver_heap = partial(
    Fault,
    "driver_heap_oom",
    "driver_memory",
    knob="spark.driver.memory",
    symptom=said(r"java\.lang\.OutOfMemoryError(?!:? (?:Metaspace|Compressed class space|Direct buffer memory))"),
    inputs="clicks",
    executors_count=2,
    properties=_SMALL_DRIVER,
    repair={"spark.driver.memory": "3g"},
    own_submit=True,
)
_JVM = "-XX:TieredStopAtLevel=1"  # As in every run of the lab; a property of options replaces them all.
_collector = partial(
    _heap,
    symptom=said(r"^task: .*GC overhead limit exceeded"),
    # The parallel collector gives up when collecting took most of the time; with its defaults (98, 2), after minutes.
    properties={
        "spark.executor.extraJavaOptions": f"{_JVM} -XX:+UseParallelGC -XX:GCTimeLimit=50 -XX:GCHeapFreeLimit=20",
        "spark.sql.objectHashAggregate.sortBased.fallbackThreshold": "100000000",
        "spark.task.maxFailures": "1",
    },
    executor_memory_mib=512,
)
_metaspace = partial(
    Fault,
    "metaspace_oom",
    "metaspace",
    knob="spark.executor.extraJavaOptions",
    symptom=said(r"^task: .*OutOfMemoryError: (Metaspace|Compressed class space)"),
    # The first task says what it lacked; the next would only find its executor gone.
    properties={
        "spark.executor.extraJavaOptions": f"{_JVM} -XX:MaxMetaspaceSize=68m",
        "spark.task.maxFailures": "1",
    },
    repair={"spark.executor.extraJavaOptions": f"{_JVM} -XX:MaxMetaspaceSize=512m"},
)

MEMORY = {
    "heap_collect_list": _heap("collect_list", "train"),
    "heap_long_strings": _heap("long_strings", "validation"),
    "heap_hash_join": _heap("hash_join", "train"),
    "heap_binary_file": _heap("binary_file", "test"),
    "heap_cached_archives": _heap("cached_archives", "validation"),
    "collector_small_groups": _collector("many_small_groups", "train"),
    "collector_percentiles": _collector("percentiles", "test"),
    "metaspace_many_plans": _metaspace("many_plans", "train"),
    "metaspace_wide_schema": _metaspace("wide_schema", "validation"),
    "metaspace_reports": _metaspace("tpch_reports", "test"),
    "result_collect": _result("collect", "train"),
    "result_to_pandas": _result("to_pandas", "validation"),
    "result_sorted_rdd": _result("sorted_rdd", "test"),
    "driver_heap_collect": _driver_heap("collect", "train", scale=0.2),
    "driver_heap_wide_rows": _driver_heap("wide_rows", "validation", scale=0.1),
    "driver_heap_to_pandas": _driver_heap(
        "to_pandas",
        "test",
        scale=0.2,
        # With Arrow the driver passes piece after piece on to Python and holds none.
        properties=_SMALL_DRIVER | {"spark.sql.execution.arrow.pyspark.enabled": "false"},
    ),
    "broadcast_hint": _too_large(
        "broadcast_hint",
        "train",
        "spark.sql.maxBroadcastTableSize",
        properties={"spark.sql.maxBroadcastTableSize": "1m"},
        repair=_larger_broadcasts,
    ),
    "broadcast_nested_loop": _too_large(
        "broadcast_nested_loop",
        "validation",
        "spark.sql.maxBroadcastTableSize",
        properties={"spark.sql.maxBroadcastTableSize": "4m"},
        repair=_larger_broadcasts,
    ),
    "broadcast_automatic": _too_large(
        "broadcast_automatic",
        "test",
        "spark.sql.autoBroadcastJoinThreshold",
        properties={"spark.sql.autoBroadcastJoinThreshold": "1g", "spark.sql.maxBroadcastTableSize": "16m"},
        repair={"spark.sql.autoBroadcastJoinThreshold": "-1"},
    ),
    "timeout_dimension": _timeout("slow_dimension", "train"),
    "timeout_window": _timeout("slow_window", "validation"),
    "timeout_aggregate": _timeout("slow_aggregate", "test"),
}
