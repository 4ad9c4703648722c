"""The JVM's memory: its heap, and what it reserves outside of it."""

from sparkwright.diagnosis.taxonomy.causes.words import (
    BROADCAST,
    DRIVER_LOG,
    EXECUTOR_LOG,
    HEAP,
    NOT_HEAP,
    OFFHEAP,
    TASK_TRACE,
)
from sparkwright.diagnosis.taxonomy.repairs.amounts import (
    double_executor_memory,
    more_driver_memory,
    more_execution_memory,
    more_heap_for_collections,
)
from sparkwright.diagnosis.taxonomy.repairs.options import (
    raise_driver_metaspace,
    raise_executor_metaspace,
)
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark

_EXECUTION = (
    r"SparkOutOfMemoryError|UNABLE_TO_ACQUIRE_MEMORY|Unable to acquire \d+ bytes of memory|AGGREGATE_OUT_OF_MEMORY|"
    r"No enough memory for aggregation|POINTER_ARRAY_OUT_OF_MEMORY|Not enough memory to grow pointer array|"
    r"There is no space for new record|Photon ran out of memory|Can't acquire \d+ bytes memory|"
    r"Could not acquire \d+ bytes of memory"
)
# A join that builds its side whole asks for all of it at once: more heap is what helps.
_HASH_MAP = r"(not|no) enough memory to build hash map"
_LISTENERS = r"spark-listener-group|AppStatusListener|ElementTrackingStore|SQLAppStatusListener"

