"""What the processes of the service say to each other; faults are data, because exceptions do not cross processes."""

from pydantic import BaseModel

from data_contracts.api import Recommendation


class Prepared(BaseModel):
    """Whether a model version is loaded."""

    contract_hash: str = ""
    fault: str = ""


class Advised(BaseModel):
    """A recommendation, or why there is none."""

    recommendation: Recommendation | None = None
    fault: str = ""
