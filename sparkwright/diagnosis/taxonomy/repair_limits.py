"""Repairs of limits that are no memory: message sizes, time-outs, pools, services, formats."""

import re
from collections.abc import Mapping

from data_contracts.spark_properties import MIB

_SENT = re.compile(r"was (\d+) bytes|were (\d+) bytes|size (?:of )?(\d+) bytes")
_MAX_MESSAGE_MIB = 2047  # RpcUtils.MAX_MESSAGE_SIZE_IN_MB
_REBASE = re.compile(r"spark\.sql\.[\w.]*(?:[rR]ebaseMode\w*|timeParserPolicy)")
_RETRIES = re.compile(r"failed after (\d+) retries")
_LOCK_MS = re.compile(r"after (\d+) ?ms")
_POLL_MS = re.compile(r"after polling for (\d+)")
_PARTITIONS = re.compile(r"max\.dynamic\.partitions(?:\.pernode)? to at least (\d+)")
_JDBC = {  # drivers that serve any version of Spark and Scala
    "com.mysql.cj.jdbc.Driver": "com.mysql:mysql-connector-j:9.1.0",
    "org.postgresql.Driver": "org.postgresql:postgresql:42.7.4",
    "com.microsoft.sqlserver.jdbc.SQLServerDriver": "com.microsoft.sqlserver:mssql-jdbc:12.8.1.jre11",
    "oracle.jdbc.OracleDriver": "com.oracle.database.jdbc:ojdbc11:23.5.0.24.07",
    "org.mariadb.jdbc.Driver": "org.mariadb.jdbc:mariadb-java-client:3.5.0",
}
_IN_DRIVER = re.compile(r"in driver:? (\d+\.\d+)")
_AWS = re.compile(r"s3a?\b|amazonaws|AWS|S3", re.IGNORECASE)


