"""Classes and versions: what the JVM loads, and whether it fits together."""

from sparkwright.diagnosis.taxonomy.causes.words import TASK_TRACE
from sparkwright.diagnosis.taxonomy.repairs.options import open_modules
from sparkwright.diagnosis.taxonomy.repairs.program import jdbc_driver, other_codec
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark
from sparkwright.diagnosis.taxonomy.site_values.code import (
    fitting_packages,
    native_library,
    other_java,
    packages,
    spark_first,
)

# Classes that exist in one line of Scala, Spark or Hadoop and not in the next: no jar to add brings them.
_MOVED = (
    r"scala[./](\w+\b|\$\w+|(collection|runtime|util|math|concurrent|reflect|jdk|io|sys)[./])|"
    r"org[./]apache[./]spark[./](Logging\b|internal[./]Logging\$class|sql[./]sources[./]v2|sql[./]catalyst[./]|"
    r"sql[./]connector[./]|sql[./]execution[./]datasources[./])|javax[./](xml[./]bind|activation|annotation)[./]|"
    # Newer connectors to stores on an older Hadoop.
    r"org[./]apache[./]hadoop[./](fs[./](StreamCapabilities|PathCapabilities|BulkDelete|statistics[./]|impl[./])|"
    r"util[./]functional[./]|thirdparty[./])"
)
_GONE = rf"(NoClassDefFoundError|ClassNotFoundException|TypeNotPresent\w*)\W{{1,3}}(java\.lang\.\w+: )?({_MOVED})"
_JAVA = (
    r"UnsupportedClassVersionError|compiled by a more recent version of the Java|Unsupported class file major version|"
    r"InaccessibleObjectException|does not \"?opens|cannot access class \S+ \(in module|"
    r"module java\.base does not|DirectByteBuffer\.\(long, int\) not available|DirectByteBuffer\.<init>\(long, ?int\)|"
    r"getSubject is (not )?supported|class org\.apache\.spark\.storage\.StorageUtils\$|setAccessible.{0,60}java\.base|"
    r"Unrecognized option: --(add-opens|add-exports|illegal-access)|"
    r"AppClassLoader cannot be cast to (class )?java\.net\.URL|"
    r"Unrecognized VM option '[+-]?(MaxPermSize|UseConcMarkSweepGC|CMS\w*|PrintGC\w*|UseParNewGC|UseBiasedLocking)|"
    r"begin 0, end 3, length 2|hadoop\.util\.Shell\.<clinit>|requires Java \d+|Java (version )?\d+ is not supported|"
    r"Unsupported Java version|Failed to initialize MemoryUtil|UnsupportedOperationException: The Security Manager is|"
    # Built with a newer JDK for an older one: buffers return their own type since 9.
    r"java\.nio\.\w*Buffer\.\w+\([IJ]?\)Ljava/nio/\w*Buffer|"
    r"ExceptionInInitializerError.{0,200} at org\.apache\.spark\.unsafe\."
)
_NATIVE_LIBRARY = (
    r"UnsatisfiedLinkError|cannot open shared object|Error loading shared library|undefined symbol:|"
    r"GLIBC\w*_[\d.]+'? not found|in java\.library\.path|native[ -](snappy|lz4|zstandard|zstd|lzo|hadoop) library not|"
    r"Failed to load native|no native library is found for|FAILED_TO_LOAD_NATIVE_LIBRARY|Cannot unpack lib\w+-jni|"
    r"failed to map segment from shared object|libhadoop was built without|winutils|"
    r"HADOOP_HOME and hadoop\.home\.dir are unset|"
    r"Error relocating \S+: \S+: symbol not found|"
    r"Could not initialize class (org\.xerial\.snappy|net\.jpountz\.lz4|com\.github\.luben\.zstd|com\.ning\.compress)"
)

