from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.api.diagnosis import EvidenceItem
from evaluation.troubleshooter import RECORDINGS
from evaluation.troubleshooter.cases import read_cases
from sparkwright.diagnosis import rules, taxonomy
from sparkwright.diagnosis.cases import Case
from sparkwright.diagnosis.chain import MAX_LINKS, causal_chain, first_cause
from sparkwright.diagnosis.steps import Level, level_of, steps_of

FIELD_NAMES = Path(taxonomy.__file__).with_name("field_names.yaml")
FETCH = (
    "FetchFailed(BlockManagerId(17, worker-4.internal, 7337, None), shuffleId=2, mapIndex=3, mapId=8, reduceId=6, "
    "message=\norg.apache.spark.shuffle.FetchFailedException: Failed to connect to worker-4.internal/10.0.0.4:7337\n"
    "\tat org.apache.spark.storage.ShuffleBlockFetcherIterator.next(ShuffleBlockFetcherIterator.scala:1)\n"
    "Caused by: java.net.ConnectException: Connection refused: worker-4.internal/10.0.0.4:7337\n)"
)
JOB = (
    "Job aborted due to stage failure: ResultStage 9 (count at Job.scala:3) has failed the maximum allowable number of "
    "times: 4. Most recent failure reason:\norg.apache.spark.shuffle.FetchFailedException: Failed to connect to "
    "worker-4.internal/10.0.0.4:7337"
)
OOM_KILLED = (
    "\nThe executor with id 17 exited with exit code 137(SIGKILL, possible container OOM).\n\n"
    "The API gave the following container statuses:\n\n\t container name: spark-kubernetes-executor\n"
    "\t container state: terminated\n\t exit code: 137\n\t termination reason: OOMKilled\n"
)


def fact(kind: str, message: str, source: str = "somewhere", thrown: str = "", number: int = 1) -> EvidenceItem:
    return EvidenceItem(
        evidence_id=f"e{number}", kind=kind, source=source, exception_class=thrown, message=message, occurrence_count=1
    )


def levels(items: list[EvidenceItem]) -> list[Level]:
    return [link.level for link in causal_chain(items)]


def test_a_failed_fetch_goes_back_to_the_container_that_was_killed() -> None:
    removed = fact("executor_removed", OOM_KILLED, "SparkListenerExecutorRemoved executor 17", number=3)
    items = [
        fact("job_failure", JOB, "SparkListenerJobEnd job 2"),
        fact("task_failure", FETCH, "SparkListenerTaskEnd stage 9.0 task 80 executor 3", "FetchFailed", 2),
        removed,
        fact("task_failure", "java.lang.IllegalStateException: something of long ago", number=4),
    ]
    chain = causal_chain(items)
    assert [link.level for link in chain] == sorted(link.level for link in chain)
    assert "OOMKilled" in chain[0].line
    assert chain[0].item is removed
    assert first_cause(chain) is removed
    assert [link.level for link in chain][:2] == [Level.CAUSE, Level.PROCESS]
    assert "exit code 137" in chain[1].line
    assert Level.FETCH in levels(items)
    assert chain[-1].level is Level.JOB


def test_of_two_lost_executors_the_one_whose_files_were_missing_explains() -> None:
    items = [
        fact("task_failure", FETCH, "SparkListenerTaskEnd stage 9.0 task 80 executor 3", "FetchFailed"),
        fact("executor_log", "java.lang.OutOfMemoryError: Java heap space", "executor 3 stderr:7", number=2),
        fact(
            "executor_removed",
            "Command exited with code 134",
            "SparkListenerExecutorRemoved executor 17",
            number=3,
        ),
        fact(
            "executor_log",
            "# A fatal error has been detected by the Java Runtime Environment:\n#\n#  SIGSEGV (0xb) at pc=0x1",
            "executor 17 stdout:40",
            number=4,
        ),
    ]
    chain = causal_chain(items)
    assert [(link.item.evidence_id, link.by) for link in chain][:2] == [("e4", "executor"), ("e3", "executor")]
    assert "e2" not in {link.item.evidence_id for link in chain}


def test_symptoms_alone_have_no_first_cause() -> None:
    items = [
        fact("executor_removed", "Command exited with code 137", "SparkListenerExecutorRemoved executor 17"),
        fact("task_failure", FETCH, "SparkListenerTaskEnd stage 9.0 task 80 executor 3", "FetchFailed", 2),
    ]
    chain = causal_chain(items)
    assert chain[0].level is Level.PROCESS
    assert not chain[0].is_cause
    assert first_cause(chain) is None


