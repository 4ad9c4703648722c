"""Judge whether a run ended as intended, from its logs alone."""

from typing import Literal

from data_contracts.properties.spark import parse_size_bytes
from evaluation.lab.campaign import Launch
from evaluation.lab.catalogue import CATALOGUE
from evaluation.lab.observation import Observation
from evaluation.lab.truth import NO_FAULT, Truth

Status = Literal["succeeded", "failed"]


def judge(launch: Launch, seen: Observation) -> tuple[Truth | None, str]:
    """Return the truth about one run, or None and the reason.

    A history's run that died of a full heap has a truth, too: its cause is read from the logs, not intended.
    """
    status: Status = "failed" if seen.exit_code else "succeeded"
    if not seen.complete:
        return None, f"expected an event log with its end; exit code {seen.exit_code}, {_last_words(seen)}"
    if launch.repaired:
        return _judge_repaired(launch, seen, status)
    if launch.root_cause == NO_FAULT:
        return _judge_history(launch, seen, status)
    if status != launch.expected_status:
        return None, f"expected it to end {launch.expected_status}, it {status}: {_last_words(seen)}"
    if not _acted(launch, seen):
        return None, f"expected the lab's {launch.enforced_by} to say that it acted, it did not"
    symptom = CATALOGUE[launch.variant].symptom
    found = symptom.seen_in(seen)
    if not found:
        return None, f"expected {symptom} in the logs: {_last_words(seen)}"
    oom = seen.heap_oom()
    # Executors exit with code 52 if they lack any kind of JVM memory, including that for classes.
    if oom and launch.root_cause not in ("executor_heap_oom", "metaspace_oom"):
        return None, f"an executor's heap was full as well: {oom}"
    other = _other_slowness(launch, seen) if status == "succeeded" else ""
    if other:
        return None, f"expected it to suffer of {launch.root_cause} alone: {other}"
    return _truth(launch, seen, launch.root_cause, status, launch.knob, found), ""


def _other_slowness(launch: Launch, seen: Observation) -> str:
    """Return the first sign that a successful run is slow for another cause, too, which would make it ambiguous."""
    others = (fault for fault in CATALOGUE.values() if fault.expected_status == "succeeded")
    signs = (fault.symptom.seen_in(seen) for fault in others if fault.root_cause != launch.root_cause)
    return next(filter(None, signs), "")


def _judge_history(launch: Launch, seen: Observation, status: Status) -> tuple[Truth | None, str]:
    oom = seen.heap_oom()
    if status == "failed" and oom:
        return _truth(launch, seen, "executor_heap_oom", status, "spark.executor.memory", oom), ""
    if status == "failed" or seen.failed_jobs_count:
        return None, f"expected a good run or a full heap: {_last_words(seen)}"
    return _truth(launch, seen, NO_FAULT, status, "", f"{seen.failed_tasks_count} failed tasks"), ""


def _judge_repaired(launch: Launch, seen: Observation, status: Status) -> tuple[Truth | None, str]:
    symptom = CATALOGUE[launch.variant].symptom
    if status == "failed":
        return None, f"expected the repair to let it succeed: {_last_words(seen)}"
    if not _acted(launch, seen):
        return None, f"expected the lab's {launch.enforced_by} to act on a repaired run, too, it did not"
    found = symptom.seen_in(seen)
    if found:
        return None, f"expected the repair to take away {symptom}: {found}"
    return _truth(launch, seen, NO_FAULT, status, "", f"succeeded without {symptom}"), ""


def _acted(launch: Launch, seen: Observation) -> bool:
    """Return whether a required slow node was slow: a run without it shows neither the fault nor its repair."""
    return launch.enforced_by != "slow_node" or any(said.startswith("lab: ") for said in seen.messages)


def _truth(launch: Launch, seen: Observation, cause: str, status: Status, knob: str, proof: str) -> Truth:
    return Truth(
        launch_id=launch.launch_id,
        app_id=seen.app_id,
        workload=launch.workload,
        size=f"{launch.scale:g}",
        root_cause=cause,
        variant=launch.variant,
        expected_status=status,
        executor_memory_bytes=parse_size_bytes(
            launch.properties.get("spark.executor.memory", f"{launch.executors.memory_mib}m")
        ),
        knob=knob,
        split=launch.split,
        verified=True,
        seen=proof,
        metrics=launch.metrics,
        enforced_by=launch.enforced_by,
        repeat=launch.repeat,
        repaired=launch.repaired,
    )


def _last_words(seen: Observation) -> str:
    said = seen.messages[-1] if seen.messages else seen.driver_log.strip()[-300:]
    return " ".join(said.split())[:300] or "the logs say nothing"
