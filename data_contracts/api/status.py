"""The status of a service."""

from typing import Annotated

from pydantic import Field

from data_contracts.api.message import Message
from data_contracts.fields import decision as d
from data_contracts.rollout import RolloutStatus


class ServiceStatus(Message):
    """What the service serves right now."""

    release_version: d.ReleaseVersion
    forecaster_version: d.ModelVersion
    troubleshooter_version: d.ModelVersion
    troubleshooter_engine: str
    contract_hash: str
    decision_count: Annotated[int, Field(ge=0)]
    answers: Annotated[
        dict[str, int],
        Field(
            description="Answers to recommendation requests since the service started, by source: `forecast`, "
            "`states`, `fallback`; `report_only` were no advice, `log_failed` and `overloaded` no answers."
        ),
    ] = {}
    rollout: RolloutStatus = RolloutStatus()
    notes: list[str] = []
