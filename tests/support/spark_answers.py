"""What Spark's own History Server answers for an application, compared with the rows we make of its event log.

Every column of ``stages``, ``executors`` and ``sql_executions`` is compared, or named in ``NOT_SHOWN`` with the reason.
What differs on purpose:

* ``peak_execution_memory_bytes``: its stages show the sum over tasks. Need is what the largest task took, so ours is
  compared with its tasks. Of Spark before 3.0 it knows none, ours is read from an accumulator.
* Tasks of an executor that was removed: it forgets the executor and counts tasks that end later, those that died with
  it, nowhere. Ours counts them.
* A stage that the log ends twice: an aborted job ends its failed stages once more, with its own reason. It takes that
  one where a task of the stage still runs, ours is the first.
* The driver, where it runs the tasks itself: it shows the address of the block manager and the garbage collection of
  the JVM. Ours are the host and the collection during tasks, as for any executor.
* ``spark_version`` of Databricks: it does not read the event that stands there for ``SparkListenerLogStart``.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from data_contracts.row import Row, primary_key
from data_contracts.tables import Executor, SqlExecution, Stage
from sparkwright.history.harvest.rows import ApplicationRows
from sparkwright.history.sources.codecs import decoded
from sparkwright.history.sources.log_files import LogSource
from sparkwright.redaction import redact_text

Answer = dict[str, Any]
Key = tuple[Any, ...]

NOT_SHOWN: dict[type[Row], dict[str, str]] = {
    Stage: {
        "app_id": "asked for",
        "attempt_id": "asked for",
        "sql_execution_id": "compared from the other side: the stages of the jobs of an execution",
        "speculation_wasted_ms": "it shows no times of killed copies",
    },
    Executor: {
        "app_id": "asked for",
        "attempt_id": "asked for",
        "exclusion_count": "it shows only whether an executor is excluded in the end",
        "peak_process_rss_bytes": "ours is the peak of the sum; it shows the peaks of the parts, which bound ours",
    },
    SqlExecution: {
        "app_id": "asked for",
        "attempt_id": "asked for",
        "plan_fingerprint": "ours",
        "adaptive_update_count": "it shows the last plan only",
        "failure_reason": "ours is the first useful line of its error message",
    },
}
"""Columns that cannot be compared."""


@dataclass(slots=True)
class Answers:
    """Answers of the REST API for one attempt; None where there is none to compare.

    Attributes:
        whole: Whether these are all stages, jobs, ... of the application; recorded answers are of some.
    """

    app: Answer | None = None
    stages: list[Answer] | None = None
    executors: list[Answer] | None = None
    jobs: list[Answer] | None = None
    sql: list[Answer] | None = None
    whole: bool = True


def ask(url: str, attempt_id: str | None) -> Answers:
    """What a History Server answers for the application at ``url``, each stage with its tasks."""
    attempt = f"/{attempt_id}" if attempt_id else ""

    def get(path: str) -> Any:
        answer = httpx.get(url + path, timeout=120)
        if "/sql" in path and answer.status_code == httpx.codes.NOT_FOUND:
            return []  # the log holds no event of SQL
        return answer.raise_for_status().json()

    return Answers(
        app=get(""),
        stages=[
            get(f"{attempt}/stages/{stage['stageId']}/{stage['attemptId']}?details=true")
            for stage in get(f"{attempt}/stages")
            if _counts(stage)
        ],
        executors=get(f"{attempt}/allexecutors"),
        jobs=get(f"{attempt}/jobs"),
        sql=get(f"{attempt}/sql?details=false&planDescription=false&length=1000"),
    )


def disagreements(rows: ApplicationRows, said: Answers, log: list[Answer]) -> list[str]:
    """Everything in which the rows differ from what the server says; ``log`` are the application's events."""
    version = rows.application.spark_version if rows.application else ""
    late, twice = _ended_after_removal(log), _ended_twice(log)
    found = [f"rejected: {rejected.reason}" for rejected in rows.rejected]
    if said.app is not None:
        found += _application(rows, said.app)
    for kind, answers, compare in (
        (rows.stages, said.stages, lambda row, answer: _stage(row, answer, twice, version)),
        (rows.executors, said.executors, lambda row, answer: _executor(row, answer, said, late)),
        (rows.sql_executions, said.sql, _sql),
    ):
        if answers is not None:
            found += _all(kind, answers, compare, whole=said.whole)
    return found + list(_run(rows, said) if said.whole else ())


