from typing import get_args

import pytest

from data_contracts.api.diagnosis import EvidenceItem
from data_contracts.fields.execution import EvidenceKind
from sparkwright.diagnosis import facts, rules
from sparkwright.diagnosis.facts import cite, decisive_line
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES

TASK = "java.io.FileNotFoundException: File hdfs://nn/warehouse/orders/part-00007.parquet does not exist"
STAGE = (
    "Job aborted due to stage failure: Task 3 in stage 7.0 failed 4 times, most recent failure: Lost task 3.3 in stage "
    f"7.0 (TID 41) (host-9 executor 2): {TASK}\n\tat com.example.Job.read(Job.scala:7)\n\nDriver stacktrace:"
)
LOST = (
    "Job aborted due to stage failure: Task 0 in stage 0.0 failed 4 times, most recent failure: Lost task 0.3 in stage "
    "0.0 (TID 3) (10.0.0.4 executor 4): ExecutorLostFailure (executor 4 exited caused by one of the running tasks) "
    "Reason: \nThe executor with id 4 exited with exit code 137(SIGKILL, possible container OOM).\n\n"
)


def fact(message: str, kind: str = "stage_failure", source: str = "a", thrown: str = "", count: int = 1):
    return EvidenceItem(
        evidence_id="e1", kind=kind, source=source, exception_class=thrown, message=message, occurrence_count=count
    )


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (STAGE, TASK),
        (LOST, "The executor with id 4 exited with exit code 137(SIGKILL, possible container OOM)."),
        (
            'Traceback (most recent call last):\n  File "job.py", line 3, in <module>\n    rows = load(path)\n'
            "KeyError: 'region'",
            "KeyError: 'region'",
        ),
        (
            'Traceback (most recent call last):\n  File "w.py", line 3, in main\n    check()\n'
            "Exception: not this version\n\n\tat org.apache.spark.Runner.run(Runner.scala:1)",
            "Exception: not this version",
        ),
        (
            "Task failed while writing rows.\nCaused by: java.lang.RuntimeException: outer\n"
            "Caused by: java.io.IOException: the innermost",
            "java.io.IOException: the innermost",
        ),
        ("Container marked as failed: c1.\nExit status: 137.", "Container marked as failed: c1. Exit status: 137."),
        (
            "java.lang.OutOfMemoryError\n\tat sun.misc.Unsafe.allocateMemory(Native Method)\n"
            "\tat java.nio.DirectByteBuffer.<init>(DirectByteBuffer.java:127)\n\tat a.B.c(B.java:1)",
            "java.lang.OutOfMemoryError at sun.misc.Unsafe.allocateMemory, java.nio.DirectByteBuffer.<init>",
        ),
        (
            "com.google.api.GoogleJsonResponseException: 403 Forbidden\nGET https://storage.internal/b/lake\n{\n"
            '  "message" : "etl@project does not have storage.objects.get access."\n}\n\tat a.B.c(B.java:1)',
            "com.google.api.GoogleJsonResponseException: 403 Forbidden GET https://storage.internal/b/lake { "
            '"message" : "etl@project does not have storage.objects.get access." }',
        ),
        (
            "org.apache.hadoop.hive.ql.metadata.HiveException: Unable to instantiate SessionHiveMetaStoreClient\n"
            "MetaException(message:Could not connect to meta store using any of the URIs provided)",
            "MetaException(message:Could not connect to meta store using any of the URIs provided)",
        ),
        ("Reason:", "Reason"),
        ("Traceback (most recent call last):", "Traceback (most recent call last):"),
    ],
)
def test_the_line_that_decides_is_shown_whole(message: str, line: str) -> None:
    assert decisive_line(fact(message)) == line


def test_a_long_path_is_not_cut() -> None:
    path = "s3a://lake/" + "/".join(f"level_{number}" for number in range(40)) + "/part-0.parquet"
    assert path in decisive_line(fact(f"java.io.FileNotFoundException: {path}"))


def test_of_a_known_cause_the_line_with_its_mark_decides() -> None:
    message = (
        "SparkOutOfMemoryError: spill failed\nCaused by: java.io.IOException: No space left on device\nBye: Error: x"
    )
    assert decisive_line(fact(message), ROOT_CAUSES["disk_full"]) == "java.io.IOException: No space left on device"


def test_a_message_that_lacks_what_was_thrown_gets_it() -> None:
    thrown = "java.lang.OutOfMemoryError"
    assert decisive_line(fact("Java heap space", thrown=thrown)) == "java.lang.OutOfMemoryError: Java heap space"


def test_one_text_is_one_fact_with_all_its_places() -> None:
    items = [
        fact(f"[TASK_FAILED] It failed. SQL.\nCaused by: {TASK}", "sql_failure", "execution 1"),
        fact(STAGE, "stage_failure", "stage 7.0"),
        fact(STAGE, "job_failure", "job 5"),
        fact(TASK, "task_failure", "stage 7.0 task 41", "java.io.FileNotFoundException", 4),
        fact("something else", "driver_log", "driver.log:7"),
    ]
    first, second = cite(items)
    assert (first.source, first.line, first.occurrence_count) == ("execution 1", TASK, 4)
    assert first.also_at == ["stage 7.0", "job 5", "stage 7.0 task 41"]
    assert (second.source, second.also_at) == ("driver.log:7", [])


def test_the_same_failure_at_another_path_is_another_line_only_by_its_numbers() -> None:
    other = TASK.replace("00007", "00009")
    assert len(cite([fact(TASK, source="a"), fact(other, source="b")])) == 1
    assert len(cite([fact(TASK, source="a"), fact(TASK.replace("orders", "users"), source="b")])) == 2


def test_every_kind_of_evidence_has_its_rank() -> None:
    kinds = get_args(get_args(EvidenceKind)[0])
    assert sorted(facts._KINDS) == sorted(kinds)
    assert set(rules._FINAL_KINDS) < set(kinds)
