"""The events of SQL executions, jobs, stages and tasks, as Spark 4 writes them."""

from collections.abc import Mapping

from evaluation.lab.simulator.spark_events import Event, executor_metrics

_SQL = "org.apache.spark.sql.execution.ui."
_STORAGE_LEVEL = {
    "Use Disk": False,
    "Use Memory": False,
    "Use Off Heap": False,
    "Deserialized": False,
    "Replication": 1,
}
_NO_PUSH = {
    "Corrupt Merged Block Chunks": 0,
    "Merged Fetch Fallback Count": 0,
    "Merged Remote Blocks Fetched": 0,
    "Merged Local Blocks Fetched": 0,
    "Merged Remote Chunks Fetched": 0,
    "Merged Local Chunks Fetched": 0,
    "Merged Remote Bytes Read": 0,
    "Merged Local Bytes Read": 0,
    "Merged Remote Requests Duration": 0,
}
_ACCUMULATED = {
    "executor_run_time_ms": "executorRunTime",
    "executor_cpu_time_ns": "executorCpuTime",
    "jvm_gc_time_ms": "jvmGCTime",
    "input_bytes": "input.bytesRead",
    "input_record_count": "input.recordsRead",
    "output_bytes": "output.bytesWritten",
    "shuffle_read_bytes": "shuffle.read.remoteBytesRead",
    "shuffle_write_bytes": "shuffle.write.bytesWritten",
    "memory_spilled_bytes": "memoryBytesSpilled",
    "disk_spilled_bytes": "diskBytesSpilled",
}


def sql_start(number: int, description: str, time_ms: int) -> Event:
    """A SQL execution started; its plan names what is simulated, no operator of a query there never was."""
    return {
        "Event": f"{_SQL}SparkListenerSQLExecutionStart",
        "executionId": number,
        "rootExecutionId": number,
        "description": description,
        "details": "",
        "physicalPlanDescription": "== Physical Plan ==\nSimulated",
        "sparkPlanInfo": {
            "nodeName": "Simulated",
            "simpleString": "Simulated",
            "children": [],
            "metadata": {},
            "metrics": [],
        },
        "time": time_ms,
        "modifiedConfigs": {},
        "jobTags": [],
    }


def sql_end(number: int, time_ms: int, error: str) -> Event:
    """A SQL execution ended; the error is empty where it succeeded."""
    return {
        "Event": f"{_SQL}SparkListenerSQLExecutionEnd",
        "executionId": number,
        "time": time_ms,
        "errorMessage": error,
    }


def stage_info(number: int, name: str, task_count: int, parents: list[int]) -> Event:
    """What a stage is."""
    return {
        "Stage ID": number,
        "Stage Attempt ID": 0,
        "Stage Name": name,
        "Number of Tasks": task_count,
        "RDD Info": [
            {
                "RDD ID": number,
                "Name": "MapPartitionsRDD",
                "Callsite": name,
                "Parent IDs": parents,
                "Storage Level": _STORAGE_LEVEL,
                "Barrier": False,
                "DeterministicLevel": "DETERMINATE",
                "Number of Partitions": task_count,
                "Number of Cached Partitions": 0,
                "Memory Size": 0,
                "Disk Size": 0,
            }
        ],
        "Parent IDs": parents,
        "Details": "",
        "Accumulables": [],
        "Resource Profile Id": 0,
        "Shuffle Push Enabled": False,
        "Shuffle Push Mergers Count": 0,
    }


def job_start(number: int, time_ms: int, stages: list[Event], properties: Mapping[str, str]) -> Event:
    """A job was submitted."""
    return {
        "Event": "SparkListenerJobStart",
        "Job ID": number,
        "Submission Time": time_ms,
        "Stage Infos": stages,
        "Stage IDs": [stage["Stage ID"] for stage in stages],
        "Properties": properties,
    }


def job_end(number: int, time_ms: int, error: str) -> Event:
    """A job ended; the error is empty where it succeeded."""
    failed = {"Result": "JobFailed", "Exception": {"Message": error, "Stack Trace": []}}
    return {
        "Event": "SparkListenerJobEnd",
        "Job ID": number,
        "Completion Time": time_ms,
        "Job Result": failed if error else {"Result": "JobSucceeded"},
    }


def stage_submitted(info: Event, time_ms: int, properties: Mapping[str, str]) -> Event:
    """A stage began."""
    return {
        "Event": "SparkListenerStageSubmitted",
        "Stage Info": info | {"Submission Time": time_ms},
        "Properties": properties,
    }


