"""Python functions and the workers they run in."""

from sparkwright.diagnosis.taxonomy.causes.words import EXECUTOR_LOG, TASK_TRACE
from sparkwright.diagnosis.taxonomy.repairs.amounts import double_pyspark_memory
from sparkwright.diagnosis.taxonomy.repairs.program import arrow_format, same_python, without_arrow
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark
from sparkwright.diagnosis.taxonomy.site_values.code import interpreter, python_environment, python_modules
from sparkwright.diagnosis.taxonomy.site_values.memory import for_python

_LIBRARY = (
    r"cannot import name|ABI version|numpy\.(core\.)?multiarray failed to import|binary incompatibility|"
    r"(compiled|built) (using|against|with) NumPy|"
    r"No module named '?(numpy\._core|pandas\.core\.indexes\.numeric|pandas\._libs|distutils|typing\.io|"
    r"pyspark\.cloudpickle)|"
    r"module '?(numpy|pandas|pyarrow|collections|typing|inspect|scipy|sklearn)[\w.]*'? has no attribute|"
    r"an integer is required \(got type bytes\)|code(\(\))? (argument|takes|expected at most)|_fill_function|"
    r"_make_skeleton|(numpy|pandas|pyarrow|grpcio)\w* ?(>=|==|version).{0,60}(required|but)\b|"
    r"must be installed; however, your version|UNSUPPORTED_PACKAGE_VERSION|unsupported pickle protocol|"
    r"DataFrame' object has no attribute '(iteritems|append|ix)|ByteBuffer\.allocate.{0,400}MessageSerializer|"
    r"arrow\.vector\.ipc\.message\.MessageSerializer\.readMessage|legacy IPC format|ARROW_PRE_0_15_IPC_FORMAT|"
    r"Can't get attribute '.{0,60}' on <module '(pyspark|pandas|numpy|sklearn)|"
    r"unexpected keyword argument.{0,200}(pandas|pyarrow|numpy)/|was removed in the NumPy \d|"
    r"compiled against API version|Descriptors cannot (not )?be created directly|ContextualVersionConflict|"
    r"namedtuple\(\) missing|is incompatible with numpy|Cannot convert numpy\.ndarray to numpy\.ndarray|"
    r"module 'lib' has no attribute"
)

