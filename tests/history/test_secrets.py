"""Secrets planted in every place of an event log and of a driver's output, looked for in all that comes out."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from deltalake import DeltaTable
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.row import Row
from data_contracts.tables import Evidence, Quarantined, Source
from sparkwright.advisor.known_application import look_up
from sparkwright.cli import main
from sparkwright.diagnosis.prompt import build
from sparkwright.history.context.log_context import ContextConfig, LogContext
from sparkwright.history.harvest.read import Harvested, harvest_source
from sparkwright.history.sources.log_files import LogFile, LogSource
from sparkwright.lake import Lake
from sparkwright.redaction import REDACTED, redact_text
from tests.support.secret_texts import CARRIERS, assert_hidden, planted
from tests.support.thorough import relaxed

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Log = list[dict[str, object]]
RELAXED = relaxed(60)


def spoilt(log: Log, text: str) -> Log:
    """The log with ``text`` in every field that holds text."""
    for one in log:
        match one["Event"]:
            case "SparkListenerLogStart":
                one["Spark Version"] = text
            case "SparkListenerEnvironmentUpdate":
                properties = one["Spark Properties"]
                assert isinstance(properties, dict)
                properties |= {
                    "spark.acme.note": text,
                    "spark.yarn.queue": text,
                    text: "name",
                    "spark.sparkwright.decisionId": text if len(text) < 40 else "d",
                    "spark.sparkwright.launchId": text,
                    "spark.kubernetes.driver.label.dag_id": text,
                    "spark.kubernetes.driver.label.task_id": "t",
                }
                one["System Properties"] = {"sun.java.command": text, "acme": text}
                one["Hadoop Properties"] = {"x": text}
                one["Classpath Entries"] = {text: "System Classpath"}
            case "SparkListenerApplicationStart":
                one |= {"App Name": f"etl {text}", "User": text, "App Attempt ID": text if len(text) < 40 else "1"}
            case "SparkListenerExecutorAdded":
                one["Executor Info"] = {"Host": text, "Total Cores": 2}
            case "SparkListenerStageSubmitted" | "SparkListenerStageCompleted":
                stage = one["Stage Info"]
                assert isinstance(stage, dict)
                stage["Stage Name"] = f"count {text}"
                if "Completion Time" in stage:
                    stage["Failure Reason"] = f"Job aborted: {text}"
            case "SparkListenerJobEnd":
                one["Job Result"] = {"Result": "JobFailed", "Exception": {"Message": f"aborted: {text}"}}
    sql = "org.apache.spark.sql.execution.ui.SparkListenerSQLExecution"
    task_info = {"Task ID": 9, "Executor ID": text, "Launch Time": 1_200, "Finish Time": 1_300}
    log[-1:-1] = [
        {
            "Event": f"{sql}Start",
            "executionId": 1,
            "description": text,
            "physicalPlanDescription": text,
            "details": text,
            "sparkPlanInfo": {"nodeName": text, "simpleString": text, "children": [], "metadata": {"x": text}},
            "time": 1_300,
        },
        {
            "Event": "SparkListenerResourceProfileAdded",
            "Resource Profile Id": 1,
            "Executor Resource Requests": {text: {"Resource Name": text, "Amount": 2, "Discovery Script": text}},
        },
        {"Event": f"{sql}End", "executionId": 1, "time": 1_400, "errorMessage": f"[X_Y] {text}\n{text}"},
        {"Event": "SparkListenerExecutorRemoved", "Timestamp": 1_400, "Executor ID": "0", "Removed Reason": text},
        {"Event": "SparkListenerFromTheFuture", "note": text},
        *(
            {
                "Event": "SparkListenerTaskEnd",
                "Stage ID": 0,
                "Task End Reason": {"Reason": "ExceptionFailure", **reason},
                "Task Info": task_info,
            }
            for reason in (
                {"Class Name": text, "Description": text, "Full Stack Trace": f"a.BError: {text}\n\tat A.b(C.java:1)"},
                {"Class Name": "a.B", "Description": text},
                {"Loss Reason": f"lost: {text}"},
                {"Message": f"message: {text}"},
                {"Full Stack Trace": "x" * 19_990 + " " + text},
                {"Full Stack Trace": "\n".join([*["word " * 20] * 199, text])},
            )
        ),
    ]
    return log


def as_lines(log: Log, text: str) -> bytes:
    """The log, with lines that are broken where the text stands in them."""
    lines = [json.dumps(one, separators=(",", ":")).encode() for one in log]
    lines[4:4] = [
        text.encode(),
        text.encode()[:30],
        json.dumps({"Event": "SparkListenerJobStart", "Job ID": text}, separators=(",", ":")).encode(),
        b'{"' + text.encode() + b'":1}',
        json.dumps({"Event": "SparkListenerJobStart", "x": text}, separators=(",", ":")).encode()[:-4],
    ]
    return b"\n".join(lines)


def driver_log(text: str) -> str:
    return (
        f"26/01/02 03:04:05 INFO SparkContext: {text}\n"
        f"26/01/02 03:04:05 ERROR Etl: cannot log in: {text}\n"
        f'Traceback (most recent call last):\n  File "/jobs/etl.py", line 7, in f\n    g("{text}")\n'
        f"ValueError: {text}\n"
        f'Exception in thread "main" java.lang.IllegalStateException: {text}\n\tat a.B.c(D.java:1)\n'
        f"Caused by: a.B: {text}\n"
        + json.dumps({"ts": "t", "level": "ERROR", "msg": text, "exception": {"class": "a.B", "msg": text}}).replace(
            '{"ts": "t"', '{"ts":"t"'
        )
        + f"\nError: {'x' * 6380} {text}\nError: {'x ' * 190}{text}\n"
    )


def harvested(source: LogSource, drivers: Path | None = None) -> Harvested:
    with LogContext(ContextConfig(driver_log_dir=drivers)) as context:
        return harvest_source(source, context, NOW)


def everything(found: Harvested) -> str:
    """All that a harvester would write of one source."""
    rows = found.rows
    written: list[Row | None] = [
        found.record,
        rows.application,
        rows.run,
        *rows.stages,
        *rows.executors,
        *rows.sql_executions,
        *rows.evidence,
        *found.quarantined,
    ]
    return "\n".join(row.model_dump_json() for row in written if row is not None)


@RELAXED
@given(planted())
def test_no_secret_comes_out_of_a_log_wherever_it_stands(
    tmp_path: Path, log_events: Callable[..., Log], secret_and_text: tuple[str, str]
) -> None:
    secret, text = secret_and_text
    path = tmp_path / "app-1"
    path.write_bytes(as_lines(spoilt(log_events(), text), text))
    drivers = tmp_path / "drivers"
    drivers.mkdir(exist_ok=True)
    (drivers / "l1.log").write_text(driver_log(text))
    for named in ("s3://bucket/" + text, str(path)):
        source = LogSource(named, (LogFile(path),), path.stat().st_size, 1)
        assert_hidden(secret, everything(harvested(source, drivers)))
    log = log_events(properties={"spark.sparkwright.launchId": "l1", "spark.acme.password": secret})
    path.write_bytes(b"\n".join(json.dumps(one, separators=(",", ":")).encode() for one in log))
    found = harvested(source, drivers)
    assert [fact for fact in found.rows.evidence if fact.kind == "driver_log"]
    assert_hidden(secret, everything(found))


@RELAXED
@given(planted(), st.text(" \n,;:=\"'\\ÄÖ€-", max_size=30), st.integers(0, 60))
def test_a_text_cut_anywhere_shows_no_piece_of_a_secret(
    secret_and_text: tuple[str, str], before: str, length: int
) -> None:
    secret, text = secret_and_text
    whole = f"{before} {text} and {'more ' * 1000}"
    assert_hidden(secret, redact_text(whole, length))
    assert_hidden(secret, redact_text(whole))


@pytest.mark.parametrize(
    ("regex", "hidden", "shown"),
    [
        (
            "(?i)pin|badge",
            {"spark.acme.pin": "4711-secret", "spark.acme.Badge": "b-4711"},
            {"spark.acme.day": "monday"},
        ),
        ("acme-[0-9]+", {"spark.acme.who": "it is acme-4711"}, {"spark.acme.day": "monday"}),
        # Not a regex that can be matched in linear time: everything that it could match is hidden.
        ("(?=.*pin)x|pin", {"spark.acme.pin": "4711-secret"}, {"spark.executor.memory": "2g", "spark.acme.n": "true"}),
        ("(((", {"spark.acme.pin": "4711-secret"}, {"spark.executor.memory": "2g"}),
        # Spark has hidden what it matches, the regex included.
        (REDACTED, {"spark.acme.password": "4711-secret"}, {"spark.acme.day": "monday", "spark.jars": "/x" * 2000}),
    ],
)
def test_the_redaction_regex_of_an_application_is_honoured(
    write_log: Callable[..., Path],
    log_events: Callable[..., Log],
    regex: str,
    hidden: dict[str, str],
    shown: dict[str, str],
) -> None:
    log = log_events(properties={"spark.redaction.regex": regex, **hidden, **shown})
    text = " ".join(f"--conf {name}={value}" for name, value in hidden.items())
    log[-2]["Job Result"] = {"Result": "JobFailed", "Exception": {"Message": f"cannot run: {text}"}}
    path = write_log("app-1", b"\n".join(json.dumps(one, separators=(",", ":")).encode() for one in log))
    found = harvested(LogSource(str(path), (LogFile(path),), 1, 1))
    assert found.rows.application is not None
    kept = json.loads(found.rows.application.properties_json)
    for value in hidden.values():
        assert value not in everything(found)
    assert {name: kept[name] for name in shown} == shown
    assert found.rows.run is not None
    assert found.rows.run.executor_memory_bytes > 0


def test_a_password_that_turns_up_in_a_message_is_hidden_there_too(
    write_log: Callable[..., Path], log_events: Callable[..., Log]
) -> None:
    provider = "org.acme.auth.AcmeCredentialsProvider"
    properties = {"spark.acme.password": "correct horse", "spark.hadoop.fs.s3a.aws.credentials.provider": provider}
    log = log_events(properties=properties)
    message = f"{provider}: no login for correct horse\n" + "at the end of what is kept\n" * 770 + "correct horse"
    log[-2]["Job Result"] = {"Result": "JobFailed", "Exception": {"Message": message}}
    path = write_log("app-1", b"\n".join(json.dumps(one, separators=(",", ":")).encode() for one in log))
    found = harvested(LogSource(str(path), (LogFile(path),), 1, 1))
    (told,) = [fact.message for fact in found.rows.evidence if fact.kind == "job_failure"]
    assert told.startswith(provider)
    assert "correct" not in everything(found)


def test_a_secret_on_the_cut_of_an_error_shows_no_piece(
    write_log: Callable[..., Path], log_events: Callable[..., Log]
) -> None:
    log = log_events(properties={"spark.acme.password": "correct-horse-battery"})
    kind = "org.apache.spark.sql.execution.ui.SparkListenerSQLExecution"
    for before in (390, 3990):
        message = "\n" * (before > 400) * (before - 1) + "x" * (before if before < 400 else 1) + "correct-horse-battery"
        log[-1:-1] = [
            {"Event": f"{kind}Start", "executionId": before, "time": 1_200},
            {"Event": f"{kind}End", "executionId": before, "time": 1_300, "errorMessage": message},
        ]
    path = write_log("app-1", as_lines(log, "x"))
    found = harvested(LogSource(str(path), (LogFile(path),), 1, 1))
    assert len(found.rows.sql_executions) == 2
    assert "corr" not in everything(found)


def test_matches_of_the_regex_are_hidden_in_every_column(
    write_log: Callable[..., Path], log_events: Callable[..., Log]
) -> None:
    hidden = {
        "spark.yarn.queue": "q-77",
        "spark.sparkwright.workload": "w-77",
        "spark.sparkwright.launchId": "l-77",
        "spark.sparkwright.decisionId": "d-77",
    }
    log = log_events(properties={"spark.redaction.regex": "queue|sparkwright", **hidden})
    path = write_log("app-1", as_lines(log, "x"))
    found = harvested(LogSource(str(path), (LogFile(path),), 1, 1))
    assert found.rows.run is not None
    assert "-77" not in everything(found)


@pytest.mark.parametrize(
    "text",
    [
        '{"token": {"value": "Hunter2"}, "day": 1}',
        '{"passwords": ["Hunter1", "Hunter2"], "day": 1}',
        '{"credentials": {"user": {"name": "Hunter1"}, "key": ["Hunter2"]}}',
        "Map(secret -> [Hunter1 Hunter2])",
        '{\\"token\\": {\\"value\\": \\"Hunter2\\"}, \\"day\\": 1}',
    ],
)
def test_a_secret_of_several_parts_is_hidden_whole(text: str) -> None:
    assert "Hunter" not in redact_text(text)
    if text.endswith('"day": 1}'):
        assert json.loads(redact_text(text))["day"] == 1


def test_no_byte_of_the_lake_the_output_or_a_prompt_holds_a_secret(
    write_log: Callable[..., Path],
    log_events: Callable[..., Log],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    drivers = tmp_path / "drivers"
    drivers.mkdir()
    secrets = []
    for number, name in enumerate(sorted(CARRIERS)):
        scrambled = f"XZ{number:02d}KQ7WJ3VTB9PZN4MDH6RX8CGS5LFK2QX"
        secrets.append(f"AKIA{scrambled[:16]}" if name == "access key id" else scrambled)
        text = CARRIERS[name][0](secrets[-1])
        log = spoilt(log_events(f"app-{number}"), text)
        environment = log[1]["Spark Properties"]
        assert isinstance(environment, dict)
        environment["spark.sparkwright.launchId"] = f"l{number}"
        write_log(f"app-{number}?sig={secrets[-1]}", as_lines(log, text))
        (drivers / f"l{number}.log").write_text(driver_log(text))
        write_log(f"broken-{number}", text.encode())
    lake = Lake(str(tmp_path / "lake"))
    log_dir = ["harvest", "--event-log-dir", str(tmp_path / "logs")]
    for command in (
        log_dir,
        [*log_dir, "--retry-quarantine"],
        ["validate", "--table", "evidence", "--out", str(tmp_path / "out")],
    ):
        assert main([*command, "--lake", lake.uri]) in {0, 3}
    said = capfd.readouterr()
    tables = [DeltaTable(path).to_pyarrow_table().to_pylist() for path in (tmp_path / "lake").glob("[a-z]*")]
    files = [path for path in (*tmp_path.glob("lake/**/*"), *tmp_path.glob("out/**/*")) if path.is_file()]
    known = [look_up(lake, app_id, None) for app_id in lake.read(Evidence)["app_id"].unique().to_pylist()]
    assert (len(known), lake.read(Source).num_rows) == (len(CARRIERS), 2 * len(CARRIERS))
    assert lake.read(Quarantined).num_rows > 2 * len(CARRIERS)
    whole = "\n".join(
        [
            said.out,
            said.err,
            caplog.text,
            *(json.dumps(table, default=str) for table in tables),
            *(path.read_bytes().decode("latin-1") for path in files),
            *(json.dumps(build(one.evidence, 20_000).messages) for one in known),
        ]
    )
    for secret in secrets:
        assert_hidden(secret, whole)
