"""The typed client against the real service."""

import asyncio
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from data_contracts.api.batch import MAX_QUESTIONS
from data_contracts.api.recommendation import Recommendation
from sparkwright.client import AsyncClient, Client
from sparkwright.errors import ProblemError

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "client.py"
KNOWN = {"app_name": "any", "workload": "workload-001", "platform": "standalone"}


@pytest.fixture(scope="module")
def client(service):
    return Client(service.url, api_key="", timeout_s=30.0)


def test_every_call_is_answered(client):
    launch = uuid.uuid4().hex
    advice = client.recommend(**KNOWN, launch_id=launch, properties={"spark.executor.memory": "2g"})
    Recommendation.model_validate(advice)
    assert client.recommend(**KNOWN, launch_id=launch)["decision_id"] == advice["decision_id"]
    assert client.feedback(decision_id=advice["decision_id"], exit_code=0)["recorded"]
    decision = client.decision(advice["decision_id"])
    assert (decision["workload_id"], decision["reported_exit_code"]) == ("workload-001", 0)
    assert client.workloads(containing="workload-00", limit=2)["total_count"] == 5
    assert len(client.workload("workload-001", limit=3)["runs"]) == 3
    failed = client.applications(status="failed", sort="waste")["applications"]
    assert all(one["status"] == "failed" for one in failed)
    fact = {"evidence_id": "e1", "kind": "driver_log", "source": "driver", "message": "java.lang.OutOfMemoryError"}
    assert client.diagnose(evidence=[fact])["root_cause"]
    assert client.status()["decision_count"] > 0
    understood = client.requirements("nightly, 200 GB, done by 6 am")
    assert understood["requirements"]["finish_by"] == "06:00"
    known = client.applications()["total_count"]  # other tests of this service may have harvested some
    if known:
        assert client.report()["summary"]["applications"] == known
    else:
        with pytest.raises(ProblemError, match="harvest") as refused:
            client.report()
        assert refused.value.status == 404


def test_a_batch_is_decided_as_its_questions_alone_and_logged(client):
    launch = uuid.uuid4().hex
    asked = [{**KNOWN, "launch_id": f"{launch}-{number}"} for number in range(MAX_QUESTIONS - 3)]
    first, *others = client.recommend_many([*asked, asked[0], {"app_name": ""}, {**KNOWN, "attempt": 0}])
    *others, again, nameless, wrong = others
    ids = {one["decision_id"] for one in [first, *others]}
    assert len(ids) == len(asked)
    assert again["decision_id"] == first["decision_id"]
    assert first["allocation"] == client.recommend(**KNOWN)["allocation"]
    assert client.decision(first["decision_id"])["workload_id"] == "workload-001"
    assert [one.status for one in (nameless, wrong)] == [422, 422]
    assert wrong.faults[0].pointer == f"#/requests/{MAX_QUESTIONS - 1}/attempt"


def test_the_asynchronous_client_is_answered_alike(service, client):
    launch = uuid.uuid4().hex

    async def ask():
        async with AsyncClient(service.url, api_key="", timeout_s=30.0) as awaited:
            advice, many = await asyncio.gather(
                awaited.recommend(**KNOWN, launch_id=launch), awaited.recommend_many([{**KNOWN, "launch_id": "l"}])
            )
            return advice, many, await awaited.decision(advice["decision_id"])

    advice, many, decision = asyncio.run(ask())
    assert decision == client.decision(advice["decision_id"])
    assert many[0]["workload_id"] == "workload-001"
    assert client.recommend(**KNOWN, launch_id=launch)["decision_id"] == advice["decision_id"]


def test_the_example_runs_as_it_is_written(service):
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SPARKWRIGHT_")}
    ran = subprocess.run(
        [sys.executable, EXAMPLE],
        capture_output=True,
        text=True,
        env={**environ, "SPARKWRIGHT_SERVICE_URL": service.url, "PYTHONPATH": str(EXAMPLE.parents[2])},
    )
    assert ran.returncode == 0, ran.stderr
    submitted, *batch, there = ran.stdout.splitlines()
    assert submitted.startswith("spark-submit --conf spark.executor.cores=")
    assert "spark.sparkwright.decisionId=" in submitted
    assert batch[-1].startswith("'': 422: #/requests/2/app_name: ")
    assert re.search(r" [1-9]\d* workloads$", there)
