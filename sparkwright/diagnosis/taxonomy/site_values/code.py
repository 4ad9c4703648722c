"""Properties whose value only the program's owner knows: packages, modules, interpreters, settings that are wrong."""

import re
from collections.abc import Mapping

from sparkwright.diagnosis.taxonomy.repairs.values import is_on, master

_SPARK, _HADOOP = "in the version of your Spark", "in the version of your Hadoop"
_ARTEFACTS = (  # classes and formats, and what brings them
    (r"source: kafka|KafkaSourceProvider|kafka010", f"org.apache.spark:spark-sql-kafka-0-10_SCALA, {_SPARK}"),
    (r"source: avro|v2\.avro|avro\.AvroFileFormat", f"org.apache.spark:spark-avro_SCALA, {_SPARK}"),
    (
        r"source: delta|io[./]delta[./]|DeltaCatalog",
        "io.delta:delta-spark_SCALA (delta-core before 3.0)",
    ),
    (r"source: iceberg|org[./]apache[./]iceberg", "org.apache.iceberg:iceberg-spark-runtime-SPARK_SCALA"),
    (r"source: hudi|org[./]apache[./]hudi", "org.apache.hudi:hudi-sparkSPARK-bundle_SCALA"),
    (r"fs\.s3a|S3AFileSystem|scheme:? \"?s3a?\b|PathOutputCommit", f"org.apache.hadoop:hadoop-aws, {_HADOOP}"),
    (r"fs\.azurebfs|scheme:? \"?(abfs|wasb)|NativeAzureFileSystem", f"org.apache.hadoop:hadoop-azure, {_HADOOP}"),
    (r"fs\.gcs\.|scheme:? \"?gs\b|GoogleHadoopFileSystem", "com.google.cloud.bigdataoss:gcs-connector"),
    (r"source: (com\.crealytics\.spark\.)?excel", "com.crealytics:spark-excel_SCALA, for your Spark"),
    (r"source: (com\.databricks\.spark\.)?xml", "com.databricks:spark-xml_SCALA (in Spark itself since 4.0)"),
    (r"source: (org\.apache\.spark\.sql\.)?cassandra", "com.datastax.spark:spark-cassandra-connector_SCALA"),
    (r"source: (com\.)?mongo", "org.mongodb.spark:mongo-spark-connector_SCALA"),
    (r"source: bigquery", "com.google.cloud.spark:spark-bigquery-with-dependencies_SCALA"),
    (r"graphframes", "graphframes:graphframes, for your Spark and Scala"),
)
_OWN_CLASS = re.compile(  # no class that comes with Spark, its languages or a library that everybody takes
    r"(?:ClassNotFoundException|NoClassDefFoundError|Failed to load class|load main class)\W{1,3}"
    r"(?!(?:java|scala|org\.apache|org/apache|org\.slf4j|com\.google|com/google|com\.amazonaws|com/amazonaws)\b)"
    r"(?=[\w$]+[./])"
)
_SHARED = re.compile(  # libraries that Spark brings, too, in its own versions
    r"com[./](google|fasterxml)[./]|org[./]apache[./](http|commons|avro|parquet)\b|okhttp|okio|io[./]netty|protobuf|"
    r"org[./]json4s|jersey|javax[./]ws"
)
_WRONG_JAVA = re.compile(
    r"requires Java|Java (version )?\d+ is not supported|Unsupported Java|getSubject|ByteArrayMethods|"
    r"Security Manager is|DirectByteBuffer\.<init>\(long, ?int\)|java\.nio\.\w*Buffer\.\w+\([IJ]?\)Ljava/nio"
)
_CLASS_FILE = re.compile(r"class file version (\d+)|class file major version (\d+)")
_FIRST_CLASS_FILE = 44  # Java 1's; Java 17's is 61
_REGION = re.compile(
    r"AuthorizationHeaderMalformed|PermanentRedirect|specified endpoint|find a region|400.*Bad Request"
)
# A log is nobody's order: of what it proposes only switches are passed on, and no name of what loads code.
_SUGGESTED = re.compile(
    r"set(?:ting)? \W{0,2}(spark\.sql\.[\w.]+\w)\W{0,2} ?(?:to|as|=) ?\W{0,2}(true|false|LEGACY|CORRECTED)\b",
    re.IGNORECASE,
)
_LOADS_CODE = re.compile(
    r"(?i)options|classpath|jars|packages|plugins|extensions|listener|catalog|python|archives|files|env\b|provider|class"
)
_NAME = r"(spark(?:\.[a-z][A-Za-z0-9_-]*)+)(?![\w.]*[A-Z(])"  # every part begins small: no class
_NAMED = re.compile(  # as Spark's own checks of settings name them
    r"(?:[Cc]onfig(?:uration)?|conf|property|value of|[Ss]pecify|[Ss]et|[Ii]ncrease|adjust|using|for|with|by|and)"
    rf"(?: the| a| valid)? \W{{0,2}}{_NAME}|(?<![\w.]){_NAME}\W{{0,3}} (?:should|must|has|have|is|cannot|can|to|=)"
)
_MAX_NAMED = 2
_ASSIGNMENT = "spark.sql.storeAssignmentPolicy"
# What a Python does that is newer than the Spark: of its code objects, its library, its pickles.
_OTHER_PYTHON = re.compile(
    r"an integer is required \(got type bytes\)|code(\(\))? (argument|takes|expected)|_fill_function|_make_skeleton|"
    r"No module named '?(distutils|typing\.io|imp)\b|'collections' has no attribute|namedtuple\(\) missing|"
    r"unsupported pickle protocol|cloudpickle\.py"
)


