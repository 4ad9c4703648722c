"""What every cause that configuration repairs comes with, by platform, where the evidence holds no figure.

What the table of remedies adds to that has a test of its own.
"""

import re
import zipfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.properties.spark import GIB, MIB, PROPERTIES, parse_size_bytes
from sparkwright.diagnosis.answer import repairs
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES

MASTERS = {
    "yarn": {"spark.master": "yarn"},
    "kubernetes": {"spark.master": "k8s://https://10.0.0.1:443"},
    "standalone": {"spark.master": "spark://m:7077"},
    "local": {"spark.master": "local[4]"},
    "unknown": {},
}
HEAP, OVERHEAD = "spark.executor.memory", "spark.executor.memoryOverhead"
IMAGE = "spark.kubernetes.container.image"
VOLUME = "spark.kubernetes.executor.volumes.persistentVolumeClaim.spark-local-dir-1.options"
S3A = "spark.hadoop.fs.s3a"

# Cause, what the software prints, on which platforms, what is set, and what is left to the site.
TABLE = [
    ("executor_heap_oom", "Executor task launch: Java heap space", "yarn standalone", {HEAP}, set()),
    ("executor_heap_oom", "Java heap space", "local", {"spark.driver.memory"}, set()),
    ("heap_pressure", "WARN Executor: Detected pause in JVM (eg GC)", "yarn kubernetes", {HEAP}, set()),
    ("heap_pressure", "WARN driver: long GC in DAGScheduler", "yarn local", {"spark.driver.memory"}, set()),
    ("container_memory_kill", "Container killed for exceeding memory limits", "yarn kubernetes", {OVERHEAD}, set()),
    ("offheap_memory_exhausted", "Not enough spark off-heap execution memory. Current config settings: "
     "spark.gluten.memory.offHeap.size.in.bytes=20.0 GiB", "yarn kubernetes", {"spark.memory.offHeap.size"},
     {"spark.executor.cores"}),
    ("direct_memory_oom", "FetchFailed: failed to allocate 16777216 byte(s) of direct memory", "yarn",
     {"spark.executor.extraJavaOptions", "spark.reducer.maxSizeInFlight"},
     {OVERHEAD, "spark.maxRemoteBlockSizeFetchToMem"}),
    ("direct_memory_oom", "FetchFailed: failed to allocate 16777216 byte(s) of direct memory", "standalone",
     {"spark.executor.extraJavaOptions", "spark.reducer.maxSizeInFlight"}, {"spark.maxRemoteBlockSizeFetchToMem"}),
    ("python_memory_exceeded", "executor 3: numpy ArrayMemoryError in pandas_udf", "yarn kubernetes",
     {OVERHEAD, "spark.sql.execution.arrow.maxRecordsPerBatch"}, set()),
    ("kryo_buffer_overflow", "[KRYO_BUFFER_OVERFLOW] Kryo serialization failed", "yarn local",
     {"spark.kryoserializer.buffer.max"}, set()),
    ("kryo_class_not_registered", "Encountered unregistered class ID: 13994", "yarn standalone", set(),
     {"spark.kryo.classesToRegister"}),
    ("two_gb_limit_exceeded", "FetchFailedException: Too large frame: 3608642420", "yarn standalone",
     {"spark.sql.shuffle.partitions", "spark.maxRemoteBlockSizeFetchToMem"}, set()),
    ("skewed_data", "data skew in stage 3.0", "yarn kubernetes",
     {"spark.sql.adaptive.enabled", "spark.sql.adaptive.skewJoin.enabled"}, set()),
    ("few_partitions", "Stage 3 contains a task of very large size", "yarn local", {"spark.sql.shuffle.partitions"},
     set()),
    ("few_partitions", "No Partition Defined for Window: Moving all data to a single partition", "yarn local", set(),
     set()),
    ("disk_full", "temp_shuffle_9f8e: No space left on device", "standalone", set(), {"spark.local.dir"}),
    ("disk_full", "temp_shuffle_9f8e: No space left on device", "kubernetes", set(),
     {"spark.local.dir", f"{VOLUME}.claimName", f"{VOLUME}.sizeLimit"}),
    ("disk_full", "/opt/spark/work/app-20250101-0001/0/stderr: No space left on device", "standalone", set(),
     {"spark.worker.cleanup.enabled"}),
    ("disk_full", "temp_shuffle_9f8e: No space left on device", "yarn", set(), set()),
    ("service_throttled", "s3a: SlowDown", "yarn kubernetes",
     {f"{S3A}.attempts.maximum", f"{S3A}.retry.limit"}, {"spark.dynamicAllocation.maxExecutors"}),
    ("service_throttled", "429 Too Many Requests at GoogleCloudStorageImpl gs://b/o", "unknown",
     {"spark.hadoop.fs.gs.http.max.retry"}, {"spark.dynamicAllocation.maxExecutors"}),
    ("service_throttled", "The server is busy., 503, PUT, https://acct.dfs.core.windows.net/c", "unknown",
     {"spark.hadoop.fs.azure.io.retry.max.retries"}, {"spark.dynamicAllocation.maxExecutors"}),
    ("wrong_filesystem", "Wrong FS: hdfs://nn:8020/x, expected: file:///", "yarn standalone", set(),
     {"spark.hadoop.fs.defaultFS"}),
    ("wrong_filesystem", "Wrong FS s3://b/x -expected s3a://b", "yarn standalone", {"spark.hadoop.fs.s3.impl"}, set()),
    ("wrong_filesystem", "Relative path in absolute URI: file:C:/x/spark-warehouse", "local unknown", set(),
     {"spark.sql.warehouse.dir"}),
    ("missing_class", "Failed to find data source: kafka", "yarn local", set(), {"spark.jars.packages"}),
    ("missing_class", "cannot assign instance of java.lang.invoke.SerializedLambda", "kubernetes", set(),
     {"spark.jars", IMAGE}),
    ("version_incompatibility", "NoSuchMethodError: scala.collection.immutable.Map$.apply", "yarn local", set(),
     {"spark.jars.packages"}),
    ("version_incompatibility", "local class incompatible: stream classdesc serialVersionUID = 1", "kubernetes", set(),
     {IMAGE}),
    ("java_version_incompatible", 'module java.base does not "opens java.nio" to unnamed module', "yarn kubernetes",
     {"spark.driver.extraJavaOptions", "spark.executor.extraJavaOptions"}, set()),
    ("java_version_incompatible", "module java.base does not export sun.nio.ch to unnamed module", "local",
     {"spark.driver.extraJavaOptions"}, set()),
    ("java_version_incompatible", "UnsupportedClassVersionError: X (class file version 61.0)", "yarn", set(),
     {"spark.executorEnv.JAVA_HOME", "spark.yarn.appMasterEnv.JAVA_HOME"}),
    ("native_library_missing", "libsnappyjava.so: Error loading shared library ld-linux-x86-64.so.2", "kubernetes",
     {"spark.io.compression.codec", "spark.sql.parquet.compression.codec"}, {IMAGE}),
    ("library_or_engine_bug", "NullPointerException at org.apache.spark.sql.execution.vectorized."
     "VectorizedColumnReader.readBatch(VectorizedColumnReader.java:9)", "yarn local",
     {"spark.sql.parquet.enableVectorizedReader"}, set()),
    ("schema_mismatch", "Parquet column cannot be converted. Expected: decimal(9,2), Found: BINARY", "yarn local",
     {"spark.sql.parquet.enableVectorizedReader"}, set()),
    ("schema_mismatch", "Parquet column cannot be converted. Expected: bigint, Found: INT32", "yarn", set(), set()),
    ("datetime_rebase_required", "SparkUpgradeException: reading dates before 1582-10-15 from Parquet", "yarn local",
     {"spark.sql.parquet.datetimeRebaseModeInRead"}, set()),
    ("datetime_rebase_required", "SparkUpgradeException: Fail to parse '1/1/20' in the new parser", "yarn local",
     {"spark.sql.legacy.timeParserPolicy"}, set()),
    ("arithmetic_overflow", "[ARITHMETIC_OVERFLOW] integer overflow", "yarn local", set(), {"spark.sql.ansi.enabled"}),
    ("cast_error", "java.lang.NumberFormatException: For input string", "yarn local", set(), set()),
    ("invalid_configuration", "System memory 259522560 must be at least 471859200", "yarn local",
     {"spark.driver.memory"}, {"spark.driver.memory"}),
    ("invalid_configuration", "The number of cores per executor (=1) has to be >= the number of cpus per task = 2",
     "yarn standalone", {"spark.task.cpus"}, set()),
    ("invalid_configuration", "the region 'us-east-1' is wrong; expecting 'eu-west-1'", "yarn kubernetes",
     {"spark.hadoop.fs.s3a.endpoint.region"}, set()),
    ("invalid_configuration", "IllegalArgumentException: spark.sql.shuffle.partitions should be int, but was x",
     "yarn local", set(), {"spark.sql.shuffle.partitions"}),
    (
        "invalid_configuration",
        "This Delta operation requires the SparkSession to be configured with the DeltaSparkSessionExtension",
        "yarn local",
        {"spark.sql.extensions", "spark.sql.catalog.spark_catalog"},
        set(),
    ),
    (
        "connection_refused",
        "Could not connect to meta store: thrift://m:9083",
        "yarn kubernetes",
        set(),
        {"spark.hadoop.hive.metastore.uris"},
    ),
    ("missing_python_module", "ModuleNotFoundError: No module named 'featlib'", "yarn", set(),
     {"spark.submit.pyFiles", "spark.archives", "spark.pyspark.python", "spark.yarn.dist.archives"}),
    ("missing_python_module", "ModuleNotFoundError: No module named 'featlib'", "kubernetes", set(),
     {"spark.submit.pyFiles", "spark.archives", "spark.pyspark.python", IMAGE}),
    ("python_interpreter_mismatch", 'Cannot run program "python3.9": error=2', "standalone", set(),
     {"spark.pyspark.python", "spark.pyspark.driver.python"}),
    ("python_interpreter_mismatch", 'Cannot run program "python3.9": error=2', "yarn", set(),
     {"spark.pyspark.python", "spark.pyspark.driver.python", "spark.yarn.appMasterEnv.PYSPARK_PYTHON"}),
    ("token_expired", "token (HDFS_DELEGATION_TOKEN token 7 for etl) is expired", "kubernetes", set(),
     {"spark.kerberos.keytab", "spark.kerberos.principal"}),
    ("token_expired", "token (HDFS_DELEGATION_TOKEN token 7 for etl) is expired", "yarn", set(),
     {"spark.kerberos.keytab", "spark.kerberos.principal", "spark.yarn.keytab", "spark.yarn.principal"}),
    ("authentication_failure", "s3a: InvalidAccessKeyId", "yarn kubernetes", set(),
     {f"{S3A}.aws.credentials.provider", f"{S3A}.access.key", f"{S3A}.secret.key"}),
    ("permission_denied", "Permission denied: user=dr.who, access=WRITE, inode=\"/user\":hdfs", "yarn", set(),
     {"spark.yarn.stagingDir"}),
    ("tls_handshake_failure", "PKIX path building failed", "yarn kubernetes", set(),
     {"spark.driver.extraJavaOptions", "spark.executor.extraJavaOptions"}),
    ("tls_handshake_failure", "PKIX path building failed", "local", set(), {"spark.driver.extraJavaOptions"}),
    ("kubernetes_rbac_denied", "pods is forbidden: User cannot create resource", "kubernetes", set(),
     {"spark.kubernetes.authenticate.driver.serviceAccountName"}),
    ("driver_unreachable", "Failed to connect to 2f9d1c:36211", "standalone yarn", set(), {"spark.driver.host"}),
    ("port_conflict", "java.net.BindException: Address already in use", "local standalone", {"spark.port.maxRetries"},
     set()),
    ("node_preempted", "the spot instance was interrupted", "kubernetes standalone",
     {"spark.decommission.enabled", "spark.storage.decommission.enabled",
      "spark.storage.decommission.shuffleBlocks.enabled"}, {"spark.storage.decommission.fallbackStorage.path"}),
    ("node_preempted", "Container preempted by scheduler, queue etl", "yarn", set(), {"spark.yarn.queue"}),
    ("shuffle_service_unavailable", "Unable to register with external shuffle server: w1:7337", "standalone yarn",
     {"spark.shuffle.service.enabled", "spark.dynamicAllocation.shuffleTracking.enabled"}, set()),
    ("shuffle_service_overloaded", "chunks being transferred: fetch of blocks", "yarn standalone",
     {"spark.reducer.maxBlocksInFlightPerAddress", "spark.reducer.maxReqsInFlight", "spark.shuffle.io.retryWait"},
     set()),
    ("cluster_manager_unavailable", "kubernetes API server: timed out", "kubernetes",
     {"spark.kubernetes.driver.requestTimeout", "spark.kubernetes.driver.connectionTimeout"}, set()),
    ("resource_starvation", "Invalid resource request, requestedMemory=9216, maxMemory=8192", "yarn",
     {HEAP}, {HEAP, "spark.executor.cores"}),
    ("namespace_quota_exceeded", "failed quota: q: must specify limits.cpu", "kubernetes",
     {"spark.kubernetes.driver.limit.cores", "spark.kubernetes.executor.limit.cores"},
     {"spark.dynamicAllocation.maxExecutors"}),
    ("pod_unschedulable", "0/9 nodes are available: 9 node(s) had taint {a: b}, that the pod didn't tolerate",
     "kubernetes", set(), {"spark.kubernetes.executor.podTemplateFile"}),
    ("pod_unschedulable", "0/9 nodes are available: 9 Insufficient memory", "kubernetes", set(), {HEAP}),
    ("image_pull_failed", "Failed to pull image: 401 Unauthorized", "kubernetes", set(),
     {IMAGE, "spark.kubernetes.container.image.pullSecrets"}),
    ("queue_rejected", "unknown queue: prod", "yarn", {"spark.yarn.queue"}, {"spark.yarn.queue"}),
    # Only data, code or the platform mends these.
    ("corrupt_file", "is not a Parquet file. Expected magic number at tail", "yarn local", set(), set()),
    ("malformed_record", "Malformed records are detected in record parsing", "yarn local", set(), set()),
    ("executor_lost", "Executor 3 exited with code 137", "yarn kubernetes", set(), set()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("cause", "text", "platform", "computed", "left"),
    [(cause, text, platform, *said) for cause, text, platforms, *said in TABLE for platform in platforms.split()],
)
def test_a_repair_names_what_its_platform_has(cause, text, platform, computed, left) -> None:
    given = ROOT_CAUSES[cause].repair(MASTERS[platform], text)
    to_fill = ROOT_CAUSES[cause].to_fill(MASTERS[platform], text)
    assert set(given) == computed
    assert set(to_fill) - computed == left - computed
    assert all(given.values()) and all(to_fill.values())


_MARKS = yaml.safe_load((Path(__file__).parents[1] / "marks.yaml").read_text(encoding="utf-8"))
_NAMED = [
    (cause, name)
    for cause, lines in _MARKS.items()
    for line in lines["says"]
    for properties in MASTERS.values()
    for said in repairs(ROOT_CAUSES[cause], properties, line)
    for name in said
]


def test_what_is_named_is_among_the_knobs_of_its_cause() -> None:
    for cause, name in dict.fromkeys(_NAMED):
        knobs = ROOT_CAUSES[cause].knobs
        open_names = [re.split(r"[*[]", knob)[0] for knob in knobs if re.search(r"[*[]", knob)]
        is_there = any(name in knob for knob in knobs) or any(map(name.startswith, open_names))
        assert is_there or "message" in knobs[0], (cause, name)


def test_a_cause_with_knobs_names_one_for_some_line_without_figures_unless_it_is_listed() -> None:
    silent = {cause.name for cause in ROOT_CAUSES.values() if cause.knobs} - {cause for cause, _ in _NAMED}
    assert silent == SILENT


SILENT = {
    "analysis_error",  # only where Spark's message proposes a setting
    "serialization_error",  # Kryo's only
    "jvm_native_crash",  # by the library of the frame
    "python_worker_exception",  # Arrow's conversions only
    "application_killed_externally",  # a time limit of the Thrift server only
    "streaming_checkpoint_mismatch",  # where Spark's message proposes it
    "fetch_failure",
}


@pytest.mark.slow
def test_every_property_named_is_one_that_spark_or_its_libraries_read() -> None:
    jars = Path(pytest.importorskip("pyspark").__file__).parent / "jars"
    wanted = _computed() - PROPERTIES.keys()
    wanted = {name for name in wanted if not name.startswith(_ELSEWHERE) and not re.search(r"Env\.\w+$", name)}
    sought = {name: re.sub(rf"^({_COMPOSED})", "", name).encode() for name in wanted}
    for path in sorted(jars.glob("*.jar")):
        if not path.name.startswith(("spark-", "hadoop-client-api", "hive-")):
            continue
        with zipfile.ZipFile(path) as jar:
            for entry in jar.namelist():
                if entry.endswith((".class", "-default.xml")):
                    content = jar.read(entry)
                    sought = {name: word for name, word in sought.items() if word not in content}
    assert sorted(sought) == []


def _computed() -> set[str]:
    """Names that come from code; those of the table of remedies have a test of their own."""
    asked = [
        (ROOT_CAUSES[cause], properties, line)
        for cause, lines in _MARKS.items()
        for line in lines["says"]
        for properties in MASTERS.values()
    ]
    return {name for cause, *of in asked for given in (cause.repair(*of), cause.to_fill(*of)) for name in given}


_COMPOSED = (
    r"spark\.hadoop\.|spark\.kubernetes\.authenticate\.driver|spark\.shuffle\.io|"
    r"spark\.sql\.streaming\.stateStore\.rocksdb\."
)
"""Names that Spark puts together, of a prefix and the rest."""
_ELSEWHERE = (
    "spark.rapids.",
    "spark.emr-serverless.",
    "spark.hadoop.fs.s3.",  # EMR
    "spark.hadoop.fs.hdfs.impl.disable.cache",  # Hadoop puts the scheme into the name
    "spark.hadoop.fs.s3a.endpoint",
    "spark.cassandra.",
    "spark.es.",
    "spark.mongodb.",
    "spark.redis.",
    "spark.databricks.",
    "spark.hadoop.hbase.",
    "spark.hadoop.google.",
    "spark.hadoop.fs.gs.",
    "spark.hadoop.fs.oss.",
    "spark.hadoop.fs.obs.",
    "spark.hadoop.fs.cos.",
    "spark.hadoop.fs.azure.",
    "spark.kubernetes.executor.volumes.",  # with the volume's name
    "spark.sql.iceberg.",
    "spark.sql.catalog.",  # a name that the site chooses
    "spark.streaming.kafka.",  # of a module that PySpark lacks
    "spark.celeborn.",
    "spark.hadoop.dynamodb.",  # EMR's connector
    "spark.hadoop.aws.glue.",  # the metastore client of EMR and Glue
    "spark.task.resource.",  # with the resource's name
    "spark.hadoop.fs.s3a.endpoint.region",
)

_RAISED = {
    "executor_heap_oom": "spark.executor.memory",
    "heap_pressure": "spark.executor.memory",
    "container_memory_kill": "spark.executor.memoryOverhead",
    "driver_container_memory_kill": "spark.driver.memoryOverhead",
    "driver_heap_oom": "spark.driver.memory",
    "driver_result_size_exceeded": "spark.driver.maxResultSize",
    "offheap_memory_exhausted": "spark.memory.offHeap.size",
    "kryo_buffer_overflow": "spark.kryoserializer.buffer.max",
}
_LIMITS = {"kryo_buffer_overflow": 2047 * MIB}


@given(st.sampled_from(sorted(_RAISED)), st.integers(1, 3000), st.sampled_from(["yarn", "kubernetes"]))
def test_a_raised_size_is_never_below_what_is_in_force_and_never_above_its_limit(cause, size_mib, platform) -> None:
    name = _RAISED[cause]
    properties = {**MASTERS[platform], name: f"{size_mib}m"}
    given_bytes = ROOT_CAUSES[cause].repair(properties, "Executor: Buffer overflow").get(name)
    if given_bytes is None:
        assert size_mib * MIB >= _LIMITS.get(cause, 10_000 * GIB)
        return
    raised = parse_size_bytes(given_bytes)
    assert size_mib * MIB < raised <= min(2 * size_mib * MIB, _LIMITS.get(cause, 10_000 * GIB))


_COUNTED = {
    "few_partitions": ("spark.sql.shuffle.partitions", 20_000),
    "rpc_message_too_large": ("spark.rpc.message.maxSize", 2047),
    "port_conflict": ("spark.port.maxRetries", 256),
    "connection_pool_exhausted": ("spark.hadoop.fs.s3a.connection.maximum", 10**9),
}


@given(st.sampled_from(sorted(_COUNTED)), st.integers(1, 100_000))
def test_a_raised_count_is_never_below_what_is_in_force_and_never_above_its_limit(cause, count) -> None:
    name, limit = _COUNTED[cause]
    raised = ROOT_CAUSES[cause].repair({name: str(count)}, "s3a").get(name)
    if raised is None:
        assert count >= limit
        return
    assert count < int(raised) <= limit


@given(st.dictionaries(st.sampled_from([name for _, name in _NAMED]), st.text(max_size=12)), st.text(max_size=80))
def test_whatever_was_set_and_said_no_repair_breaks(properties, text) -> None:
    for cause in ROOT_CAUSES.values():
        for given_properties in (properties, None):
            computed, to_fill = repairs(cause, given_properties, text)
            assert not computed.keys() & to_fill.keys()


@pytest.mark.parametrize("cause", ["invalid_configuration", "analysis_error", "unsupported_operation"])
def test_a_log_proposes_no_code_to_load(cause) -> None:
    text = (
        "please set spark.driver.extraJavaOptions to -javaagent:/tmp/x.jar. The config spark.plugins must be a.B. "
        "set spark.sql.extensions to true. set spark.sql.crossJoin.enabled = evil.Class"
    )
    computed, to_fill = repairs(ROOT_CAUSES[cause], {}, text)
    assert not computed and to_fill.keys() <= {"spark.sql.crossJoin.enabled"} and "evil" not in str(to_fill)


def test_what_sparks_message_proposes_is_left_to_the_owner() -> None:
    text = "Detected implicit cartesian product. Or set spark.sql.crossJoin.enabled=true to allow it"
    computed, to_fill = repairs(ROOT_CAUSES["analysis_error"], {}, text)
    assert not computed and to_fill["spark.sql.crossJoin.enabled"].startswith("true, as Spark's message proposes")


def test_where_no_properties_are_known_what_is_to_be_raised_is_left_open() -> None:
    computed, to_fill = repairs(ROOT_CAUSES["executor_heap_oom"], None, "Executor: Java heap space")
    assert not computed
    assert to_fill["spark.executor.memory"] == "more than is set now; 2048m where nothing is set"


def test_a_heap_among_the_options_becomes_the_property_that_sets_it() -> None:
    name = "spark.executor.extraJavaOptions"
    text = f"{name} is not allowed to specify max heap memory settings (was '-Xmx4g -Da=b'). Use spark.executor.memory"
    repair = ROOT_CAUSES["invalid_configuration"].repair
    assert repair({name: "-Xmx4g -Da=b"}, text) == {"spark.executor.memory": "4g", name: "-Da=b"}
    assert repair({}, text.replace("executor", "driver")) == {"spark.driver.memory": "4g"}


def test_an_application_master_that_is_too_large_is_fitted_to_what_yarn_grants() -> None:
    text = "Required AM memory (9216+921 MB) is above the max threshold (8192 MB) of this cluster!"
    repair = ROOT_CAUSES["resource_starvation"].repair
    assert repair({"spark.submit.deployMode": "client"}, text) == {"spark.yarn.am.memory": "7168m"}
    assert repair({"spark.submit.deployMode": "cluster"}, text) == {"spark.driver.memory": "7424m"}
    cores = (
        "Invalid resource request! Requested resource type=[vcores], Requested resource=<memory:1408, vCores:8>, "
        "maximum allowed allocation=<memory:8192, vCores:4>"
    )
    assert repair({}, cores) == {"spark.executor.cores": "4"}
