import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.api.properties import SparkProperties
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES
from sparkwright.redaction import redact_properties


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
        ("broadcast_timeout", {"spark.sql.broadcastTimeout": "5min"}, {"spark.sql.broadcastTimeout": "600s"}),
        ("broadcast_timeout", {"spark.sql.broadcastTimeout": "soon"}, {}),
        # Spark's own time-out where the application had a shorter one.
        ("broadcast_timeout", {"spark.sql.broadcastTimeout": "20"}, {"spark.sql.broadcastTimeout": "300s"}),
        ("fetch_failure", {}, {}),
        ("fetch_failure", {"spark.stage.maxConsecutiveAttempts": "4"}, {}),
        ("fetch_failure", {"spark.stage.maxConsecutiveAttempts": "2"}, {"spark.stage.maxConsecutiveAttempts": "4"}),
        (
            "shuffle_data_corruption",
            {"spark.stage.maxConsecutiveAttempts": "1"},
            {"spark.stage.maxConsecutiveAttempts": "4", "spark.shuffle.detectCorrupt.useExtraMemory": "true"},
        ),
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
        # A limit of the application's own, which a hint or a join without keys runs into whatever the threshold says.
        (
            "broadcast_too_large",
            {"spark.sql.maxBroadcastTableSize": "10m"},
            "Cannot broadcast the table that is larger than 10.0 MiB: 30.0 MiB.",
            {"spark.sql.autoBroadcastJoinThreshold": "-1", "spark.sql.maxBroadcastTableSize": "60m"},
        ),
        (  # the driver could not hold it
            "broadcast_too_large",
            {"spark.sql.maxBroadcastTableSize": "10m"},
            "Cannot broadcast the table that is larger than 10.0 MiB: 700.0 MiB.",
            {"spark.sql.autoBroadcastJoinThreshold": "-1"},
        ),
        (
            "broadcast_too_large",
            {},
            "Cannot broadcast the table that is larger than 8.0 GiB: 9.0 GiB.",
            {"spark.sql.autoBroadcastJoinThreshold": "-1"},
        ),
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
        ("driver_heap_oom", {"spark.driver.memory": "4g"}, "Java heap space", {"spark.driver.memory": "8192m"}),
        (
            "driver_heap_oom",
            {},
            "uncaught error in thread spark-listener-group-appStatus",
            {"spark.driver.memory": "2048m", "spark.sql.ui.retainedExecutions": "100"},
        ),
        # A machine that killed a driver of 10 GB holds less than that.
        (
            "driver_node_out_of_memory",
            {"spark.driver.memory": "12g"},
            "Out of memory: Killed process 7 (java) total-vm:1kB, anon-rss:10485760kB",
            {"spark.driver.memory": "8192m"},
        ),
        ("driver_node_out_of_memory", {"spark.driver.memory": "2g"}, "anon-rss:10485760kB", {}),
        (
            "execution_memory_exhausted",
            {"spark.executor.memory": "4g", "spark.executor.cores": "4"},
            "Unable to acquire 65536 bytes of memory, got 0",
            {"spark.executor.memory": "8192m", "spark.task.cpus": "2"},
        ),
        (
            "execution_memory_exhausted",
            {"spark.executor.memory": "4g", "spark.executor.cores": "1"},
            "Unable to acquire 65536 bytes of memory, got 0",
            {"spark.executor.memory": "8192m"},
        ),
        ("execution_memory_exhausted", {"spark.master": "local[4]"}, "", {"spark.driver.memory": "2048m"}),
        ("offheap_memory_exhausted", {}, "", {}),
        ("offheap_memory_exhausted", {"spark.memory.offHeap.size": "1g"}, "", {"spark.memory.offHeap.size": "2048m"}),
        (
            "direct_memory_oom",
            {"spark.executor.memory": "4g", "spark.executor.extraJavaOptions": "-XX:+UseG1GC"},
            "Direct buffer memory",
            {"spark.executor.extraJavaOptions": "-XX:+UseG1GC -XX:MaxDirectMemorySize=8192m"},
        ),
        (
            "driver_metaspace_oom",
            {"spark.driver.extraJavaOptions": "-XX:MaxMetaspaceSize=1g -Dx=y"},
            "OutOfMemoryError: Metaspace",
            {"spark.driver.extraJavaOptions": "-Dx=y -XX:MaxMetaspaceSize=2048m"},
        ),
        ("metaspace_oom", {}, "PermGen space", {"spark.executor.extraJavaOptions": "-XX:MaxPermSize=512m"}),
        ("stack_overflow", {}, "at ResultTask.runTask", {"spark.executor.extraJavaOptions": "-Xss16m"}),
        (
            "driver_container_memory_kill",
            {"spark.master": "yarn", "spark.submit.deployMode": "client"},
            "",
            {"spark.yarn.am.memoryOverhead": "768m"},
        ),
        ("driver_container_memory_kill", {"spark.driver.memory": "8g"}, "", {"spark.driver.memoryOverhead": "1639m"}),
        ("native_memory_exhausted", {}, "os::commit_memory failed on the gateway", {}),
        ("python_memory_exceeded", {"spark.master": "yarn"}, "executor 3", {"spark.executor.memoryOverhead": "768m"}),
        (
            "rpc_message_too_large",
            {},
            "Serialized task 0:0 was 268435456 bytes, which exceeds max allowed",
            {"spark.rpc.message.maxSize": "385"},
        ),
        ("rpc_message_too_large", {}, "Serialized task 0:0 was 3221225472 bytes", {}),
        ("two_gb_limit_exceeded", {}, "Size exceeds Integer.MAX_VALUE", {}),
        (
            "native_library_missing",
            {},
            "snappyjava of org.apache.parquet",
            {"spark.sql.parquet.compression.codec": "gzip"},
        ),
        (
            "datetime_rebase_required",
            {},
            "set spark.sql.parquet.int96RebaseModeInRead to 'LEGACY'",
            {"spark.sql.parquet.int96RebaseModeInRead": "LEGACY"},
        ),
        ("connection_pool_exhausted", {}, "HikariPool-1", {}),
        ("connection_pool_exhausted", {}, "software.amazon.awssdk at org.apache.iceberg.aws.s3.S3InputStream", {}),
        ("connection_pool_exhausted", {}, "com.amazonaws", {"spark.hadoop.fs.s3a.connection.maximum": "400"}),
        ("port_conflict", {}, "failed after 16 retries (starting from 4040)", {"spark.port.maxRetries": "64"}),
        # A pause is bridged once; a longer wait than that only hides why an executor fell silent.
        ("executor_heartbeat_timeout", {}, "no recent heartbeats", {"spark.network.timeout": "240s"}),
        ("executor_heartbeat_timeout", {"spark.network.timeout": "300s"}, "no recent heartbeats", {}),
        ("executor_heartbeat_timeout", {"spark.network.timeout": "5s"}, "", {"spark.network.timeout": "120s"}),
        (
            "shuffle_service_unavailable",
            {"spark.shuffle.service.enabled": "true"},
            "FetchFailed: w3:7337",
            {"spark.files.fetchFailure.unRegisterOutputOnHost": "true"},
        ),
        (
            "shuffle_service_unavailable",
            {"spark.master": "k8s://h", "spark.shuffle.service.enabled": "true"},
            "FetchFailed: w3:7337",
            {"spark.shuffle.service.enabled": "false", "spark.dynamicAllocation.shuffleTracking.enabled": "true"},
        ),
        (
            "state_store_failure",
            {},
            "RocksDB instance could not be acquired after 60004 ms",
            {"spark.sql.streaming.stateStore.rocksdb.lockAcquireTimeoutMs": "120000"},
        ),
        ("kafka_offsets_unavailable", {}, "after polling for 512", {"spark.streaming.kafka.consumer.poll.ms": "2048"}),
        (
            "pod_unschedulable",
            {"spark.executor.cores": "4"},
            "0/3 nodes are available: 3 Insufficient cpu.",
            {"spark.kubernetes.executor.request.cores": "2000m"},
        ),
        ("pod_unschedulable", {}, "0/3 nodes are available: 3 Insufficient cpu, 3 Insufficient memory.", {}),
        ("queue_rejected", {"spark.yarn.queue": "prod"}, "unknown queue: prod", {"spark.yarn.queue": "default"}),
        ("queue_rejected", {}, "User x does not have permission to submit", {}),
        (
            "missing_class",
            {"spark.jars.packages": "a:b:1"},
            "ClassNotFoundException: org.postgresql.Driver",
            {"spark.jars.packages": "a:b:1,org.postgresql:postgresql:42.7.4"},
        ),
        ("missing_class", {}, "ClassNotFoundException: org.example.Main", {}),
        ("python_interpreter_mismatch", {}, "than that in driver 3.11", {"spark.pyspark.python": "python3.11"}),
    ],
)
def test_a_repair_exceeds_the_figures_in_the_evidence(cause, properties, text, repaired) -> None:
    assert ROOT_CAUSES[cause].repair(properties, text) == repaired