def events_of(source: LogSource) -> list[Answer]:
    """The events of a log, read without any of our own structs."""
    events: list[Answer] = []
    for file in source.files:
        with file.open() as stream:
            events += map(json.loads, b"".join(decoded(stream)).splitlines())
    return events


def _all(
    rows: list[Any], answers: list[Answer], compare: Callable[..., Iterator[str]], *, whole: bool
) -> Iterator[str]:
    """Every row with its answer, and what only one side has."""
    ours = {_key_of_row(row): row for row in rows}
    theirs = {_key_of_answer(answer): answer for answer in answers}
    for key, answer in theirs.items():
        if key in ours:
            yield from compare(ours[key], answer)
        elif _counts(answer):
            yield f"{key}: only the server has it"
    if whole:
        yield from (f"{key}: only we have it" for key in ours.keys() - theirs.keys())


def _counts(answer: Answer) -> bool:
    # Skipped stages never ran, and the driver of a cluster runs no tasks.
    return answer.get("status") not in {"SKIPPED", "PENDING"} and answer.get("id") != "driver"


def _key_of_answer(answer: Answer) -> Key:
    return (answer["stageId"], answer["attemptId"]) if "stageId" in answer else (answer["id"],)


def _key_of_row(row: Row) -> Key:
    return tuple(getattr(row, name) for name in primary_key(type(row))[2:])  # behind application and attempt


def _differences(what: str, row: Row, expected: Mapping[str, object]) -> Iterator[str]:
    missing = set(type(row).model_fields) - expected.keys() - NOT_SHOWN[type(row)].keys()
    assert not missing, f"columns of {row.table} that nobody compares: {sorted(missing)}"
    for name, value in expected.items():
        ours = getattr(row, name)
        if value is not ... and ours != value:
            yield f"{what} {name}: ours {ours!r}, the server {value!r}"


