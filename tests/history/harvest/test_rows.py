import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sparkwright.history.context.log_context import ContextConfig, LogContext
from sparkwright.history.harvest.read import harvest_source
from sparkwright.history.harvest.rows import ApplicationRows
from sparkwright.history.sources.log_files import LogFile, LogSource

Event = dict[str, object]
SQL = "org.apache.spark.sql.execution.ui.SparkListenerSQL"
SCHEDULER = "org.apache.spark.scheduler.SparkListener"
GIB = 1024**3


@pytest.fixture
def rows(tmp_path: Path) -> Callable[[list[Event]], ApplicationRows]:
    """The rows of an application with these events."""

    def of(log: list[Event]) -> ApplicationRows:
        path = tmp_path / "app-1"
        path.write_text("\n".join(json.dumps(event, separators=(",", ":")) for event in log))
        found = harvest_source(
            LogSource(str(path), (LogFile(path),), 1, 1), LogContext(ContextConfig()), datetime.now(UTC)
        )
        assert found.quarantined == (), found.quarantined[0].reason
        return found.rows

    return of


def executor_added(executor_id: str, host: str, profile: int = 0) -> Event:
    info = {"Host": host, "Total Cores": 2, "Resource Profile Id": profile}
    return {
        "Event": "SparkListenerExecutorAdded",
        "Timestamp": 1_110,
        "Executor ID": executor_id,
        "Executor Info": info,
    }


def before_tasks(log: list[Event], *events: Event) -> list[Event]:
    return [*log[:4], *events, *log[4:]]


def before_end(log: list[Event], *events: Event) -> list[Event]:
    return [*log[:-3], *events, *log[-3:]]


def task_end(task_id: int, executor_id: str = "0", reason: Event | None = None, **fields: object) -> Event:
    info = {"Task ID": task_id, "Executor ID": executor_id, "Launch Time": 1_200, "Finish Time": 1_280}
    return {
        "Event": "SparkListenerTaskEnd",
        "Stage ID": 0,
        "Stage Attempt ID": 0,
        "Task End Reason": reason or {"Reason": "Success"},
        "Task Info": info | fields,
    }


def test_the_slower_copy_of_a_task_is_killed_and_its_time_wasted(
    rows: Callable[..., ApplicationRows], log_events: Callable[..., list[Event]]
) -> None:
    outrun = {"Reason": "TaskKilled", "Kill Reason": "another attempt succeeded"}
    stopped = {"Reason": "TaskKilled", "Kill Reason": "Stage cancelled"}
    found = rows(
        before_end(
            log_events(),
            task_end(3, reason=outrun, Speculative=True),
            task_end(4, reason=outrun),
            task_end(5, reason=stopped),
        )
    )
    (stage,) = found.stages
    counts = (stage.task_count, stage.killed_task_count, stage.failed_task_count, stage.speculative_task_count)
    assert counts == (6, 3, 0, 1)
    assert stage.speculation_wasted_ms == 160
    assert found.run is not None
    assert (found.run.speculative_task_count, found.run.speculation_wasted_ms) == (1, 160)
    assert found.executors[0].killed_task_count == 3
    assert found.run.log_state == "complete"


@pytest.mark.parametrize("outrun_first", [False, True])
def test_a_copy_that_was_outrun_took_at_least_as_long_as_it_ran(
    rows: Callable[..., ApplicationRows], log_events: Callable[..., list[Event]], outrun_first: bool
) -> None:
    # As in a log of Spark's own tests: a task waited for a minute, and so did its copy on another machine.
    reason = {"Reason": "TaskKilled", "Kill Reason": "another attempt succeeded"}
    of_stage = {"Task Metrics": {"Executor Run Time": 60}}
    longest: Event = task_end(3, "10", **{"Finish Time": 61_200}) | of_stage
    outrun = task_end(4, "7", reason=reason, Speculative=True, **{"Launch Time": 11_200, "Finish Time": 61_220})
    both = [outrun, longest] if outrun_first else [longest, outrun]
    added = [executor_added("10", "b"), executor_added("7", "c")]
    (stage,) = rows(before_end(before_tasks(log_events(), *added), *both)).stages
    assert (stage.longest_task_executor_id, stage.longest_task_ms) == ("10", 60_000)
    assert stage.longest_task_elsewhere_ms == 50_020


