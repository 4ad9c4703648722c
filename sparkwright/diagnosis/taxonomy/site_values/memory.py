"""Properties that give a process more room outside its heap, or less to hold, by as much as only the site can tell."""

import re
from collections.abc import Mapping

from sparkwright.diagnosis.taxonomy.repairs.values import master

_OVERHEAD = "spark.executor.memoryOverhead"
_FETCH = re.compile(r"FetchFailed|ShuffleBlockFetcher|shuffle_\d+_|Netty OOM")
_RAPIDS = re.compile(r"rapids|cudf|\bRMM\b|\bGpu[A-Z]")


def _is_counted(properties: Mapping[str, str] | None, text: str) -> bool:
    """Whether a manager counts what a container holds beside the heap; of an unknown one it may."""
    return master(properties, text) in ("yarn", "kubernetes", "unknown")


def outside_heap(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Room beside the heap: of the container, or in local mode of the machine that the one heap leaves nothing of."""
    if master(properties, text) == "local":
        return {"spark.driver.memory": "less than now, so that the machine has memory beside the heap"}
    return {_OVERHEAD: "more than now, for what lives outside the heap"} if _is_counted(properties, text) else {}


def direct_buffers(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The container's room for larger direct memory; blocks of shuffles straight to the disk, where these filled it."""
    given = {_OVERHEAD: "more by as much as direct memory"} if _is_counted(properties, text) else {}
    to_disk = "spark.maxRemoteBlockSizeFetchToMem"
    return given | (
        {to_disk: "a size such as 64m, from which on a block goes to the disk"} if _FETCH.search(text) else {}
    )


def for_python(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Room for Python beside the heap and smaller batches of Arrow; nothing for the driver's own Python."""
    if re.search(r"toPandas|collectToPython|collectAsArrow", text):
        return {}
    given = {"spark.sql.execution.arrow.maxRecordsPerBatch": "fewer than now (10000 where nothing is set)"}
    return given | ({_OVERHEAD: "more than now, for Python workers"} if _is_counted(properties, text) else {})


def native_engine(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """What a native engine may hold, or fewer tasks that share it."""
    if _RAPIDS.search(text):
        return {"spark.rapids.memory.host.offHeapLimit.size": "more than now, within the container"}
    return {
        "spark.memory.offHeap.size": "more than now, within the container",
        "spark.executor.cores": "fewer, so that fewer tasks share it",
    }


def smaller_batches(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Less data on a card at once."""
    if _RAPIDS.search(text):
        return {"spark.sql.shuffle.partitions": "more than now, so that a task holds less"}
    return {"spark.task.resource.gpu.amount": "1, so that no two tasks share a card"}


def no_broadcast(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """No broadcast at all, where a shuffle will do."""
    name = "spark.sql.autoBroadcastJoinThreshold"
    return {} if (properties or {}).get(name) == "-1" else {name: "-1, where a shuffle of both sides will do"}


def larger_pieces(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Fewer pieces of what is read; how many partitions Hive may make is no matter of reading."""
    return {} if "hive.exec" in text else {"spark.sql.files.maxPartitionBytes": "more than now (128m by default)"}
