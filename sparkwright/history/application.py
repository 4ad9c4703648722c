"""What the events of one application add up to, in memory that grows with stages and executors, not with tasks."""

from dataclasses import dataclass, field

from sparkwright.diagnosis.evidence import FactCollector
from sparkwright.history import events as e
from sparkwright.history.quantile import MedianSketch
from sparkwright.history.verdict import MemorySigns

_KILLED = {"TaskKilled", "TaskCommitDenied"}  # as the History Server counts: killed is not failed
# An executor that the application or the cluster manager let go of is no failure.
_LET_GO = ("explicit termination request", "was idle", "idle executor", "driver disassociated", "Executor decommission")


@dataclass(slots=True)
class StageState:
    """Totals of one attempt of one stage; the names are those of the ``stages`` columns."""

    stage_id: int
    stage_attempt_id: int
    name: str = ""
    submitted_ms: int | None = None
    completed_ms: int | None = None
    failure: str | None = None
    expected_task_count: int = 0
    task_count: int = 0
    failed_task_count: int = 0
    killed_task_count: int = 0
    executor_run_time_ms: int = 0
    executor_cpu_time_ns: int = 0
    jvm_gc_time_ms: int = 0
    input_bytes: int = 0
    output_bytes: int = 0
    shuffle_read_bytes: int = 0
    shuffle_write_bytes: int = 0
    memory_spilled_bytes: int = 0
    disk_spilled_bytes: int = 0
    result_bytes: int = 0
    peak_execution_memory_bytes: int = 0
    peak_jvm_heap_bytes: int = 0
    max_task_duration_ms: int = 0
    skew_ratio: float | None = None
    durations: MedianSketch | None = field(default_factory=MedianSketch)

    def close(self) -> None:
        """Keep the skew and let go of the durations; tasks that end later (speculative ones) change nothing in it."""
        median = self.durations.median() if self.durations else None
        if median:
            self.skew_ratio = max(1.0, self.max_task_duration_ms / median)
        self.durations = None


@dataclass(slots=True)
class ExecutorState:
    """Totals and peaks of one executor; the names are those of the ``executors`` columns."""

    executor_id: str
    host: str = ""
    container_id: str = ""
    cores: int | None = None
    added_ms: int | None = None
    removed_ms: int | None = None
    removed_reason: str | None = None
    lost: bool = False
    task_count: int = 0
    failed_task_count: int = 0
    executor_run_time_ms: int = 0
    jvm_gc_time_ms: int = 0
    heap_bytes: int = 0
    offheap_bytes: int = 0
    rss_bytes: int = 0
    python_rss_bytes: int = 0

    def peaks(self, metrics: e.ExecutorMetrics) -> None:
        """Raise the peaks; a record without heap is missing, not zero."""
        if metrics.heap_bytes <= 0:
            return
        self.heap_bytes = max(self.heap_bytes, metrics.heap_bytes)
        self.offheap_bytes = max(self.offheap_bytes, metrics.offheap_bytes)
        rss = metrics.jvm_rss_bytes + metrics.python_rss_bytes + metrics.other_rss_bytes
        self.rss_bytes = max(self.rss_bytes, rss)
        self.python_rss_bytes = max(self.python_rss_bytes, metrics.python_rss_bytes)