def stage_completed(info: Event, began_ms: int, ended_ms: int, error: str, totals: Mapping[str, int]) -> Event:
    """A stage ended with what its tasks added up to; the error is empty where it succeeded."""
    failure = {"Failure Reason": error} if error else {}
    found = [
        {
            "ID": at,
            "Name": f"internal.metrics.{name}",
            "Value": totals[column],
            "Internal": True,
            "Count Failed Values": True,
        }
        for at, (column, name) in enumerate(_ACCUMULATED.items())
    ]
    times = {"Submission Time": began_ms, "Completion Time": ended_ms}
    return {"Event": "SparkListenerStageCompleted", "Stage Info": info | times | failure | {"Accumulables": found}}


NO_METRICS = executor_metrics({})
"""What the end of a task shows of its executor where nothing was polled meanwhile."""


def task_info(task: int, index: int, attempt: int, launched_ms: int, executor: str, host: str) -> Event:
    """Which task runs where."""
    return {
        "Task ID": task,
        "Index": index,
        "Attempt": attempt,
        "Partition ID": index,
        "Launch Time": launched_ms,
        "Executor ID": executor,
        "Host": host,
        "Locality": "NODE_LOCAL",
        "Speculative": False,
        "Getting Result Time": 0,
        "Finish Time": 0,
        "Failed": False,
        "Killed": False,
        "Accumulables": [],
    }


def task_start(stage: int, info: Event) -> Event:
    """A task was launched."""
    return {"Event": "SparkListenerTaskStart", "Stage ID": stage, "Stage Attempt ID": 0, "Task Info": info}


def task_end(stage: int, info: Event, finished_ms: int, reason: Event, metrics: Event) -> Event:
    """A task ended."""
    failed = reason["Reason"] != "Success"
    return {
        "Event": "SparkListenerTaskEnd",
        "Stage ID": stage,
        "Stage Attempt ID": 0,
        "Task Type": "ShuffleMapTask",
        "Task End Reason": reason,
        "Task Info": info | {"Finish Time": finished_ms, "Failed": failed},
        "Task Executor Metrics": NO_METRICS,
        "Task Metrics": metrics,
    }


SUCCESS: Event = {"Reason": "Success"}


def exception_failure(exception_class: str, message: str) -> Event:
    """A task threw an exception."""
    return {
        "Reason": "ExceptionFailure",
        "Class Name": exception_class,
        "Description": message,
        "Stack Trace": [],
        "Full Stack Trace": f"{exception_class}: {message}\n",
        "Accumulator Updates": [],
    }


def task_metrics(amounts: Mapping[str, int], result_bytes: int, peak_execution_bytes: int) -> Event:
    """What a task did, by the names of our columns; shuffles are read from elsewhere."""
    return {
        "Executor Deserialize Time": 0,
        "Executor Deserialize CPU Time": 0,
        "Executor Run Time": amounts["executor_run_time_ms"],
        "Executor CPU Time": amounts["executor_cpu_time_ns"],
        "Peak Execution Memory": peak_execution_bytes,
        "Peak On Heap Execution Memory": peak_execution_bytes,
        "Peak Off Heap Execution Memory": 0,
        "Result Size": result_bytes,
        "JVM GC Time": amounts["jvm_gc_time_ms"],
        "Result Serialization Time": 0,
        "Memory Bytes Spilled": amounts["memory_spilled_bytes"],
        "Disk Bytes Spilled": amounts["disk_spilled_bytes"],
        "Shuffle Read Metrics": {
            "Remote Blocks Fetched": 0,
            "Local Blocks Fetched": 0,
            "Fetch Wait Time": 0,
            "Remote Bytes Read": amounts["shuffle_read_bytes"],
            "Remote Bytes Read To Disk": 0,
            "Local Bytes Read": 0,
            "Total Records Read": 0,
            "Remote Requests Duration": 0,
            "Push Based Shuffle": _NO_PUSH,
        },
        "Shuffle Write Metrics": {
            "Shuffle Bytes Written": amounts["shuffle_write_bytes"],
            "Shuffle Write Time": 0,
            "Shuffle Records Written": 0,
        },
        "Input Metrics": {"Bytes Read": amounts["input_bytes"], "Records Read": amounts["input_record_count"]},
        "Output Metrics": {"Bytes Written": amounts["output_bytes"], "Records Written": 0},
        "Updated Blocks": [],
    }
