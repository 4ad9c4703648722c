"""What is read over HTTP is what the command line reads of the same lake."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from data_contracts.api.listing import ApplicationList, ListedDecision, WorkloadDetail, WorkloadList
from data_contracts.api.report import Report
from data_contracts.tables import Decision, Outcome
from serving.gateway.authentication import CALLER
from serving.routes import reading
from sparkwright.access.caller import NOBODY, Caller
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.history.harvest.incremental import harvest
from sparkwright.lake import Lake
from sparkwright.report.listings.applications import list_applications
from sparkwright.report.listings.workloads import list_workloads
from tests.support.running_service import installation

CAMPAIGN = Path(__file__).parents[2] / "fixtures" / "campaign" / "eventlogs"


def asking(caller: Caller = NOBODY) -> TestClient:
    reading._lake.cache_clear()
    reading._log.cache_clear()
    app = FastAPI()
    app.include_router(reading.router)

    async def told(scope, receive, send):
        await app({**scope, CALLER: caller}, receive, send)

    return TestClient(told)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    home = tmp_path_factory.mktemp("read") / "home"
    logs = home.parent / "logs"
    logs.mkdir()
    for number, recorded in enumerate(sorted(CAMPAIGN.iterdir())):
        if number % 8 == 0:
            shutil.copytree(recorded, logs / recorded.name)
    with installation(home) as where:
        lake = Lake(where.lake_uri)
        harvest(logs, None, lake)
        log = DecisionLog(where.decision_log_url)
        log.write(decided("d-1", "never/harvested"))
        log.close()
        yield lake


@pytest.fixture
def client(lake: Lake) -> TestClient:
    return asking()


def decided(decision_id: str, workload_id: str) -> Decision:
    return Decision(
        decision_id=decision_id,
        workload_id=workload_id,
        decided_at=datetime(2026, 1, 2, tzinfo=UTC),
        release_version="3",
        forecaster_version="2",
        request_json=json.dumps({"app_name": "orders"}),
        forecast_json="null",
        allocation_json=json.dumps({"spark.executor.memory": "2048m"}),
        cold=False,
        trial=True,
        extrapolated=False,
        claimed_death_probability=0.02,
        reported_app_id="app-7",
        reported_exit_code=0,
    )


def test_applications_are_those_of_the_command_line_by_the_page(client: TestClient, lake: Lake) -> None:
    whole = list_applications(lake, sort="id")
    pages = []
    for offset in range(0, len(whole), 3):
        answer = client.get("/v1/applications", params={"sort": "id", "limit": 3, "offset": offset})
        page = ApplicationList.model_validate_json(answer.text)
        assert page.total_count == len(whole) > 3
        pages += page.applications
    assert pages == whole
    failed = client.get("/v1/applications", params={"status": "failed"}).json()["applications"]
    assert [one["status"] for one in failed] == ["failed"] * sum(one.status == "failed" for one in whole)


def test_every_workload_and_its_runs_are_there(client: TestClient, lake: Lake) -> None:
    listed = WorkloadList.model_validate_json(client.get("/v1/workloads").text)
    starts = [one.last_started_at for one in listed.workloads]
    assert starts == sorted(starts, reverse=True)
    assert listed.total_count == len(listed.workloads) > 1
    for one in listed.workloads:
        found = WorkloadDetail.model_validate_json(client.get(f"/v1/workloads/{one.workload_id}").text)
        assert found.workload == one
        assert len(found.runs) == one.run_count
        assert sum(run.memory_verdict in {"heap_oom", "container_kill"} for run in found.runs) == one.died_count
        assert sum(run.status == "failed" for run in found.runs) == one.failed_count


def test_a_decision_tells_what_became_of_it(client: TestClient, lake: Lake) -> None:
    before = ListedDecision.model_validate_json(client.get("/v1/decisions/d-1").text)
    assert before.allocation == {"spark.executor.memory": "2048m"}
    assert (before.claimed_death_probability, before.trial, before.outcomes) == (0.02, True, [])
    lake.merge(
        Outcome,
        [
            Outcome(
                decision_id="d-1",
                app_id="app-7",
                attempt_id="1",
                workload_id="never/harvested",
                origin="cluster",
                decided_at=before.decided_at,
                status="failed",
                obeyed="all",
                disobeyed_json="{}",
                cold=False,
                trial=True,
                memory_verdict="heap_oom",
                memory_regret="died",
                duration_ms=5,
                forecast_duration_p10_ms=None,
                forecast_duration_p50_ms=None,
                forecast_duration_p90_ms=None,
                duration_covered=None,
            )
        ],
    )
    [outcome] = client.get("/v1/decisions/d-1").json()["outcomes"]
    assert (outcome["app_id"], outcome["memory_verdict"], outcome["obeyed"]) == ("app-7", "heap_oom", "all")
    asked_about = WorkloadDetail.model_validate_json(client.get("/v1/workloads/never/harvested").text)
    assert asked_about.workload is None
    assert [one.decision_id for one in asked_about.decisions] == ["d-1"]


def test_the_report_is_the_one_of_the_lake(client: TestClient, lake: Lake) -> None:
    report = Report.model_validate_json(client.get("/v1/report").text)
    assert report.summary.applications == len(list_applications(lake))
    assert Report.model_validate_json(client.get("/v1/report?since=2100-01-01").text).summary.applications == 0


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/decisions/none", 404),
        ("/v1/workloads/nobody", 404),
        ("/v1/applications?since=soon", 422),
        ("/v1/applications?limit=0", 422),
        ("/v1/applications?sort=size", 422),
        ("/v1/workloads?limit=100000", 422),
    ],
)
def test_what_is_not_there_or_makes_no_sense_is_said(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert (answer.status_code, "detail" in answer.json()) == (status, True)


def test_an_empty_installation_has_empty_lists(tmp_path: Path) -> None:
    with installation(tmp_path / "home"):
        client = asking()
        assert client.get("/v1/workloads").json()["workloads"] == []
        assert client.get("/v1/applications").json()["applications"] == []
        answer = client.get("/v1/report")
        assert (answer.status_code, "sparkwright harvest" in answer.json()["detail"]) == (404, True)
    asking()


def test_readers_beyond_the_places_are_told_when_to_ask_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_reading", asyncio.Semaphore(0))
    answer = client.get("/v1/workloads")
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (503, True)


def test_what_is_not_the_teams_is_as_if_it_were_not_there(lake: Lake) -> None:
    ids = sorted(one.workload_id for one in list_workloads(lake))
    mine, other = ids[0], next(one for one in ids if not one.startswith(ids[0]))
    client = asking(Caller("k1", "one", frozenset({"reader"}), workloads=(mine,)))
    listed = client.get("/v1/workloads").json()["workloads"]
    assert {one["workload_id"] for one in listed} == {one for one in ids if one.startswith(mine)}
    assert all(one["workload_id"].startswith(mine) for one in client.get("/v1/applications").json()["applications"])
    report = Report.model_validate_json(client.get("/v1/report").text)
    assert report.summary.applications == len(client.get("/v1/applications").json()["applications"]) > 0
    assert client.get(f"/v1/workloads/{mine}").status_code == 200
    assert client.get(f"/v1/workloads/{other}").status_code == 404
    assert client.get("/v1/decisions/d-1").status_code == 404
    in_queue = asking(Caller("k2", "two", frozenset({"reader"}), queues=("nobodys",)))
    assert in_queue.get("/v1/workloads").json()["workloads"] == []
    assert in_queue.get("/v1/applications").json()["total_count"] == 0
