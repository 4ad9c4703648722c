"""Group what made applications slow by cause, as found by the detectors."""

from collections import defaultdict
from collections.abc import Mapping

from data_contracts.api.report import SlowGroup, SlowRun
from sparkwright.diagnosis.detectors import ApplicationMetrics, SlowCause, find_slow_causes, group_metrics
from sparkwright.report.properties import changes
from sparkwright.report.tables import Tables, rows
from sparkwright.report.usage import Key

_WORST = 5
_MAX_STAGES = 3


def group_slow_causes(tables: Tables) -> list[SlowGroup]:
    """Return the causes, most seconds lost first."""
    workload_of: Mapping[Key, str] = {
        (app_id, attempt_id): workload_id
        for app_id, attempt_id, workload_id in rows(tables.applications, ("app_id", "attempt_id", "workload_id"))
    }
    found: dict[str, list[tuple[SlowCause, SlowRun]]] = defaultdict(list)
    metrics = group_metrics(tables.applications, tables.stages, tables.executors, tables.sql_executions)
    for app in metrics:
        for cause in find_slow_causes(app):
            found[cause.cause].append((cause, _finding(app, cause, workload_of[app.key])))
    groups = []
    for name, members in found.items():
        members.sort(key=lambda member: (-member[0].lost_s, -member[0].wasted_core_s, member[1].app_id))
        groups.append(
            SlowGroup(
                cause=name,
                title=members[0][0].title,
                applications=len({(one.app_id, one.attempt_id) for _, one in members}),
                lost_s=sum(cause.lost_s for cause, _ in members),
                wasted_core_h=sum(cause.wasted_core_s for cause, _ in members) / 3600,
                worst=[one for _, one in members[:_WORST]],
            )
        )
    return sorted(groups, key=lambda group: (-group.lost_s, -group.wasted_core_h, group.cause))


def _finding(app: ApplicationMetrics, cause: SlowCause, workload_id: str) -> SlowRun:
    names = {stage.stage_id: stage.stage_name for stage in app.stages}
    stages = [f"{stage_id}: {names.get(stage_id, '')}" for stage_id in cause.stage_ids[:_MAX_STAGES]]
    more = len(cause.stage_ids) - len(stages)
    return SlowRun(
        app_id=app.app_id,
        attempt_id=app.attempt_id,
        workload_id=workload_id,
        stages=[*stages, f"and {more} more"] if more else stages,
        lost_s=cause.lost_s,
        wasted_core_s=cause.wasted_core_s,
        estimate=cause.how,
        facts=list(cause.facts),
        remedy=cause.remedy,
        repair=changes(app.properties, cause.properties),
    )
