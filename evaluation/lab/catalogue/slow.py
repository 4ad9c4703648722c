"""Slow jobs: nothing fails, so the fault is shown by a measurement."""

from functools import partial

from evaluation.lab.catalogue.fault import Fault
from evaluation.lab.symptom import (
    Measured,
    lone_task_share,
    skew_of_bytes,
    slowest_for_its_bytes,
    spilled_mib,
    tiny_file_tasks,
    tiny_shuffle_tasks,
)

_slow = partial(Fault, inputs="clicks", expected_status="succeeded")
_as_cut = {"spark.sql.adaptive.coalescePartitions.enabled": "false"}
_skew = partial(
    _slow,
    "data_skew",
    "skew",
    symptom=Measured("shuffle bytes of the largest task by the median one's", skew_of_bytes, 5),
    properties=_as_cut
    | {
        "spark.sql.shuffle.partitions": "32",
        # A skewed partition is split along the tasks that wrote it, so there have to be some.
        "spark.sql.files.maxPartitionBytes": "2m",
        "spark.sql.files.openCostInBytes": "0",
        "spark.sql.adaptive.skewJoin.enabled": "false",
    },
)
_skew_join = partial(
    _skew,
    knob="spark.sql.adaptive.skewJoin.enabled",
    repair={
        "spark.sql.adaptive.skewJoin.enabled": "true",
        "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes": "512k",
        "spark.sql.adaptive.advisoryPartitionSizeInBytes": "512k",
    },
)
_few = partial(
    _slow,
    "too_few_partitions",
    "partitions",
    symptom=Measured("share of the tasks' time in stages of one task", lone_task_share, 0.5),
)
_many = partial(
    _slow,
    "too_many_partitions",
    "partitions",
    symptom=Measured("tasks of a stage that shuffle next to nothing", tiny_shuffle_tasks, 400),
)
_small_files = partial(
    _slow,
    "small_files",
    "small_files",
    symptom=Measured("tasks of a stage that read next to nothing of a file", tiny_file_tasks, 200),
    inputs="tpch",
)
_spill = partial(
    _slow,
    "excessive_spill",
    "spill",
    symptom=Measured("MiB spilled to disk, as they were in memory", spilled_mib, 64),
    scale=0.1,
)
_slow_node = partial(
    _slow,
    "slow_node",
    "slow_node",
    symptom=Measured(
        "time of the longest task by the longest of another executor, of no more bytes", slowest_for_its_bytes, 4
    ),
    enforced_by="slow_node",
    scale=0.01,
    executors_count=2,
    knob="spark.speculation",
    # Spark starts the copy of a task on another host only: the repair shows on a cluster of two workers.
    repair={
        "spark.speculation": "true",
        "spark.speculation.quantile": "0.5",
        "spark.speculation.multiplier": "1.5",
        "spark.speculation.interval": "200ms",
    },
)

SLOW = {
    "skew_busy_users": _skew_join(variant="busy_users", split="train"),
    "skew_one_long_history": _skew(variant="one_long_history", split="train", knob="code"),
    "skew_unknown_customer": _skew_join(variant="unknown_customer", split="validation"),
    "skew_best_seller": _skew_join(variant="best_seller", split="test"),
    "few_shuffle": _few(
        variant="one_shuffle_partition",
        split="train",
        knob="spark.sql.shuffle.partitions",
        properties=_as_cut | {"spark.sql.shuffle.partitions": "1"},
        repair={"spark.sql.shuffle.partitions": "8"},
    ),
    "few_input_splits": _few(
        variant="one_input_split",
        split="validation",
        knob="spark.sql.files.maxPartitionBytes",
        properties={"spark.sql.files.maxPartitionBytes": "1g", "spark.sql.files.minPartitionNum": "1"},
        repair={"spark.sql.files.maxPartitionBytes": "4m"},
    ),
    "few_rdd": _few(
        variant="one_rdd_partition",
        split="test",
        knob="spark.default.parallelism",
        properties={"spark.default.parallelism": "1"},
        repair={"spark.default.parallelism": "8"},
    ),
    "many_shuffle": _many(
        variant="very_many_shuffle_partitions",
        split="train",
        knob="spark.sql.shuffle.partitions",
        properties={"spark.sql.adaptive.enabled": "false", "spark.sql.shuffle.partitions": "500"},
        repair={"spark.sql.shuffle.partitions": "8"},
    ),
    "many_uncoalesced": _many(
        variant="no_coalescing",
        split="validation",
        knob="spark.sql.adaptive.coalescePartitions.enabled",
        properties=_as_cut | {"spark.sql.shuffle.partitions": "500"},
        repair={"spark.sql.adaptive.coalescePartitions.enabled": "true"},
    ),
    "many_rdd": _many(
        variant="many_rdd_partitions",
        split="test",
        knob="spark.default.parallelism",
        properties={"spark.default.parallelism": "420"},
        repair={"spark.default.parallelism": "8"},
    ),
    "files_parquet": _small_files(
        variant="parquet",
        split="train",
        knob="spark.sql.files.openCostInBytes",
        properties={"spark.sql.files.openCostInBytes": "128m"},
        repair={"spark.sql.files.openCostInBytes": "64k"},
    ),
    "files_csv": _small_files(
        variant="csv",
        split="validation",
        knob="spark.sql.files.minPartitionNum",
        properties={"spark.sql.files.minPartitionNum": "400"},
        repair={"spark.sql.files.minPartitionNum": "2"},
    ),
    "files_text": _small_files(variant="text", split="test", knob="code"),
    "spill_sort": _spill(
        variant="sort", split="train", knob="spark.executor.memory", repair={"spark.executor.memory": "2g"}
    ),
    "spill_window": _spill(
        variant="window",
        split="train",
        knob="spark.sql.shuffle.partitions",
        properties=_as_cut | {"spark.sql.shuffle.partitions": "2"},
        repair={"spark.sql.shuffle.partitions": "32"},
    ),
    "spill_distinct": _spill(
        variant="distinct",
        split="validation",
        knob="spark.memory.fraction",
        scale=0.05,
        properties={"spark.memory.fraction": "0.1"},
        repair={"spark.memory.fraction": "0.6"},
    ),
    "spill_join": _spill(
        variant="merge_join",
        split="test",
        knob="spark.executor.memory",
        properties=_as_cut | {"spark.sql.shuffle.partitions": "2"},
        repair={"spark.executor.memory": "3g"},
    ),
    "node_simulation": _slow_node(variant="simulation", split="train"),
    "node_digests": _slow_node(variant="digests", split="validation"),
    "node_scoring": _slow_node(variant="scoring", split="test"),
}
