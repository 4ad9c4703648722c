"""What we add up from an event log is what Spark's own History Server reports for it.

The History Server is the one of the installed pyspark, over logs that the lab recorded and, where there are any, over
logs of many other versions; and the answers that Spark's own tests recorded. The comparison and what differs on
purpose are in ``tests/support/spark_answers.py``.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sparkwright.history.context.log_context import ContextConfig, LogContext
from sparkwright.history.event_log import read_event_log
from sparkwright.history.harvest.read import Harvested, harvest_source
from sparkwright.history.sources.history_server import HistoryServer
from sparkwright.history.sources.log_files import LogSource, find_logs
from sparkwright.redaction import redact_properties
from tests.support.history_server import history_server
from tests.support.spark_answers import Answers, ask, disagreements, events_of

# A succeeded run, Python workers, killed tasks, lost executors with tasks that ended after them, fetch failures with
# stages that were tried again, many SQL executions.
CHOSEN = (
    "app-20261124040555-0000",
    "app-20261124042119-0034",
    "app-20261124042858-0003",
    "app-20261124043503-0029",
    "app-20261124045044-0006",
    "app-20261124045531-0001",
)

# The request that Spark's HistoryServerSuite makes before it compares with the recorded answer.
RECORDED = {
    "complete_stage_list_json": ("local-1422981780767", "stages"),
    "failed_stage_list_json": ("local-1422981780767", "stages"),
    "one_stage_json": ("local-1422981780767", "stages"),
    "one_stage_attempt_json_details_with_failed_task": ("local-1422981780767", "stages"),
    "succeeded_failed_job_list_json": ("local-1422981780767", "jobs"),
    "job_list_from_multi_attempt_app_json_2_": ("local-1426633911242", "jobs"),
    "one_app_json": ("local-1422981780767", "app"),
    "executor_list_json": ("local-1422981780767", "executors"),
    "stage_list_with_accumulable_json": ("local-1426533911241", "stages"),
    "stage_with_accumulable_json": ("local-1426533911241", "stages"),
    "one_stage_json_with_partitionId": ("local-1642039451826", "stages"),
    "executor_memory_usage": ("app-20161116163331-0000", "executors"),
    "executor_node_excludeOnFailure_unexcluding": ("app-20161115172038-0000", "executors"),
    "excludeOnFailure_for_stage": ("app-20180109111548-0000", "stages"),
    "stage_with_speculation_summary": ("application_1628109047826_1317105", "stages"),
    "app_environment": ("app-20161116163331-0000", "environment"),
}


def harvested(source: LogSource) -> Harvested:
    found = harvest_source(source, LogContext(ContextConfig()), datetime.now(UTC))
    assert found.rows.application is not None, found.quarantined
    return found


def logs_in(folder: Path) -> Iterator[LogSource]:
    return (found for found in find_logs(folder.resolve()) if isinstance(found, LogSource))


def compare(client: HistoryServer, source: LogSource) -> list[str]:
    rows = harvested(source).rows
    assert rows.application is not None
    app_id, attempt_id = rows.application.app_id, rows.application.attempt_id
    has_attempts = client.application(app_id).attempts[0].attempt_id is not None
    said = ask(client.attempt_url(app_id), attempt_id if has_attempts else None)
    return [f"{app_id} {fault}" for fault in disagreements(rows, said, events_of(source))]


@pytest.mark.parametrize("app_id", CHOSEN)
def test_the_history_server_reports_our_totals(campaign_logs: Path, campaign_server: str, app_id: str) -> None:
    (source,) = logs_in(campaign_logs / f"eventlog_v2_{app_id}")
    with HistoryServer(campaign_server) as client:
        assert compare(client, source) == []


@pytest.mark.slow
def test_the_history_server_agrees_on_every_recorded_application(campaign_logs: Path, campaign_server: str) -> None:
    sources = list(logs_in(campaign_logs))
    with HistoryServer(campaign_server) as client:
        assert [fault for source in sources for fault in compare(client, source)] == []
    assert len(sources) > 90


@pytest.mark.slow
def test_the_history_server_agrees_on_logs_of_other_versions(shared_logs: Path, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    sources = {}
    for source in logs_in(shared_logs / "eventlogs"):
        found = harvest_source(source, LogContext(ContextConfig()), datetime.now(UTC)).rows.application
        if found is None or "!" in source.path or (found.app_id, found.attempt_id) in sources:
            continue
        # It lists neither applications without a name nor running ones, unless their files say that they run.
        path = Path(source.path)
        suffix = ".inprogress" if found.log_state == "unfinished" else ""
        codec = ".zstd" if path.suffix == ".zstd" else ""
        link = path.name if path.is_dir() else f"{found.app_id}_{found.attempt_id}{codec}{suffix}"
        (tmp_path / "logs" / link).symlink_to(path)
        sources[found.app_id, found.attempt_id] = source
    with (
        history_server(tmp_path / "logs", tmp_path / "server", len({app_id for app_id, _ in sources})) as url,
        HistoryServer(url) as client,
    ):
        assert [fault for source in sources.values() for fault in compare(client, source)] == []
    assert len(sources) > 60


@pytest.mark.parametrize("name", RECORDED)
def test_our_totals_are_those_that_sparks_own_tests_expect(shared_logs: Path, name: str) -> None:
    log, kind = RECORDED[name]
    (source,) = (found for found in logs_in(shared_logs / "eventlogs" / "apache-spark") if Path(found.path).name == log)
    answer = json.loads((shared_logs / "history-server-expectations" / f"{name}_expectation.json").read_text())
    answers = answer if isinstance(answer, list) else [answer]
    if kind == "jobs":
        app = read_event_log(source).application
        failed = sum(job["status"] == "FAILED" for job in answers)
        assert (app.job_count, app.failed_job_count, app.open_jobs) == (len(answers), failed, {})
        return
    rows = harvested(source).rows
    if kind == "environment":
        assert rows.application is not None
        properties = redact_properties(dict(answer["sparkProperties"]))
        assert json.loads(rows.application.properties_json) == properties
        return
    if name.endswith("failed_task"):
        answer.pop("tasks")  # only those that failed
    said = Answers(app=answer) if kind == "app" else Answers(whole=False, **{kind: answers})
    assert disagreements(rows, said, events_of(source)) == []
