"""What connectors take from properties: credentials, pace, limits; each named where the evidence names the connector.

Their values are the site's. A property that only an option of the reader or writer can set stands in the remedy's text.
"""

import re
from collections.abc import Mapping

from sparkwright.diagnosis.taxonomy.repairs.values import is_on, master

_ES = r"EsHadoop|elasticsearch|EsRejected"
_CASSANDRA = r"[Cc]assandra|datastax|:9042\b"
_REDIS = r"[Rr]edis|[Jj]edis|NOAUTH|WRONGPASS"
_MONGO = r"[Mm]ongo(db|Security|Command|Timeout|Credential)"
_KINESIS = r"[Kk]inesis|shardId-"
_GLUE = r"AWSGlue\b|services\.glue|\bGlue\b"
_DYNAMO = r"[Dd]ynamo"
_CREDENTIALS = (
    (
        _ES,
        {"spark.es.net.http.auth.user": "a user of Elasticsearch", "spark.es.net.http.auth.pass": "from a secret"},
    ),
    (
        _CASSANDRA,
        {"spark.cassandra.auth.username": "a role of Cassandra", "spark.cassandra.auth.password": "from a secret"},
    ),
    (_REDIS, {"spark.redis.auth": "the password of Redis, from a secret", "spark.redis.user": "its user (6.0)"}),
    (
        _MONGO,
        {
            "spark.mongodb.read.connection.uri": "with user and authSource (before 10.0: spark.mongodb.input.uri)",
            "spark.mongodb.write.connection.uri": "with user and authSource (before 10.0: spark.mongodb.output.uri)",
        },
    ),
    (r"\bHBase|hadoop\.hbase", {"spark.security.credentials.hbase.enabled": "true, with HBase's settings and jars"}),
)
_PACE = (
    (
        _ES,
        {
            "spark.es.batch.size.entries": "fewer documents a bulk request than 1000",
            "spark.es.batch.write.retry.count": "more than 3",
            "spark.es.batch.write.retry.wait": "longer than 10s",
        },
    ),
    (
        _CASSANDRA,
        {
            "spark.cassandra.output.concurrent.writes": "fewer than 5 a task",
            "spark.cassandra.output.throughputMBPerSec": "what a core may write a second",
        },
    ),
    (
        _KINESIS,
        {
            "spark.streaming.kinesis.retry.waitTime": "longer than 100ms (2.3)",
            "spark.streaming.kinesis.retry.maxAttempts": "more than 3 (2.3)",
        },
    ),
    (_GLUE, {"spark.hadoop.aws.glue.max-error-retries": "more than 5, of Glue's catalog client (EMR, Databricks)"}),
    (
        _DYNAMO,
        {
            "spark.hadoop.dynamodb.throughput.read.percent": "a smaller share than 0.5 (EMR)",
            "spark.hadoop.dynamodb.throughput.write.percent": "a smaller share than 0.5 (EMR)",
        },
    ),
)
_JAAS = re.compile(r"JAAS|java\.security\.auth\.login|KafkaClient")
_KRB5 = re.compile(r"default realm|\bKDC\b|(?<![.\w])krb5|Message stream modified|Encryption type")
_PYTHON = re.compile(
    r"SSLCertVerificationError|CERTIFICATE_VERIFY_FAILED|requests\.exceptions|urllib3|(?<![\w.])ssl\.SSL"
)
_SIDES = ("spark.driver.extraJavaOptions", "spark.executor.extraJavaOptions")
_PARTS = re.compile(r"Part ?(number|count)|multipart upload exceeded|number of parts", re.IGNORECASE)
_EVENT_LOG = re.compile(r"spark-events|eventLog|spark-history|EventLogFileWriter|EventLoggingListener")
_OTHER_CODEC = {"lz4": "zstd", "snappy": "lz4", "zstd": "lz4"}


def connector_credentials(text: str) -> dict[str, str]:
    """A user of the system that the evidence names, or the file that Java's login reads."""
    if _JAAS.search(text):
        said = "what it has now and -Djava.security.auth.login.config=FILE, a file that is there on that side"
        return dict.fromkeys(_SIDES, said)
    if _KRB5.search(text):
        return dict.fromkeys(_SIDES, "what it has now and -Djava.security.krb5.conf=FILE, with the realm and its KDC")
    return _first(_CREDENTIALS, text)


def gentler(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """What slows a connector down, beside a bound on the executors."""
    said = "so few that all of their tasks together keep below the limit"
    return _first(_PACE, text) | {"spark.dynamicAllocation.maxExecutors": said}


def python_certificates(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The file of authorities for Python's libraries, which do not read Java's trust store."""
    if not _PYTHON.search(text):
        return {}
    file = "the file with the authority's certificate, on that side"
    given = {"spark.executorEnv.SSL_CERT_FILE": file, "spark.executorEnv.REQUESTS_CA_BUNDLE": file}
    if master(properties, text) == "yarn":
        given["spark.yarn.appMasterEnv.REQUESTS_CA_BUNDLE"] = file
    return given


def fewer_parts(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Larger parts of an upload to S3, whose number is limited; an event log in pieces, where it is what grew."""
    if _PARTS.search(text):
        return {"spark.hadoop.fs.s3a.multipart.size": "so large that 10,000 parts hold the largest file (256M: 2.5 TB)"}
    if _EVENT_LOG.search(text):
        return {
            "spark.eventLog.rolling.enabled": "true (3.0), with spark.eventLog.rolling.maxFileSize",
            "spark.eventLog.dir": "a folder with room",
        }
    return {}


def other_codec(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Another codec than the one whose stream was damaged, in case it is a defect of its own."""
    found = re.search(r"lz4|snappy|zstd", text, re.IGNORECASE)
    now = (properties or {}).get("spark.io.compression.codec") or (found[0].lower() if found else "lz4")
    other = _OTHER_CODEC.get(now, "lz4")
    return {"spark.io.compression.codec": f"{other}, where no machine is to blame"}


def slower_stream(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """A pace at which a DStream falls less behind what the topic keeps."""
    if re.search(r"wrong record .{0,200}after seeking", text):  # compacted topics, transactions
        return {"spark.streaming.kafka.allowNonConsecutiveOffsets": "true (2.3), for compacted topics"}
    if not re.search(r"DirectKafka|KafkaRDD|CachedKafkaConsumer|InternalKafkaConsumer|spark-executor-|kafka010", text):
        return {}
    given = {"spark.streaming.kafka.maxRatePerPartition": "what a batch can process of a partition in a second"}
    if not is_on(properties, "spark.streaming.backpressure.enabled"):
        given["spark.streaming.backpressure.enabled"] = "true"
    return given


def _first(table: tuple[tuple[str, dict[str, str]], ...], text: str) -> dict[str, str]:
    return next((dict(given) for pattern, given in table if re.search(pattern, text)), {})
