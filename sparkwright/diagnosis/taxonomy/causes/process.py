"""Settings and processes: what a JVM is started with, and how it dies by itself."""

from sparkwright.diagnosis.taxonomy.causes.words import DRIVER_LOG
from sparkwright.diagnosis.taxonomy.repairs.settings import correct_setting
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark
from sparkwright.diagnosis.taxonomy.site_values.code import wrong_setting

_OTHER_CRASH = r"insufficient memory|Native memory allocation|Python (worker|process)"

CAUSES = (
    RootCause(
        name="invalid_configuration",
        family="program",
        title="A setting is wrong",
        explanation="A property, JVM option or argument has a value that cannot be read, contradicts another one, or "
        "is missing.",
        remedy="Correct the setting that the message names.",
        not_to_confuse=(
            ("version_incompatibility", "There the setting is right for another version of a library."),
            ("shuffle_service_misconfigured", "There only the shuffle service is missing or set up wrongly."),
        ),
        needed_log=DRIVER_LOG,
        knobs=("the property that the message names", "spark.sql.extensions", "spark.sql.catalog.spark_catalog"),
        marks=(
            mark(
                r"INVALID_CONF_VALUE|INVALID_(DRIVER|EXECUTOR)_MEMORY|CANNOT_MODIFY_(STATIC_)?CONFIG|"
                r"Cannot modify the value of a|must be at least \d+\. Please (increase|use a larger)|"
                r"(Executor|System|Driver) memory \d+ must be at least|"
                r"should be (an? )?(int|long|boolean|double)\b,? but|Failed to parse (byte|time) string|"
                r"(Size|Time|Fractional values).{0,40}must be specified as|Could not create the Java Virtual Machine|"
                r"Unrecognized (VM )?option|Invalid (maximum|initial) heap size|"
                r"Invalid master URL|Must specify a primary resource|(cores|memory|"
                r"executors) must be a positive number|"
                r"Master must either be|executor number \d+ must between|"
                r"Initial heap size set to a larger value|Multiple garbage collectors selected|CATALOG_NOT_FOUND|"
                r"buffer\.max must be less than|"
                r"not allowed to (set|specify) (max )?(heap|Spark)|(A )?master URL must be set|"
                r"Could not parse Master URL|Must specify (the|an) \w+ container image|has to be >= the (task|"
                r"number)|"
                r"HADOOP_CONF_DIR or YARN_CONF_DIR must be set|deploy mode is (currently )?not|"
                r"(?<![\w.])spark\.[\w.]+ (must|should|has to|cannot|can't) (be|not)\b|Missing application resource|"
                r"Unknown/unsupported param|is not a valid (value|config)|unrecognized arguments|"
                r"Invalid value for.{0,30}spark\.|Duplicate value found for|Another instance of Derby|"
                r"JAVA_HOME is not set|Unable to locate a Java Runtime|java: command not found|bad substitution|"
                r"basedir must be absolute|\.ivy2/\S* \(No such file|"
                r"(spark-events|spark-history)\S* (does not exist|\(No such)|"
                r"did not initialize spark context|Config conflict|INIT_SCRIPT_FAILURE|Please (specify|set) spark\.|"
                r"to be configured with the DeltaSparkSessionExtension|DELTA_CONFIGURE_SPARK_SESSION|"
                r"only supports? org\.apache\.spark\.serializer\.KryoSerializer|Hive support is required to|"
                r"must be specified via the spark\.|Log directory specified does not exist|"
                r"The value of spark\.[\w.]+=\S+ must be|cpu request \(\S+\) should be less than|fg: no job control|"
                r"from a non-Iceberg Spark Session Catalog|Pod \"\S+\" is invalid: |"
                r"resource configs were not specified|must be addressed using the specified endpoint|"
                r"AuthorizationHeaderMalformed|PermanentRedirect|Unable to (find a|load) region|"
                r"entrypoint\.sh: line \d+: exec: \S+: not found|a Path from an empty string|"
                r"Expected scheme-specific part|"
                r"plugin class not found: spark\.sql\.catalog|"
                r"(warehousePath|warehouse path|warehouse location) must not be null|"
                r"No location provided for warehouse|"
                r"Dynamic partition strict mode requires|disabled via PYTHONHASHSEED|"
                r"'hoodie\.[\w.]+' must be set|Property hoodie\.[\w.]+ not found|hoodie\.[\w.]+ (is )?not (set|"
                r"specified)|"
                r"Missing required configuration \"|Option '\S+' (must|is) (be )?(specified|required)|"
                # The name of a cluster that the client's hdfs-site.xml does not know: it is taken for a host.
                r"UnknownHostException: \S+.{0,700}SecurityUtil\.buildTokenService|"
                r"No AbstractFileSystem (configured )?for scheme|Please use AWS4-HMAC|"
                r"AWSRedirectException|Status Code: 301\b|301 Moved Permanently|"
                # S3 answers so to the signature of another region or version, before anything was read.
                r"(400\b.{0,200}Bad Request|Bad Request .{0,60}Status Code: 400).{0,400}(headBucket|doesBucketExist|"
                r"S3AFileSystem\.(initialize|verifyBucketExists))",
                unless=r"POST_SCHEMA_EVOLUTION|Unrecognized option: --(add|illegal)|"
                r"MaxPermSize|UseConcMarkSweep|UseParNewGC|PrintGC",
            ),
            # What YARN was to copy to the containers lies on a file system that they do not see.
            mark(
                r"\.sparkStaging.{0,200}(does not exist|No such file)|"
                r"(does not exist|No such file).{0,200}\.sparkStaging",
                Strength.GENERAL,
            ),
            # A bucket of another region, or a signature of another version than it takes.
            mark(r"Status Code: 400\b.{0,200}Bad Request", Strength.GENERAL),
            # A command of the container that its image does not have.
            mark(
                r"exec: \"?[\w./-]+\"?: (executable file )?not found|executable file not found in|RunContainerError|"
                r"CreateContainerConfigError|StartError",
                Strength.GENERAL,
            ),
            mark(
                r"Error initializing SparkContext.{0,200}(IllegalArgumentException|NumberFormatException)",
                Strength.GENERAL,
                unless=r"above the max threshold|Unsupported class file|Java",
            ),
        ),
        repair=correct_setting,
        to_fill=wrong_setting,
    ),
    RootCause(
        name="jvm_native_crash",
        family="program",
        title="The JVM crashed in native code",
        explanation="The process died of a signal in native code (a library, the JIT, broken memory) and wrote a fatal "
        "error file, hs_err_pid*.log; its exit code is 134 or 139.",
        remedy="Read `Problematic frame` in hs_err_pid*.log: upgrade or switch off that library or the Java version; "
        "if the frames differ each time, test the machine's memory.",
        not_to_confuse=(
            ("container_memory_kill", "There the process is killed from outside, with 137."),
            ("native_memory_exhausted", "There hs_err says `insufficient memory for the Java Runtime Environment`."),
            ("python_worker_crash", "There the Python process dies and the JVM lives."),
        ),
        needed_log="The JVM's fatal error file, hs_err_pid*.log.",
        marks=(
            mark(
                r"fatal error has been detected by the Java Runtime|\bSIG(SEGV|BUS|ILL|FPE) \(0x\w+\)|"
                r"Problematic frame|EXCEPTION_ACCESS_VIOLATION|hs_err_pid\d+\.log|stack smashing detected|"
                r"\b(free|munmap_chunk|malloc|realloc|corrupted)\w*\(\)?: (invalid|double free|corrupted|"
                r"memory corruption)|"
                r"terminate called after throwing an instance of|recent unsafe memory access operation|"
                r"(Aborted|Segmentation fault|Bus error)\W+\(core dumped\).{0,200}/java\b",
                unless=rf"{_OTHER_CRASH}|OutOfMemory encountered",
            ),
            mark(
                r"exit(ed)? (with )?(a )?(non-zero )?(exit )?(code|status):? ?139\b|exit_?code[=:] ?139\b|"
                r"core dumped|"
                r"(?<!signal\.)SIG(ABRT|SEGV)\b",
                Strength.GENERAL,
                unless=_OTHER_CRASH,
            ),
        ),
    ),
    RootCause(
        name="native_thread_limit",
        family="program",
        title="No more threads or processes",
        explanation="The system refused a new thread or process: the limit on them (ulimit -u, the container's pids "
        "limit) is reached. The heap is not the cause, whatever the error is called.",
        remedy="Raise the limit of the user, container or cgroup, or start fewer threads: thread pools per task, "
        "parallel queries, BLAS and OpenMP threads (spark.executorEnv.OMP_NUM_THREADS=1).",
        not_to_confuse=(
            ("executor_heap_oom", "It is an OutOfMemoryError too, and more heap leaves less for threads."),
            ("open_file_limit_reached", "That limit says `Too many open files`."),
        ),
        needed_log="The limits of the process (/proc/PID/limits, the cgroup's pids.max) and how many threads there "
        "were.",
        marks=(
            mark(
                r"unable to create (new )?native thread|pthread_create failed|can't start new thread|"
                r"Cannot create \w+ thread. Out of system resources|Resource temporarily unavailable|"
                r"failed to create (new )?(OS )?thread|pids? limit"
            ),
        ),
    ),
)