def test_a_task_whose_output_went_with_its_executor_is_no_failure_and_counts_once(
    rows: Callable[..., ApplicationRows], log_events: Callable[..., list[Event]]
) -> None:
    found = rows(before_end(log_events(), task_end(1, reason={"Reason": "Resubmitted"})))
    (stage,) = found.stages
    assert (stage.task_count, stage.failed_task_count, stage.executor_run_time_ms) == (3, 0, 270)


@pytest.mark.parametrize(
    ("reason", "is_lost"),
    [
        ("Executor killed by driver.", False),
        ("Executor 1 was idle for 60 seconds", False),
        ("Container container_1_0001_01_000002 exited from explicit termination request.", False),
        ("Executor decommission: spark scale down", False),
        ("Executor heartbeat timed out after 128931 ms", True),
        ("Command exited with code 137", True),
        ("Container released on a *lost* node", True),
        ("worker lost: Not receiving heartbeat for 60 seconds", True),
    ],
)
def test_an_executor_that_was_released_is_not_lost(
    rows: Callable[..., ApplicationRows], log_events: Callable[..., list[Event]], reason: str, is_lost: bool
) -> None:
    found = rows(before_end(log_events(), removed("0", reason)))
    assert found.run is not None
    assert found.run.lost_executor_count == int(is_lost)
    assert [fact.kind for fact in found.evidence if fact.kind != "metric"] == (["executor_removed"] if is_lost else [])


@pytest.mark.parametrize("word", ["Excluded", "Blacklisted"])
def test_excluded_executors_are_counted_by_stage_executor_and_run(
    rows: Callable[..., ApplicationRows], log_events: Callable[..., list[Event]], word: str
) -> None:
    log = before_tasks(log_events(), executor_added("1", "h"), executor_added("2", "other"), executor_added("3", "h"))
    found = rows(
        before_end(
            log,
            {"Event": f"{SCHEDULER}Executor{word}ForStage", "executorId": "2", "stageId": 0, "stageAttemptId": 0},
            {"Event": f"{SCHEDULER}Node{word}ForStage", "hostId": "other", "stageId": 0, "stageAttemptId": 0},
            {"Event": f"{SCHEDULER}Executor{word}", "executorId": "0"},
            {"Event": f"{SCHEDULER}Node{word}", "hostId": "h"},
            {"Event": f"{SCHEDULER}ExecutorUn{word.lower()}", "executorId": "1"},
        )
    )
    by_executor = {row.executor_id: (row.excluded, row.exclusion_count) for row in found.executors}
    assert by_executor == {"0": (True, 1), "1": (False, 1), "2": (False, 1), "3": (True, 1)}
    assert [stage.excluded_executor_count for stage in found.stages] == [1]
    assert found.run is not None
    assert found.run.excluded_executor_count == 4


def removed(executor_id: str, reason: str) -> Event:
    return {
        "Event": "SparkListenerExecutorRemoved",
        "Timestamp": 1_350,
        "Executor ID": executor_id,
        "Removed Reason": reason,
    }


def test_an_executor_that_died_is_lost_and_one_that_was_let_go_is_not(
    rows: Callable[..., ApplicationRows], log_events: Callable[..., list[Event]]
) -> None:
    log = before_tasks(log_events(), executor_added("1", "h"))
    found = rows(
        before_end(log, removed("0", "Command exited with code 52"), removed("1", "Executor was idle for 60 s"))
    )
    assert found.run is not None
    assert (found.run.added_executor_count, found.run.lost_executor_count) == (2, 1)
    assert {row.executor_id: row.removed_reason for row in found.executors} == {
        "0": "Command exited with code 52",
        "1": "Executor was idle for 60 s",
    }


