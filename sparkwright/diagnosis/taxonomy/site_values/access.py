"""Properties whose value only the site knows: addresses, accounts, credentials, queues, folders.

Each says what belongs there. A property that the application has set already is named only where another value of it
is the repair.
"""

import re
from collections.abc import Mapping

from sparkwright.diagnosis.taxonomy.repairs.values import is_on, master
from sparkwright.diagnosis.taxonomy.site_values.connectors import connector_credentials, python_certificates
from sparkwright.diagnosis.taxonomy.site_values.stores import s3_credentials, store_credentials

_TOKENS = re.compile(r"DELEGATION_TOKEN|Kerberos|\btgt\b|GSS|kms-dt|HIVE_|\[TOKEN|hdfs|\bHBase|keytab", re.IGNORECASE)
_SERVICES = (
    (r"meta ?store|thrift://|:9083\b", "spark.hadoop.hive.metastore.uris", "the metastore (thrift://HOST:9083)"),
    (r"\bs3a\b|AmazonS3|S3AFileSystem|\.s3[.-][\w.-]*amazonaws", "spark.hadoop.fs.s3a.endpoint", "the store"),
    (r"[Cc]assandra|:9042\b", "spark.cassandra.connection.host", "Cassandra"),
    (r"[Hh][Bb]ase|zookeeper\.ClientCnxn|:2181\b", "spark.hadoop.hbase.zookeeper.quorum", "HBase's ZooKeeper"),
    (r"[Rr]edis|[Jj]edis", "spark.redis.host", "Redis"),
    (r"EsHadoop|elasticsearch", "spark.es.nodes", "Elasticsearch"),
    (
        r"[Mm]ongo(db|Timeout|Socket)",
        "spark.mongodb.read.connection.uri",
        "MongoDB (before 10.0: spark.mongodb.input.uri)",
    ),
    (
        r"DFSClient|DFSOutputStream|NameNode|hdfs://|Call From .{0,80}:(8020|9000)\b",
        "spark.hadoop.fs.defaultFS",
        "the name node (hdfs://HOST:PORT)",
    ),
)
_THEIRS = re.compile(r"nm-local-dir|appcache|hdfs|dbfs|local-dirs")
_REFUSED = re.compile(
    r"unauthori[sz]ed|failed to authorize|access denied|authentication required|denied: |40[13]\b|docker login|"
    r"basic auth|no credentials|insufficient_scope",
    re.IGNORECASE,
)


