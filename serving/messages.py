"""What the processes of the service say of loading a model; a fault is data: exceptions do not cross processes."""

from pydantic import BaseModel


class LoadReply(BaseModel):
    """Whether a model version is loaded."""

    contract_hash: str = ""
    fault: str = ""