PROFILE: Event = {
    "Event": "SparkListenerResourceProfileAdded",
    "Resource Profile Id": 1,
    "Executor Resource Requests": {
        "cores": {"Amount": 4},
        "memory": {"Amount": 6144},
        "memoryOverhead": {"Amount": 1024},
        "offHeap": {"Amount": 0},
    },
    "Task Resource Requests": {"cpus": {"Amount": 2.0}},
}


def test_what_a_run_was_given_is_the_profile_whose_executors_worked_most(
    rows: Callable[..., ApplicationRows], log_events: Callable[..., list[Event]]
) -> None:
    log = before_tasks(
        log_events(properties={"spark.executor.memory": "1g"}), PROFILE, executor_added("1", "h", profile=1)
    )
    unused = rows(log).run
    assert unused is not None
    assert (unused.executor_memory_bytes, unused.task_cpus_count) == (GIB, 1)
    busy = task_end(3, "1", **{"Finish Time": 1_600}) | {"Task Metrics": {"Executor Run Time": 350}}
    found = rows(before_end(log, busy, task_end(4, "1")))
    assert found.run is not None
    assert (found.run.executor_memory_bytes, found.run.executor_memory_overhead_bytes) == (6 * GIB, GIB)
    assert (found.run.executor_offheap_bytes, found.run.task_cpus_count) == (0, 2)
    assert found.application is not None
    assert json.loads(found.application.resource_profiles_json) == {
        "0": {},
        "1": {
            "spark.executor.memory": "6144m",
            "spark.executor.memoryOverhead": "1024m",
            "spark.executor.cores": "4",
            "spark.task.cpus": "2",
        },
    }


