"""Advice that nobody submitted with, held against the runs as they went: report-only, and a release in shadow."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

_NonNegative = Field(ge=0)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FateSum(_Part):
    """Runs of one kind."""

    runs: Annotated[int, _NonNegative] = 0
    memory_gib_h: Annotated[
        float,
        Field(
            description="GiB-hours that the advice would have saved of what their executors held, had each taken as "
            "long; negative where it costs more. 1 GiB-hour is 3,865 GB-seconds."
        ),
    ] = 0.0
    money: Annotated[float, Field(description="The same by the price sheet.")] = 0.0


class Fates(_Part):
    """Whether the runs would have died of memory: nobody saw what they needed, only bounds of it."""

    certain: Annotated[FateSum, Field(description="Died of their heap with at least what was advised.")] = FateSum()
    ruled_out: Annotated[
        FateSum,
        Field(
            description="Held with no more than was advised, or another run of the workload did while it read at least "
            "as much."
        ),
    ] = FateSum()
    undecidable: Annotated[
        FateSum,
        Field(description="A run that held says nothing of a lower heap: this saving is not sure."),
    ] = FateSum()
    deaths_avoided: Annotated[
        int, Field(ge=0, description="Of those ruled out: runs that died of their heap as they went.")
    ] = 0


class WorkloadFates(_Part):
    """One workload."""

    workload_id: str
    fates: Fates


class NotApplied(_Part):
    """The advice of one source."""

    source: Annotated[
        Literal["report_only", "shadow"],
        Field(
            description="report_only: to workloads that have not opted in. shadow: of a release that was only asked, "
            "against the runs as they went with what they were given."
        ),
    ]
    release_version: Annotated[str | None, Field(description="Of the release in shadow.")] = None
    decisions: Annotated[int, Field(ge=0, description="Decisions with such advice, whose run was harvested or not.")]
    runs: Annotated[int, Field(ge=0, description="Harvested runs that carried them.")]
    fates: Fates
    undecidable_because: Annotated[dict[str, int], Field(description="Why, and of how many runs.")] = {}
    workloads: Annotated[list[WorkloadFates], Field(description="The one that would save most surely first.")] = []
