"""Plain language in, understood requirements out: the endpoint's request and answer."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from data_contracts.requirements import RequirementField, UnderstoodRequirements

MAX_TEXT_LENGTH = 4000


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class RequirementsRequest(BaseModel):
    """What a person says that a job needs."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_TEXT_LENGTH,
            description="In plain language: English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, "
            "Chinese or Japanese. It is read, never obeyed.",
        ),
    ]


class TakenWords(_Part):
    """Words of the text and the field that they were read for."""

    field: RequirementField
    words: str
    start: Annotated[int, Field(ge=0, description="Of the words in the text (NFC), in characters.")]
    end: Annotated[int, Field(ge=0, description="One past the last character.")]


class AskedRequest(_Part):
    """What of the requirements goes into a recommendation's request, in its own fields."""

    input_bytes: int | None = None
    deadline_ms: int | None = None
    max_risk: float | None = None
    platform: Literal["standalone", "yarn", "kubernetes", "local"] | None = None


class UnusedRequirement(_Part):
    """A requirement that was understood and changes no recommendation."""

    field: RequirementField
    why: str


class RequirementsAnswer(UnderstoodRequirements):
    """What was understood, from which words, what is asked back, and what a recommendation does with it."""

    taken: Annotated[list[TakenWords], Field(description="What each field was read from, in the order of the text.")]
    request: Annotated[AskedRequest, Field(description="To send to `/v1/recommend` with the name of the application.")]
    not_used: Annotated[list[UnusedRequirement], Field(description="Understood, and no recommendation rests on it.")]
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$", description="That most words belong to, ISO 639-1.")]
    answered_by: Literal["grammar"]