class ApplicationState:
    """One application as far as its events were read: a method per event."""

    def __init__(self) -> None:
        self.event_count = 0
        self.last_ms = -1
        self.spark_version = ""
        self.start: e.ApplicationStart | None = None
        self.ended_ms: int | None = None
        self.logged_exit_code: int | None = None
        self.properties: dict[str, str] = {}
        self.command = ""
        self.shared_by: str | None = None
        self.stages: dict[tuple[int, int], StageState] = {}
        self.executors: dict[str, ExecutorState] = {}
        self.most_executors = 0
        self.job_count = 0
        self.open_jobs: set[int] = set()
        self.last_failed: bool | None = None
        self.lost_events = False
        self.facts = FactCollector()
        self.signs = MemorySigns()
        self._alive: set[str] = set()
        self._nested_sql: set[int] = set()

    def log_start(self, event: e.LogStart) -> None:
        """Spark's version."""
        self.spark_version = event.spark_version or self.spark_version

    def application_start(self, event: e.ApplicationStart) -> None:
        """Identity; a roll-over repeats it, the first one counts."""
        self.start = self.start or event
        self._saw(event.time_ms)

    def application_end(self, event: e.ApplicationEnd) -> None:
        """The orderly end."""
        self.ended_ms = event.time_ms
        self.logged_exit_code = event.exit_code
        self._saw(event.time_ms)

    def environment(self, event: e.EnvironmentUpdate) -> None:
        """Properties; a later update (a jar was added) replaces an earlier one."""
        self.properties = {name: value or "" for name, value in event.spark.items()}
        self.command = event.system.get("sun.java.command") or ""

    def executor_added(self, event: e.ExecutorAdded) -> None:
        """An executor came."""
        executor = self.executor(event.executor_id)
        if event.info:
            executor.host, executor.cores = event.info.host or "", event.info.cores
            executor.container_id = event.info.container_id
        executor.added_ms = event.time_ms
        self._alive.add(event.executor_id)
        self.most_executors = max(self.most_executors, len(self._alive))
        self._saw(event.time_ms)

    def executor_removed(self, event: e.ExecutorRemoved) -> None:
        """An executor went."""
        executor = self.executor(event.executor_id)
        executor.removed_ms, executor.removed_reason = event.time_ms, event.reason
        self._alive.discard(event.executor_id)
        reason = event.reason or ""
        self.signs.observe(reason, from_executor=True)
        if reason and not any(words in reason for words in _LET_GO):
            executor.lost = True
            self.facts.add("executor_removed", f"SparkListenerExecutorRemoved executor {event.executor_id}", reason)
        self._saw(event.time_ms)

    def stage_submitted(self, event: e.StageSubmitted) -> None:
        """A stage attempt began."""
        info = event.info
        stage = self.stage(info.stage_id, info.attempt_id)
        stage.name, stage.submitted_ms = info.name or "", info.submitted_ms
        stage.expected_task_count = info.task_count

    def stage_completed(self, event: e.StageCompleted) -> None:
        """A stage attempt ended, well or with a reason."""
        info = event.info
        if (info.stage_id, info.attempt_id) not in self.stages:
            self.lost_events = True
        stage = self.stage(info.stage_id, info.attempt_id)
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

    def stage_executor_metrics(self, event: e.StageExecutorMetrics) -> None:
        """Peaks of one executor during one stage."""
        if event.metrics:
            self.executor(event.executor_id).peaks(event.metrics)

    def job_start(self, event: e.JobStart) -> None:
        """A job was submitted."""
        self.job_count += 1
        self.open_jobs.add(event.job_id)

    def job_end(self, event: e.JobEnd) -> None:
        """A job ended; the last one to end says how the application stood."""
        if event.job_id not in self.open_jobs:
            self.lost_events = True
        self.open_jobs.discard(event.job_id)
        self.last_failed = event.result.result != "JobSucceeded"
        thrown = event.result.exception
        if self.last_failed and thrown and thrown.message:
            self.facts.add("job_failure", f"SparkListenerJobEnd job {event.job_id}", thrown.message)
            self.signs.observe(thrown.message, from_executor=False)
        self._saw(event.time_ms)

    def sql_start(self, event: e.SqlStart) -> None:
        """A SQL execution started; one inside another does not speak for the application."""
        if event.root_id is not None and event.root_id != event.execution_id:
            self._nested_sql.add(event.execution_id)

    def sql_end(self, event: e.SqlEnd) -> None:
        """A SQL execution ended."""
        nested = event.execution_id in self._nested_sql
        self._nested_sql.discard(event.execution_id)
        if event.error:
            self.facts.add("sql_failure", f"SparkListenerSQLExecutionEnd execution {event.execution_id}", event.error)
            self.signs.observe(event.error, from_executor=False)
        # Logs before Spark 3.4 hold no error: there only the jobs tell.
        if event.error is not None and not nested:
            self.last_failed = bool(event.error)
        self._saw(event.time_ms)

    def task_end(self, event: e.TaskEnd) -> None:
        """A task ended: the hot path, so what is not needed is not touched."""
        stage = self.stages.get((event.stage_id, event.stage_attempt_id)) or self._unannounced(event)
        info = event.info
        executor = self.executors.get(info.executor_id) or self.executor(info.executor_id)
        stage.task_count += 1
        executor.task_count += 1
        if event.reason.kind != "Success":
            self._task_failed(event, stage, executor)
        duration = info.finished_ms - info.launched_ms
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
        if metrics.input is not None:
            stage.input_bytes += metrics.input.bytes
        if metrics.output is not None:
            stage.output_bytes += metrics.output.bytes
        if metrics.shuffle_read is not None:
            stage.shuffle_read_bytes += metrics.shuffle_read.remote_bytes + metrics.shuffle_read.local_bytes
        if metrics.shuffle_write is not None:
            stage.shuffle_write_bytes += metrics.shuffle_write.bytes

    def stage(self, stage_id: int, attempt_id: int) -> StageState:
        """The state of a stage attempt, new where it was not seen."""
        key = (stage_id, attempt_id)
        if key not in self.stages:
            self.stages[key] = StageState(stage_id, attempt_id)
        return self.stages[key]

    def executor(self, executor_id: str) -> ExecutorState:
        """The state of an executor, new where it was not seen."""
        if executor_id not in self.executors:
            self.executors[executor_id] = ExecutorState(executor_id)
        return self.executors[executor_id]

    def _unannounced(self, event: e.TaskEnd) -> StageState:
        self.lost_events = True
        return self.stage(event.stage_id, event.stage_attempt_id)

    def _task_failed(self, event: e.TaskEnd, stage: StageState, executor: ExecutorState) -> None:
        reason = event.reason
        if reason.kind in _KILLED:
            stage.killed_task_count += 1
            return
        stage.failed_task_count += 1
        executor.failed_task_count += 1
        head = f"{reason.exception_class}: {reason.description}" if reason.exception_class else ""
        text = reason.trace or head or reason.loss_reason or reason.message or reason.kind
        source = (
            f"SparkListenerTaskEnd stage {event.stage_id}.{event.stage_attempt_id} task {event.info.task_id} "
            f"executor {event.info.executor_id}"
        )
        if self.facts.add("task_failure", source, text, reason.exception_class or reason.kind):
            self.signs.observe(text, from_executor=True)

    def _saw(self, time_ms: int) -> None:
        self.last_ms = max(self.last_ms, time_ms)
