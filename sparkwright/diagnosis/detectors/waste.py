"""What concerns the whole application: repeated work, a driver that works alone, cores that nobody used."""

from sparkwright.diagnosis.detectors.findings import SlowCause
from sparkwright.diagnosis.detectors.metrics import ApplicationMetrics
from sparkwright.diagnosis.detectors.signs import View
from sparkwright.diagnosis.detectors.words import is_on
from sparkwright.diagnosis.taxonomy import SLOWDOWNS
from sparkwright.spark.figures import seconds

_HOURS = 3600


def repeated_work(app: ApplicationMetrics, view: View) -> SlowCause | None:
    """Time of tasks that failed, were killed or had to be done again; of a failed run the failure itself speaks."""
    if app.status == "failed":
        return None
    failed = {stage: stage.failed_task_time_ms or 0 for stage in app.stages}
    again = {stage: max(0, stage.occupied_ms - failed[stage]) for stage in app.stages if stage.stage_attempt_id}
    wasted = {stage: failed[stage] + again.get(stage, 0) for stage in app.stages}
    total = sum(wasted.values())
    if total < view.thresholds.wasted_task_share.value * sum(stage.occupied_ms for stage in app.stages) or not total:
        return None
    lost_ms = sum(ms / view.timeline.slots(stage) for stage, ms in wasted.items() if ms)
    cpus = view.timeline.task_cpus
    copies = cpus * sum(stage.speculation_wasted_ms for stage in app.stages)
    facts = [
        f"{sum(stage.failed_task_count for stage in app.stages):,} tasks failed and "
        f"{sum(stage.killed_task_count for stage in app.stages):,} were killed, "
        f"{seconds(cpus * sum(failed.values()))} of core-time"
    ]
    if copies:
        facts.append(f"{seconds(copies)} of it in copies of tasks that were outrun (speculation)")
    if again:
        facts.append(f"{len(again):,} stage attempts did again what was lost, {seconds(cpus * sum(again.values()))}")
    stages = sorted((stage for stage, ms in wasted.items() if ms), key=lambda stage: -wasted[stage])
    return _cause(
        "wasted_retries",
        lost_ms / 1000,
        "the core-time of tasks that failed or were killed and of repeated stage attempts, spread over the cores",
        facts,
        stage_ids=tuple(dict.fromkeys(stage.stage_id for stage in stages)),
        wasted_core_s=cpus * total / 1000,
    )


def driver_alone(app: ApplicationMetrics, view: View) -> SlowCause | None:
    """Time in which executors were there and no stage ran; a shared or endless application waits for people."""
    timeline, limits = view.timeline, view.thresholds
    if app.shape != "batch" or not app.stages:
        return None
    from_s = max(timeline.first_core_ms, timeline.start_ms) / 1000
    alone_s = timeline.end_ms / 1000 - from_s - timeline.covered_s(app.stages)
    if alone_s < limits.min_gap_s.value or alone_s < limits.driver_share.value * timeline.duration_s:
        return None
    return _cause(
        "driver_bound",
        alone_s,
        "the time from the first executor to the end in which no stage ran: at most this much can be won",
        [f"no stage ran for {seconds(alone_s * 1000)} of {seconds(timeline.duration_s * 1000)}"],
    )


def idle_cores(app: ApplicationMetrics, view: View) -> SlowCause | None:
    """Cores that were held and ran no task."""
    limits = view.thresholds
    if app.platform == "local":  # nobody holds cores there for it alone
        return None
    held = view.timeline.held_core_s()
    idle = held - sum(stage.occupied_ms for stage in app.stages) * view.timeline.task_cpus / 1000
    if idle < limits.min_wasted_core_s.value or idle < limits.idle_share.value * held:
        return None
    dynamic = "spark.dynamicAllocation.enabled"
    wanted = {}
    # Databricks scales its clusters itself.
    own_scaling = any(name.startswith("spark.databricks.") for name in app.properties)
    if not own_scaling and not is_on(app.properties, dynamic, False):
        wanted = {dynamic: "true"}
        if not is_on(app.properties, "spark.shuffle.service.enabled", False):
            wanted["spark.dynamicAllocation.shuffleTracking.enabled"] = "true"
    return _cause(
        "idle_cores",
        0.0,
        "core-seconds held by executors less those that tasks took; it costs cores, not time",
        [f"{idle / _HOURS:.1f} of {held / _HOURS:.1f} core-hours held ({idle / held:.0%}) ran no task"],
        properties=wanted,
        wasted_core_s=idle,
    )


def _cause(
    name: str,
    lost_s: float,
    how: str,
    facts: list[str],
    *,
    stage_ids: tuple[int, ...] = (),
    properties: dict[str, str] | None = None,
    wasted_core_s: float = 0.0,
) -> SlowCause:
    known = SLOWDOWNS[name]
    return SlowCause(
        name, known.title, stage_ids, lost_s, how, tuple(facts), known.remedy, properties or {}, wasted_core_s
    )
