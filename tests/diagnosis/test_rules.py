import pytest

from data_contracts.api.diagnosis import EvidenceItem
from sparkwright.diagnosis import rules
from sparkwright.diagnosis.cases import Case
from sparkwright.diagnosis.taxonomy import Strength


def _items(*facts: tuple[str, str]) -> list[EvidenceItem]:
    return [
        EvidenceItem(evidence_id=f"e{number}", kind=kind, source="test", message=message)
        for number, (kind, message) in enumerate(facts, start=1)
    ]


def test_the_rules_name_the_injected_cause_of_every_recorded_failure(recorded_cases: list[Case]) -> None:
    assert len(recorded_cases) >= 10
    wrong = {
        case.case_id: (case.root_cause, rules.diagnose(case.items).cause.name)
        for case in recorded_cases
        if rules.diagnose(case.items).cause.name != case.root_cause
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("cause", "facts"),
    [
        # SIGKILL and SIGTERM prove nothing, not even when Kubernetes guesses.
        ("executor_lost", [("executor_removed", "Command exited with code 137")]),
        ("executor_lost", [("executor_removed", "Command exited with code 143")]),
        (
            "executor_lost",
            [("executor_removed", "The executor exited with exit code 137(SIGKILL, possible container OOM).")],
        ),
        (
            "container_memory_kill",
            [("executor_removed", "exit code 137(SIGKILL, possible container OOM). termination reason: OOMKilled")],
        ),
        (
            "container_memory_kill",
            [
                ("executor_removed", "Command exited with code 143"),
                ("executor_removed", "Container [pid=7] is running 9B beyond the 'PHYSICAL' memory limit. Killing it."),
            ],
        ),
        # OnOutOfMemoryError=kill turns a heap OOM into 137: what the task said is the cause.
        (
            "executor_heap_oom",
            [
                ("executor_removed", "Command exited with code 137"),
                ("task_failure", "java.lang.OutOfMemoryError: Java heap space"),
            ],
        ),
        (
            "executor_heap_oom",
            [
                ("stage_failure", "org.apache.spark.shuffle.FetchFailedException: Failed to connect to a:1"),
                ("executor_removed", "Command exited with code 52"),
                ("task_failure", "TaskResultLost (result lost from block manager)"),
            ],
        ),
        ("executor_lost", [("executor_removed", "Command exited with code 520")]),
        (
            "disk_full",
            [
                (
                    "task_failure",
                    "org.apache.spark.memory.SparkOutOfMemoryError: [SPILL_OUT_OF_MEMORY] Error while calling spill() "
                    "on org.apache.spark.util.collection.unsafe.sort.UnsafeExternalSorter: No space left on device",
                )
            ],
        ),
        # Silence is a cause of its own only where nothing says what it came from.
        (
            "executor_heartbeat_timeout",
            [
                ("executor_removed", "Executor heartbeat timed out after 5487 ms"),
                ("executor_removed", "Command exited with code 143"),
            ],
        ),
        (
            "executor_heap_oom",
            [
                ("executor_removed", "Executor heartbeat timed out after 5487 ms"),
                ("task_failure", "java.lang.OutOfMemoryError: GC overhead limit exceeded"),
            ],
        ),
        (
            "resource_starvation",
            [
                ("driver_log", "TaskSchedulerImpl: Initial job has not accepted any resources; check your cluster UI"),
                ("job_failure", "Job 0 cancelled because SparkContext was shut down"),
            ],
        ),
        # While executors start slowly, or come again, a driver complains: what failed in the end is the cause.
        (
            "fetch_failure",
            [
                ("driver_log", "TaskSchedulerImpl: Initial job has not accepted any resources; check your cluster UI"),
                ("job_failure", "org.apache.spark.shuffle.FetchFailedException: Error in reading"),
            ],
        ),
        (
            "executor_lost",
            [
                ("driver_log", "TaskSchedulerImpl: Initial job has not accepted any resources; check your cluster UI"),
                ("job_failure", "Job aborted: ExecutorLostFailure (executor 1 exited caused by one of the tasks)"),
            ],
        ),
        # The driver's log tells of tasks, too.
        ("driver_heap_oom", [("driver_log", 'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space')]),
        (
            "executor_heap_oom",
            [("driver_log", "Lost task 0.0 in stage 1.0 (TID 1): java.lang.OutOfMemoryError: Java heap space")],
        ),
        # Classes live outside the heap: a larger one does not help.
        ("driver_metaspace_oom", [("driver_log", "java.lang.OutOfMemoryError: Metaspace")]),
        ("native_thread_limit", [("driver_log", "java.lang.OutOfMemoryError: unable to create native thread")]),
        (
            "broadcast_too_large",
            [
                ("sql_failure", "Not enough memory to build and broadcast the table to all worker nodes."),
                ("driver_log", "java.lang.OutOfMemoryError: Java heap space"),
            ],
        ),
        # What a retry repaired does not hide what ended the application.
        (
            "cast_error",
            [
                ("task_failure", "java.lang.OutOfMemoryError: Java heap space"),
                ("sql_failure", "[CAST_INVALID_INPUT] The value 'x' cannot be cast to \"INT\""),
            ],
        ),
        ("python_memory_exceeded", [("task_failure", "PythonException: Traceback\n  File x\nMemoryError")]),
        ("python_worker_exception", [("task_failure", "PythonException: Traceback\n  File x\nKeyError: 'a'")]),
        # A fetch that is refused is a lost shuffle file, not a missing service.
        ("fetch_failure", [("task_failure", "FetchFailed(...): java.net.ConnectException: Connection refused")]),
        ("connection_refused", [("driver_log", "java.net.ConnectException: Connection refused: db:5432")]),
        ("connection_refused", [("driver_log", "CommunicationsException: Communications link failure")]),
        (
            "connection_refused",
            [
                (
                    "driver_log",
                    "[FAILED_JDBC.CONNECTION] Failed JDBC jdbc: on the operation: Couldn't connect to the database",
                )
            ],
        ),
        ("connection_refused", [("driver_log", "ORA-17002: The Network Adapter could not establish the connection")]),
        ("connection_refused", [("driver_log", "The TCP/IP connection to the host db, port 1433 has failed.")]),
        ("permission_denied", [("task_failure", "java.io.FileNotFoundException: /data/x (Permission denied)")]),
        ("unknown", [("driver_log", "IllegalStateException: not ready")]),
        # Around the event log: an executor's own words, and what the cluster manager says of the driver.
        ("executor_heap_oom", [("executor_log", "java.lang.OutOfMemoryError: Java heap space")]),
        ("container_memory_kill", [("executor_removed", "pod x-exec-1: container terminated, reason OOMKilled")]),
        ("driver_container_memory_kill", [("final_status", "driver pod x: container terminated, reason OOMKilled")]),
        (
            "driver_container_memory_kill",
            [("final_status", "AM Container for a exited: is running beyond physical memory limits")],
        ),
        # What the driver exited with is no executor's word, whoever says it.
        ("unknown", [("metric", "The driver exited with code 1.")]),
        ("unknown", [("metric", "The driver exited with code 52.")]),
        ("unknown", [("metric", "The driver exited with code 137 (SIGKILL: a kill, which alone does not say why).")]),
        ("unknown", [("final_status", "User application exited with status 1")]),
        ("unknown", [("final_status", "AM Container for a exited with exitCode: 52")]),
        ("unknown", [("final_status", "driver pod x: container terminated, exit code: 52")]),
        ("unknown", [("driver_log", "CalledProcessError: Command 'ls' returned non-zero exit status 1.")]),
        ("executor_heap_oom", [("job_failure", "ExecutorLostFailure (executor 1 exited) Reason: exited with code 52")]),
        # Executors that were let go are no loss, a task that is resubmitted had succeeded.
        ("unknown", [("executor_removed", "Executor killed by driver.")]),
        ("unknown", [("executor_removed", "Executor decommission finished: worker shutting down")]),
        ("unknown", [("executor_removed", "executor 3 was idle, explicit termination request")]),
        # Memory that is no heap, files that are no input, a disk that Kubernetes calls a resource.
        (
            "native_memory_exhausted",
            [("task_failure", "java.lang.OutOfMemoryError\n\tat sun.misc.Unsafe.allocateMemory(Native Method)")],
        ),
        ("direct_memory_oom", [("task_failure", "java.lang.OutOfMemoryError: Direct buffer memory")]),
        (
            "direct_memory_oom",
            [("task_failure", "java.lang.OutOfMemoryError: Cannot reserve 9 bytes of direct buffer memory")],
        ),
        (
            "open_file_limit_reached",
            [("task_failure", "FileNotFoundException: /tmp/blockmgr-1/temp_shuffle_2 (Too many open files)")],
        ),
        (
            "python_interpreter_mismatch",
            [("task_failure", 'IOException: Cannot run program "python9": error=2, No such file or directory')],
        ),
        (
            "native_library_missing",
            [("task_failure", "UnsatisfiedLinkError: libz.so: cannot open shared object file: No such file")],
        ),
        (
            "python_interpreter_mismatch",
            [("task_failure", "PythonException: Exception: Python in worker has different version 3.9 than 3.11")],
        ),
        ("disk_full", [("executor_removed", "Pod ephemeral local storage usage exceeds the total limit of 1Gi.")]),
        ("disk_full", [("executor_removed", 'Usage of EmptyDir volume "spark-local-dir-1" exceeds the limit "2Gi".')]),
        ("executor_lost", [("executor_removed", "Container marked as failed: c on host: h. Exit status: 137.")]),
    ],
)
def test_careful_reading_of_logs(cause: str, facts: list[tuple[str, str]]) -> None:
    assert rules.diagnose(_items(*facts)).cause.name == cause


