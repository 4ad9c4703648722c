"""Whether a log is complete: Spark silently drops events when its listeners are too slow.

Losses show in what is left: an end without its start, a start without its end, counts that do not add up.
"""

from collections.abc import Iterable

from sparkwright.history.application.sql import SqlExecutionState
from sparkwright.history.application.state import ApplicationState
from sparkwright.history.application.totals import DRIVER_IDS, StageState


def log_state(app: ApplicationState, *, compacted: bool, faulty: bool) -> str:
    """``complete``, ``compacted``, ``events_dropped`` or ``unfinished``.

    Args:
        app: Everything that was read.
        compacted: Whether Spark itself dropped events of what had ended, to keep a rolling log short.
        faulty: Whether pieces of the log were set aside.
    """
    if compacted:
        return "compacted"
    if app.ended_ms is None:
        return "unfinished"
    return "events_dropped" if faulty or app.lost_events or _is_short(app) else "complete"


def _is_short(app: ApplicationState) -> bool:
    """Whether events are missing that an application must have written by its end."""
    return (
        not app.knows_environment
        or bool(app.open_jobs)
        or any(stage.completed_ms is None for stage in app.stages.values())
        or _lost_sql_end(app)
        or any(map(_lost_tasks, _attempts_of_short_stages(app)))
        or _lost_stages(app)
        or _lost_executors(app)
    )


def _lost_sql_end(app: ApplicationState) -> bool:
    """Whether the end of a SQL execution is missing although it must have ended.

    Executions that are open when the application stops have no end: the last one, and one whose job was cut off. A
    driver starts the next execution only after the previous one has ended.
    """
    announced = [execution for execution in app.sql_executions.values() if execution.started_ms is not None]
    last = max((execution.started_ms or 0 for execution in announced if _is_root(execution)), default=0)
    return any(
        execution.ended_ms is None and not execution.failed_job_count and (execution.started_ms or 0) < last
        for execution in announced
        if _is_root(execution)
    )


def _is_root(execution: SqlExecutionState) -> bool:
    return execution.root_id == execution.execution_id


def _attempts_of_short_stages(app: ApplicationState) -> Iterable[list[StageState]]:
    """The attempts of each stage in which some attempt had more tasks than ended well; for most applications none."""
    stages = app.stages.values()
    short = {stage.stage_id for stage in stages if stage.succeeded_task_count < stage.expected_task_count}
    attempts: dict[int, list[StageState]] = {}
    for stage in stages:
        if stage.stage_id in short:
            attempts.setdefault(stage.stage_id, []).append(stage)
    return attempts.values()


def _lost_tasks(attempts: list[StageState]) -> bool:
    """Whether fewer tasks ended well than a stage needs that completed successfully in the end.

    Each task must end well once, in whichever attempt; the first attempt knows how many there are.
    """
    first, last = attempts[0], attempts[-1]
    completed_well = last.completed_ms is not None and last.failure is None
    return completed_well and sum(stage.succeeded_task_count for stage in attempts) < first.expected_task_count


def _lost_stages(app: ApplicationState) -> bool:
    """Whether tasks are missing although every launched task must have ended.

    Tasks are numbered from 0. If nothing failed, was killed or was copied, none can still run after the last job, so a
    missing number is a missing task, and its whole stage may be missing.
    """
    stages = app.stages.values()
    clean = not app.failed_job_count and not any(
        stage.failure or stage.speculative_task_count or stage.task_count > stage.succeeded_task_count
        for stage in stages
    )
    return clean and sum(stage.task_count for stage in stages) <= app.last_task_id


def _lost_executors(app: ApplicationState) -> bool:
    """Whether tasks ran on an executor whose start is not logged; a log with a version (Spark 1.3) has every start."""
    return bool(app.spark_version) and any(
        executor.added_ms is None and executor.task_count and name not in DRIVER_IDS
        for name, executor in app.executors.items()
    )
