"""Object stores and services: what their clients take from properties, and only the site knows."""

import re
from collections.abc import Mapping

from sparkwright.diagnosis.taxonomy.repairs.values import is_on

_S3 = re.compile(r"s3a|s3n?://|Amazon ?S3|S3Exception|amazonaws", re.IGNORECASE)
_GOOGLE = re.compile(
    r"\bgs://|GoogleHadoopFS|GoogleHadoopFileSystem|com\.google\.(cloud|auth|api)|metadata\.google\.internal|"
    r"computeMetadata|googleapis|Application Default Credentials|gserviceaccount"
)
_AZURE = re.compile(r"\b([a-z0-9]{3,24}\.(?:dfs|blob)\.core\.windows\.net)", re.IGNORECASE)
_WRONG_KEY = re.compile(r"InvalidAccessKeyId|SignatureDoesNotMatch|InvalidClientTokenId")
_UNKNOWN_BUCKET = re.compile(r"UnknownHost\w*:? ?\W{0,2}([a-z0-9][\w-]{2,62})\.([\w.-]+)")
_S3A = "spark.hadoop.fs.s3a"
_SCHEMES = {  # clients that come with Spark's or the store's connector, and the class that serves the scheme
    "s3": "org.apache.hadoop.fs.s3a.S3AFileSystem",
    "s3n": "org.apache.hadoop.fs.s3a.S3AFileSystem",
    "gs": "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFileSystem",
}
_NO_SCHEME = re.compile(r"No FileSystem for scheme:? \W?(\w+)")
_PORTS = {
    "SparkUI": "spark.ui.port",
    "sparkDriver": "spark.driver.port",
    "org.apache.spark.network.netty.NettyBlockTransferService": "spark.blockManager.port",
    "NettyBlockTransferService": "spark.blockManager.port",
    "BlockManager": "spark.blockManager.port",
}


def store_credentials(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Where the client of the store that refused takes its credentials from."""
    if _GOOGLE.search(text):
        file = "the key file of a service account that may, on driver and executors"
        return {
            "spark.hadoop.fs.gs.auth.type": "SERVICE_ACCOUNT_JSON_KEYFILE (connector 3)",
            "spark.hadoop.fs.gs.auth.service.account.json.keyfile": f"{file} (connector 3)",
            "spark.hadoop.google.cloud.auth.service.account.json.keyfile": f"{file} (before connector 3)",
        }
    if found := _AZURE.search(text):
        account = found[1].lower()
        return {
            f"spark.hadoop.fs.azure.account.auth.type.{account}": "OAuth or SAS, with what it needs; else SharedKey",
            f"spark.hadoop.fs.azure.account.key.{account}": "the account's key, from a secret, where it is SharedKey",
        }
    return s3_credentials(properties, text)


def s3_credentials(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The provider of the credentials of S3's client; the key itself, where the service does not know it."""
    if not _S3.search(text) and not _WRONG_KEY.search(text):
        return {}
    given = {
        f"{_S3A}.aws.credentials.provider": "the class that gives valid credentials on driver and executors",
    }
    if _WRONG_KEY.search(text):
        said = "that the service knows, from a secret or a credential file"
        given |= {f"{_S3A}.access.key": f"the key id {said}", f"{_S3A}.secret.key": f"the key {said}"}
    return given


def connector_class(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The class that serves a scheme which nobody has registered, where its connector does not do so by itself."""
    found = _NO_SCHEME.search(text)
    scheme = found[1].lower() if found else ""
    name = f"spark.hadoop.fs.{scheme}.impl"
    return {name: _SCHEMES[scheme]} if scheme in _SCHEMES and name not in (properties or {}) else {}


def path_style(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The bucket in the path, where the client put it before a host of the site's own, or before its certificate's."""
    name = f"{_S3A}.path.style.access"
    if is_on(properties, name):
        return {}
    if re.search(r"[Cc]ertificate for <[\w.-]+\.s3[\w.-]*> doesn.t match", text):
        return {name: "true"}
    endpoint = (properties or {}).get(f"{_S3A}.endpoint", "")
    host = re.sub(r"^https?://", "", endpoint).split(":")[0].split("/")[0]
    found = _UNKNOWN_BUCKET.search(text)
    return {name: "true"} if host and found and found[2].rstrip(".") == host else {}


def plain_connection(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """No TLS for S3's client, where the endpoint of the site does not speak it; else the bucket in the path."""
    speaks_none = re.search(r"Unrecognized SSL message, plaintext|not an SSL/TLS record", text) and _S3.search(text)
    return {f"{_S3A}.connection.ssl.enabled": "false"} if speaks_none else path_style(properties, text)


def other_port(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The port of the service that found its own taken."""
    found = re.search(r"[Ss]ervice '([\w.]+)'", text)
    name = _PORTS.get(found[1], "") if found else ""
    return {name: "a port that nothing else uses there, or 0 for any"} if name else {}


def pool_of_store(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The pool of another store's client, beside a bound on the executors that share it."""
    found = re.search(r"\b(oss|obs|cos)://|hadoop\.fs\.(aliyun\.)?(oss|obs|cos)\b", text)
    given = {"spark.dynamicAllocation.maxExecutors": "so few that all of their tasks together keep below the limit"}
    scheme = (found[1] or found[3]) if found else ""
    return given | ({f"spark.hadoop.fs.{scheme}.connection.maximum": "four times what it is"} if scheme else {})
