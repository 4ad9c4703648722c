"""The service's requests and answers as JSON: timestamps are ISO 8601 strings.

Rendered from `data_contracts/` by `make docs`; edit the contracts, not this file. They and /openapi.json say what the
fields mean. A request may omit fields that are not required; so may the answer of an older service.
"""

from typing import Any, Literal, NotRequired, TypedDict


class ListedApplication(TypedDict):
    """One attempt of one application."""

    app_id: str
    attempt_id: str
    workload_id: str
    app_name: str
    user_name: str
    status: str
    log_state: str
    root_cause: str | None
    started_at: str
    duration_s: float | None
    memory_gib_h: float | None
    wasted_gib_h: float | None


class ApplicationList(TypedDict):
    """The requested applications, in the requested order."""

    version: NotRequired[Literal[1]]
    applications: list[ListedApplication]
    total_count: int


class AskedRequest(TypedDict):
    """What of the requirements goes into a recommendation's request, in its own fields."""

    input_bytes: NotRequired[int | None]
    deadline_ms: NotRequired[int | None]
    max_risk: NotRequired[float | None]
    platform: NotRequired[Literal["standalone", "yarn", "kubernetes", "local"] | None]


class PropertyChange(TypedDict):
    """What the decision makes of one property."""

    property: str
    current: str | None
    advised: str


class Saving(TypedDict):
    """What one run saves if it takes the median of its forecast, against what was asked for; negative: costs more."""

    memory_gib_h: float
    core_h: float
    money: NotRequired[float | None]
    currency: NotRequired[str | None]


class Quantiles(TypedDict):
    """Forecast quantiles of one requirement, in the requirement's own unit."""

    p10: float
    p50: float
    p90: float


class Forecast(TypedDict):
    """What the next run needs under the recommended allocation."""

    duration_ms: Quantiles
    executor_run_time_ms: Quantiles
    input_bytes: Quantiles
    shuffle_write_bytes: Quantiles
    disk_spilled_bytes: Quantiles


class HeapRisk(TypedDict):
    """How likely the run is to die of the advised heap."""

    probability: float
    basis: NotRequired[Literal["model", "certified"]]
    bound: NotRequired[float | None]
    decision_count: NotRequired[int]


class UnappliedAdvice(TypedDict):
    """Advice that nobody was given to submit with; it is kept, to be compared with what became of the run."""

    release_version: str
    forecaster_version: str
    allocation: dict[str, str]
    claimed_death_probability: NotRequired[float | None]
    trial: NotRequired[bool]
    duration_ms: NotRequired[Quantiles | None]
    fault: NotRequired[str]


class HeapEvidence(TypedDict):
    """What the runs of a workload say about one heap: a word and what it rests on, no probability."""

    executor_memory_bytes: int
    standing: Literal["proven", "died", "never_tried"]
    run_count: int
    input_bytes: int


class RunId(TypedDict):
    """A run as the cluster names it."""

    app_id: str
    attempt_id: str


class RunEvidence(TypedDict):
    """The runs that a decision rests on: all of the workload that compare and ended in the window."""

    first_ended_at: str
    last_ended_at: str
    newest: NotRequired[list[RunId]]


class Reason(TypedDict):
    """Why one property has the value it has."""

    property: str
    text: str


class PolicyChange(TypedDict):
    """What a policy made of the advice, or of what the user set."""

    property: str
    rule: Literal["min", "max", "unset", "not", "require", "budget"]
    policies: list[str]
    uncapped: str | None
    capped: str | None
    text: str


class Recommendation(TypedDict):
    """The decision: the allocation to submit with, and why."""

    decision_id: str
    workload_id: str
    allocation: dict[str, str]
    changes: NotRequired[list[PropertyChange]]
    saving: NotRequired[Saving | None]
    forecast: NotRequired[Forecast | None]
    cold: bool
    trial: bool
    risk: NotRequired[HeapRisk | None]
    held_back: NotRequired[bool]
    report_only: NotRequired[bool]
    withheld: NotRequired[UnappliedAdvice | None]
    extrapolated: bool
    observed_run_count: int
    heap_evidence: NotRequired[list[HeapEvidence]]
    evidence: NotRequired[RunEvidence | None]
    reasons: list[Reason]
    policy_changes: NotRequired[list[PolicyChange]]
    required: NotRequired[dict[str, str]]
    policy_version: NotRequired[str]
    expires_at: NotRequired[str | None]
    answered_by: NotRequired[Literal["forecast", "states", "fallback"]]
    release_version: str
    forecaster_version: str


