"""Layouts and words as Spark, log4j, Python, Docker, kubectl, Airflow, the JVM, the shell and the kernel write them."""

import json

import pytest

from sparkwright.history.context.log_failures import read_log
from sparkwright.history.context.log_records import read_line
from sparkwright.history.evidence import Fact, FactCollector

THROWN = "java.io.IOException: No space left on device"


def facts_in(text: str, *, alone: bool = False) -> list[Fact]:
    facts = FactCollector()
    read_log(list(enumerate(text.split("\n"), start=1)), "driver_log", "stderr", facts, alone=alone)
    return list(facts)


@pytest.mark.parametrize("start", ['{"context":', '{"exception":', '{"log":', '{"log":"x","y":'])
@pytest.mark.parametrize("bracket", ["[", '{"a":'])
def test_brackets_within_brackets_are_a_line_like_any_other(start: str, bracket: str) -> None:
    nested = start + 200_000 * bracket
    assert read_line(nested) == (nested, None)
    assert len(facts_in(f"{nested}\n26/01/02 03:04:05 ERROR Executor: {THROWN}\n")) == 1


@pytest.mark.parametrize(
    "line",
    [
        "26/01/02 03:04:05 ERROR Executor: it broke",
        "2026-01-02 03:04:05,123 ERROR org.apache.spark.executor.Executor: it broke",
        "2026-01-02 03:04:05,123 ERROR executor.Executor: it broke",
        "2026-01-02 03:04:05.123 [main] ERROR o.a.s.executor.Executor - it broke",
        "03:04:05.123 [Executor task launch worker for task 3.0 (TID 5)] ERROR o.a.s.e.Executor - it broke",
        "[2026-01-02 03:04:05,123] ERROR [main] org.apache.spark.executor.Executor: it broke",
        "2026-01-02T03:04:05.123Z ERROR Executor: it broke",
        "2026-01-02T03:04:05.123456789Z 26/01/02 03:04:05 ERROR Executor: it broke",
        "2026-01-02T03:04:05.123456789Z stderr F 26/01/02 03:04:05 ERROR Executor: it broke",
        "[2026-01-02, 03:04:05 UTC] {spark_submit.py:521} INFO - 26/01/02 03:04:05 ERROR Executor: it broke",
        "[2026-01-02T03:04:05.000+0000] {spark_submit.py:521} INFO - 26/01/02 03:04:05 ERROR Executor: it broke",
        "\x1b[31m26/01/02 03:04:05 ERROR Executor: it broke\x1b[0m",
        '{"log":"26/01/02 03:04:05 ERROR Executor: it broke\\n","stream":"stderr","time":"2026-01-02T03:04:05Z"}',
        '{"ts":"2026-01-02T03:04:05Z","level":"ERROR","msg":"it broke","context":{},"logger":"Executor"}',
        "ERROR Executor: it broke",
        "ERROR org.apache.spark.executor.Executor: it broke",
    ],
)
def test_an_errors_record_is_known_in_every_layout(line: str) -> None:
    (fact,) = facts_in(line)
    assert (fact.message, fact.source) == ("Executor: it broke", "stderr:1")


@pytest.mark.parametrize("line", ["2026-01-02 03:04:05,123 - etl - ERROR - it broke", "ERROR:root:it broke"])
def test_pythons_logging_is_known(line: str) -> None:
    (fact,) = facts_in(line)
    assert fact.message.endswith("it broke")


def test_what_a_container_runtime_puts_before_lines_does_not_hide_a_trace() -> None:
    lines = ['Exception in thread "main" a.BException: x', "\tat c.D.e(F.java:1)", f"Caused by: {THROWN}"]
    stamped = "\n".join(f"2026-01-02T03:04:0{number}.1Z stderr F {line}" for number, line in enumerate(lines))
    (fact,) = facts_in(stamped)
    assert fact.exception_class == "java.io.IOException"
    assert fact.message.splitlines() == lines


