"""Join runs that carried a decision's id to that decision.

Whether a decision was applied is judged property by property from the effective properties and resource profiles in the
event log, never from the presence of its id: a user, a properties file or the code itself may have set something else.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from data_contracts.api.recommendation import Forecast
from data_contracts.properties.spark import MIB, same_value
from data_contracts.tables import Application, Decision, Outcome, Run

RUN_COLUMNS = (
    "app_id",
    "attempt_id",
    "workload_id",
    "platform",
    "origin",
    "decision_id",
    "executor_memory_bytes",
    "executor_memory_overhead_bytes",
    "executor_offheap_bytes",
    "executor_pyspark_bytes",
    "executor_count",
    "duration_ms",
    "memory_verdict",
    "status",
)
"""The columns of runs that outcomes are made of."""
APPLICATION_COLUMNS = ("app_id", "attempt_id", "properties_json", "resource_profiles_json")
"""The columns of applications that outcomes are made of."""


def outcomes(decisions: Iterable[Decision], runs: Iterable[Run], applications: Iterable[Application]) -> list[Outcome]:
    """Return one outcome for each run that carries the id of a known decision."""
    by_id = {decision.decision_id: decision for decision in decisions}
    by_attempt = {(app.app_id, app.attempt_id): app for app in applications}
    joined = []
    for run in runs:
        decision = by_id.get(run.decision_id or "")
        app = by_attempt.get((run.app_id, run.attempt_id))
        if decision is not None and app is not None:
            joined.append(_outcome(decision, run, _in_force(app)))
    return joined


def _in_force(app: Application) -> list[dict[str, str]]:
    """Return the effective properties of executors, once per resource profile."""
    properties: dict[str, str] = json.loads(app.properties_json)
    profiles: dict[str, dict[str, str]] = json.loads(app.resource_profiles_json)
    return [properties | changed for changed in profiles.values()] or [properties]


def overridden(
    allocation: Mapping[str, str], in_force: Sequence[Mapping[str, str]]
) -> dict[str, dict[str, str | None]]:
    """Return the properties that were not in force, each with its ``recommended`` and ``effective`` value.

    Args:
        allocation: What was recommended.
        in_force: Effective properties of executors, once per resource profile that the code gave them.
    """
    ignored: dict[str, dict[str, str | None]] = {}
    for effective in in_force:
        for name, value in allocation.items():
            in_effect = effective.get(name)
            if in_effect is None or not same_value(name, in_effect, value):
                ignored.setdefault(name, {"recommended": value, "effective": in_effect})
    return ignored


def _heap_property(run: Run) -> str:
    return "spark.driver.memory" if run.platform == "local" else "spark.executor.memory"


def _memory_mib_s(run: Run) -> float:
    beside = run.executor_memory_overhead_bytes + run.executor_offheap_bytes + run.executor_pyspark_bytes
    return (run.executor_memory_bytes + beside) / MIB * run.executor_count * run.duration_ms / 1000


def _outcome(decision: Decision, run: Run, in_force: Sequence[Mapping[str, str]]) -> Outcome:
    allocation: dict[str, str] = json.loads(decision.allocation_json)
    ignored = overridden(allocation, in_force)
    forecast = Forecast.model_validate_json(decision.forecast_json) if decision.forecast_json != "null" else None
    duration = forecast.duration_ms if forecast else None
    # A forecast is about a run that succeeds under the allocation it was made for.
    comparable = run.status == "succeeded" and not ignored
    return Outcome(
        decision_id=decision.decision_id,
        app_id=run.app_id,
        attempt_id=run.attempt_id,
        workload_id=run.workload_id,
        origin=run.origin,
        decided_at=decision.decided_at,
        status=run.status,
        obeyed="all" if not ignored else "none" if len(ignored) == len(allocation) else "some",
        disobeyed_json=json.dumps(ignored, sort_keys=True),
        cold=decision.cold,
        trial=decision.trial,
        memory_verdict=run.memory_verdict,
        memory_regret=_memory_outcome(
            run,
            # Report-only runs got no advice: the outcome of the user's own heap is not ours.
            memory_applied=not decision.report_only and _heap_property(run) in allocation.keys() - ignored.keys(),
        ),
        duration_ms=run.duration_ms,
        forecast_duration_p10_ms=duration.p10 if duration else None,
        forecast_duration_p50_ms=duration.p50 if duration else None,
        forecast_duration_p90_ms=duration.p90 if duration else None,
        duration_covered=duration.p10 <= run.duration_ms <= duration.p90 if duration and comparable else None,
        claimed_death_probability=decision.claimed_death_probability,
        held_back=decision.held_back,
        report_only=decision.report_only,
        executor_memory_mib_s=_memory_mib_s(run),
    )


def _memory_outcome(run: Run, *, memory_applied: bool) -> str:
    if not memory_applied or run.memory_verdict == "unknown":
        return "unknown"
    return "held" if run.memory_verdict == "enough" else "died"
