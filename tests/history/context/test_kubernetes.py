"""Kubernetes, against answers that this project wrote after its API documentation; no Kubernetes was here to ask."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data_contracts.tables import Evidence
from sparkwright.errors import ConfigError
from sparkwright.history.context.log_context import ContextConfig, LogContext
from sparkwright.history.harvest.read import Harvested

APP_ID = "spark-77204fbefcd04f1bb63816fcf9528cf1"
PODS = "/api/v1/namespaces/team-a/pods"
LOST = {
    "Reason": "ExecutorLostFailure",
    "Executor ID": "0",
    "Loss Reason": "The executor with id 0 exited with exit code 137(SIGKILL, possible container OOM).",
}
KUBEFLOW = {"spark.kubernetes.driver.label.sparkoperator.k8s.io/app-name": "nightly"}
APACHE = {"spark.kubernetes.driver.label.spark.operator/spark-app-name": "nightly"}


def pod(name: str, phase: str, *, executor: str = "", end: dict[str, object] | None = None, **status: object) -> Any:
    """A pod of ``core/v1`` as the API server lists it, as far as somebody reads it."""
    role = {"spark-role": "executor", "spark-exec-id": executor} if executor else {"spark-role": "driver"}
    container = "spark-kubernetes-executor" if executor else "spark-kubernetes-driver"
    return {
        "metadata": {
            "name": name,
            "namespace": "team-a",
            "creationTimestamp": "2026-01-02T03:04:05Z",
            "labels": {"spark-app-selector": APP_ID, "spark-version": "4.0.0", **role},
        },
        "spec": {"containers": [{"name": "sidecar"}, {"name": container}]},
        "status": {
            "phase": phase,
            "conditions": [{"type": "Ready", "status": "False", "reason": "PodCompleted"}],
            "containerStatuses": [
                {"name": "sidecar", "ready": False, "state": {"terminated": {"exitCode": 1, "reason": "Error"}}},
                {"name": container, "ready": False, "restartCount": 0, "state": {"terminated": end} if end else {}},
            ],
            **status,
        },
    }


@pytest.fixture
def kubernetes_log(write_log: Callable[..., Path]) -> Callable[..., Path]:
    """Writes the event log of an application on Kubernetes and gives its folder."""

    def write(properties: dict[str, str] | None = None, **options: object) -> Path:
        base = {"spark.master": "k8s://https://api:443", "spark.kubernetes.namespace": "team-a"}
        return write_log(APP_ID, app_id=APP_ID, properties=base | (properties or {}), **options).parent

    return write


Read = Callable[[Path, ContextConfig], Harvested]


def facts(found: Harvested, kind: str) -> list[Evidence]:
    return [fact for fact in found.rows.evidence if fact.kind == kind]


OOM_KILLED = {"exitCode": 137, "reason": "OOMKilled", "startedAt": "2026-01-02T03:04:05Z"}


def test_an_executor_that_the_pod_says_was_killed_for_memory_is_a_container_kill(
    server: Any, kubernetes_log: Callable[..., Path], read: Read
) -> None:
    driver = pod("nightly-driver", "Failed", end={"exitCode": 1, "reason": "Error"})
    executor = pod("nightly-exec-0", "Failed", executor="0", end=OOM_KILLED)
    server.says(PODS, {"kind": "PodList", "items": [driver, executor]})
    found = read(kubernetes_log(failure=LOST), ContextConfig(kubernetes_api_url=server.url))
    row = found.rows.application
    assert (row.final_status, row.status, row.exit_code) == ("failed", "failed", 1)
    assert found.rows.run.memory_verdict == "container_kill"
    (said,) = [fact for fact in facts(found, "executor_removed") if fact.source == "pod nightly-exec-0 executor 0"]
    assert "reason OOMKilled, exit code 137" in said.message
    path, query, _ = server.asked[0]
    assert (path, query["labelSelector"]) == (PODS, f"spark-app-selector={APP_ID}")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"reason": "Evicted", "message": "The node was low on resource: memory."}, "Evicted: The node was low"),
        (
            {
                "conditions": [
                    {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler", "message": "m"}
                ]
            },
            "disrupted by PreemptionByScheduler: m",
        ),
    ],
)
def test_a_sigkill_by_eviction_or_preemption_is_told_and_says_nothing_of_memory(
    server: Any, kubernetes_log: Callable[..., Path], read: Read, status: dict[str, object], expected: str
) -> None:
    killed = {"exitCode": 137, "reason": "Error"}
    server.says(PODS, {"items": [pod("nightly-exec-0", "Failed", executor="0", end=killed, **status)]})
    found = read(kubernetes_log(failure=LOST), ContextConfig(kubernetes_api_url=server.url))
    assert found.rows.run.memory_verdict == "unknown"
    (said,) = [fact for fact in facts(found, "executor_removed") if fact.source.startswith("pod ")]
    assert expected in said.message


def test_a_driver_killed_for_memory_is_no_sign_of_the_executors_memory(
    server: Any, kubernetes_log: Callable[..., Path], read: Read
) -> None:
    server.says(PODS, {"items": [pod("nightly-driver", "Failed", end=OOM_KILLED)]})
    found = read(kubernetes_log(ended=False), ContextConfig(kubernetes_api_url=server.url))
    row = found.rows.application
    assert (row.status, row.exit_code) == ("failed", 137)
    assert "driver pod nightly-driver: container terminated, reason OOMKilled" in row.diagnostics
    assert found.rows.run.memory_verdict == "unknown"


def test_executors_that_were_told_to_stop_are_no_facts(
    server: Any, kubernetes_log: Callable[..., Path], read: Read
) -> None:
    items = [pod("nightly-driver", "Succeeded", end={"exitCode": 0, "reason": "Completed"})]
    items += [pod(f"x-{code}", "Failed", executor="0", end={"exitCode": code, "reason": "Error"}) for code in (0, 143)]
    server.says(PODS, {"items": items})
    found = read(kubernetes_log(), ContextConfig(kubernetes_api_url=server.url))
    assert (found.rows.application.status, facts(found, "executor_removed")) == ("succeeded", [])


def test_logs_of_pods_that_are_still_there_are_read(
    server: Any, kubernetes_log: Callable[..., Path], read: Read
) -> None:
    items = [pod("nightly-driver", "Failed"), *(pod(f"nightly-exec-{n}", "Failed", executor=n) for n in ("0", "1"))]
    server.says(PODS, {"items": items})
    server.answers[f"{PODS}/nightly-driver/log"] = (200, b"Traceback (most recent call last):\nKeyError: 'x'\n")
    server.answers[f"{PODS}/nightly-exec-0/log"] = (200, b"# A fatal error has been detected by the JVM:\n# SIGSEGV\n")
    found = read(kubernetes_log(failure=LOST), ContextConfig(kubernetes_api_url=server.url))
    assert [fact.source for fact in facts(found, "driver_log")] == ["pod nightly-driver log:-2"]
    assert [fact.source for fact in facts(found, "executor_log")] == ["executor 0 pod nightly-exec-0 log:-2"]
    asked = {path: query for path, query, _ in server.asked if path.endswith("/log")}
    assert asked[f"{PODS}/nightly-driver/log"]["container"] == "spark-kubernetes-driver"
    assert all("tailLines" in query for query in asked.values())


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            {
                "sparkApplicationId": APP_ID,
                "executionAttempts": 1,
                "applicationState": {"state": "FAILED", "errorMessage": "driver container failed with ExitCode: 1"},
                "executorState": {"nightly-exec-0": "FAILED"},
            },
            ("failed", "SparkApplication nightly is FAILED: driver container failed with ExitCode: 1"),
        ),
        ({"sparkApplicationId": APP_ID, "applicationState": {"state": "COMPLETED"}}, ("succeeded", None)),
        # The resource of a recurring application describes its last run.
        ({"sparkApplicationId": "spark-other", "applicationState": {"state": "FAILED"}}, (None, None)),
        ({"sparkApplicationId": APP_ID, "applicationState": {"state": "RUNNING"}}, (None, None)),
    ],
)
def test_kubeflows_operator_remembers_what_is_gone(
    server: Any, kubernetes_log: Callable[..., Path], read: Read, document: object, expected: tuple[str, str]
) -> None:
    server.says(PODS, {"items": []})
    path = "/apis/sparkoperator.k8s.io/v1beta2/namespaces/team-a/sparkapplications/nightly"
    server.says(path, {"metadata": {"name": "nightly"}, "status": document})
    found = read(kubernetes_log(KUBEFLOW), ContextConfig(kubernetes_api_url=server.url))
    row = found.rows.application
    assert (row.final_status, row.diagnostics) == expected


@pytest.mark.parametrize(
    ("created", "ended", "expected"),
    [
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:09.123456Z", "failed"),
        ("1970-01-01T00:00:05Z", "1970-01-01T00:00:09Z", None),  # made after the application started
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.5Z", None),  # the end of a run before
    ],
)
def test_apaches_operator_remembers_what_is_gone(
    server: Any, kubernetes_log: Callable[..., Path], read: Read, created: str, ended: str, expected: str | None
) -> None:
    history = {
        "0": {"currentStateSummary": "Submitted", "lastTransitionTime": created, "message": ""},
        "9": {"currentStateSummary": "RunningHealthy", "lastTransitionTime": created},
        "10": {"currentStateSummary": "DriverEvicted", "lastTransitionTime": ended, "message": "evicted"},
        "11": {"currentStateSummary": "ResourceReleased", "lastTransitionTime": ended},
    }
    server.says(PODS, {"items": []})
    server.says(
        "/apis/spark.apache.org/v1/namespaces/team-a/sparkapplications/nightly",
        {
            "metadata": {"name": "nightly", "creationTimestamp": created},
            "status": {"currentState": history["11"], "stateTransitionHistory": history},
        },
    )
    found = read(kubernetes_log(APACHE), ContextConfig(kubernetes_api_url=server.url))
    assert found.rows.application.final_status == expected


def test_the_token_goes_to_the_api_server(
    server: Any, kubernetes_log: Callable[..., Path], read: Read, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("hunter2\n")
    server.says(PODS, {"items": []})
    read(kubernetes_log(), ContextConfig(kubernetes_api_url=server.url, kubernetes_token_file=token))
    assert {headers["authorization"] for _, _, headers in server.asked} == {"Bearer hunter2"}
    with pytest.raises(ConfigError, match="SPARKWRIGHT_KUBERNETES_TOKEN_FILE"):
        LogContext(ContextConfig(kubernetes_api_url=server.url, kubernetes_token_file=tmp_path / "nowhere"))


def test_a_name_from_an_event_log_never_changes_the_address(
    server: Any, write_log: Callable[..., Path], read: Read
) -> None:
    for number, (app_id, namespace) in enumerate([("spark-1", "a/../b"), ("spark,1=x", "team-a")]):
        properties = {"spark.master": "k8s://api", "spark.kubernetes.namespace": namespace}
        folder = write_log(f"log-{number}", app_id=app_id, properties=properties).parent
    read(folder, ContextConfig(kubernetes_api_url=server.url))
    assert server.asked == []


def test_warnings_about_the_applications_pods_are_told_also_of_pods_that_are_gone(
    server: Any, kubernetes_log: Callable[..., Path], read: Read
) -> None:
    def event(pod: str, reason: str, message: str) -> dict[str, object]:
        return {"type": "Warning", "reason": reason, "message": message, "involvedObject": {"kind": "Pod", "name": pod}}

    scheduling = event("nightly-exec-7", "FailedScheduling", "0/3 nodes are available: 3 Insufficient memory.")
    eviction = event("nightly-exec-0", "Evicted", "The node was low on resource: memory.")
    another = event("hourly-exec-1", "Evicted", "The node was low on resource: memory.")
    server.says(PODS, {"kind": "PodList", "items": [pod("nightly-driver", "Failed")]})
    server.says(PODS.replace("pods", "events"), {"kind": "EventList", "items": [scheduling, eviction, another]})
    properties = {"spark.kubernetes.executor.podNamePrefix": "nightly"}
    found = read(kubernetes_log(properties, failure=LOST), ContextConfig(kubernetes_api_url=server.url))
    assert [fact.message for fact in facts(found, "final_status")] == [
        "pod nightly-exec-7: FailedScheduling: 0/3 nodes are available: 3 Insufficient memory."
    ]
    (evicted,) = [fact for fact in facts(found, "executor_removed") if fact.source.startswith("event")]
    assert evicted.source == "event of pod nightly-exec-0 executor 0"
    assert "hourly" not in str(found.rows.evidence)


def test_a_role_that_may_not_see_events_loses_nothing_else(
    server: Any, kubernetes_log: Callable[..., Path], read: Read
) -> None:
    server.says(PODS, {"kind": "PodList", "items": [pod("d", "Failed", end={"exitCode": 1, "reason": "Error"})]})
    server.says(PODS.replace("pods", "events"), {"kind": "Status", "code": 403}, status=403)
    found = read(kubernetes_log(failure=LOST), ContextConfig(kubernetes_api_url=server.url))
    assert found.rows.application.final_status == "failed"
    assert [name for name in found.faults if "events" in name]
    assert found.record.awaited_until_at is None