def test_a_full_container_explains_a_kill_that_nobody_explains() -> None:
    killed = fact("executor_removed", "Command exited with code 137", "SparkListenerExecutorRemoved executor 17")
    figure = "Container: its processes held at most 1.4 GiB of 1.4 GiB (99%)"
    full = fact("metric", f"{figure}, at its limit.", number=2)
    chain = causal_chain([killed, full])
    assert [link.item for link in chain] == [full, killed]
    assert first_cause(chain) is full
    assert first_cause(causal_chain([killed, fact("metric", f"{figure}.", number=2)])) is None
    told_to_stop = fact("executor_removed", "Command exited with code 143", "SparkListenerExecutorRemoved executor 17")
    assert first_cause(causal_chain([told_to_stop, full])) is None


def test_an_error_of_the_users_code_explains_no_lost_executor() -> None:
    items = [
        fact("task_failure", "java.lang.NumberFormatException: For input string: x", number=1),
        fact(
            "job_failure",
            "Job aborted due to stage failure: Task 3 in stage 9.0 failed 4 times, most recent failure: Lost task 3.3 "
            "in stage 9.0 (TID 1) (h executor 5): ExecutorLostFailure (executor 5 exited caused by a running task) "
            "Reason: Executor heartbeat timed out after 130000 ms",
            number=2,
        ),
    ]
    assert {link.item.evidence_id for link in causal_chain(items)} == {"e2"}
    assert first_cause(causal_chain(items)) is None
    assert first_cause(causal_chain(items[:1])) is items[0]


def test_a_javas_causes_are_steps_the_innermost_first() -> None:
    message = (
        "org.apache.spark.SparkException: Task failed while writing rows\n"
        "Caused by: java.lang.RuntimeException: flush\nCaused by: java.io.IOException: No space left on device"
    )
    chain = causal_chain([fact("task_failure", message, thrown="java.io.IOException")])
    assert [link.line.partition(":")[0] for link in chain] == [
        "java.io.IOException",
        "java.lang.RuntimeException",
        "org.apache.spark.SparkException",
    ]
    assert [link.level for link in chain][1:] == [Level.TASK, Level.TASK]


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("Remote RPC client disassociated. Likely due to containers exceeding thresholds", Level.EXECUTOR),
        ("Container killed by YARN for exceeding memory limits. 5.6 GB of 5.5 GB physical memory used", Level.CAUSE),
        ("Container exited with a non-zero exit code 143.", Level.PROCESS),
        ("Exit status: 143. Diagnostics: Killed by external signal", Level.PROCESS),
        ("Container released on a *lost* node", Level.NODE),
        (
            "org.apache.spark.shuffle.MetadataFetchFailedException: Missing an output location for shuffle 1",
            Level.FETCH,
        ),
        ("Job 2 cancelled because SparkContext was shut down", Level.DRIVER),
        ("java.net.ConnectException: Connection refused", Level.CAUSE),
        ("org.apache.spark.SparkException: Task failed while writing rows", Level.TASK),
        ("Executor lost for unknown reasons.", Level.EXECUTOR),
        ("Block shuffle_4_7_1 fetch failed after 10 retries due to Netty OOM", Level.CAUSE),
    ],
)
def test_a_line_alone_tells_how_far_from_a_cause_it_is(line: str, level: Level) -> None:
    assert level_of(line) is level


def test_a_refused_connection_below_a_fetch_is_the_peer_that_is_gone() -> None:
    assert {step.level for step in steps_of(fact("task_failure", FETCH, thrown="FetchFailed"))} == {Level.FETCH}


def test_yarns_words_are_taken_apart() -> None:
    removed = fact(
        "executor_removed",
        "Container marked as failed: container_1_2_01_000002 on host: node-7. Exit status: 137. Diagnostics: "
        "Container killed on request. Exit code is 137\nContainer exited with a non-zero exit code 137.",
    )
    assert [step.level for step in steps_of(removed)] == [Level.EXECUTOR, Level.PROCESS]
    master = fact(
        "final_status",
        "Application application_1_2 failed 2 times due to AM Container for appattempt_1_2_000002 exited with "
        "exitCode: -104\nFailing this attempt.Diagnostics: Container [pid=7] is running beyond physical memory limits.",
    )
    assert [step.level for step in steps_of(master)] == [Level.DRIVER, Level.CAUSE]


def test_what_did_not_fail_and_figures_of_ours_are_in_no_chain() -> None:
    items = [
        fact("metric", "Garbage collection took 60% of the tasks' run time."),
        fact("executor_removed", "Executor killed by driver.", "SparkListenerExecutorRemoved executor 2"),
        fact("executor_log", "INFO DiskBlockManager: Shutdown hook called"),
    ]
    assert causal_chain(items) == ()
    assert first_cause(causal_chain([])) is None


KINDS = ["job_failure", "sql_failure", "driver_log", "task_failure", "executor_removed", "executor_log", "final_status"]
TEXTS = [FETCH, JOB, OOM_KILLED, "Command exited with code 1", "Container released on a *lost* node", "a.B: c", "x\x00"]


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.one_of(st.sampled_from(TEXTS), st.text(max_size=80))), max_size=25)
)
def test_any_facts_give_a_bounded_chain_of_given_facts(told: list[tuple[str, str]]) -> None:
    items = [fact(kind, text, f"executor {number}", number=number) for number, (kind, text) in enumerate(told)]
    chain = causal_chain(items)
    assert len(chain) <= MAX_LINKS
    assert [link.level for link in chain] == sorted(link.level for link in chain)
    assert all(link.item in items for link in chain)


