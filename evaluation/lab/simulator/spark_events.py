"""The events of an application and its executors, as ``org.apache.spark.util.JsonProtocol`` of Spark 4 writes them."""

from collections.abc import Mapping

Event = dict[str, object]


def log_start(version: str) -> Event:
    """The first event."""
    return {"Event": "SparkListenerLogStart", "Spark Version": version}


def resource_profile(cores: int, heap_mib: int) -> Event:
    """The profile that the properties make."""

    def request(name: str, amount: int) -> Event:
        return {"Resource Name": name, "Amount": amount, "Discovery Script": "", "Vendor": ""}

    amounts = {"cores": cores, "memory": heap_mib, "offHeap": 0}
    return {
        "Event": "SparkListenerResourceProfileAdded",
        "Resource Profile Id": 0,
        "Executor Resource Requests": {name: request(name, amount) for name, amount in amounts.items()},
        "Task Resource Requests": {"cpus": {"Resource Name": "cpus", "Amount": 1.0}},
    }


def block_manager(executor: str, host: str, time_ms: int, storage_bytes: int) -> Event:
    """A block manager came."""
    return {
        "Event": "SparkListenerBlockManagerAdded",
        "Block Manager ID": _block_manager_id(executor, host),
        "Maximum Memory": storage_bytes,
        "Timestamp": time_ms,
        "Maximum Onheap Memory": storage_bytes,
        "Maximum Offheap Memory": 0,
    }


def block_manager_removed(executor: str, host: str, time_ms: int) -> Event:
    """A block manager went."""
    return {
        "Event": "SparkListenerBlockManagerRemoved",
        "Block Manager ID": _block_manager_id(executor, host),
        "Timestamp": time_ms,
    }


def _block_manager_id(executor: str, host: str) -> Event:
    return {"Executor ID": executor, "Host": host, "Port": 7337}


def environment(properties: Mapping[str, str]) -> Event:
    """Effective properties."""
    return {
        "Event": "SparkListenerEnvironmentUpdate",
        "JVM Information": {"Java Home": "/usr/lib/jvm/java-17", "Java Version": "17", "Scala Version": "version 2.13"},
        "Spark Properties": properties,
        "Hadoop Properties": {},
        "System Properties": {"java.version": "17", "os.name": "Linux"},
        "Metrics Properties": {},
        "Classpath Entries": {},
    }


def application_start(name: str, app_id: str, time_ms: int, user: str) -> Event:
    """Who submitted what."""
    return {
        "Event": "SparkListenerApplicationStart",
        "App Name": name,
        "App ID": app_id,
        "Timestamp": time_ms,
        "User": user,
    }


def application_end(time_ms: int) -> Event:
    """The context was stopped; the exit code is 0 for failures, too."""
    return {"Event": "SparkListenerApplicationEnd", "Timestamp": time_ms, "ExitCode": 0}


def executor_added(executor: str, host: str, cores: int, time_ms: int) -> Event:
    """An executor registered."""
    return {
        "Event": "SparkListenerExecutorAdded",
        "Timestamp": time_ms,
        "Executor ID": executor,
        "Executor Info": {
            "Host": host,
            "Total Cores": cores,
            "Log Urls": {},
            "Attributes": {},
            "Resources": {},
            "Resource Profile Id": 0,
            "Registration Time": time_ms,
        },
    }


def executor_removed(executor: str, time_ms: int, reason: str) -> Event:
    """An executor went away."""
    return {
        "Event": "SparkListenerExecutorRemoved",
        "Timestamp": time_ms,
        "Executor ID": executor,
        "Removed Reason": reason,
    }


def stage_executor_metrics(executor: str, stage: int, peaks: Mapping[str, int]) -> Event:
    """Peaks of one executor during one stage, by the names of our columns."""
    return {
        "Event": "SparkListenerStageExecutorMetrics",
        "Executor ID": executor,
        "Stage ID": stage,
        "Stage Attempt ID": 0,
        "Executor Metrics": executor_metrics(peaks),
    }


def executor_metrics(peaks: Mapping[str, int]) -> Event:
    """All metrics of an executor; those that are not simulated are 0."""
    return {
        "JVMHeapMemory": peaks.get("peak_jvm_heap_bytes", 0),
        "JVMOffHeapMemory": peaks.get("peak_jvm_offheap_bytes", 0),
        "OnHeapExecutionMemory": 0,
        "OffHeapExecutionMemory": 0,
        "OnHeapStorageMemory": peaks.get("peak_storage_memory_bytes", 0),
        "OffHeapStorageMemory": 0,
        "OnHeapUnifiedMemory": peaks.get("peak_unified_memory_bytes", 0),
        "OffHeapUnifiedMemory": 0,
        "DirectPoolMemory": peaks.get("peak_direct_memory_bytes", 0),
        "MappedPoolMemory": 0,
        "ProcessTreeJVMVMemory": 0,
        "ProcessTreeJVMRSSMemory": peaks.get("jvm_rss_bytes", 0),
        "ProcessTreePythonVMemory": 0,
        "ProcessTreePythonRSSMemory": peaks.get("peak_python_rss_bytes", 0),
        "ProcessTreeOtherVMemory": 0,
        "ProcessTreeOtherRSSMemory": 0,
        "MinorGCCount": 0,
        "MinorGCTime": 0,
        "MajorGCCount": peaks.get("major_gc_count", 0),
        "MajorGCTime": 0,
        "TotalGCTime": 0,
        "ConcurrentGCCount": 0,
        "ConcurrentGCTime": 0,
    }