def kerberos(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """A principal and its keytab, from which Spark gets tickets and tokens anew; or a provider of S3's credentials.

    Where a keytab is there, HDFS's client with the old token is what remains: a new one for every use.
    """
    names = ("spark.kerberos.keytab", "spark.kerberos.principal")
    old = ("spark.yarn.keytab", "spark.yarn.principal")
    if given := connector_credentials(text):
        return given
    if not _TOKENS.search(text):
        return store_credentials(properties, text)
    beside = _other_clusters(text)
    if any((properties or {}).get(name) for name in (*names, *old)):
        return beside
    what = ("the keytab file of the user it runs as", "the user's principal, as name@REALM")
    given = dict(zip(names, what, strict=True))
    if master(properties, text) in ("yarn", "unknown"):
        given |= {name: f"before Spark 3.0: {said}" for name, said in zip(old, what, strict=True)}
    return given | beside


def _other_clusters(text: str) -> dict[str, str]:
    """File systems that Spark has to get tokens for, where one came without."""
    if "Client cannot authenticate via" not in text:
        return {}
    said = "the file systems that it uses beside the default one (hdfs://...)"
    return {
        "spark.kerberos.access.hadoopFileSystems": said,
        "spark.yarn.access.hadoopFileSystems": f"before Spark 3.0: {said}",
    }


def staging(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Folders that the user may write, where those that Spark took by itself are not; or credentials for S3."""
    if re.search(r"\.sparkStaging|inode=\"?/user\"?\b", text):
        return {"spark.yarn.stagingDir": "a folder that the user may write, on the file system of the cluster"}
    if given := event_log(properties, text):
        return given
    if re.search(r"\.ivy2\b", text):
        return {"spark.jars.ivy": "a folder that the user may write (/tmp/.ivy2)"}
    if re.search(r"spark-warehouse", text):
        return file_system(properties, text)
    if re.search(r"blockmgr|spark\.local\.dir|local dir", text):
        return local_folder(properties, text)
    if re.search(r"/tmp/hive|scratch ?dir", text):
        return {"spark.hadoop.hive.exec.scratchdir": "a folder that the user may write"}
    if re.search(r"does not have storage\.|gserviceaccount|\bgs://|core\.windows\.net", text):
        return store_credentials(properties, text)
    return s3_credentials(properties, text)


def event_log(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The folder of the event log."""
    if re.search(r"spark-events|eventLog|spark-history|EventLogFileWriter|EventLoggingListener", text):
        return {"spark.eventLog.dir": "a folder that exists and that the user may write"}
    return {}


def trust_store(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Java's trust store, or version of TLS, for both sides."""
    if given := python_certificates(properties, text):
        return given
    if re.search(r"PKIX|certification path|trustAnchors|[Kk]eystore|CertificateE|certificate", text):
        said = "what it has now and -Djavax.net.ssl.trustStore=FILE, a trust store with the authority's certificate"
    elif "Invalid status 2" in text:
        return {"spark.hadoop.hive.metastore.use.SSL": "true, with the trust store, where the metastore speaks TLS"}
    elif re.search(r"protocol|handshake", text):
        said = "what it has now and -Djdk.tls.client.protocols=TLSv1.2, or a trust store that both sides share"
    else:
        return {}
    sides = ("driver",) if master(properties, text) == "local" else ("driver", "executor")
    given = {f"spark.{side}.extraJavaOptions": said for side in sides}
    if re.search(r"fabric8|KubernetesClient|kubernetes\.default", text):
        given["spark.kubernetes.authenticate.caCertFile"] = "the certificate of the API server's authority"
    return given


def service_account(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The account that the driver acts as in Kubernetes."""
    said = "an account of that namespace whose role may create, list, watch and delete pods, services and config maps"
    return {"spark.kubernetes.authenticate.driver.serviceAccountName": said}


def image(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The image, and the secret for its registry where that refused."""
    own = [f"spark.kubernetes.{side}.container.image" for side in ("driver", "executor")]
    names = [name for name in own if name in (properties or {})] or ["spark.kubernetes.container.image"]
    given = dict.fromkeys(names, "an image and tag that the registry has, for the nodes' processors")
    if re.search(r"policy of Never|ErrImageNeverPull", text):
        given["spark.kubernetes.container.image.pullPolicy"] = "IfNotPresent, where the nodes do not have the image"
    if _REFUSED.search(text):
        secret = "the name of the secret with the registry's credentials, in the pods' namespace"
        given = {"spark.kubernetes.container.image.pullSecrets": secret} | given
    return given


def local_folder(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """A folder for shuffle files and spills on a larger disk; YARN and the clouds' platforms choose theirs.

    In Kubernetes it is a volume of the executors' pods, by its name.
    """
    if re.search(r"emr-serverless", text + " ".join(properties or {})):
        return {"spark.emr-serverless.executor.disk": "a larger disk, up to 200G"}
    platform = master(properties, text)
    if "spark.local.dir" in (properties or {}) or platform == "yarn" or _THEIRS.search(text):
        return {}
    if platform == "standalone" and re.search(r"/work/app-\d|SPARK_WORKER_DIR", text):
        return {"spark.worker.cleanup.enabled": "true, in the settings of the workers: what ended is deleted"}
    is_local = re.search(
        r"shuffle|spill|blockmgr|spark\.local\.dir|/tmp\b|ephemeral|EmptyDir|DiskBlock|temp_", text, re.IGNORECASE
    )
    # Of a file of the application's own its path, or who wrote it, would be told; a user's quota follows him.
    written = is_local is not None or not re.search(r"/\w|quota|RawLocalFileSystem|writing rows|OutputCommitter", text)
    given = {"spark.local.dir": "a folder on a disk with room, mounted on every machine or pod"} if written else {}
    if platform == "kubernetes" and (written or "ephemeral" in text):
        volume = "spark.kubernetes.executor.volumes.persistentVolumeClaim.spark-local-dir-1"
        given |= {
            f"{volume}.options.claimName": "OnDemand (3.1), with storageClass, sizeLimit and mount.path",
            f"{volume}.options.sizeLimit": "the room that an executor's shuffle files and spills need",
        }
        if is_on(properties, "spark.kubernetes.local.dirs.tmpfs"):
            given["spark.kubernetes.local.dirs.tmpfs"] = "false: they would take the pod's memory"
    return given


def file_system(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The warehouse's folder, or the default file system, where paths were taken for local ones."""
    if "spark-warehouse" in text:
        return {"spark.sql.warehouse.dir": "a folder that driver and executors share, with its scheme (file:///...)"}
    if ".sparkStaging" in text:
        return {"spark.yarn.stagingDir": "a folder on the file system that the cluster's machines share"}
    if re.search(
        r"Wrong FS(?!.{0,200}s3\w?://.{0,200}expected:? ?s3)|Incomplete HDFS URI|"
        r"does not support access to the request path",
        text,
    ):
        return {"spark.hadoop.fs.defaultFS": "the address of the file system that the paths are on (hdfs://HOST:PORT)"}
    return {}


def warehouse(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The warehouse, where a table lies in a folder that only the driver's machine or container has."""
    if given := event_log(properties, text):
        return given
    if re.search(r"REFRESH TABLE|underlying files have been updated", text):
        return {"spark.sql.files.ignoreMissingFiles": "true, where rows of files that are gone may be left out"}
    return file_system(properties, text) if "spark-warehouse" in text else {}


def driver_address(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The driver's address as executors see it, and ports that are open."""
    given = {"spark.driver.host": "a name or address of the driver's machine or pod that executors reach"}
    if re.search(r"time(d|s)? ?out|[Nn]o ?[Rr]oute", text):
        ports = ("spark.driver.port", "spark.driver.blockManager.port")
        given |= dict.fromkeys(ports, "a fixed port that is open from the executors' machines")
    return given


def service_address(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The address of a service that Spark or a connector takes from a property."""
    if re.search(r"es\.nodes\.wan\.only|Cannot detect ES version", text):
        wan = "true, where its nodes are reached through one address only"
        return {"spark.es.nodes.wan.only": wan, "spark.es.nodes": "the address of Elasticsearch"}
    if re.search(r"EventLog|spark-events|spark-history", text):
        return event_log(properties, text)
    if re.search(r"repo1\.maven|spark-packages|\.ivy2|\bivy\b", text):
        mirror = "a repository of packages that is reached from there"
        return {"spark.jars.repositories": mirror, "spark.jars.ivySettings": f"a file that names {mirror}"}
    for said, name, what in _SERVICES:
        if re.search(said, text):
            return {name: f"the address of {what} that driver and executors reach"}
    return {}


def fewer_files(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Fewer pieces of a shuffle, where its files are what a process has open at once."""
    said = "fewer, so that tasks at once times partitions stay below the process's limit on open files"
    return {"spark.sql.shuffle.partitions": said} if re.search(r"shuffle|blockmgr-", text, re.IGNORECASE) else {}


def smaller_driver(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """A driver that its machine holds beside what else runs there, or one on another machine."""
    return {
        "spark.driver.memory": "so much less that what else runs on that machine has room; more only on a larger one",
        "spark.submit.deployMode": "cluster, where the driver then runs on a machine with room",
    }
