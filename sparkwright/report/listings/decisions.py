"""Decisions as answered, with their outcomes."""

import json
from collections.abc import Sequence

from data_contracts.api.listing import ListedDecision, ListedOutcome
from data_contracts.api.recommendation import UnappliedAdvice
from data_contracts.tables import Decision, Outcome
from sparkwright.lake import Lake
from sparkwright.report.tables import rows

_SAME = (
    "decision_id", "workload_id", "decided_at", "release_version", "forecaster_version", "attempt",
    "claimed_death_probability", "cold", "trial", "extrapolated", "held_back", "report_only", "reported_app_id",
    "reported_exit_code",
)  # fmt: skip
_OUTCOME = tuple(ListedOutcome.model_fields)


def listed_decisions(lake: Lake, decisions: Sequence[Decision], workload_id: str) -> list[ListedDecision]:
    """Return the decisions in order, each with the runs that carried it.

    Args:
        lake: Lake with the outcomes, if feedback was written to it.
        decisions: Decisions on one workload, from the log.
        workload_id: That workload.

    Raises:
        LakeError: The outcomes cannot be read.
    """
    carried: dict[str, list[ListedOutcome]] = {}
    if decisions and lake.exists(Outcome):
        found = lake.read(Outcome, columns=["decision_id", *_OUTCOME], filters=[("workload_id", "=", workload_id)])
        for decision_id, *values in rows(found, ("decision_id", *_OUTCOME)):
            outcome = ListedOutcome(**dict(zip(_OUTCOME, values, strict=True)))
            carried.setdefault(decision_id, []).append(outcome)
    return [
        ListedDecision(
            **{name: getattr(one, name) for name in _SAME},
            request=json.loads(one.request_json),
            allocation=json.loads(one.allocation_json),
            forecast=json.loads(one.forecast_json),
            withheld=_unapplied(one.withheld_json),
            shadow=_unapplied(one.shadow_json),
            outcomes=carried.get(one.decision_id, []),
        )
        for one in decisions
    ]


def _unapplied(text: str) -> UnappliedAdvice | None:
    return UnappliedAdvice.model_validate_json(text) if text else None
