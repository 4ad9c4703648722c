"""What the processes of the service say to each other; faults are data, because exceptions do not cross processes."""

from datetime import datetime

from pydantic import BaseModel

from data_contracts.api import Recommendation, RecommendRequest


class Prepared(BaseModel):
    """Whether a model version is loaded."""

    contract_hash: str = ""
    fault: str = ""


class Question(BaseModel):
    """A request to decide on, made at the moment ``at``, and who shall decide."""

    request: RecommendRequest
    workload_id: str
    decision_id: str
    release_version: str
    forecaster_version: str
    at: datetime


class Advised(BaseModel):
    """A recommendation, or why there is none."""

    recommendation: Recommendation | None = None
    fault: str = ""