class FieldFault(TypedDict):
    """One fault of a request."""

    pointer: str
    detail: str


class Problem(TypedDict):
    """Why there is no answer (RFC 9457)."""

    type: NotRequired[str]
    title: str
    status: int
    detail: str
    errors: NotRequired[list[FieldFault]]


class BatchedRecommendation(TypedDict):
    """The answer to one request: a recommendation, or why there is none."""

    recommendation: NotRequired[Recommendation | None]
    problem: NotRequired[Problem | None]


class Bound(TypedDict):
    """The least and the most of one property, in its own unit, both included."""

    min: NotRequired[str | None]
    max: NotRequired[str | None]


class Budget(TypedDict):
    """The most of one measure, over all executors and the driver."""

    measure: Literal["memory_gib", "cores", "executors", "memory_gib_hours", "core_hours", "cost_usd"]
    max: float
    per: NotRequired[Literal["run", "day", "week", "month"]]


class ChainLink(TypedDict):
    """One step from the first cause to the end of the application."""

    evidence_id: str
    line: str
    linked_by: Literal["message", "executor", "host", "stage", "order", "start"]
    is_cause: bool


class Change(TypedDict):
    """One line of a property diff."""

    property: str
    current: str | None
    advised: str


class CitedFact(TypedDict):
    """A fact as shown in a diagnosis: its decisive line, and every other source of the same text."""

    evidence_id: str
    kind: Literal[
        "task_failure",
        "stage_failure",
        "job_failure",
        "sql_failure",
        "executor_removed",
        "driver_log",
        "executor_log",
        "final_status",
        "metric",
    ]
    source: str
    exception_class: NotRequired[str]
    message: str
    occurrence_count: NotRequired[int]
    line: str
    also_at: NotRequired[list[str]]


class CostLimit(TypedDict):
    """The most that may be spent."""

    amount: float
    currency: str
    per: Literal["run", "day", "week", "month", "year"]


class EvidenceItem(TypedDict):
    """One fact about a failure."""

    evidence_id: str
    kind: Literal[
        "task_failure",
        "stage_failure",
        "job_failure",
        "sql_failure",
        "executor_removed",
        "driver_log",
        "executor_log",
        "final_status",
        "metric",
    ]
    source: str
    exception_class: NotRequired[str]
    message: str
    occurrence_count: NotRequired[int]


class DiagnoseRequest(TypedDict):
    """A harvested application, or the evidence itself."""

    app_id: NotRequired[str | None]
    attempt_id: NotRequired[str | None]
    evidence: NotRequired[list[EvidenceItem] | None]


class Remediation(TypedDict):
    """What to do about it."""

    text: str
    properties: NotRequired[dict[str, str]]
    to_fill: NotRequired[dict[str, str]]
    knobs: NotRequired[list[str]]


class SlowFinding(TypedDict):
    """What made an application slow or wasteful, measured over its stages and executors."""

    cause: str
    title: str
    stage_ids: list[int]
    lost_s: float
    wasted_core_s: float
    estimate: str
    facts: list[str]
    remediation: Remediation


class Diagnosis(TypedDict):
    """How the application ended, the root cause with the evidence it rests on, and what to do."""

    app_id: NotRequired[str | None]
    application_status: NotRequired[Literal["succeeded", "failed", "unknown"]]
    ending: NotRequired[str]
    root_cause: str
    symptom_only: NotRequired[bool]
    confidence: NotRequired[float | None]
    runner_up: NotRequired[str | None]
    would_tell: NotRequired[str]
    title: str
    explanation: str
    evidence: list[CitedFact]
    chain: NotRequired[list[ChainLink]]
    remediation: Remediation
    answered_by: Literal["troubleshooter", "rules", "cases"]
    second_opinion: NotRequired[str | None]
    guess: NotRequired[str | None]
    notes: NotRequired[list[str]]
    slow: NotRequired[list[SlowFinding]]
    release_version: NotRequired[str]
    troubleshooter_version: NotRequired[str]


