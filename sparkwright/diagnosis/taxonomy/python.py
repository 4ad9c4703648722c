"""Python functions and the workers they run in."""

from sparkwright.diagnosis.taxonomy.repair import double_pyspark_memory
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark

CAUSES = (
    RootCause(
        name="missing_python_module",
        family="python",
        title="Python module not installed",
        explanation="Python code imports a module that the interpreter running it does not have; executors run "
        "another interpreter than the driver.",
        remedy="Install the module on every machine, or ship it: a packed environment (spark.archives) or --py-files.",
        marks=(mark(r"ModuleNotFoundError|ImportError|No module named"),),
    ),
    RootCause(
        name="python_memory_exceeded",
        family="python",
        title="Python ran out of memory",
        explanation="A Python worker asked for more memory than it may have: spark.executor.pyspark.memory, or what "
        "the machine had left. It lies outside the JVM heap.",
        remedy="Hand Python smaller pieces (spark.sql.execution.arrow.maxRecordsPerBatch, more partitions, no group "
        "that gathers everything), or raise the limit.",
        # java.lang.OutOfMemoryError ends in the same letters.
        marks=(mark(r"(?<![A-Za-z.])(_Array|Arrow)?MemoryError\b|numpy\S+_ArrayMemoryError|lib\.ArrowMemoryError"),),
        repair=double_pyspark_memory,
    ),
    RootCause(
        name="python_worker_crash",
        family="python",
        title="Python worker crashed",
        explanation="A Python worker process ended without raising an exception: a crash in native code, a call to "
        "exit, or a kill from outside.",
        remedy="Set spark.python.worker.faulthandler.enabled to true to see where it crashes; look for native "
        "libraries and for os._exit in the function.",
        marks=(
            mark(r"Python worker exited unexpectedly|Python worker failed to connect back|PYTHON_WORKER_EXITED"),
            mark(r"Fatal Python error|Segmentation fault"),
        ),
    ),
    RootCause(
        name="python_worker_exception",
        family="python",
        title="A Python function raised an exception",
        explanation="A function that Spark runs in Python (UDF, mapInPandas, RDD function) raised; the last line of "
        "the traceback says what, the line above it where.",
        remedy="Fix the function for the value in the traceback, or make it return None for rows it cannot handle.",
        marks=(
            mark(
                r"PythonException|An exception was thrown from the Python worker|UDF_ERROR|PYTHON_UDF",
                Strength.GENERAL,
                unless=r"Python in worker has different version",  # Spark's own check, before any function runs
            ),
        ),
    ),
)