def _stage(row: Stage, answer: Answer, twice: dict[Key, Answer], spark_version: str) -> Iterator[str]:
    key = _key_of_row(row)
    tasks = list(answer["tasks"].values()) if answer.get("tasks") else None
    copies = answer.get("speculationSummary") or {}
    peaks = answer.get("peakExecutorMetrics") or {}
    expected: dict[str, object] = {
        "stage_id": answer["stageId"],
        "stage_attempt_id": answer["attemptId"],
        "stage_name": redact_text(answer["name"]),
        "status": {"COMPLETE": "complete", "FAILED": "failed", "ACTIVE": "unfinished"}[answer["status"]],
        "started_at": moment(answer.get("submissionTime")),
        "ended_at": moment(answer.get("completionTime")),
        "failure_reason": _text(answer.get("failureReason")),
        "task_count": answer["numCompleteTasks"] + answer["numFailedTasks"] + answer["numKilledTasks"],
        "failed_task_count": answer["numFailedTasks"],
        "killed_task_count": answer["numKilledTasks"],
        "speculative_task_count": copies.get("numTasks", 0) - copies.get("numActiveTasks", 0),
        "excluded_executor_count": ...,
        "executor_run_time_ms": answer["executorRunTime"],
        "executor_cpu_time_ns": answer["executorCpuTime"],
        "jvm_gc_time_ms": answer["jvmGcTime"],
        "shuffle_fetch_wait_ms": answer["shuffleFetchWaitTime"],
        "input_bytes": answer["inputBytes"],
        "input_record_count": answer["inputRecords"],
        "output_bytes": answer["outputBytes"],
        "shuffle_read_bytes": answer["shuffleReadBytes"],
        "shuffle_write_bytes": answer["shuffleWriteBytes"],
        "memory_spilled_bytes": answer["memoryBytesSpilled"],
        "disk_spilled_bytes": answer["diskBytesSpilled"],
        "result_bytes": answer["resultSize"],
        "peak_jvm_heap_bytes": peaks.get("JVMHeapMemory") or None,
        "peak_execution_memory_bytes": ...,
        "max_task_duration_ms": ...,
        "task_skew_ratio": ...,
        **dict.fromkeys(_OF_TASKS, ...),
    }
    if "executorSummary" in answer:
        by_executor = answer["executorSummary"].values()
        expected["excluded_executor_count"] = sum(one["isExcludedForStage"] for one in by_executor)
    if key in twice:
        first = twice[key]
        expected["ended_at"] = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=first["Completion Time"])
        expected["failure_reason"] = _text(first.get("Failure Reason"))
    if tasks is not None:
        ended = [task for task in tasks if task["status"] != "RUNNING"]
        durations = sorted(task["duration"] for task in ended)
        peak = max((task["taskMetrics"]["peakExecutionMemory"] for task in tasks if "taskMetrics" in task), default=0)
        if not spark_version.startswith(("1.", "2.")):
            expected["peak_execution_memory_bytes"] = peak
        expected["max_task_duration_ms"] = max(durations, default=0)
        if row.task_skew_ratio is not None and all(_ended_by(task, row.ended_at) for task in tasks):
            skew = max(1.0, durations[-1] / max(1, durations[(len(durations) - 1) // 2]))
            if not math.isclose(row.task_skew_ratio, skew, rel_tol=0.021):
                yield f"stage {key} task_skew_ratio: ours {row.task_skew_ratio}, from its tasks {skew}"
        expected |= _of_tasks(row, ended)
        if all(_ended_by(task, row.ended_at) for task in tasks):
            quantiles = (row.task_duration_p25_ms, row.task_duration_p50_ms, row.task_duration_p75_ms)
            for level, ours in zip((0.25, 0.5, 0.75), quantiles, strict=True):
                theirs = durations[int(level * (len(durations) - 1))] if durations else 0
                if abs((ours or 0) - theirs) > 1 + 0.021 * theirs:
                    yield f"stage {key} quantile {level}: ours {ours}, from its tasks {theirs}"
    yield from _differences(f"stage {key}", row, expected)


_OF_TASKS = (
    "task_time_ms",
    "failed_task_time_ms",
    "longest_task_ms",
    "longest_task_read_bytes",
    "longest_task_executor_id",
    "longest_task_elsewhere_ms",
    "largest_task_read_bytes",
    "largest_task_ms",
    "task_duration_p25_ms",
    "task_duration_p50_ms",
    "task_duration_p75_ms",
)
"""Columns of a stage that are made of single tasks, which its answers give where they were asked for."""


def _of_tasks(row: Stage, ended: list[Answer]) -> dict[str, object]:
    """What the tasks say; of several that are as long, or read as much, ours may be any."""
    if sum(task["status"] != "SUCCESS" for task in ended) != row.failed_task_count + row.killed_task_count:
        # It counts a failure whose result was lost, and still shows the task as one that ended well.
        return {"task_time_ms": sum(task["duration"] for task in ended)}
    well = [task for task in ended if task["status"] == "SUCCESS" and "taskMetrics" in task]
    longest = max((task["duration"] for task in well), default=0)
    most = max(map(_read_bytes, well), default=0)
    longest_of = [task for task in well if task["duration"] == longest] if longest else []
    ours = [
        task
        for task in longest_of
        if (_read_bytes(task), task["executorId"]) == (row.longest_task_read_bytes, row.longest_task_executor_id)
    ]
    outrun = [task for task in ended if "another attempt succeeded" in task.get("errorMessage", "")]
    elsewhere = [task["duration"] for task in well + outrun if task["executorId"] != row.longest_task_executor_id]
    of_largest = {task["duration"] for task in well if _read_bytes(task) == most}
    found: dict[str, object] = {
        "task_time_ms": sum(task["duration"] for task in ended),
        "failed_task_time_ms": sum(task["duration"] for task in ended if task["status"] != "SUCCESS"),
        "longest_task_ms": longest,
        "longest_task_elsewhere_ms": max(elsewhere, default=0) if longest else 0,
        "largest_task_read_bytes": most,
        "largest_task_ms": row.largest_task_ms if row.largest_task_ms in of_largest else of_largest,
    }
    if not most:
        found["largest_task_ms"] = 0
    if longest_of and not ours:
        found["longest_task_read_bytes"] = {_read_bytes(task) for task in longest_of}
    return found


def _read_bytes(task: Answer) -> int:
    metrics = task["taskMetrics"]
    read = metrics["shuffleReadMetrics"]
    return int(metrics["inputMetrics"]["bytesRead"] + read["remoteBytesRead"] + read["localBytesRead"])


def _ended_by(task: Answer, ended_at: datetime | None) -> bool:
    launched_at = moment(task["launchTime"])
    assert launched_at is not None
    return ended_at is not None and launched_at + timedelta(milliseconds=task["duration"]) <= ended_at


def _executor(row: Executor, answer: Answer, said: Answers, late: dict[str, list[Answer]]) -> Iterator[str]:
    ends = late.get(row.executor_id, [])
    killed = sum(end["Task End Reason"]["Reason"] in {"TaskKilled", "TaskCommitDenied"} for end in ends)
    failed = sum(end["Task End Reason"]["Reason"] != "Success" for end in ends) - killed
    ended = answer["totalTasks"] - answer["activeTasks"]
    peaks = answer.get("peakMemoryMetrics") or {}

    def peak(name: str) -> int | None:
        return peaks[name] if peaks.get("JVMHeapMemory") else None

    tasks = (
        [
            task["taskMetrics"]
            for stage in said.stages or []
            for task in (stage.get("tasks") or {}).values()
            if task["executorId"] == row.executor_id and "taskMetrics" in task
        ]
        if said.whole
        else None
    )
    gc_time_ms: object = answer["totalGCTime"] + sum(
        (end.get("Task Metrics") or {}).get("JVM GC Time", 0) for end in ends
    )
    if row.executor_id == "driver":
        gc_time_ms = ... if tasks is None else sum(task["jvmGcTime"] for task in tasks)
    rss = [peak(f"ProcessTree{part}RSSMemory") or 0 for part in ("JVM", "Python", "Other")]
    yield from _differences(
        f"executor {row.executor_id}",
        row,
        {
            "executor_id": answer["id"],
            "host": answer["hostPort"].partition(":")[0] if row.executor_id != "driver" else ...,
            "executor_cores_count": answer["totalCores"] or None,
            "resource_profile_id": answer.get("resourceProfileId", 0),
            "started_at": moment(answer["addTime"]) if row.started_at else None,
            "ended_at": moment(answer.get("removeTime")),
            "removed_reason": _text(answer.get("removeReason")),
            "excluded": answer["isExcluded"],
            "task_count": ended + len(ends),
            "failed_task_count": answer["failedTasks"] + failed,
            "killed_task_count": ended - answer["completedTasks"] - answer["failedTasks"] + killed,
            "executor_run_time_ms": ... if tasks is None else sum(task["executorRunTime"] for task in tasks),
            "jvm_gc_time_ms": gc_time_ms,
            "peak_jvm_heap_bytes": peak("JVMHeapMemory"),
            "peak_jvm_offheap_bytes": peak("JVMOffHeapMemory"),
            "peak_unified_memory_bytes": peak("OnHeapUnifiedMemory"),
            "peak_storage_memory_bytes": peak("OnHeapStorageMemory"),
            "peak_direct_memory_bytes": peak("DirectPoolMemory"),
            "major_gc_count": peak("MajorGCCount"),
            "peak_python_rss_bytes": peak("ProcessTreePythonRSSMemory") if any(rss) else None,
        },
    )
    if not max(rss) <= (row.peak_process_rss_bytes or 0) <= sum(rss):
        yield f"executor {row.executor_id} peak_process_rss_bytes: ours {row.peak_process_rss_bytes}, its parts {rss}"


def _sql(row: SqlExecution, answer: Answer) -> Iterator[str]:
    running, failed = answer["runningJobIds"], answer["failedJobIds"]
    started_at = moment(answer["submissionTime"])
    yield from _differences(
        f"SQL execution {row.sql_execution_id}",
        row,
        {
            "sql_execution_id": answer["id"],
            "root_execution_id": answer["rootExecutionId"],
            "description": redact_text(answer["description"])[:1000],
            "status": {"COMPLETED": "complete", "FAILED": "failed", "RUNNING": "unfinished"}[answer["status"]],
            "started_at": started_at,
            "ended_at": ...,
            "duration_ms": answer["duration"] if answer["status"] != "RUNNING" else None,
            "job_count": len(answer["successJobIds"]) + len(running) + len(failed),
            "failed_job_count": len(failed),
        },
    )
    if (
        row.ended_at
        and row.started_at
        and (row.ended_at - row.started_at) != timedelta(milliseconds=row.duration_ms or 0)
    ):
        yield f"SQL execution {row.sql_execution_id}: {row.started_at} to {row.ended_at} is not {row.duration_ms} ms"
    if bool(row.failure_reason) != bool(answer.get("errorMessage")):
        yield f"SQL execution {row.sql_execution_id} failure_reason: {row.failure_reason!r}"


def _application(rows: ApplicationRows, answer: Answer) -> Iterator[str]:
    app = rows.application
    assert app is not None
    (attempt,) = [one for one in answer["attempts"] if one.get("attemptId", "1") == app.attempt_id]
    expected = {
        "app_id": answer["id"],
        "app_name": redact_text(answer["name"]),
        "user_name": redact_text(attempt["sparkUser"]),
        "spark_version": attempt["appSparkVersion"] or app.spark_version,
        "started_at": moment(attempt["startTime"]),
    }
    if attempt["completed"]:
        expected["ended_at"] = moment(attempt["endTime"])
        if rows.run is not None and rows.run.duration_ms != attempt["duration"]:
            yield f"run duration_ms: ours {rows.run.duration_ms}, the server {attempt['duration']}"
    for name, value in expected.items():
        if getattr(app, name) != value:
            yield f"application {name}: ours {getattr(app, name)!r}, the server {value!r}"


def _run(rows: ApplicationRows, said: Answers) -> Iterator[str]:
    """Totals of the run against what the server says of its parts."""
    run = rows.run
    if run is None:
        return
    expected: dict[str, object] = {}
    if said.jobs is not None:
        expected |= {
            "job_count": len(said.jobs),
            "failed_job_count": sum(job["status"] == "FAILED" for job in said.jobs),
        }
    if said.jobs is not None and said.sql:
        executions = {job: one["id"] for one in said.sql for job in one["successJobIds"] + one["failedJobIds"]}
        by_stage: dict[int, set[int]] = {}
        for job in said.jobs:
            for stage in job["stageIds"]:
                by_stage.setdefault(stage, set()).add(executions.get(job["jobId"], -1))
        for row in rows.stages:
            if (-1 if row.sql_execution_id is None else row.sql_execution_id) not in by_stage[row.stage_id]:
                yield f"stage {row.stage_id} sql_execution_id: ours {row.sql_execution_id}, {by_stage[row.stage_id]}"
    if said.sql is not None:
        expected["sql_execution_count"] = len(said.sql)
    if said.stages is not None:
        ran = said.stages
        sums = {
            "task_count": ("numCompleteTasks", "numFailedTasks", "numKilledTasks"),
            "failed_task_count": ("numFailedTasks",),
            "killed_task_count": ("numKilledTasks",),
            "executor_run_time_ms": ("executorRunTime",),
            "executor_cpu_time_ns": ("executorCpuTime",),
            "jvm_gc_time_ms": ("jvmGcTime",),
            "shuffle_fetch_wait_ms": ("shuffleFetchWaitTime",),
            "input_bytes": ("inputBytes",),
            "input_record_count": ("inputRecords",),
            "output_bytes": ("outputBytes",),
            "shuffle_read_bytes": ("shuffleReadBytes",),
            "shuffle_write_bytes": ("shuffleWriteBytes",),
            "memory_spilled_bytes": ("memoryBytesSpilled",),
            "disk_spilled_bytes": ("diskBytesSpilled",),
        }
        expected |= {name: sum(one[part] for one in ran for part in parts) for name, parts in sums.items()}
        expected["stage_count"] = len(ran)
        expected["failed_stage_count"] = sum(one["status"] == "FAILED" for one in ran)
    if said.executors is not None:
        workers = [one for one in said.executors if run.platform == "local" or one["id"] != "driver"]
        peaks = [one["peakMemoryMetrics"]["JVMHeapMemory"] for one in workers if "peakMemoryMetrics" in one]
        expected["peak_jvm_heap_bytes"] = max(peaks, default=0) or None
        expected["added_executor_count"] = len(workers)
    for name, value in expected.items():
        if getattr(run, name) != value:
            yield f"run {name}: ours {getattr(run, name)!r}, the server {value!r}"


def _ended_after_removal(log: list[Answer]) -> dict[str, list[Answer]]:
    """The ends of tasks that stand in the log behind the removal of their executor."""
    gone: dict[str, list[Answer]] = {}
    for event in log:
        if event["Event"] == "SparkListenerExecutorRemoved":
            gone[event["Executor ID"]] = []
        elif event["Event"] == "SparkListenerTaskEnd" and event["Task Info"]["Executor ID"] in gone:
            gone[event["Task Info"]["Executor ID"]].append(event)
    return gone


def _ended_twice(log: list[Answer]) -> dict[Key, Answer]:
    """The first end of each stage attempt that the log ends more than once."""
    ends: dict[Key, list[Answer]] = {}
    for event in log:
        if event["Event"] == "SparkListenerStageCompleted":
            info = event["Stage Info"]
            ends.setdefault((info["Stage ID"], info.get("Stage Attempt ID", 0)), []).append(info)
    return {key: found[0] for key, found in ends.items() if len(found) > 1}


def moment(text: str | None) -> datetime | None:
    """A moment as the server writes it."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fGMT").replace(tzinfo=UTC) if text else None


def _text(text: str | None) -> str | None:
    return redact_text(text[:8000])[:4000] if text else None
