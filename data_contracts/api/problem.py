"""Error answers: problems as of RFC 9457, which never repeat what was sent."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE = "application/problem+json"


class FieldFault(BaseModel):
    """One fault of a request."""

    model_config = ConfigDict(frozen=True)

    pointer: Annotated[str, Field(description="JSON pointer to the field, as a URI fragment; `#` is the whole body.")]
    detail: str


class Problem(BaseModel):
    """Why there is no answer (RFC 9457)."""

    model_config = ConfigDict(frozen=True)

    type: Annotated[str, Field(description="`about:blank`: the status says it all.")] = "about:blank"
    title: Annotated[str, Field(description="The status in words.")]
    status: Annotated[int, Field(ge=400, le=599)]
    detail: Annotated[str, Field(description="What was expected, what was received, what to do.")]
    errors: Annotated[
        list[FieldFault], Field(description="For a request that breaks its contract: the faults, field by field.")
    ] = []