CAUSES = (
    RootCause(
        name="execution_memory_exhausted",
        family="memory",
        title="A task got no execution memory",
        explanation="Sorting, joining or aggregating asked Spark's memory manager for more and got none: the tasks "
        "that run at once share what the heap leaves for execution.",
        remedy="Give each task more: fewer cores per executor or spark.task.cpus of 2, more partitions, more executor "
        "memory. What is cached takes from the same pool.",
        not_to_confuse=(
            ("executor_heap_oom", "There the JVM itself is out of heap; here Spark refused before it came to that."),
            ("offheap_memory_exhausted", "There spark.memory.offHeap.enabled is on and its size is the limit."),
        ),
        needed_log=TASK_TRACE,
        knobs=(
            "spark.task.cpus",
            "spark.executor.cores",
            "spark.executor.memory (local mode: spark.driver.memory)",
            "spark.sql.shuffle.partitions",
        ),
        # A spill that fails for want of disk is told as a SparkOutOfMemoryError.
        marks=(
            mark(_EXECUTION, unless=rf"No space left on device|SPILL_OUT_OF_MEMORY|{_HASH_MAP}|{OFFHEAP}"),
            mark(r"TaskMemoryManager: Failed to allocate a page", Strength.SYMPTOM),
        ),
        repair=more_execution_memory,
    ),
    RootCause(
        name="metaspace_oom",
        family="memory",
        title="Metaspace exhausted",
        explanation="The JVM reached its limit on the memory that classes live in (metaspace), which is no part of the "
        "heap: very many generated or loaded classes, or a limit that is too small.",
        remedy="Raise or remove -XX:MaxMetaspaceSize (Java 7: -XX:MaxPermSize) in the executors' extraJavaOptions; a "
        "larger heap does not help. If it grows without end, look for a loop that plans ever new queries.",
        not_to_confuse=(
            ("executor_heap_oom", "The heap says `Java heap space`; classes live elsewhere."),
            ("codegen_limit_exceeded", "There one method is too large; here there are too many classes."),
        ),
        needed_log=EXECUTOR_LOG,
        knobs=("spark.executor.extraJavaOptions (-XX:MaxMetaspaceSize; Java 7: -XX:MaxPermSize)",),
        marks=(mark(r"OutOfMemoryError:? (Metaspace|Compressed class space|PermGen space)", side="executor"),),
        repair=raise_executor_metaspace,
    ),
    RootCause(
        name="driver_metaspace_oom",
        family="memory",
        title="The driver's metaspace exhausted",
        explanation="The driver reached its limit on the memory that classes live in (metaspace), which is no part of "
        "the heap: many sessions, generated classes, or a limit that is too small.",
        remedy="Raise or remove -XX:MaxMetaspaceSize (Java 7: -XX:MaxPermSize) in the driver's extraJavaOptions; a "
        "larger heap does not help.",
        not_to_confuse=(("driver_heap_oom", "The heap says `Java heap space`; classes live elsewhere."),),
        needed_log=DRIVER_LOG,
        knobs=("spark.driver.extraJavaOptions (-XX:MaxMetaspaceSize; Java 7: -XX:MaxPermSize)",),
        marks=(mark(r"OutOfMemoryError:? (Metaspace|Compressed class space|PermGen space)", side="driver"),),
        repair=raise_driver_metaspace,
    ),
    RootCause(
        name="executor_heap_oom",
        family="memory",
        title="Executor ran out of heap",
        explanation="A task needed more heap than its executor has. Executors end with code 52 when this happens; "
        "lost results, lost executors and failed fetches follow from it.",
        remedy="Give executors more heap, or each task less to do: more partitions, fewer cores per executor, no "
        "collect_list or group that gathers one key's rows in memory.",
        not_to_confuse=(
            (
                "container_memory_kill",
                "There the manager says that a memory limit was exceeded; more heap makes it worse.",
            ),
            ("driver_heap_oom", "There the error is in the driver's own threads, or the master is local."),
            ("two_gb_limit_exceeded", "`Requested array size exceeds VM limit` is one object, whatever the heap."),
        ),
        needed_log=EXECUTOR_LOG,
        knobs=("spark.executor.memory (local mode: spark.driver.memory)", "spark.executor.cores", "spark.task.cpus"),
        marks=(
            mark(HEAP, side="executor", unless=BROADCAST),
            mark(_HASH_MAP, side="executor"),
            mark(r"in the vectorized reader \(requested (\d{1,9}|1\d{9}|20\d{8}|21[0-3]\d{7}) bytes\)"),
            # SparkExitCode.OOM (Spark 4.x) = 52.
            mark(
                r"(exited with code|exit(ed)? (with )?(exit )?(status|code)):? ?52\b|exit_?code[=:] ?52\b",
                side="executor",
            ),
            mark(r"OutOfMemoryError:? (?!at )\S", Strength.GENERAL, side="executor", unless=NOT_HEAP),
        ),
        repair=double_executor_memory,
    ),
    RootCause(
        name="driver_heap_oom",
        family="memory",
        title="Driver ran out of heap",
        explanation="The driver itself needed more heap than it has: collected rows, a broadcast it builds, or the "
        "bookkeeping of very many tasks and files. In local mode the tasks run in its heap, too.",
        remedy="Give the driver more heap, or keep data out of it: no collect() or toPandas() of large results, fewer "
        "partitions and files to plan. If a listener's thread ran out, keep less for the UI "
        "(spark.sql.ui.retainedExecutions, spark.ui.retainedJobs, retainedStages, retainedTasks).",
        not_to_confuse=(
            ("executor_heap_oom", "There a task's thread on an executor ran out."),
            ("driver_container_memory_kill", "There the manager killed the driver's container; the JVM said nothing."),
            ("broadcast_too_large", "There the message names the table that was to be broadcast."),
        ),
        needed_log=DRIVER_LOG,
        knobs=(
            "spark.driver.memory (client mode: --driver-memory, before the JVM starts)",
            "spark.sql.ui.retainedExecutions",
            "spark.ui.retainedJobs",
            "spark.ui.retainedStages",
            "spark.ui.retainedTasks",
        ),
        marks=(
            mark(HEAP, side="driver", unless=BROADCAST),
            mark(rf"({_LISTENERS}).{{0,200}}OutOfMemoryError"),
            mark(r"OutOfMemoryError thrown from the UncaughtExceptionHandler", side="driver"),
            mark(r"OutOfMemoryError:? (?!at )\S", Strength.GENERAL, side="driver", unless=NOT_HEAP),
        ),
        repair=more_driver_memory,
    ),
    RootCause(
        name="heap_pressure",
        family="memory",
        title="The heap is so full that collecting it takes all the time",
        explanation="Garbage collection took so long that the process hardly worked: heartbeats came late, requests "
        "were not answered, although nothing threw an OutOfMemoryError yet.",
        remedy="Give that process more heap, or less to hold: fewer tasks at once, less cached, smaller collections "
        "of rows. A longer time-out only hides it.",
        not_to_confuse=(
            ("executor_heartbeat_timeout", "That is what follows; the log of the process shows the long collections."),
            ("executor_heap_oom", "There an OutOfMemoryError was thrown."),
        ),
        needed_log="The log of garbage collection, or the executors' GC time in the UI.",
        knobs=(
            "spark.executor.memory",
            "spark.driver.memory",
            "spark.executor.cores",
            "spark.sql.ui.retainedExecutions",
        ),
        marks=(
            mark(
                # Of ten seconds or more: short ones stand in the logs of sound runs.
                r"not responsive, likely due to GC|(long|excessive|heavy) (GC|garbage collection)|GC thrash|"
                r"Detected pause in JVM or host machine.{0,60}approximately \d{5,}ms.{0,20}GC pool|"
                r"Full GC.{0,300}\b\d{2,}\.\d+ secs|(Pause (Full|Young)|Allocation Stall).{0,200}\b\d{5,}\.\d+ms",
                unless=HEAP,
            ),
            mark(
                r"Detected pause in JVM or host machine.{0,60}approximately \d{5,}ms|"
                r"(spen[dt]s?|spent).{0,60}(in|on) (GC|garbage collect)",
                Strength.GENERAL,
                unless=HEAP,
            ),
            mark(
                r"Detected pause in JVM or host machine.{0,40}\(eg GC\)|Full GC \((Allocation|Ergonomics)|"
                r"Pause Full \((Allocation|G1 (Evac|Comp)\w*)",
                Strength.SYMPTOM,
                unless=HEAP,
            ),
        ),
        repair=more_heap_for_collections,
    ),
)