class ReadProgress(TypedDict):
    """How much of a log was read, in bytes as stored."""

    read_bytes: int
    total_bytes: int


class DiagnosisJob(TypedDict):
    """A requested diagnosis and its result."""

    diagnosis_id: str
    status: Literal["queued", "running", "succeeded", "failed"]
    created_at: str
    started_at: NotRequired[str | None]
    ended_at: NotRequired[str | None]
    progress: NotRequired[ReadProgress | None]
    diagnosis: NotRequired[Diagnosis | None]
    problem: NotRequired[Problem | None]


class LogAddress(TypedDict):
    """A log that the service reads in place, below a location that its owner configured; never any other path."""

    place: Literal["event_logs", "drivers", "standalone_work", "yarn", "databricks"]
    path: str


class DiagnosisJobRequest(TypedDict):
    """A harvested application, the evidence itself, or a log of any length."""

    app_id: NotRequired[str | None]
    attempt_id: NotRequired[str | None]
    evidence: NotRequired[list[EvidenceItem] | None]
    log: NotRequired[LogAddress | None]


class ExampleApplication(TypedDict):
    """An application that shows a finding."""

    queue: str
    team: str
    user: str
    workload: str
    platform: str
    at: str
    properties: dict[str, str]


class ExplainRequest(TypedDict):
    """A decision as the service gave it: a diagnosis or a recommendation."""

    diagnosis: NotRequired[Diagnosis | None]
    recommendation: NotRequired[Recommendation | None]


class Explanation(TypedDict):
    """A few sentences: what was decided, why, and what to do next."""

    sentences: list[str]
    answered_by: Literal["template", "model"]
    notes: NotRequired[list[str]]


class Fact(TypedDict):
    """One fact about a failure, shortened to its decisive line."""

    kind: str
    source: str
    line: str
    occurrences: NotRequired[int]


class FailureExample(TypedDict):
    """One failed application."""

    app_id: str
    attempt_id: str
    workload_id: str
    app_name: str
    ended_at: str | None
    facts: list[Fact]
    repair: list[Change]


class FailureGroup(TypedDict):
    """The failed applications that share a root cause."""

    root_cause: str
    title: str
    applications: int
    workloads: int
    wasted_gib_h: float
    money: float
    remedy: str
    newest: FailureExample
    app_ids: list[str]


class FateSum(TypedDict):
    """Runs of one kind."""

    runs: NotRequired[int]
    memory_gib_h: NotRequired[float]
    money: NotRequired[float]


class Fates(TypedDict):
    """Whether the runs would have died of memory: nobody saw what they needed, only bounds of it."""

    certain: NotRequired[FateSum]
    ruled_out: NotRequired[FateSum]
    undecidable: NotRequired[FateSum]
    deaths_avoided: NotRequired[int]


class FeedbackAnswer(TypedDict):
    """What was written: the report to the decision log, the confirmed cause to the lake."""

    decision_id: str | None
    recorded: NotRequired[Literal[True]]


class FeedbackRequest(TypedDict):
    """What the launcher saw of a submitted decision, or what a person found to be the cause of a failure."""

    decision_id: NotRequired[str | None]
    app_id: NotRequired[str | None]
    attempt_id: NotRequired[str | None]
    exit_code: NotRequired[int | None]
    confirmed_cause: NotRequired[str | None]
    retracted: NotRequired[bool]


class Filters(TypedDict):
    """What the report was narrowed to."""

    since: NotRequired[str | None]
    workload: NotRequired[str | None]
    group_by: NotRequired[str | None]
    anonymised: NotRequired[bool]


class Forbidden(TypedDict):
    """A property that may not be set, or not to these values."""

    property: str
    values: NotRequired[list[str]]


class Usage(TypedDict):
    """What executors were given, how much of it was used, and how much was idle; definitions in docs/report.md."""

    memory_allocated_gib_h: float
    memory_measured_gib_h: float
    memory_used_gib_h: float | None
    memory_idle_gib_h: float | None
    cores_allocated_h: float
    cores_used_h: float
    cores_idle_h: float
    money: float
    unmeasured_applications: NotRequired[int]


