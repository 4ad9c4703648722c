"""What an organisation allows a Spark application to ask for: the schema of policy files.

A file is YAML: ``version: 1`` and a list of ``policies``. Values are written as Spark writes them (``8g``, ``400``,
``true``). Every part of a policy holds at the same time; an application that a policy's scope does not meet is free
of it.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Pattern = Annotated[
    str, Field(min_length=1, max_length=256, description="Exact, or with `*` for any run of characters.")
]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ClockTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
PropertyName = Annotated[str, Field(pattern=r"^spark\.[A-Za-z0-9_.\-]+$", max_length=256)]
PropertyValue = Annotated[str, Field(min_length=1, max_length=1024)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True)


class TimeWindow(_Part):
    """When a policy holds: from ``start`` (included) to ``end`` (excluded) of the days named.

    Where ``end`` is not after ``start`` the window goes past midnight and belongs to the day it starts on.
    """

    days: Annotated[list[Day], Field(description="Empty: every day.")] = []
    start: ClockTime = "00:00"
    end: Annotated[ClockTime, Field(description="00:00 is the end of the day.")] = "00:00"
    timezone: Annotated[str, Field(description="IANA name.")] = "UTC"


class PolicyScope(_Part):
    """Whom a policy concerns: every list with entries must have one that fits; an empty list fits everybody."""

    queues: list[Pattern] = []
    teams: list[Pattern] = []
    users: list[Pattern] = []
    workloads: list[Pattern] = []
    platforms: list[Literal["standalone", "yarn", "kubernetes", "local"]] = []
    windows: list[TimeWindow] = []


class Bound(_Part):
    """The least and the most of one property, in its own unit, both included."""

    min: PropertyValue | None = None
    max: PropertyValue | None = None

    @model_validator(mode="after")
    def _one_at_least(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("expected min, max or both, got neither")
        return self


class Forbidden(_Part):
    """A property that may not be set, or not to these values."""

    property: PropertyName
    values: Annotated[list[PropertyValue], Field(description="Empty: it may not be set at all.")] = []


BudgetMeasure = Literal["memory_gib", "cores", "executors", "memory_gib_hours", "core_hours", "cost_usd"]


class Budget(_Part):
    """The most of one measure, over all executors and the driver.

    ``memory_gib``, ``cores`` and ``executors`` bound one run at any moment (``per: run``); the others add up.
    """

    measure: BudgetMeasure
    max: Annotated[float, Field(gt=0)]
    per: Literal["run", "day", "week", "month"] = "run"

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.per != "run" and self.measure in ("memory_gib", "cores", "executors"):
            raise ValueError(f"expected per: run for {self.measure}, which does not add up, got per: {self.per}")
        return self


class Policy(_Part):
    """One rule of an organisation."""

    name: Name
    description: Annotated[str, Field(max_length=1024)] = ""
    scope: PolicyScope = PolicyScope()
    bounds: Annotated[
        dict[PropertyName, Bound], Field(description="Numeric properties: sizes, counts, factors, times.")
    ] = {}
    forbids: list[Forbidden] = []
    requires: Annotated[
        dict[PropertyName, PropertyValue], Field(description="Set to this value, whatever was asked.")
    ] = {}
    budgets: list[Budget] = []

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.bounds or self.forbids or self.requires or self.budgets):
            raise ValueError("expected at least one of bounds, forbids, requires, budgets, got none")
        return self


class PolicyFile(_Part):
    """A file of policies; where two bounds meet, the narrower holds."""

    version: Literal[1]
    policies: list[Policy] = []

    @model_validator(mode="after")
    def _names_once(self) -> Self:
        names = [policy.name for policy in self.policies]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"expected every name once, got twice: {', '.join(twice)}")
        return self
