"""Memory that is no heap: buffers, native allocations, pools of engines, graphics cards."""

from sparkwright.diagnosis.taxonomy.causes.words import DRIVER_LOG, KERNEL_LOG, OFFHEAP, TASK_TRACE
from sparkwright.diagnosis.taxonomy.repairs.amounts import more_offheap, raise_native_overhead
from sparkwright.diagnosis.taxonomy.repairs.limits import smaller_gpu_share
from sparkwright.diagnosis.taxonomy.repairs.options import raise_driver_direct, raise_executor_direct
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, mark
from sparkwright.diagnosis.taxonomy.site_values.memory import (
    direct_buffers,
    native_engine,
    outside_heap,
    smaller_batches,
)

_DIRECT = (
    r"Direct buffer memory|Cannot reserve \d+ bytes of direct buffer|OutOfDirectMemoryError|"
    r"failed to allocate \d+ byte\(s\) of direct memory|due to Netty OOM"
)
_GPU = (
    r"CUDA out of memory|cupy\.cuda\.memory\.OutOfMemory|"
    r"CUDA error: out of memory|cudaErrorMemoryAllocation|CUDA_ERROR_OUT_OF_MEMORY|"
    r"std::bad_alloc.{0,60}(RMM|CUDA)|RMM failure|Maximum pool size exceeded|Gpu(Split)?(And)?Retry\w*OOM|"
    r"(could not|failed to|unable to) allocate.{0,40}\b(GPU|device) memory|out of (GPU|device) memory|GPU OutOfMemory|"
    r"Device store exhausted|OOM when allocating tensor.{0,200}\bGPU"
)
_NATIVE = (
    r"insufficient memory for the Java Runtime Environment|Native memory allocation \(\w+\) failed|"
    r"os::commit_memory\(.{0,80}failed|Cannot allocate memory|errno[ =]12\b|error=12\b|allocateMemory|"
    r"(OutOfMemoryError|IOException):? Map failed|Out of swap space|"
    r"unable to allocate file descriptor table|Out of Memory Error \(\w+\.cpp|"
    r"Could not reserve enough space for"
)

CAUSES = (
    RootCause(
        name="direct_memory_oom",
        family="memory",
        title="An executor's direct memory exhausted",
        explanation="Network and file buffers outside the heap (direct memory) reached the JVM's own limit on them, "
        "-XX:MaxDirectMemorySize, which is as large as the heap where it is not set.",
        remedy="Raise -XX:MaxDirectMemorySize in the executors' JVM options together with their memory overhead, or "
        "hold fewer buffers: smaller fetches (spark.reducer.maxSizeInFlight), fewer tasks at once.",
        not_to_confuse=(
            ("executor_heap_oom", "The heap says `Java heap space`; a larger heap raises this limit only by default."),
            ("container_memory_kill", "There the manager kills the process; here the JVM throws and may live on."),
            ("native_memory_exhausted", "There the system has no memory left; here the JVM's own limit is reached."),
        ),
        needed_log=TASK_TRACE,
        knobs=(
            "spark.reducer.maxSizeInFlight",
            "spark.executor.extraJavaOptions (-XX:MaxDirectMemorySize)",
            "spark.executor.memoryOverhead (YARN, Kubernetes)",
            "spark.maxRemoteBlockSizeFetchToMem",
        ),
        marks=(mark(_DIRECT, side="executor"),),
        repair=raise_executor_direct,
        to_fill=direct_buffers,
    ),
    RootCause(
        name="driver_direct_memory_oom",
        family="memory",
        title="The driver's direct memory exhausted",
        explanation="Network buffers outside the driver's heap (direct memory) reached the JVM's own limit on them, "
        "-XX:MaxDirectMemorySize.",
        remedy="Raise -XX:MaxDirectMemorySize in the driver's JVM options (and its memory overhead), or let the "
        "process serve fewer sessions and connections at once.",
        not_to_confuse=(("driver_heap_oom", "The heap says `Java heap space` or `GC overhead limit exceeded`."),),
        needed_log=DRIVER_LOG,
        knobs=(
            "spark.reducer.maxSizeInFlight",
            "spark.driver.extraJavaOptions (-XX:MaxDirectMemorySize)",
        ),
        marks=(mark(_DIRECT, side="driver"),),
        repair=raise_driver_direct,
    ),
    RootCause(
        name="native_memory_exhausted",
        family="memory",
        title="The system gave no more memory",
        explanation="A native allocation failed: the machine or container had no memory left for what the JVM, its "
        "compression libraries or a forked process need outside the heap.",
        remedy="Leave more memory outside the heap: raise spark.executor.memoryOverhead (YARN, Kubernetes), or lower "
        "heaps and cores so that the processes of a machine together fit into it.",
        not_to_confuse=(
            ("direct_memory_oom", "There the JVM says `direct memory`: its own limit, not the machine's."),
            ("container_memory_kill", "There the process is killed; here its request for memory is refused."),
        ),
        needed_log=KERNEL_LOG,
        knobs=(
            "spark.executor.memoryOverhead (YARN, Kubernetes)",
            "spark.executor.cores",
            "spark.driver.memory (local mode: lower)",
        ),
        marks=(mark(_NATIVE, unless=r"CUDA|GPU|direct buffer memory|Cannot create \w+ thread"),),
        repair=raise_native_overhead,
        to_fill=outside_heap,
    ),
    RootCause(
        name="offheap_memory_exhausted",
        family="memory",
        title="Off-heap execution memory exhausted",
        explanation="The memory that Spark or a native engine (Gluten, Velox, Comet) manages outside the heap, "
        "spark.memory.offHeap.size, was too small for the work.",
        remedy="Raise spark.memory.offHeap.size; the container has to grow by as much. Or run fewer tasks at once.",
        not_to_confuse=(
            ("execution_memory_exhausted", "There the pool lies in the heap, and no off-heap memory is in use."),
            ("direct_memory_oom", "There the JVM's limit on buffers is reached, not Spark's own pool."),
        ),
        needed_log=TASK_TRACE,
        knobs=(
            "spark.memory.offHeap.size",
            "spark.executor.cores",
            "spark.rapids.memory.host.offHeapLimit.size (RAPIDS)",
        ),
        marks=(mark(OFFHEAP),),
        repair=more_offheap,
        to_fill=native_engine,
    ),
    RootCause(
        name="gpu_memory_oom",
        family="memory",
        title="GPU memory exhausted",
        explanation="A task could not allocate memory of the graphics card: batches too large, or too many tasks on "
        "one card.",
        remedy="Put fewer tasks on a card (spark.rapids.sql.concurrentGpuTasks, spark.task.resource.gpu.amount) or "
        "make batches smaller (spark.rapids.sql.batchSizeBytes); in Python, smaller batches of the model.",
        not_to_confuse=(
            ("native_memory_exhausted", "That is the machine's memory; the GPU's errors name CUDA or RMM."),
        ),
        needed_log=TASK_TRACE,
        knobs=(
            "spark.rapids.sql.concurrentGpuTasks",
            "spark.rapids.sql.batchSizeBytes",
            "spark.task.resource.gpu.amount",
            "spark.rapids.memory.gpu.allocFraction",
            "spark.rapids.memory.gpu.maxAllocFraction",
            "spark.sql.shuffle.partitions",
        ),
        repair=smaller_gpu_share,
        to_fill=smaller_batches,
        marks=(mark(_GPU),),
    ),
)