@pytest.mark.parametrize(
    ("cause", "facts"),
    [
        (
            "container_memory_kill",
            [
                ("job_failure", "Job aborted: org.apache.spark.SparkException: Python worker exited unexpectedly"),
                ("executor_removed", "Container killed by YARN for exceeding physical memory limits."),
            ],
        ),
        (
            "driver_heap_oom",
            [
                ("driver_log", "java.net.ConnectException: Connection refused: db:5432"),
                ("driver_log", "Exception in thread main java.lang.OutOfMemoryError: Java heap space"),
            ],
        ),
        (
            "node_preempted",
            [
                ("stage_failure", "FetchFailedException: Failed to connect to w3/10.0.0.3:7337"),
                ("executor_removed", "Container preempted by scheduler"),
            ],
        ),
        (
            "permission_denied",
            [
                ("driver_log", "java.io.IOException: Failed to rename a to b"),
                ("task_failure", "AccessControlException: Permission denied: user=etl, access=WRITE"),
            ],
        ),
        (
            "tls_handshake_failure",
            [
                (
                    "driver_log",
                    "KubernetesClientException: Operation: [get] for kind: [Pod] failed: timeout\n"
                    "Caused by: javax.net.ssl.SSLHandshakeException: PKIX path building failed",
                )
            ],
        ),
    ],
)
def test_of_two_causes_the_one_that_leads_to_the_other_came_first(cause: str, facts: list[tuple[str, str]]) -> None:
    assert rules.diagnose(_items(*facts)).cause.name == cause


