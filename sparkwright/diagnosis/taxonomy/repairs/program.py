"""Repairs of what a program brings along: packages, codecs, interpreters, features of the engine that broke."""

import re
from collections.abc import Mapping

from sparkwright.diagnosis.taxonomy.repairs.values import is_on
from sparkwright.diagnosis.taxonomy.site_values.stores import connector_class

_JDBC = {  # drivers that serve any version of Spark and Scala
    "com.mysql.cj.jdbc.Driver": "com.mysql:mysql-connector-j:9.1.0",
    "org.postgresql.Driver": "org.postgresql:postgresql:42.7.4",
    "com.microsoft.sqlserver.jdbc.SQLServerDriver": "com.microsoft.sqlserver:mssql-jdbc:12.8.1.jre11",
    "oracle.jdbc.OracleDriver": "com.oracle.database.jdbc:ojdbc11:23.5.0.24.07",
    "org.mariadb.jdbc.Driver": "org.mariadb.jdbc:mariadb-java-client:3.5.0",
}
_IN_DRIVER = re.compile(r"in driver:? (\d+\.\d+)")
_ARROW_FLAGS = re.compile(r"spark\.sql\.execution\.(\w+\.)?arrow\.(\w+\.)?enabled")
_NO_ARROW = re.compile(r"No module named '?(pandas|pyarrow)|(?i:pandas|pyarrow)\W.{0,40}(must be installed|not found)")
_TOP_FRAMES = 4
"""An error's first frames say what broke; further down stands what called it, in every trace."""
_FEATURES = (  # what broke, and what switches it off
    (r"iceberg\.arrow\.vectorized", "spark.sql.iceberg.vectorization.enabled"),
    (
        r"Vectorized(Parquet|Column|Rle|Delta|Plain)|ParquetVector|(Heap|Writable)ColumnVector",
        "spark.sql.parquet.enableVectorizedReader",
    ),
    (r"OrcColumn(ar|Vector)", "spark.sql.orc.enableVectorizedReader"),
    (r"sql\.execution\.adaptive\.", "spark.sql.adaptive.enabled"),
    (r"Generated(Class|Iterator)|failed to compile", "spark.sql.codegen.wholeStage"),
)


def other_codec(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Codecs that need no native library, where it was a codec's that did not load: of Parquet, of Spark's own blocks.

    Both, where nothing says what was compressed.
    """
    if not re.search("snappy|lz4|zstd|lzo", text, re.IGNORECASE):
        return {}
    parquet, own = {"spark.sql.parquet.compression.codec": "gzip"}, {"spark.io.compression.codec": "lzf"}
    if re.search("parquet", text, re.IGNORECASE):
        return parquet
    if re.search(r"MapOutputTracker|serialize\w*Statuses", text):  # Spark 3 has a codec of its own there
        return {"spark.shuffle.mapStatus.compression.codec": "lz4"}
    if re.search(r"EventLog", text):
        return {"spark.eventLog.compression.codec": "lz4"}
    return own if re.search(r"spark\.io|CompressionCodec\$?", text) else parquet | own


def jdbc_driver(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The package of a database's driver, beside those that are there; other classes need Spark's own version.

    Of a file system that nobody registered, the class that serves its scheme.
    """
    found = [package for name, package in _JDBC.items() if name in text]
    there = [part for part in (properties or {}).get("spark.jars.packages", "").split(",") if part]
    given = connector_class(properties, text)
    return given | ({"spark.jars.packages": ",".join([*there, *found])} if found and properties is not None else {})


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


def without_arrow(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """No Arrow where the application asked for it and the machines lack pandas or pyarrow."""
    asked = [name for name in properties or {} if _ARROW_FLAGS.fullmatch(name) and is_on(properties, name)]
    return dict.fromkeys(asked, "false") if _NO_ARROW.search(text) else {}


def without_feature(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The feature of the engine off in which an internal error was raised; Spark has another way for each."""
    frames = re.findall(r"\bat ([\w.$/]+)\(", text)[:_TOP_FRAMES]
    raised = " ".join(frames) + (" failed to compile" if "failed to compile" in text else "")
    for where, name in _FEATURES:
        if re.search(where, raised):
            return {} if (properties or {}).get(name) == "false" else {name: "false"}
    return {}


def without_speculation(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """No second attempts beside the first, where the application asked for them: two write to one place."""
    return {"spark.speculation": "false"} if is_on(properties, "spark.speculation") else {}


def committer(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """A way to commit without renames, where it is an object store that has none; else Hadoop's other algorithm."""
    if re.search(r"\bs3a\b|S3A", text):
        return {
            "spark.hadoop.fs.s3a.committer.name": "directory, partitioned or magic",
            "spark.sql.sources.commitProtocolClass": "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol, "
            "from the package spark-hadoop-cloud",
        }
    if re.search(r"Authorized committer|CommitDenied|Commit denied", text) and properties is None:
        return {"spark.speculation": "false, where it is on: two attempts write to one place"}
    if re.search(r"rename|does not exist|No lease", text, re.IGNORECASE) and "_temporary" in text:
        name = "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version"
        other = "1" if (properties or {}).get(name) == "2" else "2"
        return {name: f"{other}, which moves files at another moment"}
    return {}


def as_table_has_it(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """A schema that may grow, or rules for values of other types, where that is what was refused."""
    if re.search(r"[Mm]erge[Ss]chema|schema mismatch detected when writing|autoMerge", text):
        return {"spark.databricks.delta.schema.autoMerge.enabled": "true, where the table may take the new columns"}
    if re.search(r"[Cc]annot safely cast|CANNOT_SAFELY_CAST", text):
        return {"spark.sql.storeAssignmentPolicy": "LEGACY, where values may be stored as Spark 2 did (3.0)"}
    if re.search(r"Failed to merge|CANNOT_MERGE", text):
        return {"spark.sql.parquet.mergeSchema": "false, where the schema of one file will do"}
    return {}


def balanced_joins(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Adaptive execution that splits large partitions of joins (3.0); where it is on, smaller ones, too."""
    names = ("spark.sql.adaptive.enabled", "spark.sql.adaptive.skewJoin.enabled")
    if not all(is_on(properties, name) for name in names):
        return {name: "true" for name in names if not is_on(properties, name)}
    smaller = "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes"
    return {} if smaller in (properties or {}) else {smaller: "64m"}


def decimals_row_by_row(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Parquet's plain reader, where the vectorized one cannot read a decimal as it was written."""
    name = "spark.sql.parquet.enableVectorizedReader"
    is_decimal = re.search(r"[Pp]arquet column cannot be converted|SchemaColumnConvert", text) and re.search(
        r"decimal", text, re.IGNORECASE
    )
    return {name: "false"} if is_decimal and (properties or {}).get(name) != "false" else {}


def new_client_each_time(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """No cached client of HDFS, where a keytab renews the tokens and an old client kept the first one."""
    name = "spark.hadoop.fs.hdfs.impl.disable.cache"
    renews = any((properties or {}).get(f"spark.{one}.keytab") for one in ("kerberos", "yarn"))
    is_hdfs = "HDFS_DELEGATION_TOKEN" in text
    return {name: "true"} if renews and is_hdfs and not is_on(properties, name) else {}
