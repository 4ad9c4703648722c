"""Properties that belong to what the evidence names: a store, a service, a scheme, a flag that was set."""

import pytest

from sparkwright.diagnosis.answer import repairs
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES

S3A, GS = "spark.hadoop.fs.s3a", "spark.hadoop.fs.gs"
GOOGLE = {
    f"{GS}.auth.type",
    f"{GS}.auth.service.account.json.keyfile",
    "spark.hadoop.google.cloud.auth.service.account.json.keyfile",
}
KUBERNETES, YARN = {"spark.master": "k8s://https://10.0.0.1:443"}, {"spark.master": "yarn"}
IMAGE = "spark.kubernetes.container.image"
TOKENS = "Client cannot authenticate via:[TOKEN, KERBEROS]"


@pytest.mark.parametrize(
    ("cause", "text", "properties", "named"),
    [
        ("authentication_failure", "java.net.UnknownHostException: metadata.google.internal", {}, GOOGLE),
        (
            "authentication_failure",
            "no credentials found for Acct1.dfs.core.windows.net in the configuration",
            {},
            {f"spark.hadoop.fs.azure.account.{kind}.acct1.dfs.core.windows.net" for kind in ("auth.type", "key")},
        ),
        ("permission_denied", "sa@p.iam.gserviceaccount.com does not have storage.objects.get access", {}, GOOGLE),
        ("native_memory_exhausted", "Cannot allocate memory", {"spark.master": "local[*]"}, {"spark.driver.memory"}),
        ("native_memory_exhausted", "Cannot allocate memory", YARN, {"spark.executor.memoryOverhead"}),
        (
            "direct_memory_oom",
            "FetchFailedException: failed to allocate 16777216 byte(s) of direct memory",
            KUBERNETES,
            {
                "spark.executor.extraJavaOptions",
                "spark.reducer.maxSizeInFlight",
                "spark.executor.memoryOverhead",
                "spark.maxRemoteBlockSizeFetchToMem",
            },
        ),
        (
            "python_memory_exceeded",
            "numpy.core._exceptions.MemoryError: Unable to allocate 7.45 GiB for an array",
            {"spark.master": "spark://m:7077"},
            {"spark.sql.execution.arrow.maxRecordsPerBatch"},
        ),
        (
            "offheap_memory_exhausted",
            "Not enough spark off-heap execution memory",
            {},
            {"spark.memory.offHeap.size", "spark.executor.cores"},
        ),
        (
            "gpu_memory_oom",
            "RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB",
            {},
            {"spark.task.resource.gpu.amount"},
        ),
        (
            "broadcast_timeout",
            "Could not execute broadcast in 300 secs",
            {},
            {"spark.sql.broadcastTimeout", "spark.sql.autoBroadcastJoinThreshold"},
        ),
        (
            "schema_mismatch",
            "Cannot write incompatible data to table 't': - Cannot safely cast 'id': string to int",
            {},
            {"spark.sql.storeAssignmentPolicy"},
        ),
        (
            "java_version_incompatible",
            "java.lang.NoSuchMethodError: java.nio.ByteBuffer.flip()Ljava/nio/ByteBuffer;",
            KUBERNETES,
            {"spark.executorEnv.JAVA_HOME", IMAGE},
        ),
        ("permission_denied", "/root/.ivy2/jars: Permission denied", {}, {"spark.jars.ivy"}),
        (
            "authentication_failure",
            TOKENS,
            YARN | {"spark.kerberos.keytab": "u.keytab"},
            {"spark.kerberos.access.hadoopFileSystems", "spark.yarn.access.hadoopFileSystems"},
        ),
        ("invalid_configuration", "basedir must be absolute: ?/.ivy2/local", {}, {"spark.jars.ivy"}),
        ("invalid_configuration", "File hdfs://nn/spark-history does not exist", {}, {"spark.eventLog.dir"}),
        ("missing_input_path", "File file:/tmp/spark-events does not exist", {}, {"spark.eventLog.dir"}),
        (
            "missing_input_path",
            "It is possible the underlying files have been updated. REFRESH TABLE t",
            {},
            {"spark.sql.files.ignoreMissingFiles"},
        ),
        (
            "missing_class",
            "Could not find or load main class org.apache.spark.deploy.yarn.ExecutorLauncher",
            YARN,
            {"spark.yarn.jars", "spark.yarn.archive"},
        ),
        (
            "missing_class",
            "Failed to register classes with Kryo Caused by: java.lang.ClassNotFoundException: com.example.Registrator",
            {},
            {"spark.jars", "spark.driver.extraClassPath", "spark.executor.extraClassPath"},
        ),
        ("missing_class", "ClassNotFoundException: com.example.Job", {}, {"spark.jars", "spark.jars.packages"}),
        ("missing_class", "ClassNotFoundException: org.apache.commons.pool2.Pool", {}, {"spark.jars.packages"}),
        (
            "missing_class",
            "[unresolved dependency: com.example#lib;1.0: not found]",
            {},
            {"spark.jars.packages", "spark.jars.repositories"},
        ),
        ("missing_class", 'No FileSystem for scheme "gs"', {}, {"spark.jars.packages", f"{GS}.impl"}),
        (
            "missing_python_module",
            "No module named 'pyspark'",
            YARN,
            {"spark.executorEnv.PYTHONPATH", "spark.submit.pyFiles", "spark.archives", "spark.pyspark.python"},
        ),
        (
            "version_incompatibility",
            "java.lang.NoSuchMethodError: com.google.common.base.Stopwatch.elapsed",
            {"spark.jars.packages": "a:b:1"},
            {
                "spark.jars.packages",
                "spark.jars.excludes",
                "spark.driver.userClassPathFirst",
                "spark.executor.userClassPathFirst",
            },
        ),
        ("version_incompatibility", "NoSuchMethodError: com.example.A.b()V", {"spark.jars": "a.jar"}, {"spark.jars"}),
        ("version_incompatibility", "InvalidClassException: serialVersionUID", YARN, {"spark.yarn.archive"}),
        (
            "version_incompatibility",
            "Invalid method name: 'get_table_req'",
            {},
            {"spark.sql.hive.metastore.version", "spark.sql.hive.metastore.jars"},
        ),
        (
            "native_library_missing",
            "MapOutputTracker: UnsatisfiedLinkError: no zstd-jni in java.library.path",
            KUBERNETES,
            {"spark.shuffle.mapStatus.compression.codec", IMAGE},
        ),
        ("image_pull_failed", "not present with pull policy of Never", {}, {IMAGE, f"{IMAGE}.pullPolicy"}),
        (
            "image_pull_failed",
            "manifest unknown",
            {"spark.kubernetes.executor.container.image": "a:1"},
            {"spark.kubernetes.executor.container.image"},
        ),
        (
            "pod_unschedulable",
            "0/5 nodes are available: 2 Insufficient cpu, 5 Insufficient memory.",
            KUBERNETES,
            {"spark.executor.memory", "spark.kubernetes.executor.request.cores"},
        ),
        (
            "pod_unschedulable",
            "pod has unbound immediate PersistentVolumeClaims",
            {"spark.kubernetes.executor.volumes.persistentVolumeClaim.d.options.claimName": "c"},
            {"spark.kubernetes.executor.volumes.persistentVolumeClaim.d.options.claimName"},
        ),
        (
            "tls_handshake_failure",
            "TTransportException: Invalid status 21",
            {},
            {"spark.hadoop.hive.metastore.use.SSL"},
        ),
        (
            "tls_handshake_failure",
            "s3a: Unrecognized SSL message, plaintext connection?",
            {},
            {f"{S3A}.connection.ssl.enabled"},
        ),
        (
            "connection_refused",
            "Cannot detect ES version - es.nodes.wan.only",
            {},
            {"spark.es.nodes", "spark.es.nodes.wan.only"},
        ),
        (
            "connection_refused",
            "java.net.UnknownHostException: raw.minio.svc",
            {f"{S3A}.endpoint": "http://minio.svc:9000"},
            {f"{S3A}.path.style.access"},
        ),
        (
            "connection_pool_exhausted",
            "Timeout waiting for connection: oss://b/x",
            {},
            {"spark.hadoop.fs.oss.connection.maximum", "spark.dynamicAllocation.maxExecutors"},
        ),
        (
            "port_conflict",
            "Address already in use: Service 'SparkUI' failed after 16 retries",
            {},
            {"spark.port.maxRetries", "spark.ui.port"},
        ),
        (
            "cluster_manager_unavailable",
            "Retrying connect to server: 0.0.0.0/0.0.0.0:8032",
            YARN,
            {"spark.hadoop.yarn.resourcemanager.hostname"},
        ),
        (
            "namespace_quota_exceeded",
            "maximum cpu usage per Container is 2, but limit is 4",
            KUBERNETES,
            {"spark.kubernetes.executor.limit.cores"},
        ),
        (
            "driver_node_out_of_memory",
            "Driver received SIGTERM/SIGKILL signal",
            {},
            {"spark.driver.memory", "spark.submit.deployMode"},
        ),
        (
            "output_commit_failure",
            "Failed to rename s3a://b/_temporary/0",
            {},
            {f"{S3A}.committer.name", "spark.sql.sources.commitProtocolClass"},
        ),
        (
            "shuffle_service_misconfigured",
            "Dynamic allocation of executors requires the external shuffle service. You may enable this through",
            {},
            {"spark.dynamicAllocation.enabled", "spark.shuffle.service.enabled"},
        ),
        (
            "shuffle_data_corruption",
            "Stream is corrupted at PushBasedFetchHelper",
            {},
            {"spark.shuffle.push.enabled", "spark.shuffle.detectCorrupt.useExtraMemory", "spark.io.compression.codec"},
        ),
        (
            "authentication_failure",
            "EsHadoopRemoteException: security_exception: missing authentication credentials",
            {},
            {"spark.es.net.http.auth.user", "spark.es.net.http.auth.pass"},
        ),
        (
            "authentication_failure",
            "Could not find a 'KafkaClient' entry in the JAAS configuration",
            YARN,
            {"spark.driver.extraJavaOptions", "spark.executor.extraJavaOptions"},
        ),
        ("authentication_failure", "FATAL: password authentication failed for user", {}, set()),
        (
            "service_throttled",
            "ProvisionedThroughputExceededException: Rate exceeded for shard shardId-0",
            {},
            {
                "spark.streaming.kinesis.retry.waitTime",
                "spark.streaming.kinesis.retry.maxAttempts",
                "spark.dynamicAllocation.maxExecutors",
            },
        ),
        (
            "tls_handshake_failure",
            "requests.exceptions.SSLError: certificate verify failed",
            KUBERNETES,
            {"spark.executorEnv.SSL_CERT_FILE", "spark.executorEnv.REQUESTS_CA_BUNDLE"},
        ),
        (
            "storage_limit_exceeded",
            "Number of parts in multipart upload exceeded. Part count limit = 10000",
            {},
            {"spark.hadoop.fs.s3a.multipart.size"},
        ),
        (
            "storage_limit_exceeded",
            "DSQuotaExceededException: EventLogFileWriter /spark-history",
            {},
            {"spark.eventLog.rolling.enabled", "spark.eventLog.dir"},
        ),
        ("storage_limit_exceeded", "DSQuotaExceededException: /user/etl", {}, set()),
        ("disk_full", "Disk quota exceeded", {}, set()),
        (
            "kafka_offsets_unavailable",
            "assertion failed: Got wrong record for spark-executor-g t 0 even after seeking to offset 7",
            {},
            {"spark.streaming.kafka.allowNonConsecutiveOffsets"},
        ),
        (
            "kafka_offsets_unavailable",
            "OffsetOutOfRangeException at org.apache.spark.streaming.kafka010.InternalKafkaConsumer.poll",
            {"spark.streaming.backpressure.enabled": "true"},
            {"spark.streaming.kafka.maxRatePerPartition"},
        ),
        (
            "shuffle_service_unavailable",
            "CelebornIOException: Register shuffle failed, reason: RESERVE_SLOTS_FAILED",
            {},
            {"spark.shuffle.manager", "spark.celeborn.master.endpoints"},
        ),
        (
            "node_lost",
            "Pod was terminated in response to imminent node shutdown",
            KUBERNETES,
            {
                "spark.decommission.enabled",
                "spark.storage.decommission.enabled",
                "spark.storage.decommission.shuffleBlocks.enabled",
            },
        ),
        ("node_lost", "Container released on a *lost* node", YARN, set()),
        (
            "node_lost",
            "FetchFailed(BlockManagerId(3, w7, 7337, None), shuffleId=2)",
            YARN,
            {"spark.files.fetchFailure.unRegisterOutputOnHost"},
        ),
    ],
)
def test_what_is_named_belongs_to_what_is_said(cause, text, properties, named) -> None:
    """What the functions of a cause name; the table of remedies has a test of its own."""
    computed, left = ROOT_CAUSES[cause].repair(properties, text), ROOT_CAUSES[cause].to_fill(properties, text)
    assert {*computed, *left} == named
    assert all(computed.values()) and all(left.values())


def test_what_the_application_turned_on_is_turned_off_where_it_broke() -> None:
    computed, left = repairs(
        ROOT_CAUSES["version_incompatibility"],
        {"spark.driver.userClassPathFirst": "true"},
        "NoSuchMethodError: com.google.common.base.Stopwatch",
    )
    assert computed == {"spark.driver.userClassPathFirst": "false"}
    assert "spark.driver.userClassPathFirst" not in left


@pytest.mark.parametrize(
    ("cause", "text", "properties"),
    [
        ("connection_refused", "UnknownHostException: raw.minio.svc", {}),
        ("connection_refused", "no activity: UnknownHostException: db.example.com", {}),
        (
            "connection_refused",
            "UnknownHostException: a.b",
            {f"{S3A}.endpoint": "b", f"{S3A}.path.style.access": "true"},
        ),
        ("missing_input_path", "Path does not exist: hdfs://nn/in", {}),
    ],
)
def test_nothing_is_named_that_the_evidence_does_not_point_to(cause, text, properties) -> None:
    assert repairs(ROOT_CAUSES[cause], properties, text) == ({}, {})
