"""The state of one application, folded from its events in memory that does not grow with its tasks."""

from dataclasses import dataclass, field

from sparkwright.history.application.identity import Identity
from sparkwright.history.application.sql import SqlExecutionState
from sparkwright.history.application.totals import ExecutorState, StageState
from sparkwright.history.application.verdict import MemorySigns
from sparkwright.history.events import events as e
from sparkwright.history.events import executor_events as x
from sparkwright.history.events.sql_events import SqlAdaptiveUpdate, SqlEnd, SqlStart
from sparkwright.history.events.task_events import TaskEnd

_KILLED = {"TaskKilled", "TaskCommitDenied"}  # counted as the History Server does: killed is not failed
# The task had succeeded; its output was lost with its executor, and a new task with its own id produces it again.
_RESUBMITTED = "Resubmitted"
_OUTRUN = "another attempt succeeded"  # in the kill reason of the copy that speculation made redundant
# Removal reasons of an executor that was released deliberately, which is no failure: dynamic allocation and
# `killExecutors` (CoarseGrainedSchedulerBackend: "Executor killed by driver."), decommissioning, the end of the
# application. One that went with its node ("Container released on a *lost* node", preemption) is a loss.
_LET_GO = (
    "killed by driver",
    "explicit termination request",
    "was idle",
    "idle executor",
    "driver disassociated",
    "executor decommission",
    "worker decommission",
)


