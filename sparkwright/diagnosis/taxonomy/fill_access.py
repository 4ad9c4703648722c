"""Properties whose value only the site knows: addresses, accounts, credentials, queues, folders.

Each says what belongs there. A property that the application has set already is named only where another value of it
is the repair.
"""

import re
from collections.abc import Mapping

from sparkwright.diagnosis.taxonomy.values import master

_TOKENS = re.compile(r"DELEGATION_TOKEN|Kerberos|\btgt\b|GSS|kms-dt|HIVE_|\[TOKEN|hdfs|\bHBase|keytab", re.IGNORECASE)
_S3 = re.compile(r"s3a|s3n?://|Amazon ?S3|S3Exception|amazonaws", re.IGNORECASE)
_SERVICES = (
    (r"meta ?store|thrift://|:9083\b", "spark.hadoop.hive.metastore.uris", "the metastore (thrift://HOST:9083)"),
    (r"\bs3a\b|AmazonS3|S3AFileSystem", "spark.hadoop.fs.s3a.endpoint", "the store"),
    (r"[Cc]assandra", "spark.cassandra.connection.host", "Cassandra"),
    (r"EsHadoop|elasticsearch", "spark.es.nodes", "Elasticsearch"),
    (
        r"[Mm]ongo(db|Timeout|Socket)",
        "spark.mongodb.read.connection.uri",
        "MongoDB (before 10.0: spark.mongodb.input.uri)",
    ),
    (r"DFSClient|NameNode|hdfs://", "spark.hadoop.fs.defaultFS", "the name node (hdfs://HOST:PORT)"),
)
_THEIRS = re.compile(r"nm-local-dir|appcache|hdfs|dbfs|local-dirs")
_REFUSED = re.compile(r"unauthori[sz]ed|failed to authorize|access denied|authentication required|denied: |40[13]\b")


