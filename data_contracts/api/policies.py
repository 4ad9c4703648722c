"""What is asked and answered about policies over HTTP."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from data_contracts.policy import Policy


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class PolicyCheckRequest(_Message):
    """Policies to be checked together: as a file has them."""

    # As the OpenAPI document says: 0 is no switch.
    model_config = ConfigDict(strict=True)

    text: Annotated[
        str, Field(min_length=1, max_length=1 << 18, description="YAML of a policy file: `version: 1` and `policies`.")
    ]
    redundancy: Annotated[bool, Field(description="Whether rules that change nothing are looked for, too.")] = True


class ToldRule(_Message):
    """One thing that a policy says."""

    policy: str
    part: Annotated[str, Field(description="Where in the policy: `bounds.spark.executor.memory.max`.")]
    text: Annotated[str, Field(description="The rule in words.")]


class ExampleApplication(_Message):
    """An application that shows a finding."""

    queue: str
    team: str
    user: str
    workload: str
    platform: str
    at: Annotated[datetime, Field(description="When it starts.")]
    properties: Annotated[dict[str, str], Field(description="What it sets.")]


class PolicyConflict(_Message):
    """Rules that no application can keep together, although all of them concern one."""

    rules: list[ToldRule]
    platforms: list[str]
    example: Annotated[ExampleApplication, Field(description="It keeps all of the rules but the last.")]


class PolicyRedundancy(_Message):
    """A rule that changes nothing."""

    rule: ToldRule
    by: Annotated[list[ToldRule], Field(description="What refuses all that it does.")]
    example: Annotated[ExampleApplication | None, Field(description="It breaks the rule, and one of the others.")]


class PolicyFindings(_Message):
    """What is wrong with policies together."""

    policy_version: str
    policy_count: Annotated[int, Field(ge=0)]
    conflicts: list[PolicyConflict]
    redundancies: list[PolicyRedundancy]
    mistakes: Annotated[
        list[str], Field(description="Why the text is no policy file, line by line; then nothing is checked.")
    ] = []
    undecided: Annotated[list[str], Field(description="Empty where there is nothing else to be found.")]
    notes: list[str]


class PolicyList(_Message):
    """The policies that the service applies."""

    policy_version: Annotated[str, Field(description="Empty where everything is allowed.")]
    policies: list[Policy]
    notes: list[str]