def test_peaks_are_those_of_the_executors_whose_memory_the_run_states(
    rows: Callable[..., ApplicationRows], log_events: Callable[..., list[Event]]
) -> None:
    log = before_tasks(
        log_events(properties={"spark.executor.memory": "1g"}), PROFILE, executor_added("1", "h", profile=1)
    )
    small = task_end(3, "0", **{"Finish Time": 1_600}) | {"Task Metrics": {"Executor Run Time": 350}}
    found = rows(
        before_end(log, small | peaks(JVMHeapMemory=GIB // 2), task_end(4, "1") | peaks(JVMHeapMemory=5 * GIB))
    )
    assert found.rejected == []
    assert found.run is not None
    assert (found.run.executor_memory_bytes, found.run.peak_jvm_heap_bytes) == (GIB, GIB // 2)


def peaks(**fields: int) -> dict[str, Event]:
    return {"Task Executor Metrics": {"JVMHeapMemory": 0, "ProcessTreeJVMRSSMemory": 0, **fields}}


def test_a_record_of_peaks_is_missing_where_its_heap_is_zero_and_other_zeros_are_real(
    rows: Callable[..., ApplicationRows], log_events: Callable[..., list[Event]]
) -> None:
    blind = task_end(3) | peaks(JVMOffHeapMemory=50, ProcessTreeJVMRSSMemory=900, OnHeapUnifiedMemory=5)
    (executor,) = rows(before_end(log_events(), blind)).executors
    assert (executor.peak_jvm_heap_bytes, executor.peak_jvm_offheap_bytes) == (None, None)
    assert (executor.peak_process_rss_bytes, executor.peak_unified_memory_bytes, executor.major_gc_count) == (None,) * 3
    seen = task_end(4) | peaks(JVMHeapMemory=700, DirectPoolMemory=3)
    (executor,) = rows(before_end(log_events(), blind, seen)).executors
    assert (executor.peak_jvm_heap_bytes, executor.peak_jvm_offheap_bytes) == (700, 0)
    assert (executor.peak_direct_memory_bytes, executor.peak_unified_memory_bytes, executor.major_gc_count) == (3, 0, 0)
    assert (executor.peak_process_rss_bytes, executor.peak_python_rss_bytes) == (None, None)


def test_the_resident_size_of_an_executor_is_that_of_its_whole_process_tree_at_one_moment(
    rows: Callable[..., ApplicationRows], log_events: Callable[..., list[Event]]
) -> None:
    tree = ("ProcessTreeJVMRSSMemory", "ProcessTreePythonRSSMemory", "ProcessTreeOtherRSSMemory")
    first = task_end(3) | peaks(JVMHeapMemory=1, **dict(zip(tree, (500, 20, 3), strict=True)))
    second = task_end(4) | peaks(JVMHeapMemory=1, **dict(zip(tree, (100, 300, 4), strict=True)))
    (executor,) = rows(before_end(log_events(), first, second)).executors
    assert (executor.peak_process_rss_bytes, executor.peak_python_rss_bytes) == (523, 300)


def test_peaks_of_a_stage_come_from_its_own_record_and_from_its_tasks(
    rows: Callable[..., ApplicationRows], log_events: Callable[..., list[Event]]
) -> None:
    record = {
        "Event": "SparkListenerStageExecutorMetrics",
        "Executor ID": "0",
        "Stage ID": 0,
        "Stage Attempt ID": 0,
        "Executor Metrics": {"JVMHeapMemory": 900, "MajorGCCount": 2},
    }
    found = rows(before_end(log_events(), task_end(3) | peaks(JVMHeapMemory=700, MajorGCCount=1), record))
    assert found.stages[0].peak_jvm_heap_bytes == 900
    assert found.run is not None
    assert (found.run.peak_jvm_heap_bytes, found.run.major_gc_count) == (900, 2)


def sql_start(execution_id: int, **fields: object) -> Event:
    return {
        "Event": f"{SQL}ExecutionStart",
        "executionId": execution_id,
        "description": "count",
        "time": 1_150,
    } | fields


def sql_end(execution_id: int, **fields: object) -> Event:
    return {"Event": f"{SQL}ExecutionEnd", "executionId": execution_id, "time": 1_450} | fields


def of_execution(log: list[Event], execution_id: int) -> list[Event]:
    """The log, its job and stage submitted by a SQL execution."""
    named = ("SparkListenerJobStart", "SparkListenerStageSubmitted")
    properties = {"Properties": {"spark.sql.execution.id": str(execution_id), "spark.other": "x"}}
    return [event | properties if event["Event"] in named else event for event in log]


def test_a_sql_execution_knows_its_jobs_even_if_they_began_before_it_was_announced(
    rows: Callable[..., ApplicationRows], log_events: Callable[..., list[Event]]
) -> None:
    update = {"Event": f"{SQL}AdaptiveExecutionUpdate", "executionId": 7, "physicalPlanDescription": "..."}
    plan = {"nodeName": "Scan", "simpleString": "Scan k#1", "children": [], "metrics": []}
    events = (sql_start(7, sparkPlanInfo=plan), update, update, sql_end(7, errorMessage=""))
    found = rows(before_end(of_execution(log_events(), 7), *events))
    (execution,) = found.sql_executions
    assert (execution.sql_execution_id, execution.root_execution_id, execution.status) == (7, 7, "complete")
    assert (execution.job_count, execution.failed_job_count, execution.adaptive_update_count) == (1, 0, 2)
    assert (execution.duration_ms, execution.description, execution.failure_reason) == (300, "count", None)
    assert execution.plan_fingerprint is not None
    assert [stage.sql_execution_id for stage in found.stages] == [7]
    assert found.run is not None
    assert (found.run.sql_execution_count, found.run.job_count, found.run.stage_count) == (1, 1, 1)


def test_a_failed_sql_execution_says_why_in_one_line_without_secrets(
    rows: Callable[..., ApplicationRows], log_events: Callable[..., list[Event]]
) -> None:
    message = "[PATH_NOT_FOUND] no s3a://key:hunter2@lake/in\n\tat org.apache.spark.Some.frame(Some.scala:1)\nmore"
    start = sql_start(0, description="load jdbc:x://h?password=hunter2")
    found = rows(before_end(log_events(), start, sql_end(0, errorMessage=message)))
    (execution,) = found.sql_executions
    assert execution.status == "failed"
    assert (execution.failure_reason or "").startswith("[PATH_NOT_FOUND] no s3a://")
    assert "\n" not in (execution.failure_reason or "")
    assert "hunter2" not in f"{execution}"


def test_before_spark_3_4_the_jobs_say_how_a_sql_execution_ended(
    rows: Callable[..., ApplicationRows], log_events: Callable[..., list[Event]]
) -> None:
    failure = {"Reason": "ExceptionFailure", "Class Name": "java.lang.IllegalStateException", "Description": "no"}
    job_failed = of_execution(log_events(failure=failure), 0)
    found = rows([*job_failed[:4], sql_start(0), *job_failed[4:-1], sql_end(0), job_failed[-1]])
    assert [(row.status, row.failed_job_count) for row in found.sql_executions] == [("failed", 1)]
    assert found.run is not None
    assert (found.run.failed_job_count, found.run.failed_stage_count, found.run.status) == (1, 1, "failed")


def test_an_execution_that_is_cut_off_is_unfinished(
    rows: Callable[..., ApplicationRows], log_events: Callable[..., list[Event]]
) -> None:
    found = rows([*log_events(ended=False), sql_start(0, rootExecutionId=3)])
    (execution,) = found.sql_executions
    assert (execution.status, execution.ended_at, execution.duration_ms) == ("unfinished", None, None)
    assert execution.root_execution_id == 3


def test_an_aborted_job_does_not_end_a_stage_twice(
    rows: Callable[..., ApplicationRows], log_events: Callable[..., list[Event]]
) -> None:
    log = log_events()
    (first,) = [event for event in log if event["Event"] == "SparkListenerStageCompleted"]
    info = first["Stage Info"]
    assert isinstance(info, dict)
    again = {**first, "Stage Info": info | {"Completion Time": 1_480, "Failure Reason": "Job aborted"}}
    (stage,) = rows([*log[:-1], again, log[-1]]).stages
    assert (stage.status, stage.ended_at) == ("complete", datetime.fromtimestamp(1.4, UTC))


@pytest.mark.parametrize(
    ("properties", "verdict"),
    [
        ({"spark.master": "yarn", "spark.executor.memory": "8g"}, "enough"),
        ({"spark.master": "yarn"}, "enough"),
        ({"spark.master": "yarn", "spark.executor.memory": "${env:MEM}"}, "unknown"),
        ({"spark.master": "local[2]", "spark.driver.memory": "${env:MEM}"}, "unknown"),
        ({"spark.master": "local[2]", "spark.executor.memory": "${env:MEM}"}, "enough"),
    ],
)
def test_a_heap_whose_size_the_log_does_not_say_proves_nothing(rows, log_events, properties, verdict) -> None:
    """Spark fills in variables when it reads them; the log holds them as written, and 1g was taken for proven."""
    assert rows(log_events(properties=properties)).run.memory_verdict == verdict


@pytest.mark.parametrize(("master", "platform"), [("", "yarn"), ("spark://host:7077", "standalone")])
def test_an_id_of_yarn_tells_the_platform_where_no_master_does(rows, log_events, master, platform) -> None:
    """The report counts memory beside the heap on YARN and Kubernetes only."""
    log = log_events(app_id="application_1628109047826_1317105", properties={"spark.master": master})
    found = rows(log)
    assert (found.run.platform, found.application.platform) == (platform, platform)