class Group(TypedDict):
    """The applications that share a user, a queue or a tag."""

    key: str
    applications: int
    failed: int
    usage: Usage
    saving_gib_h: NotRequired[float]
    saving_money: NotRequired[float]


class Growth(TypedDict):
    """How much more input comes: 0.1 a month is ten percent a month, 1.0 is double; below zero it shrinks."""

    fraction: float
    per: Literal["run", "day", "week", "month", "year"]


class JobRequirements(TypedDict):
    """What was said of a job; a field is None where nothing was said of it."""

    max_duration_ms: NotRequired[int | None]
    finish_by: NotRequired[str | None]
    input_bytes: NotRequired[int | None]
    growth: NotRequired[Growth | None]
    priority: NotRequired[Literal["low", "normal", "high", "critical"] | None]
    cost_limit: NotRequired[CostLimit | None]
    memory_sensitive: NotRequired[bool | None]
    gpus: NotRequired[int | None]
    schedule: NotRequired[str | None]
    platform: NotRequired[Literal["standalone", "yarn", "kubernetes", "databricks", "emr", "dataproc", "local"] | None]
    max_risk: NotRequired[float | None]


class ListedOutcome(TypedDict):
    """A harvested run that carried a decision."""

    app_id: str
    attempt_id: str
    status: str
    obeyed: str
    memory_verdict: str
    duration_ms: int


class ListedDecision(TypedDict):
    """A decision as answered, and its outcomes."""

    decision_id: str
    workload_id: str
    decided_at: str
    release_version: str
    forecaster_version: str
    attempt: int
    request: dict[str, Any]
    allocation: dict[str, str]
    forecast: Forecast | None
    claimed_death_probability: float | None
    cold: bool
    trial: bool
    extrapolated: bool
    held_back: bool
    report_only: NotRequired[bool]
    withheld: NotRequired[UnappliedAdvice | None]
    shadow: NotRequired[UnappliedAdvice | None]
    reported_app_id: str | None
    reported_exit_code: int | None
    outcomes: NotRequired[list[ListedOutcome]]


class ListedRun(TypedDict):
    """One run of a workload: what it was given and how it ended."""

    app_id: str
    attempt_id: str
    started_at: str
    status: str
    memory_verdict: str
    executor_memory_bytes: int
    executor_count: int
    input_bytes: int
    duration_ms: int
    decision_id: str | None


class ListedWorkload(TypedDict):
    """A workload by its runs."""

    workload_id: str
    run_count: int
    failed_count: int
    died_count: int
    first_started_at: str
    last_started_at: str


class WorkloadFates(TypedDict):
    """One workload."""

    workload_id: str
    fates: Fates


class NotApplied(TypedDict):
    """The advice of one source."""

    source: Literal["report_only", "shadow"]
    release_version: NotRequired[str | None]
    decisions: int
    runs: int
    fates: Fates
    undecidable_because: NotRequired[dict[str, int]]
    workloads: NotRequired[list[WorkloadFates]]


class NotRead(TypedDict):
    """Logs, or pieces of logs, that are not in the report, by reason."""

    reason: str
    count: int
    example: NotRequired[str]


class OptedIn(TypedDict):
    """How many names and patterns are in a list of the owner's file."""

    workloads: NotRequired[int]
    queues: NotRequired[int]
    teams: NotRequired[int]


class Peak(TypedDict):
    """One run of a workload, for a sparkline."""

    started_at: str
    heap_bytes: int
    peak_bytes: int | None
    died: bool


class TimeWindow(TypedDict):
    """When a policy holds: from ``start`` (included) to ``end`` (excluded) of the days named."""

    days: NotRequired[list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]]]
    start: NotRequired[str]
    end: NotRequired[str]
    timezone: NotRequired[str]


class PolicyScope(TypedDict):
    """Whom a policy concerns: every list with entries must have one that fits; an empty list fits everybody."""

    queues: NotRequired[list[str]]
    teams: NotRequired[list[str]]
    users: NotRequired[list[str]]
    workloads: NotRequired[list[str]]
    platforms: NotRequired[list[Literal["standalone", "yarn", "kubernetes", "local"]]]
    windows: NotRequired[list[TimeWindow]]