@pytest.mark.parametrize("cause", ["metaspace_oom", "direct_memory_oom", "stack_overflow"])
def test_options_in_which_a_secret_was_hidden_are_not_written_anew(cause: str) -> None:
    names = ("spark.executor.extraJavaOptions", "spark.driver.extraJavaOptions")
    hidden = redact_properties(dict.fromkeys(names, "-Djavax.net.ssl.trustStorePassword=hunter2 -Xss1m"))
    assert "hunter2" not in str(hidden)
    assert ROOT_CAUSES[cause].repair(hidden, "at ResultTask.runTask") == {}


def test_the_options_that_spark_adds_itself_do_not_come_back_as_advice() -> None:
    own = (
        "-Djava.net.preferIPv6Addresses=false -XX:+IgnoreUnrecognizedVMOptions --add-modules=jdk.incubator.vector "
        "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED --add-opens=java.base/jdk.internal.ref=ALL-UNNAMED "
        "--add-opens=java.security.jgss/sun.security.krb5=ALL-UNNAMED -Djdk.reflect.useDirectMethodHandle=false "
        "-Dio.netty.tryReflectionSetAccessible=true --enable-native-access=ALL-UNNAMED"
    )
    theirs = "--add-opens=java.base/sun.misc=ALL-UNNAMED -Dio.netty.allocator.type=unpooled"
    name = "spark.executor.extraJavaOptions"
    repair = ROOT_CAUSES["metaspace_oom"].repair
    text = "java.lang.OutOfMemoryError: Metaspace"
    assert repair({name: f"{own} {theirs}"}, text) == {name: f"{theirs} -XX:MaxMetaspaceSize=1024m"}
    assert repair({name: own}, text) == {name: "-XX:MaxMetaspaceSize=1024m"}
    # Of a Spark that adds none, they are somebody's own.
    written = "--add-opens=java.base/java.nio=ALL-UNNAMED"
    assert repair({name: written}, text) == {name: f"{written} -XX:MaxMetaspaceSize=1024m"}


_VALUES = st.one_of(st.text(max_size=8), st.from_regex(r"[0-9]{1,4}[kmgt]?", fullmatch=True))
_NAMES = [field.alias for field in SparkProperties.model_fields.values()] + [
    "spark.sql.broadcastTimeout",
    "spark.sql.autoBroadcastJoinThreshold",
]


@given(st.dictionaries(st.sampled_from(_NAMES), _VALUES))
def test_whatever_was_set_a_repair_is_something_spark_reads(properties: dict[str, str]) -> None:
    for cause in ROOT_CAUSES.values():
        SparkProperties.model_validate(cause.repair(properties))
