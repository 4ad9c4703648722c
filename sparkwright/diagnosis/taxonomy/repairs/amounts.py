"""Repairs: concrete values computed from the properties in force and from the figures in the evidence, or nothing.

A value that would not help is not given: one that the evidence says is too small still, or that no machine grants.
"""

import re
from collections.abc import Mapping

from data_contracts.properties.spark import GIB, KIB, MIB, format_size_mib
from sparkwright.diagnosis.taxonomy.repairs.values import count, master, seconds, size_bytes
from sparkwright.diagnosis.taxonomy.root_cause import Repair
from sparkwright.spark.allocation import effective_allocation
from sparkwright.spark.platform import platform_of

_FIGURE = r"(\d+(?:\.\d+)?) ?([KMGT]?)i?B"
_UNITS = {"": 1, "K": KIB, "M": MIB, "G": GIB, "T": 1024 * GIB}
_RESULTS = re.compile(rf"serialized results of \d+ tasks? \({_FIGURE}\)|larger than maxResultSize \({_FIGURE} >")
_PHYSICAL = re.compile(rf"{_FIGURE} of {_FIGURE} physical memory used")
# VeloxMemoryManager of Gluten, of the settings in force.
_OFFHEAP = re.compile(rf"offHeap\.size(?:\.in\.bytes)?\W{{1,3}}{_FIGURE}")
_BROADCAST_S = re.compile(r"Could not execute broadcast in (\d+) secs")
_BROADCAST_SIZE = re.compile(rf"Cannot broadcast the table that is larger than [^:]{{1,40}}: {_FIGURE}")
_KRYO = re.compile(r"Buffer overflow\. Available: (\d+), required: (\d+)")
# YARN's largest container, in MB.
_LARGEST_CONTAINER = re.compile(r"max threshold \((\d+) MB\)|maximum allowed allocation=<memory:(\d+)")
_KRYO_SAYS = re.compile(r"Buffer overflow|KRYO_BUFFER_OVERFLOW|kryoserializer\.buffer\.max", re.IGNORECASE)
_MAX_KRYO_BYTES = 2047 * MIB  # KryoSerializer refuses 2048m
_STEP_BYTES = 256 * MIB
_OVERHEADS = ("spark.executor.memoryOverhead", "spark.yarn.executor.memoryOverhead")
_RSS = re.compile(r"anon-rss:(\d+)kB")
_LISTENERS = re.compile(r"spark-listener-group|AppStatusListener|ElementTrackingStore|SQLAppStatusListener")
_DRIVERS_HEAP = re.compile(r"\bdriver\b|DAGScheduler|ApplicationMaster|SparkUI|spark-listener", re.IGNORECASE)
_ARROW = re.compile(r"arrow|pandas/serializers|mapInPandas|applyInPandas|pandas_udf", re.IGNORECASE)
_EXECUTORS = re.compile(r"\b[Ee]xecutor|\bTID \d+|[Ll]ost task|in stage \d+\.\d+|Container marked as failed")


