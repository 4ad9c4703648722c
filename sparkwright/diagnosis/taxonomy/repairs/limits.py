"""Repairs for limits other than memory: message sizes, pools, ports, waits, formats."""

import re
from collections.abc import Mapping

from data_contracts.properties.spark import MIB
from sparkwright.diagnosis.taxonomy.causes.words import UNASSIGNED
from sparkwright.diagnosis.taxonomy.repairs.requests import fewer_executors, one_task_a_card
from sparkwright.diagnosis.taxonomy.repairs.values import count

_SENT = re.compile(r"was (\d+) bytes|were (\d+) bytes|size (?:of )?(\d+) bytes")
_MAX_MESSAGE_MIB = 2047  # RpcUtils.MAX_MESSAGE_SIZE_IN_MB
_REBASE = re.compile(r"spark\.sql\.[\w.]*(?:[rR]ebaseMode\w*|timeParserPolicy)")
_BLOCK = re.compile(r"Too large frame|shuffle_\d+_|Shuffle(Block|Write|MapTask)|FetchFailed|DiskStore|BlockManager")
_ANCIENT = re.compile(r"(read|writ)(ing|e)?[_ ](ancient[_ ]datetime|dates)", re.IGNORECASE)
_MAX_PARTITIONS, _MAX_PORTS = 20_000, 256
_RETRIES = re.compile(r"failed after (\d+) retries")
_LOCK_MS = re.compile(r"after (\d+) ?ms")
_POLL_MS = re.compile(r"after polling for (\d+)")
_PARTITIONS = re.compile(r"max\.dynamic\.partitions(?:\.pernode)? to at least (\d+)")
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