def packages(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The package that brings a class; the application's own jar, where executors lack its functions."""
    if re.search(r"main class org\.apache\.spark\.deploy\.yarn", text):
        said = "Spark's own jars, in a folder or archive that the cluster's machines reach"
        return {"spark.yarn.jars": said, "spark.yarn.archive": said}
    if re.search(r"classes with Kryo", text):  # a registrator is wanted before jars of the application are fetched
        said = "the jar with the registrator, on both sides"
        return {"spark.jars": said} | {f"spark.{side}.extraClassPath": said for side in ("driver", "executor")}
    if "SerializedLambda" in text:
        return {"spark.jars": "the application's own jar, so that executors have its functions, too"} | _image(
            properties, text, "an image with the application's jars"
        )
    found = next((artefact for said, artefact in _ARTEFACTS if re.search(said, text)), "")
    what = f"{found} (group:artifact:version)" if found else "the package (group:artifact:version) that has this class"
    said = f"{what}, for your Spark and Scala, beside those that are there"
    given = {"spark.jars.packages": said}
    # Not the file of a jar, too, of what is known: two ways at once bring two versions of one class.
    if not found and _OWN_CLASS.search(text):
        given["spark.jars"] = "the jar with this class, where it is the application's own and no package"
    if re.search(r"unresolved dependency|download failed|:: \S+#\S+;\S+: not found", text):
        given["spark.jars.repositories"] = "the repository that has the package, where it is not Maven Central"
    if "No suitable driver" in text:
        given["spark.driver.extraClassPath"] = "the jar of the database's driver, where DriverManager sees it"
    return given | _image(properties, text, "an image with the jar")


def fitting_packages(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Packages built for this Spark and Scala; for the metastore, its own version."""
    if re.search(r"metastore|Invalid method name: 'get_", text, re.IGNORECASE):
        return {
            "spark.sql.hive.metastore.version": "the version of the metastore",
            "spark.sql.hive.metastore.jars": "maven, or the path of Hive's jars of that version",
        }
    if re.search(r"serialVersionUID|local class incompatible|InvalidClass", text):
        if master(properties, text) == "yarn":
            return {"spark.yarn.archive": "the jars of the same Spark as the submitter's, on the cluster"}
        return _image(properties, text, "an image with the same Spark as the submitter's")
    suffix = "whose suffix is the Scala version of this Spark" if re.search(r"scala[./]", text) else "for this Spark"
    given = {"spark.jars.packages": f"the same packages, in builds {suffix}"}
    if "spark.jars" in (properties or {}) and "spark.jars.packages" not in (properties or {}):
        given = {"spark.jars": f"the same jars, in builds {suffix}"}
    if _SHARED.search(text) and not re.search(r"scala[./]", text):
        first = "true, where your own version has to win over Spark's; a shaded jar is better"
        given |= {
            f"spark.{side}.userClassPathFirst": first
            for side in ("driver", "executor")
            if not is_on(properties, f"spark.{side}.userClassPathFirst")
        }
        if "spark.jars.packages" in (properties or {}):
            given["spark.jars.excludes"] = "the library that the packages bring in another version (group:artifact)"
    return given


def spark_first(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Spark's classes before the application's own, where the application asked for the opposite."""
    names = (f"spark.{side}.userClassPathFirst" for side in ("driver", "executor"))
    return {name: "false" for name in names if is_on(properties, name)}


def other_java(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Where a Java lies that fits."""
    found = _CLASS_FILE.search(text)
    if not found and not _WRONG_JAVA.search(text):
        return {}
    newer = f"Java {int(found[1]) - _FIRST_CLASS_FILE} or newer" if found and found[1] else ""
    need = newer or "a Java that this Spark supports"
    given = {"spark.executorEnv.JAVA_HOME": f"where {need} lies on the machines of executors"}
    if master(properties, text) in ("yarn", "unknown"):
        given["spark.yarn.appMasterEnv.JAVA_HOME"] = f"where {need} lies on the driver's machine (YARN, cluster mode)"
    return given | _image(properties, text, f"an image with {need}")


def native_library(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """An image with the library, or the folder where it lies."""
    if re.search(r"winutils|HADOOP_HOME", text):
        return {}
    said = "an image with that library (glibc's, where it is Alpine)"
    if re.search(r"ld-(linux|musl)|libc\.musl|Error relocating", text):  # only images are built like that
        return {"spark.kubernetes.container.image": said}
    platform = master(properties, text)
    sides = ("driver",) if platform == "local" else ("driver", "executor")
    return _image(properties, text, said) or {
        f"spark.{side}.extraLibraryPath": f"the folder on the {side}'s side that has the library" for side in sides
    }


def python_modules(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The module's own file, or an environment that has it."""
    given = {
        "spark.submit.pyFiles": "the module's .py file, .zip or .egg, where it is your own",
        "spark.archives": "a packed environment (conda-pack, venv-pack) that has the module, for all others (3.1)",
        "spark.pyspark.python": "the Python of an environment that has the module, on every machine",
    }
    if _is_shipped(properties, text):  # then another Python has it no more than this one
        del given["spark.pyspark.python"]
        return given
    if re.search(r"No module named '?\"?(pyspark|py4j)\b", text):
        return {"spark.executorEnv.PYTHONPATH": "where pyspark and py4j lie on the machines of executors"} | given
    if master(properties, text) == "yarn":
        given["spark.yarn.dist.archives"] = "before Spark 3.1: the packed environment"
    return given | _image(properties, text, "an image whose Python has the module")


def _is_shipped(properties: Mapping[str, str] | None, text: str) -> bool:
    """Whether the module that is missing went along with the application, and only was not found where it lies."""
    sought = re.search(r"No module named '?\"?(\w+)", text)
    if sought is None:
        return False
    along = " ".join((properties or {}).get(name, "") for name in ("spark.submit.pyFiles", "spark.yarn.dist.pyFiles"))
    name = re.escape(sought[1])
    uploaded = re.search(rf"(Uploading resource|Added file|addFile|--py-files)\W.{{0,200}}\b{name}\.(py|zip|egg)", text)
    return uploaded is not None or re.search(rf"\b{name}\.(py|zip|egg)\b", along) is not None


def python_environment(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """An environment whose libraries fit."""
    given = {"spark.archives": "a packed environment with the versions of the library that this Spark names (3.1)"}
    if _OTHER_PYTHON.search(text):
        said = "a Python that this Spark knows (Spark 2.4: 3.7; 3.0 to 3.3: 3.10; 3.5: 3.12)"
        given |= {"spark.pyspark.python": said, "spark.pyspark.driver.python": said}
    if re.search(r"arrow", text, re.IGNORECASE) and re.search(r"toPandas|createDataFrame|conversion", text):
        given["spark.sql.execution.arrow.pyspark.enabled"] = "false, where slower conversions will do"
    return given | _image(properties, text, "an image with the versions of the library that this Spark names")


def interpreter(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The interpreter of both sides."""
    said = "the path of one Python version that exists on every machine"
    given = {"spark.pyspark.python": said, "spark.pyspark.driver.python": said}
    if master(properties, text) == "yarn":
        given["spark.yarn.appMasterEnv.PYSPARK_PYTHON"] = f"{said} (cluster mode)"
    return given


def registered_classes(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The classes that Kryo has to know, on both sides alike."""
    return {"spark.kryo.classesToRegister": "the classes in the message, separated by commas, beside those there"}


def as_spark_proposes(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """What Spark's own message says that one may set; whether its meaning is wanted, only the owner knows."""
    return {
        name: f"{value}, as Spark's message proposes, where what it means is wanted"
        for name, value in _SUGGESTED.findall(text)
        if (properties or {}).get(name) != value and not _LOADS_CODE.search(name)
    }


def lenient_sql(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """ANSI rules off, where they are what refused: NULL, or a wrapped number, then stands for the value."""
    if re.search(r"CAST_OVERFLOW_IN_TABLE_INSERT", text):
        return {_ASSIGNMENT: "LEGACY, where values may be stored as Spark 2 did"}
    name = "spark.sql.ansi.enabled"
    is_ansi = (properties or {}).get(name) == "true" or re.search(
        r"ansi\.enabled|\[(CAST_|ARITHMETIC_|DIVIDE_|NUMERIC_|INVALID_ARRAY|REMAINDER_)|SparkArithmetic|SparkNumberFormat|"
        r"SparkDateTimeException",
        text,
    )
    return {name: "false, where NULL (or a wrapped number) may stand for such values"} if is_ansi else {}


def wrong_setting(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The setting that the message names, with what it should be."""
    if re.search(r"basedir must be absolute|\.ivy2", text):
        return {"spark.jars.ivy": "a folder that the user may write (/tmp/.ivy2)"}
    if re.search(r"(spark-events|spark-history)\S* (does not exist|\(No such)", text):
        return {"spark.eventLog.dir": "a folder that exists and that the user may write"}
    if "hdp.version" in text:
        return {
            f"spark.{side}.extraJavaOptions": "what it has now and -Dhdp.version=VERSION, the cluster's"
            for side in ("driver", "yarn.am")
        }
    if "master URL must be set" in text:
        return {"spark.master": "where to run, such as yarn, k8s://..., spark://HOST:PORT or local[*]"}
    if re.search(r"container image|executable file not found|RunContainerError|StartError|exec: ", text):
        return {"spark.kubernetes.container.image": "an image of Spark that has the command in the message"}
    if ".sparkStaging" in text or "appcache" in text:
        return {"spark.hadoop.fs.defaultFS": "the file system that all machines of the cluster share"}
    if _REGION.search(text):
        return {"spark.hadoop.fs.s3a.endpoint.region": "the region of the bucket (before Hadoop 3.3.1 the endpoint)"}
    names = dict.fromkeys(first or second for first, second in _NAMED.findall(text))
    told = [name for name in names if not _LOADS_CODE.search(name)][:_MAX_NAMED]
    return dict.fromkeys(told, "a value that the message allows")


def _image(properties: Mapping[str, str] | None, text: str, said: str) -> dict[str, str]:
    return {"spark.kubernetes.container.image": said} if master(properties, text) == "kubernetes" else {}
