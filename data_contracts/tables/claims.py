"""How the risks claimed by decisions held up."""

from typing import ClassVar

from data_contracts.column import Key, Meta
from data_contracts.fields import claim as c
from data_contracts.row import Row


class Certificate(Row):
    """One bucket of claims, by the outcomes of its decisions: derived from `outcomes` at each judgement."""

    table: ClassVar[str] = "certificates"

    claim_to_probability: Key[c.ClaimProbability]
    claim_above_probability: Meta[c.ClaimProbability]
    decision_count: Meta[c.DecisionCount]
    workload_count: Meta[c.WorkloadCount]
    died_count: Meta[c.DiedCount]
    expected_death_count: Meta[c.ExpectedDeathCount]
    death_bound_probability: Meta[c.DeathBound]
    certified: Meta[c.Certified]
    judged_at: Meta[c.JudgedAt]


class DeathWatch(Row):
    """Whether deaths exceed the claims beyond chance: then advice is cautious until the stop is cleared."""

    table: ClassVar[str] = "death_watch"

    watch: Key[c.WatchName]
    decision_count: Meta[c.DecisionCount]
    died_count: Meta[c.DiedCount]
    expected_death_count: Meta[c.ExpectedDeathCount]
    evidence_ratio: Meta[c.Evidence]
    stopped_at: Meta[c.StoppedAt | None]
    cleared_at: Meta[c.ClearedAt | None]
    judged_at: Meta[c.JudgedAt]
