"""The cluster: executors that go away, shuffle files that go away, services that do not answer."""

from functools import partial

from evaluation.lab.catalogue.fault import Fault
from evaluation.lab.symptom import said

_lost = partial(
    Fault,
    "executor_lost",
    "executor_loss",
    knob="environment",
    # Not ExecutorLostFailure: a heartbeat that does not come ends in one, too.
    symptom=said(r"Remote RPC client disassociated|[Cc]ommand exited with code 1(37|43|34)"),
    inputs="clicks",
    executors_count=2,
    enforced_by="script",
)
_fetch = partial(
    Fault,
    "fetch_failure",
    "executor_loss",
    # With Spark's four attempts at a stage the lost files are made again.
    knob="spark.stage.maxConsecutiveAttempts",
    symptom=said(r"failed the maximum allowable number of times: 1\. Most recent failure reason:\s.*FetchFailed"),
    inputs="clicks",
    executors_count=2,
    properties={"spark.stage.maxConsecutiveAttempts": "1", "spark.shuffle.io.maxRetries": "1"},
    repair={"spark.stage.maxConsecutiveAttempts": "4"},
    enforced_by="script",
)
_refused = partial(
    Fault,
    "connection_refused",
    "inputs",
    knob="environment",
    symptom=said(r"Connection refused"),
)

CLUSTER = {
    "lost_sigkill": _lost("sigkill", "train"),
    "lost_sigterm": _lost("sigterm", "validation"),
    "lost_sigabrt": _lost("sigabrt", "test"),
    "fetch_files_gone": _fetch("shuffle_files_gone", "train"),
    "fetch_files_corrupt": _fetch("shuffle_files_corrupt", "validation"),
    "fetch_index_gone": _fetch("shuffle_index_gone", "test"),
    "refused_hdfs": _refused("hdfs_down", "train", properties={"spark.hadoop.ipc.client.connect.max.retries": "1"}),
    "refused_socket": _refused("socket_in_udf", "validation"),
    # Without the JVM's stack Spark says "Failed to connect" and not why: a wrong password reads the same.
    "refused_database": _refused(
        "database_down", "train", properties={"spark.sql.pyspark.jvmStacktrace.enabled": "true"}
    ),
    "refused_rest": _refused("rest_on_driver", "test"),
}