def test_a_structured_record_brings_its_exception_and_the_users_frames() -> None:
    record = {
        "ts": "2026-01-02T03:04:05.1Z",
        "level": "ERROR",
        "msg": "Exception in task 0.0 in stage 0.0 (TID 0)",
        "context": {"task_name": "task 0.0 in stage 0.0 (TID 0)"},
        "exception": {
            "class": "java.lang.IllegalStateException",
            "msg": "two\nlines",
            "stacktrace": [
                {"class": "com.acme.Etl", "method": "load", "file": "Etl.scala", "line": 7},
                {"class": "com.acme.Generated", "method": "next", "file": None, "line": -1},
                {"class": "org.apache.spark.rdd.RDD", "method": "compute", "file": "RDD.scala", "line": 1},
            ],
        },
        "logger": "MyJob",
    }
    (fact,) = facts_in(json.dumps(record))
    assert fact.exception_class == "java.lang.IllegalStateException"
    assert "two\nlines" in fact.message
    assert "\tat com.acme.Etl.load(Etl.scala:7)" in fact.message
    assert "RDD" not in fact.message


@pytest.mark.parametrize(
    "line",
    [
        '{"ts":"t","level":"INFO","msg":"started","logger":"SparkContext"}',
        '{"ts":"t","level":"ERROR","msg":"Task 0 in stage 0.0 failed 1 times; aborting job","logger":"TaskSetManager"}',
        '{"ts":"t","level":"ERROR"',
        '{"a": 1}',
        "26/01/02 03:04:05 WARN Utils: Your hostname resolves to a loopback address",
        "26/01/02 03:04:05 INFO SparkContext: ERROR is only a word here",
        "26/01/02 03:04:05 INFO Client: Application report for application_1_2 (state: RUNNING)",
    ],
)
def test_lines_that_are_no_failure_are_skipped(line: str) -> None:
    assert facts_in(line) == []


def test_tasks_and_executors_of_a_log_that_stands_alone_are_facts() -> None:
    log = (
        "26/01/02 03:04:05 WARN TaskSetManager: Lost task 0.0 in stage 1.0 (TID 5) (10.0.0.4 executor 3): a.BError: x\n"
        "\tat c.D.e(F.java:1)\n"
        "26/01/02 03:04:06 INFO TaskSetManager: Lost task 1.0 in stage 1.0 (TID 6) on 10.0.0.4, executor 3: a.BError "
        "(x) [duplicate 1]\n"
        "26/01/02 03:04:07 ERROR YarnScheduler: Lost executor 7 on node-2: Container killed by YARN for exceeding "
        "memory limits. 5.6 GB of 5.5 GB physical memory used.\n"
        "19/01/02 03:04:08 WARN TaskSetManager: Lost task 9.0 in stage 2.1 (TID 53, node-3.internal, executor 8): "
        "FetchFailed(BlockManagerId(23, node-9, 7337, None), shuffleId=5, mapId=4, reduceId=1, message=\n"
        "org.apache.spark.shuffle.FetchFailedException: Failed to connect to node-9:7337\n"
    )
    assert facts_in(log) == []
    found = {(fact.kind, fact.source, fact.message.splitlines()[0]) for fact in facts_in(log, alone=True)}
    assert found == {
        ("task_failure", "stderr:1 stage 1.0 executor 3", "a.BError: x"),
        (
            "executor_removed",
            "stderr:4 executor 7",
            "Container killed by YARN for exceeding memory limits. 5.6 GB of 5.5 GB physical memory used.",
        ),
        (
            "task_failure",
            "stderr:5 stage 2.1 executor 8",
            "FetchFailed(BlockManagerId(23, node-9, 7337, None), shuffleId=5, mapId=4, reduceId=1, message=",
        ),
    }


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (
            "26/01/02 03:04:05 INFO Client: \n\t client token: N/A\n\t diagnostics: User class threw exception: "
            "a.BError: x\n\t ApplicationMaster host: node-1\n\t queue: default\n\t final status: FAILED\n\t user: me",
            "User class threw exception: a.BError: x",
        ),
        (
            "26/01/02 03:04:05 INFO ApplicationMaster: Final app status: FAILED, exitCode: 15, (reason: User class "
            "threw exception: a.BError: x)",
            "ApplicationMaster: Final app status: FAILED, exitCode: 15, (reason: User class threw exception: a.BError",
        ),
        (
            "26/01/02 03:04:05 INFO LoggingPodStatusWatcherImpl: State changed, new state: \n\t pod name: etl-driver\n"
            "\t phase: Failed\n\t container status: \n\t\t container name: spark\n\t\t container state: "
            "terminated\n\t\t exit code: 137\n\t\t termination reason: OOMKilled",
            "driver pod etl-driver; phase: Failed; container state: terminated; exit code: 137; termination "
            "reason: OOMKilled",
        ),
        ("26/01/02 03:04:05 WARN DiskStore: write failed: No space left on device", "No space left on device"),
        (
            "26/01/02 03:04:05 WARN TransportChannelHandler: Exception in connection from node-3\n"
            "java.lang.OutOfMemoryError: Direct buffer memory\n\tat java.nio.Bits.reserveMemory(Bits.java:1)",
            "java.lang.OutOfMemoryError: Direct buffer memory",
        ),
        (
            "[12345.678901] Memory cgroup out of memory: Killed process 4711 (java) total-vm:9000000kB",
            "Memory cgroup out of memory: Killed process 4711 (java)",
        ),
        ("/opt/entrypoint.sh: line 103:    27 Killed                  exec ...", "Killed"),
        ("/usr/bin/python3: can't open file '/jobs/etl.py': [Errno 2] No such file or directory", "can't open file"),
        ("env: 'python3': No such file or directory", "No such file or directory"),
        (
            "  Warning  FailedScheduling  2m  default-scheduler  0/9 nodes are available: 9 Insufficient memory.",
            "Insufficient memory",
        ),
        (
            "OpenJDK 64-Bit Server VM warning: INFO: os::commit_memory(0x0000000700000000, 8589934592, 0) failed; "
            "error='Not enough space' (errno=12)",
            "os::commit_memory",
        ),
    ],
)
def test_a_note_a_warning_or_a_word_of_the_system_that_alone_says_why_is_a_fact(log: str, words: str) -> None:
    (fact,) = facts_in(log)
    assert words in fact.message


