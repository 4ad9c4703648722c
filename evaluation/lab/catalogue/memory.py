"""Memory: executors' heap, and what the driver is asked to hold."""

import re
from functools import partial

from evaluation.lab.catalogue.fault import Fault
from evaluation.lab.observation import HEAP_OOM

_heap = partial(
    Fault, "executor_heap_oom", "heap", knob="spark.executor.memory", proof=HEAP_OOM, inputs="clicks", scale=0.1
)
_result = partial(
    Fault,
    "driver_result_size_exceeded",
    "driver_memory",
    knob="spark.driver.maxResultSize",
    proof=re.compile(r"bigger than spark\.driver\.maxResultSize"),
    inputs="clicks",
    properties={"spark.driver.maxResultSize": "1m"},
)
_too_large = partial(
    Fault,
    "broadcast_too_large",
    "driver_memory",
    proof=re.compile(r"Cannot broadcast the table|Not enough memory to build and broadcast"),
    inputs="clicks",
)
_timeout = partial(
    Fault,
    "broadcast_timeout",
    "driver_memory",
    knob="spark.sql.broadcastTimeout",
    proof=re.compile(r"Could not execute broadcast in"),
    inputs="clicks",
    properties={"spark.sql.broadcastTimeout": "2", "spark.sql.adaptive.enabled": "false"},
)
_driver_heap = partial(
    Fault,
    "driver_heap_oom",
    "driver_memory",
    knob="spark.driver.memory",
    proof=re.compile(r"java\.lang\.OutOfMemoryError"),
    inputs="clicks",
    scale=0.2,
    properties={"spark.driver.memory": "512m", "spark.driver.maxResultSize": "0"},
)

MEMORY = {
    "heap_collect_list": _heap("collect_list", "train"),
    "heap_long_strings": _heap("long_strings", "validation"),
    "heap_hash_join": _heap("hash_join", "train"),
    "heap_binary_file": _heap("binary_file", "test"),
    "result_collect": _result("collect", "train"),
    "result_to_pandas": _result("to_pandas", "validation"),
    "result_sorted_rdd": _result("sorted_rdd", "test"),
    "driver_heap_collect": _driver_heap("collect", "train"),
    "driver_heap_to_pandas": _driver_heap("to_pandas", "test"),
    "broadcast_hint": _too_large(
        "broadcast_hint", "train", "code", properties={"spark.sql.maxBroadcastTableSize": "1m"}
    ),
    "broadcast_nested_loop": _too_large(
        "broadcast_nested_loop", "validation", "code", properties={"spark.sql.maxBroadcastTableSize": "4m"}
    ),
    "broadcast_automatic": _too_large(
        "broadcast_automatic",
        "test",
        "spark.sql.autoBroadcastJoinThreshold",
        properties={"spark.sql.autoBroadcastJoinThreshold": "1g", "spark.sql.maxBroadcastTableSize": "16m"},
    ),
    "timeout_dimension": _timeout("slow_dimension", "train"),
    "timeout_aggregate": _timeout("slow_aggregate", "test"),
}
