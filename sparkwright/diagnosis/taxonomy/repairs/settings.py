"""Settings that Spark refused, corrected as its own checks say."""

import re
from collections.abc import Mapping

from data_contracts.properties.spark import GIB, MIB, format_size_mib
from sparkwright.redaction import REDACTED

# UnifiedMemoryManager.getMaxMemory: what is there, and the least.
_TOO_SMALL = re.compile(r"(System|Executor) memory \d+ must be at least (\d+)")
# SparkConf.validateSettings and SparkSubmitCommandBuilder.
_HEAP_IN_OPTIONS = re.compile(r"not allowed to specify max heap ?(?:\(Xmx\) ?)?memory settings \(was '?(.*?)'?\)")
# What table formats and Hive want of a session, by how they say so.
_SESSIONS = {
    "DeltaSparkSessionExtension": {
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    },
    "serializer.KryoSerializer as spark.serializer": {"spark.serializer": "org.apache.spark.serializer.KryoSerializer"},
    "Hive support is required": {"spark.sql.catalogImplementation": "hive"},
}
_UNKNOWN = re.compile(r"Unrecognized option: (-\S+)")
_CORES = re.compile(r"cores per executor \(=(\d+)\) has to be >= the number of cpus per task")
_HEARTBEAT = re.compile(r"spark\.executor\.heartbeatInterval=?(\d+)ms")
_REGION = re.compile(r"region '?[\w-]+'? is wrong; expecting '([\w-]+)'")
# org.apache.hadoop.fs.FileSystem.checkPath
_WRONG_FS = re.compile(r"Wrong FS:? ?(\w+)://\S*,? ?-?expected:? ?(\w+):/", re.IGNORECASE)
_FEWEST = re.compile(r"minExecutors[ (=]*(\d+)\)? must be (?:less|<)")


def correct_setting(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The value that passes the check which refused it; nothing where the message leaves the value open."""
    if found := _TOO_SMALL.search(text):
        side = "driver" if found[1] == "System" else "executor"
        return {f"spark.{side}.memory": format_size_mib(max(GIB, -(-int(found[2]) // MIB) * MIB))}
    if "kryoserializer.buffer.max must be less than" in text:
        return {"spark.kryoserializer.buffer.max": "2047m"}
    if found := _HEAP_IN_OPTIONS.search(text):
        return _heap_of_options(properties, found[1])
    if found := _CORES.search(text):
        return {"spark.task.cpus": found[1]}
    if "spark.network.timeout" in text and (found := _HEARTBEAT.search(text)):
        return {"spark.network.timeout": f"{max(120, 2 * int(found[1]) // 1000)}s"}
    if found := _FEWEST.search(text):
        return {"spark.dynamicAllocation.maxExecutors": found[1]}
    if wanted := next((set_so for said, set_so in _SESSIONS.items() if said in text), None):
        return {name: value for name, value in wanted.items() if (properties or {}).get(name) != value}
    if found := _UNKNOWN.search(text):
        return {
            name: " ".join(token for token in tokens if token != found[1])
            for name in ("spark.driver.extraJavaOptions", "spark.executor.extraJavaOptions")
            if found[1] in (tokens := (properties or {}).get(name, "").split()) and REDACTED not in " ".join(tokens)
        }
    if found := _REGION.search(text):
        return {"spark.hadoop.fs.s3a.endpoint.region": found[1]}
    return {}


def one_file_system(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """One connector for both schemes of S3, where a path came with the other one."""
    found = _WRONG_FS.search(text)
    if found is None:
        return {}
    got, expected = found[1].lower(), found[2].lower()
    if got == expected or not {got, expected} <= {"s3", "s3n", "s3a"}:
        return {}
    return {f"spark.hadoop.fs.{got if got != 's3a' else expected}.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem"}


def _heap_of_options(properties: Mapping[str, str] | None, options: str) -> dict[str, str]:
    """The heap as the property that sets it, and the application's own options without it."""
    heap = re.search(r"-Xmx(\d+[kmgKMG]?)\b", options)
    if heap is None:
        return {}
    side = "executor" if heap[0] in (properties or {}).get("spark.executor.extraJavaOptions", "") else "driver"
    name = f"spark.{side}.extraJavaOptions"
    tokens = (properties or {}).get(name, "").split()
    given = {f"spark.{side}.memory": heap[1].lower()}
    if heap[0] in tokens and not any(REDACTED in token for token in tokens):
        given[name] = " ".join(token for token in tokens if token != heap[0])
    return given