CAUSES = (
    RootCause(
        name="native_library_missing",
        family="program",
        title="A native library is missing or does not fit",
        explanation="A library of the system or in native code (a compression codec, glibc, CUDA, winutils) could not "
        "be loaded on the machine or in the image.",
        remedy="Install the library in the image or on every machine (on Alpine: gcompat or a glibc image), or use a "
        "codec of pure Java (spark.sql.parquet.compression.codec=gzip, spark.io.compression.codec).",
        not_to_confuse=(
            ("missing_class", "`Could not initialize class` follows from the library that did not load."),
            ("version_incompatibility", "There a jar of another version is loaded."),
        ),
        needed_log=TASK_TRACE,
        knobs=(
            "spark.kubernetes.container.image (Kubernetes)",
            "spark.sql.parquet.compression.codec",
            "spark.io.compression.codec",
            "spark.shuffle.mapStatus.compression.codec",
            "spark.eventLog.compression.codec",
            "spark.executor.extraLibraryPath",
            "spark.driver.extraLibraryPath",
        ),
        marks=(mark(_NATIVE_LIBRARY, unless=r"NativeCodeLoader:|load native-hadoop"),),
        repair=other_codec,
        to_fill=native_library,
    ),
    RootCause(
        name="java_version_incompatible",
        family="program",
        title="The Java version does not fit",
        explanation="Code was compiled for a newer Java, or Spark or a library reaches into parts of the JDK that "
        "this Java has closed or removed.",
        remedy="Run the Java version that this Spark supports (2.4: 8; 3.0 to 3.5: 8, 11 or 17; 4.0: 17 or 21) on "
        "every machine; on 17, keep Spark's own --add-opens options where extraJavaOptions replace them.",
        not_to_confuse=(
            ("version_incompatibility", "There two jars do not fit, whatever the Java."),
            ("missing_class", "There no jar has the class."),
        ),
        needed_log="The first error with the Java version (java -version) of driver and executors.",
        knobs=(
            "spark.kubernetes.container.image (Kubernetes)",
            "spark.executorEnv.JAVA_HOME",
            "spark.yarn.appMasterEnv.JAVA_HOME (YARN)",
            "spark.driver.extraJavaOptions (--add-opens)",
            "spark.executor.extraJavaOptions (--add-opens)",
        ),
        marks=(mark(_JAVA),),
        repair=open_modules,
        to_fill=other_java,
    ),
    RootCause(
        name="version_incompatibility",
        family="program",
        title="Versions of libraries do not fit together",
        explanation="A class was found but in another version than the caller was built for: Scala, Spark, Hadoop, "
        "Jackson, Guava or a connector of another line, or driver and executors run different builds.",
        remedy="Use the artefact built for this Spark and Scala version, and one version on every machine; where your "
        "own jar has to win, shade it (or try spark.driver.userClassPathFirst).",
        not_to_confuse=(
            ("missing_class", "There no jar has the class."),
            ("java_version_incompatible", "There the message names a class file version or a closed module."),
            ("library_or_engine_bug", "There all versions fit and the code is wrong."),
        ),
        needed_log=TASK_TRACE,
        knobs=(
            "spark.kubernetes.container.image (Kubernetes)",
            "spark.jars.packages",
            "spark.jars",
            "spark.jars.excludes",
            "spark.driver.userClassPathFirst",
            "spark.executor.userClassPathFirst",
            "spark.sql.hive.metastore.version",
            "spark.sql.hive.metastore.jars",
            "spark.yarn.archive (YARN)",
        ),
        marks=(
            mark(
                r"NoSuchMethodError|NoSuchFieldError|AbstractMethodError|IncompatibleClassChangeError|"
                r"java\.lang\.VerifyError|local class incompatible|serialVersionUID|loader constraint violation|"
                r"Incompatible Jackson|requires Jackson|Unrecognized Hadoop major version|"
                r"cannot communicate with client version|protocol version is too new|DELTA_UNSUPPORTED_FEATURES|"
                r"requires (a )?(newer|higher) (reader|writer|version)|was built (for|with) (Scala|Spark)|"
                r"InvalidProtocolVersion|DELTA_INVALID_PROTOCOL|Invalid method name: '\w+'|"
                r"Unable to instantiate .{0,200}metastore.{0,100}version|not compatible with Spark \d|"
                r"does not exist in the JVM|Method \w+\(\[.{0,200}\]\) does not exist|"
                r"Constructor .{0,200} does not exist|signer information does not match|"
                r"Builtin jars can only be used when|Multiple sources found for|CUDA driver version is insufficient|"
                r"Not implemented by the \w+ FileSystem implementation|does not match metastore's schema version|"
                r"IllegalAccessError: (class \S+ )?(tried to access|cannot access its)|"
                # What a connector of another release cannot read, or Spark's own shuffle service.
                r"EsHadoopIllegalArgumentException: invalid map received|Unsupported/Unknown Elasticsearch version|"
                r"OPTION_RETURNING_BATCH should always be set|"
                r"IllegalArgumentException: Unexpected message type: \d+ at org\.apache\.spark\.network|"
                r"ServiceConfigurationError|DataSourceRegister: Provider|is not a valid Spark SQL Data Source",
                unless=rf"{_JAVA}|Provider \S+ not found|Cannot load filesystem:",  # a warning of sound runs
            ),
            mark(
                r"cannot be cast to .{0,300}(ChildFirst|Mutable|Translating)\w*ClassLoader",
                Strength.GENERAL,
            ),
            mark(
                r"IllegalAccessError|InvalidClassException|NoSuchMethodException",
                Strength.GENERAL,
                unless=rf"{_JAVA}|disabling normalizeUri",  # a warning of AWS's client
            ),
            mark(_GONE, unless=_JAVA),
            # Hadoop writes durations with units that an older hadoop-aws reads as a number.
            mark(r"NumberFormatException: For input string: \"\d+[smh]\".{0,300}(hadoop|s3a)"),
        ),
        repair=spark_first,
        to_fill=fitting_packages,
    ),
    RootCause(
        name="missing_class",
        family="program",
        title="Class or data source not on the classpath",
        explanation="The JVM was asked for a class, a data source or a file system that no jar on that side has.",
        remedy="Add the package that brings it (--packages or --jars), built for this Spark and Scala version; on "
        "executors, too: in the image, or through spark.jars.",
        not_to_confuse=(
            ("version_incompatibility", "There the class exists, in another version."),
            ("native_library_missing", "There the class exists and its native library does not load."),
            ("missing_python_module", "That is Python's import."),
        ),
        needed_log=TASK_TRACE,
        knobs=(
            "spark.jars",
            "spark.jars.packages",
            "spark.jars.repositories",
            "spark.yarn.jars (YARN)",
            "spark.yarn.archive (YARN)",
            "spark.hadoop.fs.s3.impl",
            "spark.hadoop.fs.s3n.impl",
            "spark.hadoop.fs.gs.impl",
            "spark.driver.extraClassPath",
            "spark.executor.extraClassPath",
            "spark.kubernetes.container.image (Kubernetes)",
        ),
        repair=jdbc_driver,
        marks=(
            mark(
                r"ClassNotFoundException|NoClassDefFoundError(?!\W{1,3}Could not initialize)|DATA_SOURCE_NOT_FOUND|"
                r"CANNOT_LOAD_FUNCTION_CLASS|Failed to find (the )?data source|Failed to load class|"
                r"No suitable driver|:: \S+#\S+;\S+: not found|"
                r"Could not find or load main class|unresolved dependency|Class \S+ not found|"
                r"No FileSystem for scheme|Cannot find catalog plugin class|Hive classes are not found|"
                r"download failed: \S+#\S+;|LIBRARY_INSTALLATION_FAILURE|'JavaPackage' object is not callable|"
                r"cannot assign instance of (java\.lang\.invoke\.SerializedLambda|scala\S*Serialization)|"
                r"Cannot load class \S+ when registering|Failed to load \S+: [a-z]\w*/|UNRESOLVED DEPENDENCIES|"
                r"ServiceConfigurationError: .{0,120}Provider \S+ not found|Unable to load YARN support|"
                r"Compression codec \S+ not found|Unable to find class: \[*L?[a-z]\w*(\.[\w$]+)+",
                # Py4J asks for optional classes, and class loaders report what their parents then find. SLF4J does
                # without a binding.
                unless=rf"{_GONE}|{_JAVA}|UnsatisfiedLinkError|kryo\.register|StaticLoggerBinder|"
                r"classes with Kryo(?!.{0,3000}Caused by: java\.lang\.ClassNotFoundException)",
            ),
            mark(
                r"ScalaReflectionException: class|unread block data",
                Strength.GENERAL,
            ),
        ),
        to_fill=packages,
    ),
    RootCause(
        name="serialization_error",
        family="program",
        title="Something could not be serialized",
        explanation="A function or object that has to travel to the executors, or back, cannot be serialized: often "
        "it drags in a connection, a lock or the SparkContext.",
        remedy="Create such objects inside the function, once per partition, and keep the session out of it.",
        not_to_confuse=(
            ("kryo_buffer_overflow", "There the object is only too large."),
            ("missing_class", "`cannot assign instance of SerializedLambda`: the jar is not on the executors."),
            ("version_incompatibility", "`serialVersionUID`: two builds of one class."),
        ),
        needed_log=TASK_TRACE,
        marks=(
            mark(
                r"Task not serializable|NotSerializableException|PicklingError|Could not serialize object|"
                r"CONTEXT_ONLY_VALID_ON_DRIVER|SPARK-5063|cannot pickle|can't pickle|KryoException|"
                r"SerializationException|expected zero arguments for construction of ClassDict|"
                r"reference SparkContext from a broadcast|This RDD lacks a SparkContext|had a not serializable result",
                # The serializer writes to the disk; a broken block reads as a broken object.
                unless=r"No space left on device|Buffer overflow|deep recursion|not registered|unregistered|"
                r"shuffle(?!dDStream)|corrupt|Unable to find class: \[*L?[a-z]\w*\.|"
                r"kafka\.common\.errors\.SerializationException",
            ),
            mark(r"UnpicklingError|StreamCorruptedException|OptionalDataException", Strength.GENERAL),
        ),
    ),
)