class Policy(TypedDict):
    """One rule of an organisation."""

    name: str
    description: NotRequired[str]
    scope: NotRequired[PolicyScope]
    bounds: NotRequired[dict[str, Any]]
    forbids: NotRequired[list[Forbidden]]
    requires: NotRequired[dict[str, Any]]
    budgets: NotRequired[list[Budget]]


class PolicyCheckRequest(TypedDict):
    """Policies to be checked together: as a file has them."""

    text: str
    redundancy: NotRequired[bool]


class ToldRule(TypedDict):
    """One thing that a policy says."""

    policy: str
    part: str
    text: str


class PolicyConflict(TypedDict):
    """Rules that no application can keep together, although all of them concern one."""

    rules: list[ToldRule]
    platforms: list[str]
    example: ExampleApplication


class PolicyRedundancy(TypedDict):
    """A rule that changes nothing."""

    rule: ToldRule
    by: list[ToldRule]
    example: ExampleApplication | None


class PolicyFindings(TypedDict):
    """What is wrong with policies together."""

    policy_version: str
    policy_count: int
    conflicts: list[PolicyConflict]
    redundancies: list[PolicyRedundancy]
    mistakes: NotRequired[list[str]]
    undecided: list[str]
    notes: list[str]


class PolicyList(TypedDict):
    """The policies that the service applies."""

    policy_version: str
    policies: list[Policy]
    notes: list[str]


class Prices(TypedDict):
    """What an hour costs, and according to whom."""

    currency: str
    vcore_hour: float
    memory_gib_hour: float
    source: str


class Reading(TypedDict):
    """What could be read and what could not."""

    logs_found: int | None
    logs_unchanged: NotRequired[int]
    seconds: NotRequired[float]
    interrupted: NotRequired[bool]
    unreadable: NotRequired[list[NotRead]]
    in_part: NotRequired[list[NotRead]]
    log_states: NotRequired[dict[str, int]]
    evidence_tiers: NotRequired[dict[str, int]]
    switch_on: NotRequired[dict[str, str]]


class RecommendBatchAnswer(TypedDict):
    """One answer per request, in order."""

    answers: list[BatchedRecommendation]


class RecommendRequest(TypedDict):
    """What a launcher knows before it submits."""

    app_name: str
    user_name: NotRequired[str]
    queue: NotRequired[str]
    workload: NotRequired[str | None]
    platform: NotRequired[Literal["standalone", "yarn", "kubernetes", "local", "unknown"]]
    properties: NotRequired[dict[str, str]]
    attempt: NotRequired[int]
    input_bytes: NotRequired[int | None]
    max_risk: NotRequired[float | None]
    launch_id: NotRequired[str | None]
    deadline_ms: NotRequired[int | None]


class Summary(TypedDict):
    """The applications as a whole."""

    applications: int
    runs: int
    workloads: int
    first_started_at: str | None
    last_ended_at: str | None
    succeeded: int
    failed: int
    unknown: int
    failed_share: float | None
    usage: Usage
    failed_usage: Usage
    groups: NotRequired[list[Group]]


class ReportSaving(TypedDict):
    """What a change saves in the period of ``Sizing.per``; negative if it costs more."""

    memory_gib_h: float
    cores_h: NotRequired[float]
    money: float


class Setting(TypedDict):
    """One property of a workload: what it is, what is advised, why."""

    property: str
    current: str | None
    advised: str | None
    kind: Literal["proven", "trial"] | None
    change: NotRequired[float | None]
    reason: str


class WorkloadSizing(TypedDict):
    """One workload: what its next run should ask for."""

    workload_id: str
    groups: NotRequired[list[str]]
    platform: str
    runs: int
    failed: int
    first_started_at: str
    last_started_at: str
    settings: list[Setting]
    proven: ReportSaving | None
    trial: ReportSaving | None
    risk: str
    not_advised: NotRequired[list[str]]
    memory_used_gib_h: float | None
    memory_allocated_gib_h: float
    peaks: NotRequired[list[Peak]]