def kerberos(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """A principal and its keytab, from which Spark gets tickets and tokens anew; or a provider of S3's credentials.

    Where a keytab is there, HDFS's client with the old token is what remains: a new one for every use.
    """
    names = ("spark.kerberos.keytab", "spark.kerberos.principal")
    old = ("spark.yarn.keytab", "spark.yarn.principal")
    if not _TOKENS.search(text):
        return s3_credentials(properties, text)
    if any((properties or {}).get(name) for name in (*names, *old)):
        return {}
    what = ("the keytab file of the user it runs as", "the user's principal, as name@REALM")
    given = dict(zip(names, what, strict=True))
    if master(properties, text) in ("yarn", "unknown"):
        given |= {name: f"before Spark 3.0: {said}" for name, said in zip(old, what, strict=True)}
    return given


def s3_credentials(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The provider of the credentials of S3's client."""
    name = "spark.hadoop.fs.s3a.aws.credentials.provider"
    return {name: "the class that gives valid credentials on driver and executors"} if _S3.search(text) else {}


def staging(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Folders that the user may write, where those that Spark took by itself are not; or credentials for S3."""
    if re.search(r"\.sparkStaging|inode=\"?/user\"?\b", text):
        return {"spark.yarn.stagingDir": "a folder that the user may write, on the file system of the cluster"}
    if re.search(r"spark-events|eventLog|spark-history|EventLogFileWriter|EventLoggingListener", text):
        return {"spark.eventLog.dir": "a folder that exists and that the user may write"}
    return s3_credentials(properties, text)


def trust_store(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Java's trust store, or version of TLS, for both sides."""
    if re.search(r"PKIX|certification path|trustAnchors|CertificateE|certificate", text):
        said = "what it has now and -Djavax.net.ssl.trustStore=FILE, a trust store with the authority's certificate"
    elif re.search(r"protocol", text):
        said = "what it has now and -Djdk.tls.client.protocols=TLSv1.2"
    else:
        return {}
    sides = ("driver",) if master(properties, text) == "local" else ("driver", "executor")
    return {f"spark.{side}.extraJavaOptions": said for side in sides}


def service_account(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The account that the driver acts as in Kubernetes."""
    said = "an account of that namespace whose role may create, list, watch and delete pods, services and config maps"
    return {"spark.kubernetes.authenticate.driver.serviceAccountName": said}


def image(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The image, and the secret for its registry where that refused."""
    given = {"spark.kubernetes.container.image": "an image and tag that the registry has, for the nodes' processors"}
    if _REFUSED.search(text):
        secret = "the name of the secret with the registry's credentials, in the pods' namespace"
        given = {"spark.kubernetes.container.image.pullSecrets": secret} | given
    return given


def pod_placement(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """A template with what the pod lacks (tolerations, affinity), or memory that a node has."""
    side = "driver" if re.search(r"-driver\b(?!-svc)", text) else "executor"
    if "Insufficient memory" in text and "Insufficient cpu" not in text:
        return {f"spark.{side}.memory": "so much less that heap and overhead fit what a node has free for pods"}
    if re.search(r"taint|tolerat|selector|affinity", text):
        return {f"spark.kubernetes.{side}.podTemplateFile": "a template with the toleration or selector of the nodes"}
    return {}


def queue(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """A queue of YARN."""
    if master(properties, text) == "kubernetes" or not re.search(r"queue", text, re.IGNORECASE):
        return {}
    return {"spark.yarn.queue": "a queue that exists, has room and takes applications of this user"}


def local_folder(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """A folder for shuffle files and spills, where none was chosen; YARN and the clouds' platforms choose theirs."""
    if re.search(r"emr-serverless", text + " ".join(properties or {})):
        return {"spark.emr-serverless.executor.disk": "a larger disk, up to 200G"}
    if (
        "spark.local.dir" in (properties or {})
        or master(properties, text) == "yarn"
        or re.search(r"nm-local-dir|appcache|hdfs|dbfs|local-dirs", text)
    ):
        return {}
    written = re.search(
        r"shuffle|spill|blockmgr|spark\.local\.dir|/tmp\b|ephemeral|EmptyDir|DiskBlock|temp_", text, re.IGNORECASE
    )
    return {"spark.local.dir": "a folder on a disk with room, mounted on every machine or pod"} if written else {}


def file_system(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The warehouse's folder, or the default file system, where paths were taken for local ones."""
    if "spark-warehouse" in text:
        return {"spark.sql.warehouse.dir": "a folder that driver and executors share, with its scheme (file:///...)"}
    if re.search(r"expected: ?file:/|Incomplete HDFS URI", text):
        return {"spark.hadoop.fs.defaultFS": "the address of the file system that the paths are on (hdfs://HOST:PORT)"}
    return {}


def warehouse(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The warehouse, where a table lies in a folder that only the driver's machine or container has."""
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
    for said, name, what in _SERVICES:
        if re.search(said, text):
            return {name: f"the address of {what} that driver and executors reach"}
    return {}


def manager_address(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The manager's address, where it was not found there."""
    if "kubernetes.default" in text:
        return {"spark.kubernetes.driver.master": "the API server's address as the driver's pod reaches it"}
    if re.search(r"masters? (are|is) unresponsive|connect to master|:7077\b", text):
        return {"spark.master": "the address that the master's own page shows (spark://HOST:PORT)"}
    return {}


def fitting_request(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Executors that a machine of the cluster holds."""
    if "SPARK-24819" in text:
        return {"spark.executor.instances": "so many that all tasks of the barrier stage run at once"}
    return {
        "spark.executor.memory": "so much less that heap and overhead fit a machine or container of the cluster",
        "spark.executor.cores": "no more than a machine or container of the cluster has",
    }


def fewer_files(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Fewer pieces of a shuffle, where its files are what a process has open at once."""
    said = "fewer, so that tasks at once times partitions stay below the process's limit on open files"
    return {"spark.sql.shuffle.partitions": said} if re.search(r"shuffle|blockmgr-", text, re.IGNORECASE) else {}


def fewer_at_once(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """A bound on the executors, where what they share has no room for as many."""
    return {"spark.dynamicAllocation.maxExecutors": "so few that all of their tasks together keep below the limit"}


def capacity(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Another queue, or a bound on the executors, where it is the room for them that is used up."""
    if given := queue(properties, text):
        return given
    return fewer_at_once(properties) if re.search(r"[Cc]apacity|vcpu|v?cores?\b|CPUS|quota", text) else {}
