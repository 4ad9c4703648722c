import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparkwright.history.context.log_failures import read_log
from sparkwright.history.context.text import DRIVER_END_BYTES, file_lines
from sparkwright.history.events.task_events import TaskEndReason
from sparkwright.history.evidence import FactCollector, exception_class_of, useful_lines
from sparkwright.redaction import REDACTED, redact_properties, redact_text

SECRET = "hunter2XyzzyPlugh"
JAVA = """org.apache.spark.SparkException: Task failed while writing rows
\tat org.apache.spark.sql.execution.Writer.write(Writer.scala:1)
\tat com.acme.Etl.load(Etl.scala:42)
Caused by: java.io.IOException: No space left on device
\tat java.io.FileOutputStream.writeBytes(Native Method)
\t... 12 more
"""
PYTHON = """Traceback (most recent call last):
  File "/usr/lib/python3/site-packages/pyspark/worker.py", line 1, in main
    process()
  File "/jobs/etl.py", line 7, in <lambda>
    return 1 / row.n
           ~~^~~~~~
ZeroDivisionError: division by zero
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (JAVA, "java.io.IOException"),
        (PYTHON, "ZeroDivisionError"),
        ("[PATH_NOT_FOUND] Path does not exist: file:/x. SQLSTATE: 42K03", "PATH_NOT_FOUND"),
        (f"[PYTHON_EXCEPTION] An exception was thrown: {PYTHON}", "ZeroDivisionError"),
        (
            "py4j.protocol.Py4JJavaError: in o51.load.\n: java.lang.ClassNotFoundException: x.Y",
            "java.lang.ClassNotFoundException",
        ),
        (
            "Lost task 0.3 in stage 1.0 (TID 4) (host executor 1): java.lang.OutOfMemoryError: Java heap space",
            "java.lang.OutOfMemoryError",
        ),
        ("Command exited with code 137", ""),
    ],
)
def test_the_class_is_that_of_the_innermost_fault(text: str, expected: str) -> None:
    assert exception_class_of(text) == expected


def test_failures_that_begin_alike_are_told_apart_by_their_cause_and_exit_code() -> None:
    facts = FactCollector()
    for cause in ("java.io.IOException: No space left on device", "java.lang.OutOfMemoryError: Java heap space"):
        for task in (1, 2):
            facts.add(
                "task_failure", f"task {task}", JAVA.replace("java.io.IOException: No space left on device", cause)
            )
    for code in (1, 1, 52):
        facts.add("executor_removed", "executor 0", f"Command exited with code {code}")
    assert [(fact.kind, fact.exception_class, fact.occurrence_count) for fact in facts] == [
        ("task_failure", "java.io.IOException", 2),
        ("task_failure", "java.lang.OutOfMemoryError", 2),
        ("executor_removed", "", 2),
        ("executor_removed", "", 1),
    ]


def test_useful_lines_keep_messages_causes_and_the_users_own_frames() -> None:
    assert useful_lines(JAVA).splitlines() == [
        "org.apache.spark.SparkException: Task failed while writing rows",
        "\tat com.acme.Etl.load(Etl.scala:42)",
        "Caused by: java.io.IOException: No space left on device",
    ]
    kept = useful_lines(PYTHON)
    assert '"/jobs/etl.py", line 7' in kept
    assert "worker.py" not in kept
    assert "~~^" not in kept


def test_the_same_fault_with_other_numbers_is_counted_not_repeated() -> None:
    facts = FactCollector()
    for task in range(50):
        facts.add("task_failure", f"task {task}", f"java.lang.RuntimeException: row {task} of 0x{task:x} is bad")
    (fact,) = facts
    assert (fact.occurrence_count, fact.source) == (50, "task 0")


def test_of_many_different_faults_the_first_and_the_latest_are_kept() -> None:
    facts = FactCollector()
    names = ["".join(chr(97 + int(digit)) for digit in str(number)) for number in range(1000, 1500)]
    for name in names:
        facts.add("task_failure", name, f"fault {name}")
    kept = [fact.source for fact in facts]
    assert len(kept) == 20
    assert kept[:10] == names[:10]
    assert kept[-10:] == names[-10:]


def driver_facts(tmp_path: Path, text: str) -> list[tuple[str, str]]:
    path = tmp_path / "l1.log"
    path.write_text(text)
    facts = FactCollector()
    read_log(file_lines(path, DRIVER_END_BYTES), "driver_log", path.name, facts)
    return [(fact.source, fact.exception_class) for fact in facts]


def test_a_driver_log_gives_its_uncaught_exceptions_with_their_lines(tmp_path: Path) -> None:
    log = "26/01/02 03:04:05 INFO SparkContext: started\n" + PYTHON + "26/01/02 03:04:06 INFO SparkContext: stopped\n"
    assert driver_facts(tmp_path, log) == [("l1.log:2", "ZeroDivisionError")]
    assert driver_facts(tmp_path, 'Exception in thread "main" java.lang.Error: x\n\tat A.b(C.java:1)\n') == [
        ("l1.log:1", "java.lang.Error")
    ]
    structured = '{"ts":"t","level":"ERROR","msg":"failed","exception":{"class":"a.B","msg":"why"}}\n'
    assert [source for source, _ in driver_facts(tmp_path, structured)] == ["l1.log:1"]


def test_warnings_that_retell_a_lost_task_are_no_facts_of_their_own(tmp_path: Path) -> None:
    log = (
        "26/01/02 03:04:05 WARN TaskSetManager: Lost task 0.0 (TID 1): java.lang.Exception: x\nCaused by: a.BError: y\n"
    )
    assert driver_facts(tmp_path, log) == []
    assert driver_facts(tmp_path, log.replace("WARN", "ERROR")) == []


def test_only_a_warning_shows_that_an_application_waits_for_executors(tmp_path: Path) -> None:
    log = (
        "26/01/02 03:04:05 WARN TaskSchedulerImpl: Initial job has not accepted any resources; check your cluster UI\n"
        "26/01/02 03:04:20 WARN TaskSchedulerImpl: Initial job has not accepted any resources; check your cluster UI\n"
        "26/01/02 03:04:30 WARN NativeCodeLoader: Unable to load native-hadoop library\n"
    )
    assert driver_facts(tmp_path, log) == [("l1.log:1", "")]


@settings(deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_in_a_driver_log_are_read(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("driver") / "l1.log"
    path.write_bytes(data)
    for fact in (facts := FactCollector()):
        assert fact
    read_log(file_lines(path, DRIVER_END_BYTES), "driver_log", path.name, facts)
    facts.rows("app", "1")


@pytest.mark.parametrize(
    "text",
    [
        f"jdbc:postgresql://db/sales?user=u&password={SECRET}&ssl=true",
        f"jdbc:sqlserver://db;user=u;password={SECRET};encrypt=true",
        f"jdbc:oracle:thin:scott/{SECRET}@//db:1521/x",
        f"https://user:{SECRET}@host/path",
        f"https://account.blob.core.windows.net/c?sv=2020&sig={SECRET}",
        f"https://bucket.s3.amazonaws.com/k?X-Amz-Signature={SECRET}&X-Amz-Date=1",
        f"spark-submit --conf spark.hadoop.fs.s3a.secret.key={SECRET} job.py",
        f"spark-submit --password {SECRET} job.py",
        f'{{"api_key": "{SECRET}"}}',
        f'{{\\"token\\": \\"{SECRET}\\"}}',
        f"Authorization: Bearer {SECRET}",
        f"fs.azure.account.key.acme.dfs.core.windows.net={SECRET}",
        f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----\n{SECRET}",
    ],
)
def test_secrets_are_hidden_wherever_they_stand(text: str) -> None:
    hidden = redact_text(f"before {text}")
    assert SECRET not in hidden
    assert hidden.startswith("before")
    assert redact_text(hidden) == hidden


@pytest.mark.parametrize(
    "text",
    [
        "java.lang.OutOfMemoryError: Java heap space",
        "Path does not exist: s3a://bucket/year=2026/part-0.parquet",
        "The token was expired",
        "Lost task 0.3 in stage 1.0 (TID 4) (10.0.0.1 executor 1)",
    ],
)
def test_text_without_secrets_is_unchanged(text: str) -> None:
    assert redact_text(text) == text


def test_a_long_value_without_blanks_is_cut_not_lost() -> None:
    value = ":".join(f"/databricks/jars/{number}.jar" for number in range(2_000))
    assert redact_properties({"spark.executor.extraClassPath": value})["spark.executor.extraClassPath"] == value[:4000]


@given(
    st.sampled_from(["spark.ssl.keyPassword", "spark.hadoop.fs.s3a.access.key", "my.API_KEY", "x.token", "db.passwd"]),
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=12, max_size=40),
)
def test_no_value_of_a_secret_property_survives(name: str, value: str) -> None:
    hidden = redact_properties({name: value, "spark.app.name": "etl"})
    assert hidden[name] == REDACTED
    assert hidden["spark.app.name"] == "etl"
    assert value not in redact_text(f"--conf {name}={value} --next 1")


@settings(deadline=None)
@given(st.text(max_size=500))
def test_redaction_takes_any_text_and_what_it_returns_can_be_stored(text: str) -> None:
    redact_text(text + "\ud800").encode("utf-8")


def test_the_end_of_a_long_line_is_kept() -> None:
    path = "/".join(f"level_{number}" for number in range(60)) + "/part-0.parquet"
    assert path in useful_lines(f"java.io.FileNotFoundException: s3a://lake/{path} does not exist")
    assert useful_lines("java.io.IOException: " + "x" * 5000 + " no such key").endswith("no such key")


def test_a_long_message_of_a_cluster_manager_is_kept_to_its_end() -> None:
    said = (
        "\nThe executor with id 1 exited with exit code 137(SIGKILL, possible container OOM).\n\n"
        "The API gave the following brief reason: null\nThe API gave the following message: null\n"
        "The API gave the following container statuses:\n\n\t container name: spark-kubernetes-executor\n"
        "\t container image: registry.internal/spark:4\n\t container state: terminated\n"
        "\t container started at: 2026-01-02T03:04:05Z\n\t container finished at: 2026-01-02T03:05:05Z\n"
        "\t exit code: 137\n\t termination reason: OOMKilled\n"
    )
    kept = useful_lines(said)
    assert kept.endswith("termination reason: OOMKilled")
    assert kept.startswith("The executor with id 1")


def test_a_plan_below_an_analysis_error_fills_no_pages() -> None:
    plan = "\n".join(f"{' ' * depth}+- Project [a#{depth}, b#{depth}]" for depth in range(200))
    kept = useful_lines(f"[UNRESOLVED_COLUMN] A column `x` cannot be resolved.;\n'Project ['x]\n{plan}\n")
    assert kept.startswith("[UNRESOLVED_COLUMN]")
    assert len(kept.splitlines()) < 10


def test_the_exceptions_of_an_overlong_message_are_kept() -> None:
    frames = "\n".join(f"\tat com.acme.deep.package{number}.Etl.load(Etl.scala:{number})" for number in range(3))
    causes = "\n".join(f"Caused by: com.acme.Layer{number}Exception: level\n{frames}" for number in range(40))
    prose = "\n".join(f"a line of words {number} that says very little in rather many letters" for number in range(50))
    kept = useful_lines(f"com.acme.OuterException: outer\n{prose}\n{causes}\nCaused by: java.lang.Error: the first")
    assert len(kept) <= 4000
    assert kept.startswith("com.acme.OuterException: outer")
    assert kept.endswith("Caused by: java.lang.Error: the first")
    assert kept.count("Caused by: ") == 41


def test_a_failed_fetch_says_whose_files_were_missing() -> None:
    reason = {
        "Reason": "FetchFailed",
        "Block Manager Address": {"Executor ID": "17", "Host": "node-9", "Port": 7337},
        "Shuffle ID": 2,
        "Map ID": 8,
        "Reduce ID": 6,
        "Message": "org.apache.spark.shuffle.FetchFailedException: Failed to connect to node-9:7337",
    }
    words = msgspec.json.decode(json.dumps(reason), type=TaskEndReason).words
    assert words.startswith("FetchFailed(BlockManagerId(17, node-9, 7337), shuffleId=2, reduceId=6, message=\n")
    assert reason["Message"] in words
    missing = reason | {"Block Manager Address": None}
    assert msgspec.json.decode(json.dumps(missing), type=TaskEndReason).words == reason["Message"]


@pytest.mark.parametrize("thrown", ["java.lang.OutOfMemoryError", "java.lang.OutOfMemoryError: Java heap space"])
def test_an_error_that_explains_little_keeps_its_nearest_frames(thrown: str) -> None:
    kept = useful_lines(
        f"{thrown}\n\tat sun.misc.Unsafe.allocateMemory(Native Method)\n\tat java.nio.DirectByteBuffer.<init>"
        "(DirectByteBuffer.java:127)\n"
        + "\tat org.apache.spark.rdd.RDD.iterator(RDD.scala:1)\n" * 9
        + "\tat com.acme.Etl.load(Etl.scala:7)\n"
    )
    assert "DirectByteBuffer" in kept
    assert "com.acme.Etl" in kept
    assert len(kept.splitlines()) == 6
    said = useful_lines("java.lang.IllegalStateException: said\n\tat org.apache.spark.rdd.RDD.iterator(RDD.scala:1)\n")
    assert "RDD" not in said