def smaller_pieces(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Arrow's large strings, where one of Arrow's vectors came to 2 GB; twice the pieces, where it was a block.

    A block of a shuffle is fetched to the disk in the meantime; of a reader's batch a quarter. Other arrays have no
    knob.
    """
    if "in the vectorized reader" in text:
        name = f"spark.sql.{'orc' if re.search(r'at [a-z.]+[.]orc[.]', text) else 'parquet'}.columnarReaderBatchSize"
        rows = count(properties, name, 4096)
        return {name: str(rows // 4)} if rows >= 4 else {}
    if re.search("arrow|LargeVar", text):
        return {"spark.sql.execution.arrow.useLargeVarTypes": "true"}
    if not _BLOCK.search(text):
        return {}
    fetched = {"spark.maxRemoteBlockSizeFetchToMem": "200m"} if "Too large frame" in text else {}
    return more_partitions(properties) | fetched


def more_partitions(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Twice the partitions of shuffles, at least Spark's own 200; nothing where no property can cut the work."""
    name = "spark.sql.shuffle.partitions"
    now = count(properties, name, 200)
    if properties is None or not now or re.search(r"single partition|unsplittable|JDBC|WindowExec|gzip", text):
        return {}
    return {name: str(min(_MAX_PARTITIONS, max(200, 2 * now)))} if now < _MAX_PARTITIONS else {}


def register_no_classes(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Let Kryo take any class, where it refused one for not being registered."""
    return {"spark.kryo.registrationRequired": "false"} if "not registered" in text else {}


def rebase_as_before(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The dates that Spark 2 read and wrote, by the properties that the message names."""
    named = dict.fromkeys(_REBASE.findall(text), "LEGACY")
    if not named and re.search(
        r"DATETIME_\w*PATTERN|PARSE_DATETIME|week-based pattern|Illegal pattern|Fail to (parse|recognize|format)|"
        r"new parser",
        text,
    ):
        return {"spark.sql.legacy.timeParserPolicy": "LEGACY"}
    if named or not (found := _ANCIENT.search(text)):
        return named
    way = "Read" if found[0].lower().startswith("read") else "Write"
    if re.search(r"\bavro\b", text, re.IGNORECASE):
        return {f"spark.sql.avro.datetimeRebaseModeIn{way}": "LEGACY"}
    int96 = {f"spark.sql.parquet.int96RebaseModeIn{way}": "LEGACY"} if "INT96" in text else {}
    return int96 or {f"spark.sql.parquet.datetimeRebaseModeIn{way}": "LEGACY"}


def larger_pool(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Four times the connections of the S3 client, where it was its pool that ran empty."""
    if not _AWS.search(text) and "waiting for connection from pool" not in text:  # words of the AWS SDK's client
        return {}
    if "org.apache.iceberg.aws" in text:  # a client of its own, set by the catalog's properties
        return {}
    emr = re.search(r"amazon\.ws\.emr|emrfs|com\.amazon\.emr", text, re.IGNORECASE)
    name = "spark.hadoop.fs.s3.maxConnections" if emr else "spark.hadoop.fs.s3a.connection.maximum"
    current = (properties or {}).get(name, "100")
    return {name: str(4 * int(current))} if current.isdecimal() and int(current) else {}


def more_ports(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Four times the ports to try: of those that Spark says it tried, or of those that it was allowed.

    Nothing for a port that is somebody else's to choose.
    """
    name = "spark.port.maxRetries"
    tried = max((int(found) for found in _RETRIES.findall(text)), default=0) or count(properties, name, 16)
    if properties is None or re.search("ZooKeeper|Derby|kafka|HistoryServer|ThriftServer|jmx", text, re.IGNORECASE):
        return {}
    return {name: str(min(_MAX_PORTS, 4 * tried))} if 0 < tried < _MAX_PORTS else {}


def reachable_driver(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """An address that the driver can bind to, or a service whose name resolves before the driver is ready."""
    if re.search(rf"{UNASSIGNED}|on a random free port", text, re.IGNORECASE):
        return {"spark.driver.bindAddress": "0.0.0.0"}
    unresolved = "-driver-svc" in text and "UnknownHost" in text
    return {"spark.kubernetes.driver.service.publishNotReadyAddresses": "true"} if unresolved else {}


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


def fewer_pieces(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """As many dynamic partitions as Hive says that the statement needs; else half of the partitions that were set.

    Never fewer than Spark's own 200.
    """
    needed = max((int(found) for found in _PARTITIONS.findall(text)), default=0)
    if needed:
        return {"spark.hadoop.hive.exec.max.dynamic.partitions": str(needed)}
    name = "spark.sql.shuffle.partitions"
    now = count(properties, name, 200)
    return {name: str(max(200, now // 2))} if now > 200 else {}


def fewer_shuffle_files(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """One file a task in shuffles, where it was the files of all partitions side by side that were too many.

    Spark opens one for every partition where there are few of them, 200 at most by default.
    """
    if "HashShuffleWriter" in text:  # Spark 1
        return {"spark.shuffle.manager": "sort"}
    return {"spark.shuffle.sort.bypassMergeThreshold": "1"} if "BypassMergeSort" in text else {}


def retry_throttled(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """More retries of the S3 client in use, each of them later than the one before; else fewer tasks that ask."""
    if re.search(r"amazon\.ws\.emr|emrfs", text, re.IGNORECASE):
        return {"spark.hadoop.fs.s3.maxRetries": "30"}
    if re.search(r"s3a|Amazon ?S3|S3Exception", text):
        # Hadoop 3.1 and later retry in S3A itself, before it in the SDK alone.
        return {"spark.hadoop.fs.s3a.attempts.maximum": "30", "spark.hadoop.fs.s3a.retry.limit": "20"}
    if re.search(r"\.(dfs|blob)\.core\.windows\.net|\babfss?://", text):
        return {"spark.hadoop.fs.azure.io.retry.max.retries": "60"}
    if re.search(r"GoogleCloudStorage|GoogleHadoop|\bgs://", text):
        return {"spark.hadoop.fs.gs.http.max.retry": "20"}
    return fewer_executors(properties)


def smaller_gpu_share(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Of RAPIDS: half of the card where its pool did not start, else one task on it and smaller batches."""
    if not re.search(r"RMM|rapids|cudf|Gpu\w*OOM|\bGpu[A-Z]", text):
        return one_task_a_card(properties)
    if "pool init" in text:
        return {"spark.rapids.memory.gpu.allocFraction": "0.5", "spark.rapids.memory.gpu.maxAllocFraction": "0.5"}
    return {"spark.rapids.sql.concurrentGpuTasks": "1", "spark.rapids.sql.batchSizeBytes": "512m"}
