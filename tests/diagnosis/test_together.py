"""Facts that name a cause together, each of which alone is a mere symptom."""

import pytest

from data_contracts.api.diagnosis import EvidenceItem
from sparkwright.diagnosis.answer import answer


def _facts(*lines: str) -> list[EvidenceItem]:
    return [
        EvidenceItem(
            evidence_id=f"e{number}",
            kind=line.partition("|")[0],  # type: ignore[arg-type]
            source="test",
            exception_class="",
            message=line.partition("|")[2],
        )
        for number, line in enumerate(lines)
    ]


STARVED = (
    "driver_log|WARN TaskSchedulerImpl: Initial job has not accepted any resources; check your cluster UI to ensure "
    "that workers are registered and have sufficient resources"
)
COUNTED = "metric|memory left in the queue: 3 GB; an executor of this application: 11 GB"
DECOMMISSIONED = "driver_log|INFO TaskSchedulerImpl: Executor 4 on 10.1.0.8 is decommissioned."
FETCHED = (
    "task_failure|FetchFailed(BlockManagerId(4, 10.1.0.8, 7079, None), shuffleId=1, mapIndex=3, mapId=3, reduceId=9)"
)
FROZEN = (
    "driver_log|WARN HeartbeatReceiver: Removing executor driver with no recent heartbeats: 190211 ms exceeds 120000 ms"
)
UNRESOLVED = (
    "executor_log|ERROR RetryingBlockTransferor: Exception while beginning fetch of 3 outstanding blocks\n"
    "java.io.IOException: Failed to connect to exec-2:40107\nCaused by: java.net.UnknownHostException: exec-2"
)
TWO_FACTS = [
    ("resource_starvation", [STARVED, COUNTED]),
    ("node_preempted", [DECOMMISSIONED, FETCHED]),
    (
        "executor_heartbeat_timeout",
        [FROZEN, "driver_log|WARN Executor: Issue communicating with driver in heartbeater"],
    ),
    ("fetch_failure", [UNRESOLVED, "stage_failure|FetchFailed(BlockManagerId(2, exec-2, 40107, None), shuffleId=0)"]),
]


@pytest.mark.parametrize(("cause", "lines"), TWO_FACTS, ids=[cause for cause, _ in TWO_FACTS])
def test_two_facts_name_what_neither_names_alone(cause: str, lines: list[str]) -> None:
    found = answer(_facts(*lines))
    assert (found.root_cause, found.symptom_only) == (cause, False)
    assert found.confidence is not None and found.evidence


@pytest.mark.parametrize(
    "lines",
    [
        [STARVED],
        [
            STARVED,
            "metric|executors registered: 0",
            "executor_removed|Executor 3 is now EXITED (Command exited with code 1)",
        ],
        [DECOMMISSIONED],
        [DECOMMISSIONED, FETCHED, "driver_log|INFO ExecutorAllocationManager: Executors 4 are idle and decommissioned"],
        ["driver_log|WARN HeartbeatReceiver: Removing executor 3 with no recent heartbeats: 190 s"],
        [UNRESOLVED, "driver_log|ERROR TaskSchedulerImpl: Lost executor 2 on exec-2: worker lost"],
    ],
)
def test_less_or_another_sign_names_nothing(lines: list[str]) -> None:
    found = answer(_facts(*lines))
    assert found.symptom_only or found.root_cause == "unknown"


def test_what_spells_a_cause_out_comes_first() -> None:
    collecting = "executor_log|[Full GC (Ergonomics) 6990677K->6990676K(7689728K), 11.2 secs]"
    assert answer(_facts(FROZEN, collecting)).root_cause == "heap_pressure"
    found = answer(_facts(DECOMMISSIONED, FETCHED, "executor_log|java.io.IOException: No space left on device"))
    assert found.root_cause == "disk_full"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("stage 3: 1 task, running for 2 h; 127 cores of 16 executors idle", "few_partitions"),
        ("one task, two tasks; 30 executors idle", "few_partitions"),
        ("stage 3: 1 task of 400 runs; 127 cores idle", "unknown"),
        ("stage 3: 1 task; 3 cores idle", "unknown"),
        ("stage 3: 12 tasks; 127 cores idle", "unknown"),
    ],
)
def test_one_task_while_the_cores_are_idle_is_too_few(text: str, cause: str) -> None:
    assert answer(_facts(f"metric|{text}")).root_cause == cause