def double_size(name: str, *, default_bytes: int = GIB, default_unit: str = "m") -> Repair:
    """Double a size property; Spark's default counts where the application did not set it."""

    def repair(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
        in_force_bytes = size_bytes(properties, name, default_bytes, default_unit) if properties is not None else 0
        return {name: format_size_mib(2 * in_force_bytes)} if in_force_bytes else {}

    return repair


def double_executor_memory(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Double the heap that tasks run in: the executor's, or in local mode the driver's."""
    if properties is None or "vectorized reader" in text:  # a batch of rows is too large for any heap
        return {}
    if platform_of(properties.get("spark.master")) == "local":
        return double_size("spark.driver.memory")(properties)
    return _granted(double_size("spark.executor.memory")(properties), properties, text)


def more_driver_memory(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Double the driver's heap; where the UI's listeners filled it, also keep a tenth of the queries for the UI."""
    given = double_size("spark.driver.memory")(properties)
    if given and _LISTENERS.search(text):
        given["spark.sql.ui.retainedExecutions"] = "100"
    return given


def more_heap_for_collections(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Double the heap of the process that collects garbage all the time: an executor's, unless only the driver's is."""
    if _DRIVERS_HEAP.search(text) and not _EXECUTORS.search(text):
        return more_driver_memory(properties, text)
    return double_executor_memory(properties, text)


def fit_driver_to_machine(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """A heap that the driver's machine can hold, where the kernel says how much the driver had when it was killed."""
    held_bytes = min((int(found) * KIB for found in _RSS.findall(text)), default=0)
    heap_bytes = size_bytes(properties, "spark.driver.memory", GIB) if properties is not None else 0
    fitting_bytes = int(0.8 * held_bytes) // _STEP_BYTES * _STEP_BYTES
    return {"spark.driver.memory": format_size_mib(fitting_bytes)} if 0 < fitting_bytes < heap_bytes else {}


def more_execution_memory(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """More memory for each task: a larger heap, and where an executor runs several tasks at once, half as many."""
    given = double_executor_memory(properties, text)
    cores = (properties or {}).get("spark.executor.cores", "")
    task_cpus = (properties or {}).get("spark.task.cpus", "1")
    is_counted = "spark.executor.memory" in given and cores.isdecimal() and task_cpus.isdecimal()
    if is_counted and 0 < 2 * int(task_cpus) <= int(cores):
        given["spark.task.cpus"] = str(2 * int(task_cpus))
    return given


def more_offheap(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Double the memory that Spark manages outside the heap, where a size is set: the container has to hold it.

    Native engines print what they were given, whatever the properties say.
    """
    name = "spark.memory.offHeap.size"
    given = double_size(name, default_bytes=0, default_unit="b")(properties)
    told = [_bytes(*found) for found in _OFFHEAP.findall(text)]
    return given if given or properties is None or not told else {name: format_size_mib(2 * max(told))}


def raise_native_overhead(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """More memory outside the heap of executors, where it was one of them that the system refused."""
    return raise_overhead(properties, text) if _EXECUTORS.search(text) else {}


def raise_overhead(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Double the memory in force outside the heap, or more where the container was further over its limit."""
    platform = platform_of(properties.get("spark.master")) if properties is not None else "local"
    if properties is None or platform == "local":
        return {}
    if not size_bytes(properties, "spark.executor.memory", GIB):
        return {}
    if any(not size_bytes(properties, name, 1) for name in _OVERHEADS if properties.get(name, "0").strip() != "0"):
        return {}
    in_force_bytes = effective_allocation(properties, platform).executor_memory_overhead_bytes
    over_bytes = [_bytes(*found[:2]) - _bytes(*found[2:]) for found in _PHYSICAL.findall(text)]
    new_bytes = max(2 * in_force_bytes, in_force_bytes + 2 * max(over_bytes, default=0))
    return _granted({_OVERHEADS[0]: format_size_mib(new_bytes)}, properties, text) if new_bytes else {}


def raise_driver_overhead(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Double the memory of the driver's container outside its heap; in YARN's client mode that of the AM."""
    if properties is None:
        return {}
    is_client = (
        properties.get("spark.submit.deployMode") == "client" and platform_of(properties.get("spark.master")) == "yarn"
    )
    side = "yarn.am" if is_client else "driver"
    heap_bytes = size_bytes(properties, f"spark.{side}.memory", GIB // 2 if is_client else GIB)
    in_force_bytes = size_bytes(properties, f"spark.{side}.memoryOverhead", max(heap_bytes // 10, 384 * MIB))
    over_bytes = [_bytes(*found[:2]) - _bytes(*found[2:]) for found in _PHYSICAL.findall(text)]
    new_bytes = max(2 * in_force_bytes, in_force_bytes + 2 * max(over_bytes, default=0))
    return {f"spark.{side}.memoryOverhead": format_size_mib(new_bytes)} if heap_bytes and in_force_bytes else {}


def double_pyspark_memory(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Double the limit on Python workers where one is set; else, in a container that is counted, what is not heap.

    Python lives there, so without a limit of its own the container is what it filled. Batches of Arrow are halved.
    """
    if properties is None:
        return {}
    if size_bytes(properties, "spark.executor.pyspark.memory", 0):
        return _granted(double_size("spark.executor.pyspark.memory", default_bytes=0)(properties), properties, text)
    is_counted = master(properties, text) in ("yarn", "kubernetes")
    given = raise_overhead(properties, text) if is_counted and _EXECUTORS.search(text) else {}
    name = "spark.sql.execution.arrow.maxRecordsPerBatch"
    rows = count(properties, name, 10_000)
    return given | ({name: str(rows // 2)} if rows >= 2 and _ARROW.search(text) else {})


def raise_result_limit(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Twice what the driver refused, which is not all there was: Spark stops counting at the limit.

    The driver's heap grows along where it could not hold the results and the rows made of them.
    """
    name = "spark.driver.maxResultSize"
    refused = max((_bytes(found[0] or found[2], found[1] or found[3]) for found in _RESULTS.findall(text)), default=0)
    if properties is None:
        return {name: format_size_mib(2 * refused)} if refused else {}
    limit_bytes = size_bytes(properties, name, GIB, "b")
    heap_bytes = size_bytes(properties, "spark.driver.memory", GIB)
    if not limit_bytes:
        return {}
    new_bytes = 2 * max(limit_bytes, refused)
    given = {name: format_size_mib(new_bytes)}
    if heap_bytes and heap_bytes < 2 * new_bytes:
        given["spark.driver.memory"] = format_size_mib(2 * new_bytes)
    return given


def shuffle_instead_of_broadcast(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """No automatic broadcasts; and room for the one refused, where the application lowered the limit itself.

    A hint or a join without equal keys broadcasts whatever the threshold says. The driver holds the table with its
    copy in pieces, so a table of more than a quarter of its heap stays refused.
    """
    given = fixed("spark.sql.autoBroadcastJoinThreshold", "-1")(properties)
    adaptive = "spark.sql.adaptive.autoBroadcastJoinThreshold"  # set, it is the one that counts while the query runs
    if properties is not None and properties.get(adaptive, "-1") != "-1":
        given[adaptive] = "-1"
    name = "spark.sql.maxBroadcastTableSize"
    sizes = [_bytes(*found) for found in _BROADCAST_SIZE.findall(text)]
    if properties is None or name not in properties or not sizes:
        return given
    is_held = 4 * max(sizes) <= size_bytes(properties, "spark.driver.memory", GIB)
    return given | ({name: format_size_mib(2 * max(sizes))} if is_held else {})


def raise_kryo_buffer(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Room for the object that overflowed Kryo's buffer, twice the buffer where nothing says how large it is.

    Nothing for other faults, and none beyond Kryo's own limit.
    """
    required = [int(needed) - int(available) for available, needed in _KRYO.findall(text)]
    if properties is None or not (required or _KRYO_SAYS.search(text)):
        return {}
    name = "spark.kryoserializer.buffer.max"
    now_bytes, missing_bytes = size_bytes(properties, name, 64 * MIB), max(required, default=0)
    new_bytes = min(_MAX_KRYO_BYTES, max(2 * now_bytes, now_bytes + 2 * missing_bytes))
    enough = now_bytes and new_bytes >= now_bytes + missing_bytes and new_bytes > now_bytes
    return {name: format_size_mib(new_bytes)} if enough else {}


def double_seconds(name: str, default_s: int) -> Repair:
    """Double a time-out in seconds, from the one that passed where the evidence tells it; at least Spark's own."""

    def repair(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
        if properties is None:
            return {}
        passed = [int(found) for found in _BROADCAST_S.findall(text)] if name == "spark.sql.broadcastTimeout" else []
        now_s = seconds(properties, name, default_s)
        # A shorter one than Spark's own is a setting of somebody's, to be taken back first.
        return {name: f"{max(default_s, 2 * max([now_s, *passed]))}s"} if now_s > 0 else {}

    return repair


def fixed(name: str, value: str) -> Repair:
    """Set a property to the one value that helps, whatever it was; nothing where it has that value already."""

    def repair(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
        return {} if properties is not None and properties.get(name) == value else {name: value}

    return repair


def _bytes(number: str, unit: str) -> int:
    return int(float(number) * _UNITS[unit])


def _granted(given: dict[str, str], properties: Mapping[str, str], text: str) -> dict[str, str]:
    """The repair, unless the evidence says that no container that large is granted."""
    limits = [int(group) * MIB for found in _LARGEST_CONTAINER.findall(text) for group in found if group]
    if not given or not limits:
        return given
    asked = effective_allocation({**properties, **given}, "yarn")
    asked_bytes = (
        asked.executor_memory_bytes
        + asked.executor_memory_overhead_bytes
        + asked.executor_offheap_bytes
        + asked.executor_pyspark_bytes
    )
    return given if asked_bytes <= min(limits) else {}