def test_reports_to_the_submitting_client_count_as_those_of_yarn_and_kubernetes() -> None:
    log = (
        "26/01/02 03:04:05 INFO Client: \n\t diagnostics: [date] Application is added to the scheduler and is not yet "
        "activated.\n\t final status: UNDEFINED\n26/01/02 03:05:05 INFO Client: \n\t diagnostics: it is\nover\n"
        "\t queue: q"
    )
    assert [(fact.kind, fact.source, fact.message) for fact in facts_in(log)] == [
        ("final_status", "stderr:1 YARN", "[date] Application is added to the scheduler and is not yet activated."),
        ("final_status", "stderr:4 YARN", "it is\nover"),
    ]


@pytest.mark.parametrize(
    "log",
    [
        "26/01/02 03:04:05 INFO Client: \n\t client token: N/A\n\t diagnostics: N/A\n\t final status: UNDEFINED",
        "26/01/02 03:04:05 INFO Client: \n\t diagnostics: AM container is launched, waiting for AM container",
        "26/01/02 03:04:05 INFO LoggingPodStatusWatcherImpl: State changed, new state: \n\t exit code: 0",
        "26/01/02 03:04:05 INFO ApplicationMaster: Final app status: SUCCEEDED, exitCode: 0",
    ],
)
def test_notes_of_an_application_that_goes_well_are_none(log: str) -> None:
    assert facts_in(log) == []


def test_the_jvms_last_words_are_one_fact_without_its_advice() -> None:
    log = (
        "26/01/02 03:04:05 INFO Executor: Running task 1.0\n#\n# A fatal error has been detected by the Java Runtime "
        "Environment:\n#\n#  SIGSEGV (0xb) at pc=0x00007fa63a42ef14, pid=10490, tid=10501\n#\n# JRE version: OpenJDK "
        "Runtime Environment (17.0.15+6)\n# Problematic frame:\n# C  [libnetty_transport_native_epoll.so+0x85f14]\n#\n"
        '# No core dump will be written. To enable core dumping, try "ulimit -c unlimited"\n#\n'
        "# If you would like to submit a bug report, please visit:\n#   https://bugs.example\n#\nlater words"
    )
    (fact,) = facts_in(log)
    assert fact.message.splitlines() == [
        "A fatal error has been detected by the Java Runtime Environment:",
        "SIGSEGV (0xb) at pc=0x00007fa63a42ef14, pid=10490, tid=10501",
        "Problematic frame:",
        "C  [libnetty_transport_native_epoll.so+0x85f14]",
    ]


@pytest.mark.parametrize(
    "line", ["{", "{}", '{"log":', '{"log":1}', '{"level":"ERROR","msg":1}', "[2026-", "\x1b[", ""]
)
def test_half_a_layout_is_no_layout(line: str) -> None:
    assert read_line(line)[1] is None