@dataclass(slots=True)
class ApplicationState(Identity):
    """One application as far as its events were read, with a method per event.

    Checkpoints of logs in progress hold all of it, so every field has a type that msgspec can decode.
    """

    event_count: int = 0
    shared_by: str | None = None
    stages: dict[tuple[int, int], StageState] = field(default_factory=dict)
    executors: dict[str, ExecutorState] = field(default_factory=dict)
    resource_profiles: dict[int, x.ResourceProfile] = field(default_factory=dict)
    max_executors: int = 0
    sql_executions: dict[int, SqlExecutionState] = field(default_factory=dict)
    job_count: int = 0
    failed_job_count: int = 0
    open_jobs: dict[int, int | None] = field(default_factory=dict)
    last_task_id: int = -1
    last_failed: bool | None = None
    lost_events: bool = False
    signs: MemorySigns = field(default_factory=MemorySigns)
    _alive: set[str] = field(default_factory=set)

    @property
    def first_ms(self) -> int:
        """The earliest start of an executor, stage or SQL execution; -1 if none is known."""
        times_ms = [
            *(executor.added_ms for executor in self.executors.values()),
            *(stage.submitted_ms for stage in self.stages.values()),
            *(execution.started_ms for execution in self.sql_executions.values()),
        ]
        return min((time_ms for time_ms in times_ms if time_ms and time_ms > 0), default=-1)

    def resource_profile(self, event: x.ResourceProfile) -> None:
        """A resource profile says what its executors are given."""
        self.resource_profiles[event.profile_id] = event

    def executor_added(self, event: x.ExecutorAdded) -> None:
        """An executor came."""
        executor = self.executor(event.executor_id)
        if event.info:
            executor.host, executor.cores = event.info.host or "", event.info.cores
            executor.container_id = event.info.container_id
            executor.resource_profile_id = event.info.profile_id
        executor.added_ms = event.time_ms
        self._alive.add(event.executor_id)
        self.max_executors = max(self.max_executors, len(self._alive))
        self._saw(event.time_ms)

    def executor_removed(self, event: x.ExecutorRemoved) -> None:
        """An executor went."""
        executor = self.executor(event.executor_id)
        executor.removed_ms, executor.removed_reason = event.time_ms, event.reason
        self._alive.discard(event.executor_id)
        reason = event.reason or ""
        self.signs.observe(reason, from_executor=True)
        if reason and not any(words in reason.lower() for words in _LET_GO):
            executor.lost = True
            self.facts.add("executor_removed", f"SparkListenerExecutorRemoved executor {event.executor_id}", reason)
        self._saw(event.time_ms)

    def executor_excluded(self, event: x.ExecutorExcluded) -> None:
        """An executor failed too often."""
        self.executor(event.executor_id).exclude()

    def executor_unexcluded(self, event: x.ExecutorUnexcluded) -> None:
        """An executor gets another chance."""
        self.executor(event.executor_id).excluded = False

    def node_excluded(self, event: x.NodeExcluded) -> None:
        """A node failed too often, which excludes the executors that it has then."""
        for executor in self._on_node(event.host):
            executor.exclude()

    def node_unexcluded(self, event: x.NodeUnexcluded) -> None:
        """A node gets another chance."""
        for executor in self._on_node(event.host):
            executor.excluded = False

    def executor_excluded_for_stage(self, event: x.ExecutorExcludedForStage) -> None:
        """An executor failed too often in one stage."""
        self._exclude_for_stage(self.executor(event.executor_id), event.stage_id, event.attempt_id)

    def node_excluded_for_stage(self, event: x.NodeExcludedForStage) -> None:
        """A node failed too often in one stage."""
        for executor in self._on_node(event.host):
            self._exclude_for_stage(executor, event.stage_id, event.attempt_id)

    def stage_submitted(self, event: e.StageSubmitted) -> None:
        """A stage attempt began."""
        info = event.info
        stage = self.stage(info.stage_id, info.attempt_id)
        stage.name, stage.submitted_ms = info.name or "", info.submitted_ms
        stage.expected_task_count = info.task_count
        stage.sql_execution_id = _sql_execution_id(event.properties)

    def stage_completed(self, event: e.StageCompleted) -> None:
        """A stage attempt ended, well or with a reason."""
        info = event.info
        stage = self.stages.get((info.stage_id, info.attempt_id))
        if stage is None:
            self.lost_events = True
            stage = self.stage(info.stage_id, info.attempt_id)
        if stage.completed_ms is not None:
            return  # an aborted job ends its failed stages a second time, with its own reason
        stage.name, stage.failure = info.name or stage.name, info.failure
        stage.submitted_ms = info.submitted_ms if info.submitted_ms is not None else stage.submitted_ms
        stage.completed_ms = info.completed_ms
        stage.expected_task_count = info.task_count
        stage.close()
        if info.failure:
            source = f"SparkListenerStageCompleted stage {info.stage_id}.{info.attempt_id}"
            self.facts.add("stage_failure", source, info.failure)
            self.signs.observe(info.failure, from_executor=False)
        self._saw(info.completed_ms or -1)

    def stage_executor_metrics(self, event: x.StageExecutorMetrics) -> None:
        """Peaks of one executor during one stage."""
        if event.metrics:
            self.executor(event.executor_id).peaks(event.metrics)
            stage = self.stages.get((event.stage_id, event.attempt_id))
            if stage is not None:
                stage.peak_jvm_heap_bytes = max(stage.peak_jvm_heap_bytes, event.metrics.heap_bytes)

    def executor_metrics_update(self, event: x.ExecutorMetricsUpdate) -> None:
        """Peaks of the driver between two heartbeats."""
        for update in event.updates:
            if update.metrics:
                self.executor(event.executor_id).peaks(update.metrics)

    def job_start(self, event: e.JobStart) -> None:
        """A job was submitted."""
        self.job_count += 1
        self.open_jobs[event.job_id] = execution_id = _sql_execution_id(event.properties)
        if execution_id is not None:
            self._sql_execution(execution_id).job_count += 1

    def job_end(self, event: e.JobEnd) -> None:
        """A job ended; the last one to end decides how the application did."""
        if event.job_id not in self.open_jobs:
            self.lost_events = True
        execution_id = self.open_jobs.pop(event.job_id, None)
        self.last_failed = event.result.result != "JobSucceeded"
        self.failed_job_count += self.last_failed
        if self.last_failed and execution_id is not None:
            self._sql_execution(execution_id).failed_job_count += 1
        thrown = event.result.exception
        if self.last_failed and thrown and thrown.message:
            self.facts.add("job_failure", f"SparkListenerJobEnd job {event.job_id}", thrown.message)
            self.signs.observe(thrown.message, from_executor=False)
        self._saw(event.time_ms)

    def sql_start(self, event: SqlStart) -> None:
        """A SQL execution started."""
        self._sql_execution(event.execution_id).start(event)
        self._saw(event.time_ms)

    def sql_adaptive_update(self, event: SqlAdaptiveUpdate) -> None:
        """Adaptive execution changed a plan."""
        self._sql_execution(event.execution_id).adaptive_update_count += 1

    def sql_end(self, event: SqlEnd) -> None:
        """A SQL execution ended; a nested one does not speak for the application."""
        execution = self._sql_execution(event.execution_id)
        self.lost_events |= execution.started_ms is None
        execution.end(event, self.secrets.text)
        if event.error:
            self.facts.add("sql_failure", f"SparkListenerSQLExecutionEnd execution {event.execution_id}", event.error)
            self.signs.observe(event.error, from_executor=False)
        # Logs before Spark 3.4 hold no error: there only the jobs decide.
        if event.error is not None and execution.root_id == execution.execution_id:
            self.last_failed = bool(event.error)
        self._saw(event.time_ms)

    def task_end(self, event: TaskEnd) -> None:
        """A task ended. This is the hot path, so it touches nothing that is not needed."""
        if event.reason.kind == _RESUBMITTED:
            return
        stage = self.stages.get((event.stage_id, event.stage_attempt_id)) or self._unannounced(event)
        info = event.info
        executor = self.executors.get(info.executor_id) or self.executor(info.executor_id)
        stage.task_count += 1
        executor.task_count += 1
        succeeded = event.reason.kind == "Success"
        if not succeeded:
            self._task_failed(event, stage, executor)
        if info.speculative:
            stage.speculative_task_count += 1
        if info.task_id > self.last_task_id:
            self.last_task_id = info.task_id
        duration = info.finished_ms - info.launched_ms
        if duration > 0:
            stage.task_time_ms += duration
        if duration > stage.max_task_duration_ms:
            stage.max_task_duration_ms = duration
        if stage.durations is not None:
            stage.durations.add(duration)
        if info.finished_ms > self.last_ms:
            self.last_ms = info.finished_ms
        peaks = event.peaks
        if peaks is not None and peaks.heap_bytes > 0:
            executor.peaks(peaks)
            if peaks.heap_bytes > stage.peak_jvm_heap_bytes:
                stage.peak_jvm_heap_bytes = peaks.heap_bytes
        metrics = event.metrics
        if metrics is None:
            return
        stage.executor_run_time_ms += metrics.run_time_ms
        executor.executor_run_time_ms += metrics.run_time_ms
        stage.executor_cpu_time_ns += metrics.cpu_time_ns
        stage.jvm_gc_time_ms += metrics.gc_time_ms
        executor.jvm_gc_time_ms += metrics.gc_time_ms
        stage.result_bytes += metrics.result_bytes
        stage.memory_spilled_bytes += metrics.memory_spilled_bytes
        stage.disk_spilled_bytes += metrics.disk_spilled_bytes
        if metrics.peak_execution_bytes > stage.peak_execution_memory_bytes:
            stage.peak_execution_memory_bytes = metrics.peak_execution_bytes
        read_bytes = 0
        if metrics.input is not None:
            read_bytes = metrics.input.bytes
            stage.input_bytes += read_bytes
            stage.input_record_count += metrics.input.records
        if metrics.output is not None:
            stage.output_bytes += metrics.output.bytes
        if metrics.shuffle_read is not None:
            shuffled_bytes = metrics.shuffle_read.remote_bytes + metrics.shuffle_read.local_bytes
            read_bytes += shuffled_bytes
            stage.shuffle_read_bytes += shuffled_bytes
            stage.shuffle_fetch_wait_ms += metrics.shuffle_read.fetch_wait_ms
        if metrics.shuffle_write is not None:
            stage.shuffle_write_bytes += metrics.shuffle_write.bytes
        if not succeeded:
            return
        if read_bytes > stage.largest_task_read_bytes:
            stage.largest_task_read_bytes, stage.largest_task_ms = read_bytes, duration
        if duration > stage.longest_task_ms:
            # The longest so far ran elsewhere, unless it also ran on this executor.
            if info.executor_id != stage.longest_task_executor_id:
                stage.longest_success_elsewhere_ms = stage.longest_task_ms
                stage.longest_task_executor_id = info.executor_id
            stage.longest_task_ms, stage.longest_task_read_bytes = duration, read_bytes
        elif duration > stage.longest_success_elsewhere_ms and info.executor_id != stage.longest_task_executor_id:
            stage.longest_success_elsewhere_ms = duration

    def stage(self, stage_id: int, attempt_id: int) -> StageState:
        """The state of a stage attempt, created if it was not seen before."""
        key = (stage_id, attempt_id)
        stage = self.stages.get(key)
        if stage is None:
            stage = self.stages[key] = StageState(stage_id, attempt_id)
        return stage

    def executor(self, executor_id: str) -> ExecutorState:
        """The state of an executor, created if it was not seen before."""
        if executor_id not in self.executors:
            self.executors[executor_id] = ExecutorState(executor_id)
        return self.executors[executor_id]

    def _sql_execution(self, execution_id: int) -> SqlExecutionState:
        if execution_id not in self.sql_executions:
            self.sql_executions[execution_id] = SqlExecutionState(execution_id, execution_id)
        return self.sql_executions[execution_id]

    def _on_node(self, host: str) -> list[ExecutorState]:
        return [self.executors[executor_id] for executor_id in self._alive if self.executors[executor_id].host == host]

    def _exclude_for_stage(self, executor: ExecutorState, stage_id: int, attempt_id: int) -> None:
        stage = self.stages.get((stage_id, attempt_id))
        if stage is not None and executor.executor_id not in stage.excluded_executors:
            stage.excluded_executors |= {executor.executor_id}
            executor.exclusion_count += 1

    def _unannounced(self, event: TaskEnd) -> StageState:
        self.lost_events = True
        return self.stage(event.stage_id, event.stage_attempt_id)

    def _task_failed(self, event: TaskEnd, stage: StageState, executor: ExecutorState) -> None:
        reason, executor_id = event.reason, event.info.executor_id
        elapsed_ms = max(0, event.info.finished_ms - event.info.launched_ms)
        stage.failed_task_time_ms += elapsed_ms
        if reason.kind in _KILLED:
            stage.killed_task_count += 1
            executor.killed_task_count += 1
            if _OUTRUN in (reason.kill_reason or ""):
                stage.speculation_wasted_ms += elapsed_ms
                stage.outrun_ms[executor_id] = max(elapsed_ms, stage.outrun_ms.get(executor_id, 0))
            return
        stage.failed_task_count += 1
        executor.failed_task_count += 1
        text = reason.words
        source = (
            f"SparkListenerTaskEnd stage {event.stage_id}.{event.stage_attempt_id} task {event.info.task_id} "
            f"executor {executor_id}"
        )
        self.facts.add("task_failure", source, text, reason.exception_class or reason.kind)
        self.signs.observe(text, from_executor=True)  # of every failure: facts that look alike are only counted


def _sql_execution_id(properties: e.JobProperties | None) -> int | None:
    found = properties.sql_execution_id if properties else None
    return int(found) if found and found.isdecimal() and len(found) < 19 else None
