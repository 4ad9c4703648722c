"""The report on a folder of event logs, as ``sparkwright report --json`` writes it: a versioned contract.

``version`` grows when a field changes its meaning or is removed, not when one is added. An unknown figure is ``null``,
never 0.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from data_contracts.api.not_applied import NotApplied

VERSION: Literal[1] = 1

_NonNegative = Field(ge=0)
GibHours = Annotated[float, Field(description="1 GiB (2^30 bytes) for an hour.")]
CoreHours = Annotated[float, Field(description="One core for an hour.")]
Money = Annotated[float, Field(description="In the currency of the price sheet.")]
Kind = Literal["proven", "trial"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Filters(_Part):
    """What the report was narrowed to."""

    since: datetime | None = None
    workload: str | None = None
    group_by: str | None = None
    anonymised: bool = False


class NotRead(_Part):
    """Logs, or pieces of logs, that are not in the report, by reason."""

    reason: str
    count: Annotated[int, Field(ge=1)]
    example: Annotated[str, Field(description="Path of one of them; empty if left out.")] = ""


class Reading(_Part):
    """What could be read and what could not."""

    logs_found: Annotated[int | None, Field(description="Missing if a lake was read instead of logs.")]
    logs_unchanged: Annotated[int, _NonNegative] = 0
    seconds: Annotated[float, _NonNegative] = 0.0
    interrupted: Annotated[bool, Field(description="Whether Ctrl-C ended the reading: the rest is missing here.")] = (
        False
    )
    unreadable: Annotated[list[NotRead], Field(description="Logs that could not be read at all.")] = []
    in_part: Annotated[list[NotRead], Field(description="Pieces set aside from logs that were otherwise read.")] = []
    log_states: Annotated[
        dict[str, int], Field(description="Applications by `log_state`: whether the log tells the whole story.")
    ] = {}
    evidence_tiers: Annotated[
        dict[str, int], Field(description="Applications by `evidence_tier`: how much the log says about memory.")
    ] = {}
    switch_on: Annotated[
        dict[str, str], Field(description="spark.* properties that would let later logs say more.")
    ] = {}


class Usage(_Part):
    """What executors were given, how much of it was used, and how much was idle; definitions in docs/report.md."""

    memory_allocated_gib_h: GibHours
    memory_measured_gib_h: Annotated[GibHours, Field(description="Allocated memory whose use was measured.")]
    memory_used_gib_h: Annotated[
        GibHours | None, Field(description="Upper bound of what was used of the measured part: peak x lifetime.")
    ]
    memory_idle_gib_h: Annotated[GibHours | None, Field(description="Measured minus used: a lower bound of idle.")]
    cores_allocated_h: CoreHours
    cores_used_h: Annotated[CoreHours, Field(description="Core-time that tasks occupied.")]
    cores_idle_h: CoreHours
    money: Annotated[Money, Field(description="Price of what was allocated.")]
    unmeasured_applications: Annotated[
        int, Field(ge=0, description="Applications whose logs lack the executors' lifetimes: in no figure.")
    ] = 0


class Group(_Part):
    """The applications that share a user, a queue or a tag."""

    key: Annotated[str, Field(description="Empty for applications without one.")]
    applications: Annotated[int, _NonNegative]
    failed: Annotated[int, _NonNegative]
    usage: Usage
    saving_gib_h: Annotated[GibHours, Field(description="Proven saving, in the period of `Sizing.per`.")] = 0.0
    saving_money: Money = 0.0


class Summary(_Part):
    """The applications as a whole."""

    applications: Annotated[int, _NonNegative]
    runs: Annotated[int, Field(ge=0, description="Applications that count as observations of a recurring workload.")]
    workloads: Annotated[int, _NonNegative]
    first_started_at: datetime | None
    last_ended_at: datetime | None
    succeeded: Annotated[int, _NonNegative]
    failed: Annotated[int, _NonNegative]
    unknown: Annotated[int, Field(ge=0, description="Applications whose logs do not say how they ended.")]
    failed_share: Annotated[
        float | None, Field(ge=0, le=1, description="Failed share of those whose end is known; missing if none is.")
    ]
    usage: Usage
    failed_usage: Annotated[Usage, Field(description="The same for the failed applications only.")]
    groups: list[Group] = []


class Prices(_Part):
    """What an hour costs, and according to whom."""

    currency: str
    vcore_hour: float
    memory_gib_hour: float
    source: str


class Setting(_Part):
    """One property of a workload: what it is, what is advised, why."""

    property: str
    current: Annotated[str | None, Field(description="In force in the newest run; missing if not set.")]
    advised: Annotated[str | None, Field(description="Missing if nothing is advised; `reason` says why.")]
    kind: Annotated[Kind | None, Field(description="proven: safe now. trial: could be tried. Missing: not advised.")]
    change: Annotated[float | None, Field(description="(advised - current) / current, if both are amounts.")] = None
    reason: str


class Peak(_Part):
    """One run of a workload, for a sparkline."""

    started_at: datetime
    heap_bytes: Annotated[int, Field(gt=0, description="Heap of an executor.")]
    peak_bytes: Annotated[int | None, Field(ge=0, description="Largest heap in use; missing if not measured.")]
    died: Annotated[bool, Field(description="Whether it died of memory.")]


class Saving(_Part):
    """What a change saves in the period of ``Sizing.per``; negative if it costs more."""

    memory_gib_h: GibHours
    cores_h: CoreHours = 0.0
    money: Money


class WorkloadSizing(_Part):
    """One workload: what its next run should ask for."""

    workload_id: str
    groups: Annotated[list[str], Field(description="Keys of --group-by that its runs have.")] = []
    platform: str
    runs: Annotated[int, _NonNegative]
    failed: Annotated[int, _NonNegative]
    first_started_at: datetime
    last_started_at: datetime
    settings: list[Setting]
    proven: Annotated[Saving | None, Field(description="What the proven settings save; missing if they save nothing.")]
    trial: Annotated[
        Saving | None, Field(description="What trying saves on top of the proven; missing if it saves nothing.")
    ]
    risk: Annotated[str, Field(description="A word and its evidence, never a number.")]
    not_advised: Annotated[list[str], Field(description="What is not advised, and why.")] = []
    memory_used_gib_h: GibHours | None
    memory_allocated_gib_h: GibHours
    peaks: list[Peak] = []

    @property
    def is_advised(self) -> bool:
        """Whether any setting is advised to change."""
        return any(one.advised is not None and one.advised != one.current for one in self.settings)


class Sizing(_Part):
    """The workloads, the largest proven saving first."""

    per: Annotated[
        Literal["week", "window"],
        Field(description="Savings are per week, or for the whole window if that is shorter than a week."),
    ]
    window_days: Annotated[float, _NonNegative]
    proven: Annotated[Saving, Field(description="Sum of the proven savings of workloads that can give something.")]
    trial: Annotated[Saving, Field(description="Sum of what trying could save on top; not part of `proven`.")]
    more: Annotated[Saving, Field(description="Extra cost of the workloads that need more, as a negative saving.")]
    workloads: list[WorkloadSizing]


class Change(_Part):
    """One line of a property diff."""

    property: str
    current: Annotated[str | None, Field(description="Missing if not set.")]
    advised: str


class Fact(_Part):
    """One fact about a failure, shortened to its decisive line."""

    kind: str
    source: str
    line: str
    occurrences: Annotated[int, Field(ge=1)] = 1


class FailureExample(_Part):
    """One failed application."""

    app_id: str
    attempt_id: str
    workload_id: str
    app_name: str
    ended_at: datetime | None
    facts: Annotated[list[Fact], Field(description="Decisive one first; for unknown causes, all of them.")]
    repair: Annotated[list[Change], Field(description="Properties that repair it, if any can.")]


class FailureGroup(_Part):
    """The failed applications that share a root cause."""

    root_cause: Annotated[str, Field(description="A name of the taxonomy; `unknown` if nothing fits.")]
    title: str
    applications: Annotated[int, Field(ge=1)]
    workloads: Annotated[int, Field(ge=1)]
    wasted_gib_h: GibHours
    money: Money
    remedy: str
    newest: FailureExample
    app_ids: Annotated[list[str], Field(description="Applications, newest first.")]


class SlowRun(_Part):
    """One reason why one application was slow, or held more than it used."""

    app_id: str
    attempt_id: str
    workload_id: str
    stages: Annotated[list[str], Field(description="Stages with their names; empty for the whole application.")]
    lost_s: Annotated[float, Field(ge=0, description="Wall-clock seconds lost, estimated.")]
    wasted_core_s: Annotated[float, Field(ge=0, description="Core-seconds held for nothing, estimated.")]
    estimate: Annotated[str, Field(description="How that was estimated.")]
    facts: Annotated[list[str], Field(description="The figures it rests on.")]
    remedy: str
    repair: list[Change] = []


class SlowGroup(_Part):
    """The applications slowed down by one cause."""

    cause: str
    title: str
    applications: Annotated[int, Field(ge=1)]
    lost_s: Annotated[float, _NonNegative]
    wasted_core_h: Annotated[CoreHours, _NonNegative]
    worst: Annotated[list[SlowRun], Field(min_length=1, description="Most seconds lost first.")]


class Report(_Part):
    """What a folder of event logs says."""

    format: Literal["sparkwright.report"] = "sparkwright.report"
    version: Literal[1] = VERSION
    sparkwright_version: str
    created_at: datetime
    source: Annotated[str, Field(description="Where it was read from, without credentials.")]
    filters: Filters
    reading: Reading
    prices: Prices
    summary: Summary
    sizing: Sizing
    failures: list[FailureGroup]
    slow: list[SlowGroup]
    not_applied: Annotated[
        list[NotApplied],
        Field(description="Advice that was not applied, compared with the outcomes; empty if there was none."),
    ] = []
    notes: Annotated[list[str], Field(description="What could not be examined, and why.")] = []