class Sizing(TypedDict):
    """The workloads, the largest proven saving first."""

    per: Literal["week", "window"]
    window_days: float
    proven: ReportSaving
    trial: ReportSaving
    more: ReportSaving
    workloads: list[WorkloadSizing]


class SlowRun(TypedDict):
    """One reason why one application was slow, or held more than it used."""

    app_id: str
    attempt_id: str
    workload_id: str
    stages: list[str]
    lost_s: float
    wasted_core_s: float
    estimate: str
    facts: list[str]
    remedy: str
    repair: NotRequired[list[Change]]


class SlowGroup(TypedDict):
    """The applications slowed down by one cause."""

    cause: str
    title: str
    applications: int
    lost_s: float
    wasted_core_h: float
    worst: list[SlowRun]


class Report(TypedDict):
    """What a folder of event logs says."""

    format: NotRequired[Literal["sparkwright.report"]]
    version: NotRequired[Literal[1]]
    sparkwright_version: str
    created_at: str
    source: str
    filters: Filters
    reading: Reading
    prices: Prices
    summary: Summary
    sizing: Sizing
    failures: list[FailureGroup]
    slow: list[SlowGroup]
    not_applied: NotRequired[list[NotApplied]]
    notes: NotRequired[list[str]]


class RequirementQuestion(TypedDict):
    """What has to be asked back before the field can be used."""

    field: Literal[
        "max_duration_ms",
        "finish_by",
        "input_bytes",
        "growth",
        "priority",
        "cost_limit",
        "memory_sensitive",
        "gpus",
        "schedule",
        "platform",
        "max_risk",
    ]
    reason: Literal["ambiguous", "contradictory", "out_of_range"]
    question: str


class TakenWords(TypedDict):
    """Words of the text and the field that they were read for."""

    field: Literal[
        "max_duration_ms",
        "finish_by",
        "input_bytes",
        "growth",
        "priority",
        "cost_limit",
        "memory_sensitive",
        "gpus",
        "schedule",
        "platform",
        "max_risk",
    ]
    words: str
    start: int
    end: int


class UnusedRequirement(TypedDict):
    """A requirement that was understood and changes no recommendation."""

    field: Literal[
        "max_duration_ms",
        "finish_by",
        "input_bytes",
        "growth",
        "priority",
        "cost_limit",
        "memory_sensitive",
        "gpus",
        "schedule",
        "platform",
        "max_risk",
    ]
    why: str


class RequirementsAnswer(TypedDict):
    """What was understood, from which words, what is asked back, and what a recommendation does with it."""

    requirements: JobRequirements
    questions: NotRequired[list[RequirementQuestion]]
    ignored: NotRequired[list[str]]
    taken: list[TakenWords]
    request: AskedRequest
    not_used: list[UnusedRequirement]
    language: str
    answered_by: Literal["grammar"]


class RequirementsRequest(TypedDict):
    """What a person says that a job needs."""

    text: str


class RolloutStatus(TypedDict):
    """How the owner's ``rollout.yaml`` affects this service."""

    advice_for: NotRequired[Literal["everybody", "opted_in", "nobody"]]
    opted_in: NotRequired[OptedIn]
    opted_out: NotRequired[OptedIn]
    pinned_release_version: NotRequired[str | None]
    canary_release_version: NotRequired[str | None]
    canary_share: NotRequired[float]
    shadow_release_version: NotRequired[str | None]
    shadow_answers: NotRequired[dict[str, int]]


class ServiceStatus(TypedDict):
    """What the service serves right now."""

    release_version: str
    forecaster_version: str
    troubleshooter_version: str
    troubleshooter_engine: str
    contract_hash: str
    decision_count: int
    answers: NotRequired[dict[str, int]]
    rollout: NotRequired[RolloutStatus]
    notes: NotRequired[list[str]]


class WorkloadDetail(TypedDict):
    """A workload with its last runs and decisions, newest first."""

    version: NotRequired[Literal[1]]
    workload: ListedWorkload | None
    runs: list[ListedRun]
    decisions: list[ListedDecision]


class WorkloadList(TypedDict):
    """Workloads, the latest to run first."""

    version: NotRequired[Literal[1]]
    workloads: list[ListedWorkload]
    total_count: int
