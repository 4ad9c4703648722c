"""Memory as containers and machines count it: whole processes, not heaps."""

from sparkwright.diagnosis.taxonomy.causes.words import CONTAINER_STATE, DRIVERS_CONTAINER, KERNEL_LOG
from sparkwright.diagnosis.taxonomy.repairs.amounts import fit_driver_to_machine, raise_driver_overhead, raise_overhead
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark
from sparkwright.diagnosis.taxonomy.site_values.access import smaller_driver

# Kubernetes says "137(SIGKILL, possible container OOM)" of every SIGKILL: that proves nothing.
_KILLED = (
    r"\bOOM ?Killed\b|(running beyond|exceeding) (the )?(physical |virtual )?memory limits?|"
    r"beyond the '\w+' memory limit|Memory cgroup out of memory|oom-kill:constraint=CONSTRAINT_MEMCG|"
    r"Memory limit exceeded: Requested|killed as a result of limit of|"
    # ContainerExitStatus of YARN: KILLED_EXCEEDED_PMEM and _VMEM.
    r"exit[ _]?(status|code): ?-10[34]\b|"
    # The kubelet, of a pod that uses more than it asked for.
    r"low on resource: memory\b|had condition: \[MemoryPressure\]"
)
_MACHINE = r"(?<!cgroup )out of memory: kill(ed)? process|constraint=CONSTRAINT_NONE|oom_reaper|invoked oom-killer"

CAUSES = (
    RootCause(
        name="container_memory_kill",
        family="memory",
        title="Container killed for its memory",
        explanation="The cluster manager killed an executor whose process, heap and everything outside the heap "
        "together, grew over the container's limit.",
        remedy="Give more memory outside the heap: native buffers, Python workers and off-heap storage live there. "
        "A larger heap does not help. Of virtual memory on YARN, switch that check off "
        "(yarn.nodemanager.vmem-check-enabled).",
        not_to_confuse=(
            ("executor_heap_oom", "There the JVM throws an OutOfMemoryError or ends with code 52."),
            ("executor_lost", "Exit code 137 or 143 alone is a kill by anybody."),
            ("driver_container_memory_kill", "There the container is the driver's or the application master's."),
        ),
        needed_log=CONTAINER_STATE,
        knobs=(
            "spark.executor.memoryOverhead (YARN, Kubernetes; before 2.3: spark.yarn.executor.memoryOverhead)",
            "spark.executor.memoryOverheadFactor (3.3; Kubernetes before: spark.kubernetes.memoryOverheadFactor)",
            "spark.executor.pyspark.memory",
        ),
        marks=(
            mark(_KILLED, unless=DRIVERS_CONTAINER),
            mark(r"boosting spark\.(yarn\.)?executor\.memoryOverhead", Strength.GENERAL, unless=DRIVERS_CONTAINER),
        ),
        repair=raise_overhead,
    ),
    RootCause(
        name="driver_container_memory_kill",
        family="memory",
        title="The driver's container killed for its memory",
        explanation="The cluster manager killed the driver, or in YARN's client mode the application master, because "
        "the whole process grew over its container's limit. The JVM itself could say nothing.",
        remedy="Raise spark.driver.memoryOverhead (client mode on YARN: spark.yarn.am.memoryOverhead), or keep what "
        "lives outside the heap small: Python on the driver, toPandas(), native libraries.",
        not_to_confuse=(
            ("driver_heap_oom", "There the driver's JVM threw an OutOfMemoryError."),
            ("driver_node_out_of_memory", "There the machine as a whole ran out, without a container's limit."),
        ),
        needed_log=CONTAINER_STATE,
        knobs=(
            "spark.driver.memoryOverhead (cluster mode; before 2.3: spark.yarn.driver.memoryOverhead)",
            "spark.yarn.am.memoryOverhead (YARN, client mode)",
            "spark.driver.memoryOverheadFactor (3.3; Kubernetes before: spark.kubernetes.memoryOverheadFactor)",
        ),
        marks=(
            mark(rf"({DRIVERS_CONTAINER}).{{0,600}}({_KILLED})"),
            mark(rf"({_KILLED}).{{0,600}}({DRIVERS_CONTAINER})"),
            mark(r"boosting spark\.(yarn\.)?(driver|am)\.memoryOverhead"),
            # EMR Serverless, of a job that never had executors to lose.
            mark(r"Worker has been killed as memory usage exceeded", unless=r"\bexecutors?\b"),
        ),
        repair=raise_driver_overhead,
    ),
    RootCause(
        name="driver_node_out_of_memory",
        family="memory",
        title="The driver's machine ran out of memory",
        explanation="The machine that runs the driver had no memory left, so the system (or the provider's memory "
        "guard) killed it: other drivers, notebooks and daemons live there, too.",
        remedy="Take a larger machine for the driver, run fewer drivers on it at once, use cluster mode, or ask for a "
        "driver that fits what the machine really has free.",
        not_to_confuse=(
            ("driver_heap_oom", "There the JVM threw; here it was killed without a word."),
            ("driver_container_memory_kill", "There a container's limit was exceeded; here the machine's memory."),
        ),
        needed_log=KERNEL_LOG,
        knobs=("spark.driver.memory (lower than what the machine has free)", "spark.submit.deployMode (cluster)"),
        marks=(
            mark(_MACHINE),
            # Dataproc, whose memory guard ends drivers on the master node.
            mark(r"driver (process )?received SIGTERM/SIGKILL|task (was )?not acquired"),
            mark(r"(master|driver) (node|vm|machine)\b.{0,80}(out of memory|low on memory|memory pressure|\bOOM\b)"),
        ),
        repair=fit_driver_to_machine,
        to_fill=smaller_driver,
    ),
)
