"""Reports about a decision's outcome or a failure's true cause."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, JsonValue, model_validator

from data_contracts.api.message import Message, Request
from data_contracts.fields import execution as e
from data_contracts.fields import identity as i


def _given(*names: str) -> dict[str, JsonValue]:
    """Return JSON Schema: all of these are present and not null."""
    return {"required": list(names), "properties": {name: {"not": {"type": "null"}} for name in names}}


_RETRACTS: dict[str, JsonValue] = {"required": ["retracted"], "properties": {"retracted": {"const": True}}}


class FeedbackRequest(Request):
    """What the launcher saw of a submitted decision, or what a person found to be the cause of a failure."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {**_given("decision_id"), "not": {"anyOf": [_given("confirmed_cause"), _RETRACTS]}},
                {**_given("app_id", "confirmed_cause"), "not": _RETRACTS},
                {"allOf": [_given("app_id"), _RETRACTS], "not": _given("confirmed_cause")},
            ]
        }
    )

    decision_id: Annotated[i.DecisionId | None, Field(min_length=1)] = None
    app_id: i.AppId | None = None
    attempt_id: i.AttemptId | None = None
    exit_code: Annotated[e.ExitCode | None, Field(ge=-(2**31), lt=2**32)] = None
    confirmed_cause: Annotated[
        str | None,
        Field(
            max_length=64,
            description="Root cause of the taxonomy that a person found for app_id's failure; from now on, failures "
            "with the same words are compared with it.",
        ),
    ] = None
    retracted: Annotated[bool, Field(description="Take back what was confirmed for app_id.")] = False

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        about_cause = self.confirmed_cause is not None or self.retracted
        if about_cause and self.app_id is None:
            raise ValueError("expected app_id with confirmed_cause or retracted, got none")
        if self.confirmed_cause is not None and self.retracted:
            raise ValueError("expected confirmed_cause or retracted, got both")
        if not about_cause and self.decision_id is None:
            raise ValueError("expected decision_id, or app_id with confirmed_cause or retracted; got neither")
        return self


class FeedbackAnswer(Message):
    """What was written: the report to the decision log, the confirmed cause to the lake."""

    decision_id: i.DecisionId | None
    recorded: Literal[True] = True