def raise_message_size(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Room for the message that was refused and half as much again, in MiB; nothing beyond Spark's own limit."""
    if "grpc" in text.lower():
        return {"spark.connect.grpc.maxInboundMessageSize": str(512 * MIB)}
    name = "spark.rpc.message.maxSize"
    current = (properties or {}).get(name, "128")
    if not current.isdecimal():
        return {}
    sent_mib = max((int(size) // MIB + 1 for found in _SENT.findall(text) for size in found if size), default=0)
    new_mib = min(_MAX_MESSAGE_MIB, max(2 * int(current), 3 * sent_mib // 2))
    return {name: str(new_mib)} if new_mib > max(int(current), sent_mib) else {}


def large_arrow_types(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Arrow's large strings, where one of Arrow's vectors came to 2 GB; other arrays have no knob."""
    return {"spark.sql.execution.arrow.useLargeVarTypes": "true"} if re.search("arrow|LargeVar", text) else {}


def register_no_classes(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Let Kryo take any class, where it refused one for not being registered."""
    return {"spark.kryo.registrationRequired": "false"} if "not registered" in text else {}


def other_codec(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """A codec that needs no native library, where it was a codec's that did not load."""
    if not re.search("snappy|lz4|zstd|lzo", text, re.IGNORECASE):
        return {}
    if re.search("parquet", text, re.IGNORECASE):
        return {"spark.sql.parquet.compression.codec": "gzip"}
    return {"spark.io.compression.codec": "lzf"} if re.search(r"spark\.io|CompressionCodec\$?", text) else {}


def rebase_as_before(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The dates that Spark 2 read and wrote, by the properties that the message names."""
    named = dict.fromkeys(_REBASE.findall(text), "LEGACY")
    if not named and "READ_ANCIENT_DATETIME" in text:
        named = {"spark.sql.parquet.datetimeRebaseModeInRead": "LEGACY"}
    if not named and "WRITE_ANCIENT_DATETIME" in text:
        named = {"spark.sql.parquet.datetimeRebaseModeInWrite": "LEGACY"}
    return named


def larger_pool(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Four times the connections of the S3 client, where it was its pool that ran empty."""
    if not _AWS.search(text):
        return {}
    emr = re.search(r"amazon\.ws\.emr|emrfs|com\.amazon\.emr", text, re.IGNORECASE)
    name = "spark.hadoop.fs.s3.maxConnections" if emr else "spark.hadoop.fs.s3a.connection.maximum"
    current = (properties or {}).get(name, "100")
    return {name: str(4 * int(current))} if current.isdecimal() and int(current) else {}


def more_ports(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Four times the ports to try, where Spark says how many it tried."""
    tried = max((int(found) for found in _RETRIES.findall(text)), default=0)
    return {"spark.port.maxRetries": str(4 * tried)} if tried else {}


def reachable_driver(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """An address that the driver can bind to, or a service whose name resolves before the driver is ready."""
    if "Cannot assign requested address" in text:
        return {"spark.driver.bindAddress": "0.0.0.0"}
    unresolved = "-driver-svc" in text and "UnknownHost" in text
    return {"spark.kubernetes.driver.service.publishNotReadyAddresses": "true"} if unresolved else {}


def forget_lost_hosts(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """One failed fetch forgets all shuffle files of its host, where fetches failed and a shuffle service held them.

    On Kubernetes there is no such service: executors then keep the files.
    """
    if "kubernetes" in text.lower() or (properties or {}).get("spark.master", "").startswith("k8s"):
        return shuffle_without_service(properties, "")
    name = "spark.files.fetchFailure.unRegisterOutputOnHost"
    is_held = (properties or {}).get("spark.shuffle.service.enabled", "").lower() == "true"
    return {name: "true"} if is_held and re.search("FetchFailed|Missing an output location", text) else {}


def shuffle_without_service(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """No external shuffle service; dynamic allocation then tracks which executors hold shuffle files (3.0)."""
    given = {"spark.dynamicAllocation.shuffleTracking.enabled": "true"}
    return given if "ynamic allocation" in text else {"spark.shuffle.service.enabled": "false", **given}


def wait_for_service(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Ask a busy shuffle service for longer: at registration, or when fetching."""
    if re.search("regist", text, re.IGNORECASE):
        return {"spark.shuffle.registration.timeout": "60000", "spark.shuffle.registration.maxAttempts": "5"}
    return {"spark.shuffle.io.maxRetries": "10", "spark.shuffle.io.retryWait": "30s"}


def longer_poll(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Four times the wait for records of a topic, where it is the wait that was too short."""
    waited_ms = max((int(found) for found in _POLL_MS.findall(text)), default=0)
    return {"spark.streaming.kafka.consumer.poll.ms": str(4 * waited_ms)} if waited_ms else {}


def wait_for_state_lock(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Twice the wait for the lock on a RocksDB instance, where that wait is what failed."""
    waited_ms = max((int(found) for found in _LOCK_MS.findall(text)), default=0)
    if "could not be acquired" not in text or not waited_ms:
        return {}
    return {"spark.sql.streaming.stateStore.rocksdb.lockAcquireTimeoutMs": str(2 * (waited_ms // 1000 * 1000 or 1000))}


def allow_partitions(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """As many dynamic partitions as Hive says that the statement needs."""
    needed = max((int(found) for found in _PARTITIONS.findall(text)), default=0)
    return {"spark.hadoop.hive.exec.max.dynamic.partitions": str(needed)} if needed else {}


def normal_network_timeout(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Spark's own time-out, where the application had a shorter one: a longer one than that only hides the cause."""
    value = (properties or {}).get("spark.network.timeout", "").strip().removesuffix("s")
    return {"spark.network.timeout": "120s"} if value.isdecimal() and 0 < int(value) < 120 else {}


def normal_stage_attempts(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Spark's own four attempts at a stage, where the application allowed fewer: lost files are made again by each."""
    name = "spark.stage.maxConsecutiveAttempts"
    value = (properties or {}).get(name, "").strip()
    return {name: "4"} if value.isdecimal() and int(value) < 4 else {}


def jdbc_driver(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The package of a database's driver, beside those that are there; other classes need Spark's own version."""
    found = [package for name, package in _JDBC.items() if name in text]
    there = [part for part in (properties or {}).get("spark.jars.packages", "").split(",") if part]
    return {"spark.jars.packages": ",".join([*there, *found])} if found and properties is not None else {}


def same_python(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The driver's version of Python for executors, where Spark says that theirs is another."""
    found = _IN_DRIVER.search(text)
    return {"spark.pyspark.python": f"python{found[1]}"} if found else {}


def arrow_format(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Arrow's old format for Spark 2, which new pyarrow writes on request; not for Spark 3, which refuses it."""
    names = ("spark.executorEnv.ARROW_PRE_0_15_IPC_FORMAT", "spark.yarn.appMasterEnv.ARROW_PRE_0_15_IPC_FORMAT")
    if "legacy IPC format is not supported" in text:
        return {name: "0" for name in names if (properties or {}).get(name, names[0]) != "0"}
    return dict.fromkeys(names, "1") if "MessageSerializer.readMessage" in text else {}


def default_queue(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """YARN's own queue, where another one, or the one that a rule chose, is refused."""
    name = "spark.yarn.queue"
    is_refused = properties is None or properties.get(name) == "default" or "queue: default" in text
    return {} if is_refused or "does not have permission" in text else {name: "default"}


def avoid_machine(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Keep tasks from machines that failed some (3.1; before it spark.blacklist.enabled)."""
    name = "spark.excludeOnFailure.enabled"
    return {} if (properties or {}).get(name) == "true" else {name: "true"}


def fewer_shuffle_files(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """One file a task in shuffles, where it was the files of all partitions side by side that were too many."""
    return {"spark.shuffle.sort.bypassMergeThreshold": "1"} if "BypassMergeSort" in text else {}


def retry_throttled(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """More retries of the S3 client in use, each of them later than the one before."""
    if re.search(r"amazon\.ws\.emr|emrfs", text, re.IGNORECASE):
        return {"spark.hadoop.fs.s3.maxRetries": "30"}
    return {"spark.hadoop.fs.s3a.attempts.maximum": "30"} if "s3a" in text.lower() else {}


def smaller_gpu_share(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Of RAPIDS: half of the card where its pool did not start, else one task on it and smaller batches."""
    if not re.search("RMM|rapids|cudf", text):
        return {}
    if "pool init" in text:
        return {"spark.rapids.memory.gpu.allocFraction": "0.5", "spark.rapids.memory.gpu.maxAllocFraction": "0.5"}
    return {"spark.rapids.sql.concurrentGpuTasks": "1", "spark.rapids.sql.batchSizeBytes": "512m"}


def ask_for_less_cpu(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Half of the cores as the pod's request, where CPU alone is what no node has left; how many tasks run stays."""
    if "Insufficient cpu" not in text or "Insufficient memory" in text:
        return {}
    side = "driver" if re.search(r"-driver\b(?!-svc)", text) else "executor"
    cores = (properties or {}).get(f"spark.{side}.cores", "1")
    if not cores.isdecimal() or not int(cores):
        return {}
    return {f"spark.kubernetes.{side}.request.cores": f"{500 * int(cores)}m"}
