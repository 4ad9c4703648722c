"""Explanations of decisions in plain language: request and answer."""

import json
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from data_contracts.api.diagnosis import Diagnosis
from data_contracts.api.recommendation import Recommendation


def _only(name: str, other: str) -> dict[str, JsonValue]:
    """Return JSON Schema: the first is present and not null, the other is absent or null."""
    return {
        "required": [name],
        "properties": {name: {"not": {"type": "null"}}, other: {"type": "null"}},
    }


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ExplainRequest(_Part):
    """A decision as the service gave it: a diagnosis or a recommendation."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [_only("diagnosis", "recommendation"), _only("recommendation", "diagnosis")]}
    )

    diagnosis: Diagnosis | None = None
    recommendation: Recommendation | None = None

    @field_validator("diagnosis", "recommendation", mode="before")
    @classmethod
    def _as_it_was_given(cls, value: object, info: ValidationInfo) -> object:
        """Read JSON strictly, as the OpenAPI document says: 0 is not a timestamp, and "1" is not a number."""
        if not isinstance(value, dict):
            return value
        model = Diagnosis if info.field_name == "diagnosis" else Recommendation
        try:
            return model.model_validate_json(json.dumps(value, allow_nan=False), strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.diagnosis is None) == (self.recommendation is None):
            raise ValueError("expected either diagnosis or recommendation, got both or neither")
        return self

    @property
    def decision(self) -> Diagnosis | Recommendation:
        """The decision to explain."""
        decision = self.diagnosis or self.recommendation
        assert decision is not None  # by _exactly_one
        return decision


class Explanation(_Part):
    """A few sentences: what was decided, why, and what to do next."""

    sentences: Annotated[
        list[str], Field(description="Every number and property in them occurs in the decision; checked by code.")
    ]
    answered_by: Annotated[
        Literal["template", "model"],
        Field(description="Composed of the decision's own words, or worded by a language model and checked."),
    ]
    notes: Annotated[list[str], Field(description="Why the template answers although a model was asked.")] = []
