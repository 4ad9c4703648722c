"""Whether a run ended as it was meant to, judged from its logs and nothing else."""

from evaluation.lab.campaign import Launch
from evaluation.lab.catalogue import CATALOGUE
from evaluation.lab.observation import Observation
from evaluation.lab.truth import NO_FAULT, Truth

MIB = 1024**2


def judge(launch: Launch, seen: Observation) -> tuple[Truth | None, str]:
    """The truth about one run, or None and why there is none.

    A history's run that died of a full heap is a truth as well: its cause is read from the logs, not intended.
    """
    status = "failed" if seen.exit_code else "succeeded"
    if not seen.complete:
        return None, f"expected an event log with its end; exit code {seen.exit_code}, {_last_words(seen)}"
    oom = seen.heap_oom()
    if launch.root_cause == NO_FAULT:
        if status == "failed" and oom:
            return _truth(launch, seen, "executor_heap_oom", status, "spark.executor.memory", oom), ""
        if status == "failed" or seen.failed_jobs_count:
            return None, f"expected a good run or a full heap: {_last_words(seen)}"
        return _truth(launch, seen, NO_FAULT, status, "", f"{seen.failed_tasks_count} failed tasks"), ""
    if status != launch.expected_status:
        return None, f"expected it to end {launch.expected_status}, it {status}: {_last_words(seen)}"
    proof = seen.find(CATALOGUE[launch.variant].proof)
    if not proof:
        return None, f"expected {CATALOGUE[launch.variant].proof.pattern!r} in the logs: {_last_words(seen)}"
    if oom and launch.root_cause != "executor_heap_oom":
        return None, f"an executor's heap was full as well: {oom}"
    return _truth(launch, seen, launch.root_cause, status, launch.knob, proof), ""


def _truth(launch: Launch, seen: Observation, cause: str, status: str, knob: str, proof: str) -> Truth:
    return Truth(
        launch_id=launch.launch_id,
        app_id=seen.app_id,
        workload=launch.workload,
        size=f"{launch.scale:g}",
        root_cause=cause,
        variant=launch.variant,
        expected_status=status,
        executor_memory_bytes=launch.executors.memory_mib * MIB,
        knob=knob,
        split=launch.split,
        verified=True,
        seen=proof,
    )


def _last_words(seen: Observation) -> str:
    said = seen.messages[-1] if seen.messages else seen.driver_log.strip()[-300:]
    return " ".join(said.split())[:300] or "the logs say nothing"