def test_words_of_spark_behind_a_traceback_are_taken_apart_and_the_task_is_named() -> None:
    said = (
        "Job aborted due to stage failure: Task 3 in stage 9.0 failed 4 times, most recent failure: Lost task 3.3 in "
        "stage 9.0 (TID 1) (h executor 5): org.apache.spark.api.python.PythonException: Traceback (most recent call "
        "last):\nKeyError: 7\n"
    )
    asked = f"Traceback (most recent call last):\npy4j.protocol.Py4JJavaError: An error occurred calling o7.\n: {said}"
    task = fact("task_failure", "a.PythonException: Traceback (most recent call last):\nKeyError: 7", "executor 5")
    chain = causal_chain([fact("driver_log", asked, number=2), task])
    assert [link.level for link in chain] == [Level.CAUSE, Level.TASK, Level.JOB, Level.JOB]
    assert first_cause(chain) is task


def test_a_query_that_failed_says_why_in_its_own_words() -> None:
    stream = (
        "org.apache.spark.sql.streaming.StreamingQueryException: [STREAM_FAILED] Query [id = 1-2, runId = 3-4] "
        "terminated with exception: [CHECKPOINT_FILE_CHECKSUM] The file is damaged. SQLSTATE: XXKST"
    )
    chain = causal_chain([fact("driver_log", stream)])
    assert [link.level for link in chain] == [Level.CAUSE, Level.JOB]
    assert chain[0].line.startswith("[CHECKPOINT_FILE_CHECKSUM]")


def test_that_nobody_gives_machines_is_a_cause_unless_something_says_why() -> None:
    waits = fact("driver_log", "TaskSchedulerImpl: Initial job has not accepted any resources; check your cluster UI")
    ended = fact("job_failure", "Job 0 cancelled because SparkContext was shut down", number=2)
    assert first_cause(causal_chain([ended, waits])) is waits
    pod = fact(
        "final_status", "pod etl-exec-1: FailedScheduling: 0/9 nodes are available: 9 Insufficient memory.", number=3
    )
    assert first_cause(causal_chain([ended, waits, pod])) is pod


def test_an_application_that_ended_is_explained_by_what_was_said_last() -> None:
    ended = fact(
        "driver_log", 'Exception in thread "main" a.SparkException: Application a_1 finished with failed status'
    )
    waits = fact("final_status", "Application is added to the scheduler and is not yet activated.", number=2)
    killed = fact(
        "final_status",
        "Application a_1 failed 2 times due to AM Container for a_1_2 exited with exitCode: -104\nFailing this attempt."
        "Diagnostics: Container [pid=7] is running 12B beyond the 'PHYSICAL' memory limit.",
        number=3,
    )
    chain = causal_chain([ended, waits, killed])
    assert first_cause(chain) is killed
    assert [link.level for link in chain] == [Level.CAUSE, Level.DRIVER, Level.DRIVER]


# What these are called by is a consequence: where the lab made them, nothing that was kept says more.
SYMPTOMS = {"executor_lost", "executor_heartbeat_timeout", "fetch_failure"}


def test_the_first_cause_of_a_recorded_failure_is_the_one_that_the_lab_made(recorded_cases: list[Case]) -> None:
    wrong = []
    for case in recorded_cases:
        found = first_cause(causal_chain(case.items))
        names = {cause.name for cause, _ in rules.marks_of(found)} if found else SYMPTOMS
        if case.root_cause not in names:
            wrong.append((case.case_id, case.root_cause, names))
    assert len(recorded_cases) > 100
    assert wrong == []


def test_the_first_cause_of_a_public_failure_is_the_fact_that_carries_its_mark() -> None:
    """On the half that choosing rests on; where no fact carries a mark, nothing tells which one is meant."""
    ours = {theirs: name for name, theirs in yaml.safe_load(FIELD_NAMES.read_text()).items()}
    told = right = other = 0
    for case in read_cases(RECORDINGS / "train.jsonl"):
        items = [
            fact(one.kind, one.message, f"s{number}", one.exception_class or "", number)
            for number, one in enumerate(case.evidence, start=1)
        ]
        truth = {case.root_cause, ours.get(case.root_cause, ""), *case.acceptable}
        marked = [item for item in items if truth & {cause.name for cause, _ in rules.marks_of(item)}]
        found = first_cause(causal_chain(items))
        told += bool(marked)
        right += bool(marked) and found in marked
        other += bool(marked) and found is not None and found not in marked
    print(f"{right} of {told} right, {other} another fact")
    assert told >= 60
    assert right / told >= 0.9
    assert other / told <= 0.05
