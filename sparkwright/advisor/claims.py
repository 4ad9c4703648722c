"""What earlier claims were worth: which risks are certified, and whether a stop holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from data_contracts.api.recommendation import HeapRisk
from data_contracts.tables import Certificate, DeathWatch
from sparkwright.allocation.limits import RiskLimits
from sparkwright.feedback.certify import bucket
from sparkwright.feedback.watch import HEAP
from sparkwright.lake import Lake
from sparkwright.lake.rows import rows_of


@dataclass(frozen=True, slots=True)
class Claims:
    """The judgement over the claims of earlier decisions; without one every risk is the model's.

    Attributes:
        certificates: Of certified buckets, by their upper edge.
        stopped_at: Since when deaths exceed the claims beyond chance; None where they do not.
    """

    certificates: Mapping[float, Certificate] = field(default_factory=dict)
    stopped_at: datetime | None = None

    def risk(self, probability: float) -> HeapRisk:
        """The risk as it goes out: certified where its bucket is."""
        edge = bucket(probability)
        found = self.certificates.get(edge) if edge is not None and self.stopped_at is None else None
        if found is None:
            return HeapRisk(probability=probability)
        return HeapRisk(
            probability=probability,
            basis="certified",
            bound=found.death_bound_probability,
            decision_count=found.decision_count,
        )

    def limits(self, owners: RiskLimits) -> RiskLimits:
        """The limits in force: the owner's, or what a stop leaves of them."""
        if self.stopped_at is None:
            return owners
        why = (
            f"since {self.stopped_at:%Y-%m-%d %H:%M} UTC more runs die of their heap than was claimed: no trial, no "
            "heap below what held or was asked for, half the risk; `sparkwright feedback clear` ends that"
        )
        return replace(
            owners, allow_trials=False, below_held=False, max_risk=owners.max_risk / 2, notes=(*owners.notes, why)
        )


def read_claims(lake: Lake) -> Claims:
    """The last judgement in the lake.

    Raises:
        LakeError: It cannot be read.
    """
    found = rows_of(Certificate, lake.read(Certificate)) if lake.exists(Certificate) else []
    watches = rows_of(DeathWatch, lake.read(DeathWatch)) if lake.exists(DeathWatch) else []
    return Claims(
        {one.claim_to_probability: one for one in found if one.certified},
        next((one.stopped_at for one in watches if one.watch == HEAP), None),
    )
