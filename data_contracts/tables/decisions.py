"""Decisions and their outcomes."""

from typing import ClassVar

from data_contracts.column import Key, Meta, Static
from data_contracts.fields import decision as d
from data_contracts.fields import execution as e
from data_contracts.fields import identity as i
from data_contracts.fields import requirement as r
from data_contracts.row import Row
from data_contracts.rules import AtMost, Rule


class Decision(Row):
    """One recommendation as answered."""

    table: ClassVar[str] = "decisions"

    decision_id: Key[i.DecisionId]
    workload_id: Static[i.WorkloadId]
    decided_at: Static[d.DecidedAt]
    release_version: Static[d.ReleaseVersion]
    forecaster_version: Static[d.ModelVersion]
    request_json: Static[d.RequestJson]
    forecast_json: Static[d.ForecastJson]
    allocation_json: Static[d.AllocationJson]
    cold: Static[d.Flag]
    trial: Static[d.Flag]
    extrapolated: Static[d.Flag]
    attempt: Static[d.Attempt] = 1
    input_bytes: Static[d.NextInputBytes | None] = None
    policy_version: Static[d.PolicyVersion] = ""
    claimed_death_probability: Static[d.ClaimedDeathProbability | None] = None
    held_back: Static[d.HeldBack] = False
    report_only: Static[d.ReportOnly] = False
    withheld_json: Static[d.WithheldJson] = ""
    shadow_json: Static[d.ShadowJson] = ""
    launch_id: Static[d.LaunchId | None] = None
    recommendation_json: Static[d.RecommendationJson] = ""
    reported_app_id: Meta[i.AppId | None]
    reported_exit_code: Meta[e.ExitCode | None]


class Outcome(Row):
    """The outcome of a decision: the harvested run that carried its id."""

    table: ClassVar[str] = "outcomes"
    rules: ClassVar[tuple[Rule, ...]] = (
        AtMost(("forecast_duration_p10_ms",), ("forecast_duration_p50_ms",), "quantiles do not cross"),
        AtMost(("forecast_duration_p50_ms",), ("forecast_duration_p90_ms",), "quantiles do not cross"),
    )

    decision_id: Key[i.DecisionId]
    app_id: Key[i.AppId]
    attempt_id: Key[i.AttemptId]
    workload_id: Static[i.WorkloadId]
    origin: Meta[i.Origin]
    decided_at: Static[d.DecidedAt]
    status: Meta[e.Status]
    obeyed: Meta[d.Obeyed]
    disobeyed_json: Meta[d.DisobeyedJson]
    cold: Meta[d.Flag]
    trial: Meta[d.Flag]
    memory_verdict: Meta[r.MemoryVerdict]
    memory_regret: Meta[d.MemoryRegret]
    duration_ms: Meta[r.DurationMs]
    forecast_duration_p10_ms: Meta[d.ForecastQuantileMs | None]
    forecast_duration_p50_ms: Meta[d.ForecastQuantileMs | None]
    forecast_duration_p90_ms: Meta[d.ForecastQuantileMs | None]
    duration_covered: Meta[d.Covered | None]
    claimed_death_probability: Meta[d.ClaimedDeathProbability | None] = None
    held_back: Meta[d.HeldBack] = False
    report_only: Meta[d.ReportOnly] = False
    executor_memory_mib_s: Meta[d.ExecutorMemoryMibS | None] = None
