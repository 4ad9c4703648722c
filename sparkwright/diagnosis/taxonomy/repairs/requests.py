"""Repairs of what is asked of a cluster manager: sizes that it grants, fewer pieces, limits that it demands."""

import re
from collections.abc import Mapping
from typing import Literal

from data_contracts.properties.spark import MIB, format_size_mib
from sparkwright.diagnosis.taxonomy.repairs.values import count, is_on, master
from sparkwright.spark.allocation import overhead_bytes

_STEP_BYTES = 256 * MIB
# org.apache.spark.deploy.yarn.Client.verifyClusterResources, Spark 1.x to 4.x: MB stands in the brackets or not.
_EXECUTOR = re.compile(
    r"Required executor memory \((\d+)[^)]*\).*?overhead \((\d+)[^)]*\).*?above the max threshold \((\d+) MB\)",
    re.DOTALL,
)
_EXECUTOR_BEFORE = re.compile(r"Required executor memory \((\d+)\+(\d+) MB\) is above the max threshold \((\d+) MB\)")
_MASTER = re.compile(r"Required AM memory \((\d+)\+(\d+) MB\) is above the max threshold \((\d+) MB\)")
_BESIDE = re.compile(r"(?:offHeap|PySpark) memory \((\d+)")
# org.apache.hadoop.yarn InvalidResourceRequestException, Hadoop 2 and 3.
_MEMORY = re.compile(r"requestedMemory=\d+, maxMemory=(\d+)|resource type=\[memory-mb\].*?allocation=<memory:(\d+)")
_CORES = re.compile(r"requestedVirtualCores=\d+, maxVirtualCores=(\d+)|resource type=\[vcores\].*?max.*?vCores:(\d+)")
_SPOT_IN_USE = (
    "spark.decommission.enabled",
    "spark.storage.decommission.enabled",
    "spark.storage.decommission.shuffleBlocks.enabled",
)
_TIMED_OUT = re.compile(r"time(?:d)? ?out", re.IGNORECASE)


def fit_largest_container(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The largest heap, or as many cores, as YARN grants, where the evidence says how much it grants."""
    if refused := _EXECUTOR.search(text):
        overhead, largest = int(refused[2]) * MIB, int(refused[3]) * MIB
        derived = overhead_bytes(properties or {}, "yarn", int(refused[1]) * MIB) == overhead
        beside = sum(int(size) * MIB for size in _BESIDE.findall(refused[0]))
        return _fitted("executor", properties, largest - beside, None if derived else overhead)
    if refused := _EXECUTOR_BEFORE.search(text):  # until Spark 2.2
        derived = overhead_bytes(properties or {}, "yarn", int(refused[1]) * MIB) == int(refused[2]) * MIB
        return _fitted("executor", properties, int(refused[3]) * MIB, None if derived else int(refused[2]) * MIB)
    if refused := _MASTER.search(text):
        if (properties or {}).get("spark.submit.deployMode") == "client":
            heap = (int(refused[3]) - int(refused[2])) * MIB // _STEP_BYTES * _STEP_BYTES
            return {"spark.yarn.am.memory": format_size_mib(heap)} if heap > 0 else {}
        return _fitted("driver", properties, int(refused[3]) * MIB)
    if refused := _MEMORY.search(text):
        return _fitted("executor", properties, int(refused[1] or refused[2]) * MIB)
    cores = _CORES.search(text)
    return {"spark.executor.cores": cores[1] or cores[2]} if cores else {}


def _fitted(
    side: Literal["driver", "executor"],
    properties: Mapping[str, str] | None,
    largest_bytes: int,
    overhead: int | None = None,
) -> dict[str, str]:
    """The largest heap whose container, with the overhead that Spark derives or the one given, is granted."""
    heap_bytes = largest_bytes // _STEP_BYTES * _STEP_BYTES
    while heap_bytes > 0:
        own = overhead_bytes(properties or {}, "yarn", heap_bytes, side=side) if overhead is None else overhead
        if heap_bytes + own <= largest_bytes:
            return {f"spark.{side}.memory": format_size_mib(heap_bytes)}
        heap_bytes -= _STEP_BYTES
    return {}


def fewer_executors(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Half of the executors, where the application says how many it wants: fewer tasks then ask at once."""
    dynamic = is_on(properties, "spark.dynamicAllocation.enabled")
    name = "spark.dynamicAllocation.maxExecutors" if dynamic else "spark.executor.instances"
    wanted = count(properties, name, 0)
    return {name: str(wanted // 2)} if wanted >= 2 else {}


def limits_of_quota(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The limits of CPU that a namespace demands of every pod; or half of the executors, where it has no more room."""
    if re.search(r"must specify [^:]*\blimits\.cpu|must specify cpu\b", text):
        return {
            f"spark.kubernetes.{side}.limit.cores": str(count(properties, f"spark.{side}.cores", 1) or 1)
            for side in ("driver", "executor")
        }
    return fewer_executors(properties) if "exceeded quota" in text else {}


def move_blocks_in_time(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Let executors move their blocks before their machine goes (3.1); where they do, bear with those that had moved.

    YARN tells executors nothing when it takes their containers.
    """
    if all(is_on(properties, name) for name in _SPOT_IN_USE[:2]):
        name = "spark.stage.ignoreDecommissionFetchFailure"
        return {} if is_on(properties, name) else {name: "true"}
    if master(properties, text) in ("yarn", "local"):
        return {}
    return {name: "true" for name in _SPOT_IN_USE if not is_on(properties, name)}


def before_it_goes(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Let executors move their blocks (3.1), where the loss of their machine was announced; a crash tells nobody."""
    is_announced = re.search(r"shut(ting)? ?down|drain|[Tt]aint|NoExecute|Deactivating|scal(e|ing) down", text)
    if not is_announced or master(properties, text) in ("yarn", "local"):
        return {}
    return {name: "true, where the platform tells executors in time (3.1)" for name in _SPOT_IN_USE}


def wait_for_manager(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """A minute for requests of the driver to Kubernetes (milliseconds; 3.0), where they timed out after ten seconds."""
    if master(properties, text) != "kubernetes" or not _TIMED_OUT.search(text) or "UnknownHost" in text:
        return {}
    names = (f"spark.kubernetes.driver.{kind}Timeout" for kind in ("request", "connection"))
    return {name: "60000" for name in names if count(properties, name, 10_000) < 60_000}


def one_task_a_card(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """A whole graphics card for a task, where executors ask for cards and their tasks share them."""
    name = "spark.task.resource.gpu.amount"
    has_cards = "spark.executor.resource.gpu.amount" in (properties or {})
    return {name: "1"} if has_cards and (properties or {}).get(name) != "1" else {}
