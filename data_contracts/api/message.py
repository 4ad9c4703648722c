"""What every message of the endpoints is: strict, frozen, and of its fields alone."""

from pydantic import BaseModel, ConfigDict, Field

from data_contracts.api.limits import MAX_NAME_LENGTH

NAME = Field(max_length=MAX_NAME_LENGTH)


class Message(BaseModel):
    """An answer, or a part of one."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Request(Message):
    """What somebody asks."""

    # As the OpenAPI document says: `true` is no number, nor is "1".
    model_config = ConfigDict(strict=True)