CAUSES = (
    RootCause(
        name="python_library_incompatible",
        family="python",
        title="A Python library is of the wrong version",
        explanation="A library is there but does not fit: pandas, NumPy or pyarrow too new or too old for this Spark, "
        "binaries built for another NumPy, or other versions on driver and executors.",
        remedy="Pin the versions that this Spark names (docs, `Supported pandas / pyarrow`), the same on driver and "
        "executors: one packed environment for all.",
        not_to_confuse=(
            ("missing_python_module", "There the module is not installed at all."),
            ("python_worker_exception", "There the function's own code is wrong."),
            ("python_interpreter_mismatch", "There the interpreters differ, not a library."),
        ),
        needed_log="The traceback, and pip freeze on driver and executors.",
        knobs=(
            "spark.archives (3.1; YARN before: spark.yarn.dist.archives)",
            "spark.pyspark.python",
            "spark.pyspark.driver.python",
            "spark.kubernetes.container.image (Kubernetes)",
            "spark.sql.execution.arrow.pyspark.enabled",
            "spark.executorEnv.ARROW_PRE_0_15_IPC_FORMAT (1 for Spark 2 with pyarrow 0.15 and later)",
            "spark.yarn.appMasterEnv.ARROW_PRE_0_15_IPC_FORMAT (YARN)",
        ),
        repair=arrow_format,
        marks=(
            mark(_LIBRARY, unless=r"\.so[.\d]*: cannot open shared object"),
            # A library that breaks while it is imported.
            mark(
                r"site-packages/(pandas|pyarrow|numpy|sklearn|scipy)/\S+\", line \d+, in <module>",
                Strength.GENERAL,
                unless=r"ModuleNotFoundError|No module named",
            ),
        ),
        to_fill=python_environment,
    ),
    RootCause(
        name="missing_python_module",
        family="python",
        title="Python module not installed",
        explanation="Python code imports a module that the interpreter running it does not have; executors run "
        "another interpreter than the driver.",
        remedy="Install the module on every machine, or ship it: a packed environment (spark.archives) or --py-files.",
        not_to_confuse=(
            ("python_library_incompatible", "There the module exists and a name or binary in it does not fit."),
            ("python_interpreter_mismatch", "There another interpreter runs than was meant."),
        ),
        needed_log=TASK_TRACE,
        knobs=(
            "spark.sql.execution.pythonUDF.arrow.enabled (3.4)",
            "spark.sql.execution.arrow.pyspark.enabled (3.0)",
            "spark.submit.pyFiles",
            "spark.archives (3.1; YARN before: spark.yarn.dist.archives)",
            "spark.pyspark.python",
            "spark.executorEnv.PYTHONPATH",
            "spark.kubernetes.container.image (Kubernetes)",
        ),
        marks=(
            mark(
                r"ModuleNotFoundError|Could not find a version that satisfies the requirement|"
                r"No matching distribution found|No module named|PACKAGE_NOT_INSTALLED|"
                r"must be installed; however, it was not found|Missing optional dependency '",
                unless=_LIBRARY,
            ),
            mark(r"(?<![\w.])ImportError", Strength.GENERAL, unless=rf"{_LIBRARY}|shared object"),
        ),
        repair=without_arrow,
        to_fill=python_modules,
    ),
    RootCause(
        name="python_interpreter_mismatch",
        family="python",
        title="The wrong Python interpreter, or none",
        explanation="Executors run another Python than the driver, or the interpreter they are told to run does not "
        "exist on their machines.",
        remedy="Set spark.pyspark.python and spark.pyspark.driver.python (or PYSPARK_PYTHON and PYSPARK_DRIVER_PYTHON) "
        "to the same version, at a path that exists on every machine.",
        not_to_confuse=(
            ("missing_python_module", "There the interpreter is right and lacks a module."),
            ("python_library_incompatible", "There the interpreters agree."),
        ),
        needed_log=EXECUTOR_LOG,
        knobs=(
            "spark.pyspark.python",
            "spark.pyspark.driver.python",
            "spark.executorEnv.PYSPARK_PYTHON",
            "spark.yarn.appMasterEnv.PYSPARK_PYTHON (YARN)",
        ),
        repair=same_python,
        marks=(
            mark(
                r"unknown opcode|Python was not found|Python in worker has (a )?different version|"
                r"PYTHON_VERSION_MISMATCH|"
                r"Cannot run program \"\S*python[\d.]*\S*\"(?: \(in directory [^)]*\))?: (?:error=|CreateProcess|"
                r"Exec)|env: '?‘?python[\d.]*'?’?: No such file|python[\d.]*: command not found|"
                r"python[\d.]*: cannot execute|Python \d[\d.]* (is|was) not found|Missing Python executable|"
                r"PYSPARK_PYTHON and PYSPARK_DRIVER_PYTHON (are|must be|environment)"
            ),
        ),
        to_fill=interpreter,
    ),
    RootCause(
        name="python_memory_exceeded",
        family="python",
        title="Python ran out of memory",
        explanation="A Python worker asked for more memory than it may have: spark.executor.pyspark.memory, or what "
        "the machine had left. It lies outside the JVM heap.",
        remedy="Hand Python smaller pieces (spark.sql.execution.arrow.maxRecordsPerBatch, more partitions, no group "
        "that gathers everything), or raise the limit.",
        not_to_confuse=(
            ("executor_heap_oom", "That is the JVM's; Python lies outside its heap."),
            ("container_memory_kill", "There the manager killed the container; Python could not raise."),
            ("python_worker_crash", "There the worker died without an exception."),
        ),
        needed_log=TASK_TRACE,
        knobs=(
            "spark.executor.pyspark.memory (2.4)",
            "spark.sql.execution.arrow.maxRecordsPerBatch",
            "spark.executor.memoryOverhead (YARN, Kubernetes)",
        ),
        # java.lang.OutOfMemoryError ends in the same letters.
        marks=(
            mark(
                r"(?<![A-Za-z.])(_Array|Arrow)?MemoryError\b|numpy\S+_ArrayMemoryError|lib\.ArrowMemoryError|"
                r"pyarrow\S*OutOfMemory|ArrowMemoryError|malloc of size \d+ failed|UDF_PYSPARK_ERROR\.OOM|"
                r"MEMORY_LIMIT_SERVERLESS|"
                r"Python process exited with exit code 137|"
                r"Unable to allocate \S+ [KMGT]iB for an array"
            ),
        ),
        repair=double_pyspark_memory,
        to_fill=for_python,
    ),
    RootCause(
        name="python_worker_crash",
        family="python",
        title="Python worker crashed",
        explanation="A Python worker process ended without raising an exception: a crash in native code, a call to "
        "exit, or a kill from outside.",
        remedy="Set spark.python.worker.faulthandler.enabled to true (3.2) to see where it crashes; look for native "
        "libraries and for os._exit in the function, and for the kernel's kills of that process.",
        not_to_confuse=(
            ("python_memory_exceeded", "There Python raised MemoryError."),
            ("python_worker_exception", "There a traceback ends in an exception."),
            ("container_memory_kill", "If the kernel killed the worker, its container was full."),
        ),
        needed_log=EXECUTOR_LOG,
        marks=(
            mark(
                r"Python worker exited unexpectedly|Python worker failed to connect back|PYTHON_WORKER_EXITED|"
                r"Python worker did not connect back|Accept timed out.{0,300}PythonWorkerFactory|"
                r"reading the port number from pyspark\.daemon|Python process exited with exit code 13[49]|"
                r"(EOFException|Connection reset).{0,300}PythonRunner\S*\.read\b",
                unless=r"UDF_PYSPARK_ERROR\.OOM",
            ),
            mark(r"Fatal Python error|Segmentation fault"),
            # The socket to the worker broke, or the worker never called.
            mark(
                r"(EOFException|Connection reset|Broken pipe).{0,300}(PythonRunner|PythonUDFRunner|PythonWorker)",
                Strength.GENERAL,
            ),
        ),
    ),
    RootCause(
        name="python_worker_exception",
        family="python",
        title="A Python function raised an exception",
        explanation="A function that Spark runs in Python (UDF, mapInPandas, RDD function) raised; the last line of "
        "the traceback says what, the line above it where.",
        remedy="Fix the function for the value in the traceback, or make it return None for rows it cannot handle.",
        not_to_confuse=(
            ("missing_python_module", "There the last line is ModuleNotFoundError."),
            ("python_worker_crash", "There the worker died without a traceback."),
            ("user_code_exception", "There the JVM's own code threw, or the driver's program."),
        ),
        needed_log=TASK_TRACE,
        marks=(
            mark(
                r"PythonException|An exception was thrown from the Python worker|UDF_ERROR|PYTHON_UDF|"
                r"\[UDF_RETURN_TYPE\]|UDF_(PYSPARK_)?USER_CODE_ERROR|\[RESULT_\w+_MISMATCH_FOR_|"
                r"SCHEMA_MISMATCH_FOR_PANDAS_UDF|"
                r"Traceback .{0,600}/pyspark/\S*worker\.py\",",
                Strength.GENERAL,
                # Spark's own checks, before any function runs.
                unless=r"Python in worker has different version|PYTHON_VERSION_MISMATCH|ModuleNotFoundError|"
                r"MemoryError",
            ),
        ),
    ),
)