def test_the_runner_up_is_the_next_cause_with_its_facts() -> None:
    found = rules.diagnose(
        _items(
            ("executor_removed", "Container killed by YARN for exceeding physical memory limits."),
            ("executor_removed", "Command exited with code 137"),
        )
    )
    assert found.runner_up is not None
    assert found.runner_up.cause.name == "executor_lost"
    assert [item.evidence_id for item in found.runner_up.evidence] == ["e2"]
    assert rules.diagnose(_items(("driver_log", "java.lang.StackOverflowError"))).runner_up is None


def test_with_a_local_master_tasks_run_in_the_drivers_heap() -> None:
    items = _items(("task_failure", "java.lang.OutOfMemoryError: Java heap space"))
    assert rules.diagnose(items, {"spark.master": "local[4]"}).cause.name == "driver_heap_oom"
    assert rules.diagnose(items, {"spark.master": "yarn"}).cause.name == "executor_heap_oom"
    assert rules.diagnose(items, {}).cause.name == "executor_heap_oom"


def test_the_facts_cited_carry_the_cause_and_the_order_of_facts_does_not_matter() -> None:
    items = _items(
        ("executor_removed", "Command exited with code 137"),
        ("task_failure", "java.io.IOException: No space left on device"),
        ("driver_log", "WARN nothing"),
    )
    found = rules.diagnose(items)
    assert [item.evidence_id for item in found.evidence] == ["e2"]
    assert rules.diagnose(items[::-1]) == found


def test_no_facts_are_no_cause() -> None:
    assert rules.diagnose([]).cause.name == "unknown"


def test_what_wraps_the_cause_in_one_fact_is_a_symptom_in_all() -> None:
    wrapper = "[FAILED_READ_FILE.FILE_NOT_EXIST] Encountered error while reading file /d/p. File does not exist."
    (task,) = _items(("task_failure", f"{wrapper} Caused by: java.io.FileNotFoundException: /d/p (Permission denied)"))
    (stage,) = _items(("stage_failure", wrapper))
    assert rules.marked([stage])["missing_input_path"] is Strength.SPECIFIC
    found = rules.marked([task, stage])
    assert found["permission_denied"] is Strength.SPECIFIC and found["missing_input_path"] is Strength.SYMPTOM
    # Two failures beside each other are no wrapper and cause.
    (other,) = _items(("job_failure", "x.Y: failed Caused by: [PATH_NOT_FOUND] Path does not exist: /e"))
    assert rules.marked([task, other])["missing_input_path"] is Strength.SPECIFIC
