"""What a run was given, the totals of its tasks and executors, and how well they were measured."""

from dataclasses import asdict
from operator import attrgetter

from data_contracts.tables import Run
from sparkwright.history.application.state import ApplicationState
from sparkwright.history.application.totals import DRIVER_IDS, STAGE_TOTALS, ExecutorState, peaks_of
from sparkwright.history.events.executor_events import ResourceProfile
from sparkwright.spark.allocation import Allocation, profile_properties


def workers_of(app: ApplicationState, platform: str) -> list[ExecutorState]:
    """The executors that run tasks: in local mode the driver does."""
    return [executor for name, executor in app.executors.items() if platform == "local" or name not in DRIVER_IDS]


def evidence_tier(workers: list[ExecutorState]) -> str:
    """How much the log tells of the memory of the executors that ran tasks."""
    known = [executor for executor in workers if executor.peak_jvm_heap_bytes]
    if any(executor.peak_process_rss_bytes for executor in known):
        return "process_tree"
    return "heap_peaks" if known else "tasks"


def given_columns(given: Allocation, app: ApplicationState, workers: list[ExecutorState]) -> dict[str, object]:
    """What the run really had: executors as they registered, else what the properties ask for."""
    cores = max((executor.cores or 0 for executor in workers), default=0)
    came = {
        "executor_cores_count": cores or given.executor_cores_count or 1,
        "executor_count": app.max_executors or len(workers),
    }
    return asdict(given) | came


def used_profiles(app: ApplicationState, workers: list[ExecutorState]) -> dict[int, dict[str, str]]:
    """The resource profiles of the executors, each as the properties in which it differs from the application's."""
    used = sorted({executor.resource_profile_id for executor in workers})
    return {number: _profile(app.resource_profiles.get(number)) for number in used}


def _profile(profile: ResourceProfile | None) -> dict[str, str]:
    if profile is None or not profile.profile_id:
        return {}
    return profile_properties(
        {name: request.amount for name, request in profile.executor.items()},
        {name: request.amount for name, request in profile.task.items()},
    )


def main_profile(profiles: dict[int, dict[str, str]], workers: list[ExecutorState]) -> dict[str, str]:
    """The properties of the profile whose executors worked most: most of what the run was given."""
    main = of_main_profile(workers)
    return profiles[main[0].resource_profile_id] if main else {}


def of_main_profile(workers: list[ExecutorState]) -> list[ExecutorState]:
    """The executors of the profile whose executors worked most."""
    worked: dict[int, int] = {}
    for executor in sorted(workers, key=lambda executor: executor.resource_profile_id):
        number = executor.resource_profile_id
        worked[number] = worked.get(number, 0) + executor.executor_run_time_ms
    main = max(worked, key=worked.__getitem__, default=0)
    return [executor for executor in workers if executor.resource_profile_id == main]


def needed_columns(app: ApplicationState, workers: list[ExecutorState]) -> dict[str, object]:
    """What the run needed and used over all stages and executors; memory peaks over executors of the main profile."""
    stages = list(app.stages.values())
    longest = max(stages, key=lambda stage: stage.executor_run_time_ms, default=None)
    totals: dict[str, object] = {
        name: sum(map(attrgetter(name), stages)) for name in STAGE_TOTALS if name in Run.model_fields
    }
    return (
        totals
        | peaks_of(of_main_profile(workers))
        | {
            "job_count": app.job_count,
            "failed_job_count": app.failed_job_count,
            "stage_count": len(stages),
            "failed_stage_count": sum(stage.failure is not None for stage in stages),
            "sql_execution_count": sum(one.started_ms is not None for one in app.sql_executions.values()),
            "added_executor_count": sum(executor.added_ms is not None for executor in workers),
            "lost_executor_count": sum(executor.lost for executor in workers),
            "excluded_executor_count": sum(executor.exclusion_count > 0 for executor in workers),
            "peak_execution_memory_bytes": max((stage.peak_execution_memory_bytes for stage in stages), default=0),
            "task_skew_ratio": longest.skew_ratio if longest else None,
        }
    )
