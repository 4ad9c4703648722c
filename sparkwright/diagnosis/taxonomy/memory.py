"""Memory and what is sized by it: heaps, containers, results, broadcasts."""

from sparkwright.diagnosis.taxonomy.repair import (
    double_executor_memory,
    double_seconds,
    double_size,
    fixed,
    raise_overhead,
    raise_result_limit,
)
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark

# What the JVM says of other memory than its heap. Without a message the error is thrown by what allocates outside it
# (Unsafe.allocateMemory) or by an array beyond 2 GB: more heap helps neither.
_NOT_HEAP = r"Metaspace|Compressed class space|native thread|[Dd]irect buffer memory|Unsafe\.allocateMemory"
_HEAP = r"Java heap space|GC overhead limit exceeded"
# More memory for executors does not help a driver.
_DRIVERS_CONTAINER = r"AM Container for|driver pod"
_BROADCAST = r"build and broadcast the table"

CAUSES = (
    RootCause(
        name="driver_result_size_exceeded",
        family="memory",
        title="Results larger than the driver accepts",
        explanation="The tasks of one job sent back more serialized bytes than spark.driver.maxResultSize allows, "
        "so Spark aborted the job before the driver's heap would overflow.",
        remedy="Write the result to storage instead of collecting it, or aggregate first. If the driver really needs "
        "it all, raise spark.driver.maxResultSize and give the driver the heap to hold it.",
        marks=(mark(r"bigger than (local )?(spark\.driver\.)?maxResultSize"),),
        repair=raise_result_limit,
    ),
    RootCause(
        name="broadcast_timeout",
        family="memory",
        title="Broadcast timed out",
        explanation="The small side of a join was not computed and sent within spark.sql.broadcastTimeout.",
        remedy="Find out why the broadcast side is slow (it is a whole query of its own); give it more time, or let "
        "the join shuffle by removing the broadcast hint or lowering spark.sql.autoBroadcastJoinThreshold.",
        marks=(
            mark(r"Could not execute broadcast in"),
            mark(
                r"TimeoutException.*[Bb]roadcast|[Bb]roadcast.*(TimeoutException|Futures timed out)",
                unless="ContextCleaner",  # a driver that hardly moves cannot let go of broadcasts either
            ),
        ),
        repair=double_seconds("spark.sql.broadcastTimeout", 300),
    ),
    RootCause(
        name="broadcast_too_large",
        family="memory",
        title="Broadcast table too large",
        explanation="The side of a join that was to be broadcast does not fit: the driver must hold it whole, and so "
        "must every executor.",
        remedy="Let the join shuffle: switch automatic broadcasts off and remove broadcast hints; old statistics make "
        "Spark underestimate a table (ANALYZE TABLE). A larger driver heap helps only a little.",
        marks=(mark(_BROADCAST), mark(r"Cannot broadcast the table")),
        repair=fixed("spark.sql.autoBroadcastJoinThreshold", "-1"),
    ),
    RootCause(
        name="container_memory_kill",
        family="memory",
        title="Container killed for its memory",
        explanation="The cluster manager killed an executor whose process, heap and everything outside the heap "
        "together, grew over the container's limit.",
        remedy="Give more memory outside the heap: native buffers, Python workers and off-heap storage live there. "
        "A larger heap does not help.",
        marks=(
            # Kubernetes says "137(SIGKILL, possible container OOM)" of every SIGKILL: that proves nothing.
            mark(r"\bOOMKilled\b", unless=_DRIVERS_CONTAINER),
            mark(
                r"(running beyond|exceeding) (physical |virtual )?memory limits?|beyond the '\w+' memory limit",
                unless=_DRIVERS_CONTAINER,
            ),
            mark(r"Memory cgroup out of memory|oom-kill:"),
        ),
        repair=raise_overhead,
    ),
    RootCause(
        name="metaspace_oom",
        family="memory",
        title="Metaspace exhausted",
        explanation="The JVM reached its limit on the memory that classes live in (metaspace), which is no part of the "
        "heap: very many generated or loaded classes, or a limit that is too small.",
        remedy="Raise or remove -XX:MaxMetaspaceSize in the extraJavaOptions of the side that failed; a larger heap "
        "does not help. If it grows without end, look for a loop that plans ever new queries.",
        marks=(mark(r"OutOfMemoryError: (Metaspace|Compressed class space)"),),
    ),
    RootCause(
        name="executor_heap_oom",
        family="memory",
        title="Executor ran out of heap",
        explanation="A task needed more heap than its executor has. Executors end with code 52 when this happens; "
        "lost results, lost executors and failed fetches follow from it.",
        remedy="Give executors more heap, or each task less to do: more partitions, fewer cores per executor, no "
        "collect_list or group that gathers one key's rows in memory.",
        marks=(
            mark(_HEAP, side="executor", unless=_BROADCAST),
            # SparkExitCode.OOM (Spark 4.x) = 52.
            mark(r"(exited with code|[Ee]xit(ed)? (with exit )?(status|code)):? 52\b", side="executor"),
            mark(
                r"SparkOutOfMemoryError|UNABLE_TO_ACQUIRE_MEMORY|Unable to acquire \d+ bytes of memory|"
                r"AGGREGATE_OUT_OF_MEMORY|POINTER_ARRAY_OUT_OF_MEMORY",
                side="executor",
                # A spill that fails for want of disk is told as a SparkOutOfMemoryError.
                unless=r"No space left on device|SPILL_OUT_OF_MEMORY",
            ),
            mark(
                r"java\.lang\.OutOfMemoryError: \S",
                Strength.GENERAL,
                side="executor",
                unless=_NOT_HEAP,
            ),
        ),
        repair=double_executor_memory,
    ),
    RootCause(
        name="driver_heap_oom",
        family="memory",
        title="Driver ran out of heap",
        explanation="The driver itself needed more heap than it has: collected rows, a broadcast it builds, or the "
        "bookkeeping of very many tasks and files.",
        remedy="Give the driver more heap, or keep data out of it: no collect() or toPandas() of large results, fewer "
        "partitions and files to plan.",
        marks=(
            mark(_HEAP, side="driver", unless=_BROADCAST),
            mark(
                r"java\.lang\.OutOfMemoryError: \S",
                Strength.GENERAL,
                side="driver",
                unless=_NOT_HEAP,
            ),
        ),
        repair=double_size("spark.driver.memory"),
    ),
)
