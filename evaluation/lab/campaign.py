"""Campaigns: YAML to a list of launches, deterministically."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator

from evaluation.lab.catalogue import CATALOGUE
from evaluation.lab.host import Host
from evaluation.lab.truth import NO_FAULT, Enforcer, Metrics, Split
from evaluation.lab.workloads import WORKLOADS
from sparkwright.config import Config
from sparkwright.errors import ConfigError
from sparkwright.held_out import fault_workload

CAMPAIGNS = Path(__file__).with_name("campaigns")


HeapMib = Annotated[int, Field(ge=512, description="Heap of one executor; Spark refuses less than 450.")]
FewCount = Annotated[int, Field(ge=1, le=4)]


def _known(name: str) -> str:
    if name not in WORKLOADS:
        raise ValueError(f"expected a workload of {', '.join(WORKLOADS)}")
    return name


WorkloadName = Annotated[str, AfterValidator(_known)]


class Executors(Config):
    """What an application gets."""

    memory_mib: HeapMib
    count: FewCount = 2
    cores_count: FewCount = 1


class Case(Config):
    """One workload at one input size."""

    workload: WorkloadName
    scale: float = Field(gt=0)

    @property
    def name(self) -> str:
        """Workload and size in one word."""
        return f"{self.workload}-{self.scale:g}"


class History(Config):
    """The runs of one workload, first to last: the i-th takes the i-th scale and the i-th allocation, in turn."""

    workload: WorkloadName
    scales: tuple[float, ...] = Field((), description="Default: the workload's small, medium and large.")
    executors: tuple[Executors, ...] = Field(min_length=1)
    own_submit: bool = Field(False, description="Each run starts its own driver, like a person's spark-submit.")


class Campaign(Config):
    """A list of histories and faults, and the cluster they run on."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    seed: int
    budget_s: int = Field(gt=0, description="No run is started after this many seconds.")
    limit_s: float = Field(120, gt=0, description="An application that runs longer is stopped.")
    workers_count: int = Field(1, ge=1, le=4, description="Hosts that the cluster has for Spark.")
    worker_cores_count: int = Field(4, ge=1)
    worker_memory_mib: int = Field(6144, ge=512)
    histories: tuple[History, ...] = ()
    faults: tuple[str, ...] = ()
    proofs: int = Field(
        0, ge=0, le=10, description="Runs of each fault unrepaired, and as many repaired; 0 for a single run."
    )
    metrics: Literal["default", "full", "half"] = Field(
        "full", description="Spark's default metric settings, everything it has, or half of the runs each."
    )

    @field_validator("faults")
    @classmethod
    def _all_known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in names if name not in CATALOGUE]
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: expected variants of {', '.join(CATALOGUE)}")
        return names


@dataclass(frozen=True, slots=True)
class Launch:
    """One application to run.

    Attributes:
        launch_id: Unique in all campaigns of one name; the same in every run of the campaign.
        workload: What Sparkwright sees as the recurring thing.
        script: What is submitted.
        arguments: Arguments of the script; ``{data}`` stands for the folder of the input.
        inputs: Kind of the input.
        scale: Scale of the input.
        executors: What the application gets.
        root_cause: What is meant to happen; ``none`` for a history, whose runs may end in any way.
        variant: Way in which the cause is produced; for histories the workload.
        own_submit: Whether it gets its own spark-submit.
        metrics: How much evidence Spark is told to write.
        repeat: Number of the run within its variant, from 1, counted separately for unrepaired and repaired.
        repaired: Whether the fault's repair is among the properties.
        host: What it runs on.
        enforced_by: What part of the lab makes the fault happen, if Spark alone does not.
        limit_s: When the lab stops it; None for the campaign's limit.
    """

    launch_id: str
    workload: str
    script: Path
    arguments: tuple[str, ...]
    inputs: str
    scale: float
    executors: Executors
    root_cause: str
    variant: str
    split: Split
    knob: str
    expected_status: Literal["succeeded", "failed"]
    properties: dict[str, str]
    own_submit: bool
    metrics: Metrics = "full"
    repeat: int = 1
    repaired: bool = False
    host: Host = "cluster"
    enforced_by: Enforcer = "spark"
    limit_s: float | None = None


def launches(campaign: Campaign) -> list[Launch]:
    """Return every launch in order: histories take turns so that each grows over time, faults in between, seeded.

    The runs of one fault follow each other, so that a stopped campaign has proven some of them.

    Raises:
        ConfigError: The campaign holds neither a history nor a fault.
    """
    if not campaign.histories and not campaign.faults:
        raise ConfigError(f"expected histories or faults in the campaign {campaign.name}, found neither")
    dice = random.Random(campaign.seed)
    queues = [_history(campaign, history) for history in campaign.histories]
    queues += [_fault(campaign, name) for name in campaign.faults]
    order: list[Launch] = []
    while any(queues):
        # Drawn in proportion to the remaining runs, so that all histories end at about the same time.
        queue = dice.choices(queues, weights=[len(queue) for queue in queues])[0]
        take = 1 if queue[0].workload in WORKLOADS else len(queue)
        order += queue[:take]
        del queue[:take]
    return order


def _metrics(campaign: Campaign, name: str) -> Iterator[Metrics]:
    """Yield the metric settings of the runs of one history or fault; in a half-and-half campaign they alternate.

    Which comes first is drawn for each one, independently of the rest of the campaign.
    """
    if campaign.metrics != "half":
        return cycle((campaign.metrics,))
    kinds: tuple[Metrics, Metrics] = ("default", "full")
    first = random.Random(f"{campaign.seed}-{name}").randrange(2)
    return cycle(kinds[first:] + kinds[:first])


def _history(campaign: Campaign, history: History) -> list[Launch]:
    metrics = _metrics(campaign, history.workload)
    cases = [
        Case(workload=history.workload, scale=scale) for scale in history.scales or WORKLOADS[history.workload].scales
    ]
    return [
        workload_launch(
            case,
            f"{campaign.name}-{case.name}-{number:02d}",
            history.executors[number % len(history.executors)],
            own_submit=history.own_submit,
            metrics=next(metrics),
        )
        for number, case in enumerate(cases)
    ]


def workload_launch(
    case: Case,
    launch_id: str,
    executors: Executors,
    *,
    properties: Mapping[str, str] = MappingProxyType({}),
    own_submit: bool = False,
    metrics: Metrics = "full",
) -> Launch:
    """Return one run of a workload, which may end in any way.

    Args:
        case: Workload and input size.
        launch_id: Name of the run.
        executors: What it gets.
        properties: Spark properties in addition to those of every run.
        own_submit: Whether it gets its own spark-submit.
        metrics: How much evidence Spark is told to write.
    """
    workload = WORKLOADS[case.workload]
    return Launch(
        launch_id=launch_id,
        workload=case.workload,
        script=workload.script,
        arguments=("{data}", *workload.arguments),
        inputs=workload.inputs,
        scale=case.scale,
        executors=executors,
        root_cause=NO_FAULT,
        variant=case.workload,
        split=workload.split,
        knob="",
        expected_status="succeeded",
        properties=dict(properties),
        own_submit=own_submit,
        metrics=metrics,
    )


def _fault(campaign: Campaign, name: str) -> list[Launch]:
    """Return the runs of a fault: once, or as often as a proof requires, unrepaired and then repaired."""
    fault, metrics = CATALOGUE[name], _metrics(campaign, name)
    first = Launch(
        launch_id=f"{campaign.name}-{fault_workload(name)}",
        workload=fault_workload(name),
        script=fault.path,
        arguments=(fault.variant, "{data}"),
        inputs=fault.inputs,
        scale=fault.scale,
        executors=Executors(
            memory_mib=fault.executor_memory_mib, count=fault.executors_count, cores_count=2 // fault.executors_count
        ),
        root_cause=fault.root_cause,
        variant=name,
        split=fault.split,
        knob=fault.knob,
        expected_status=fault.expected_status,
        properties=fault.properties,
        own_submit=True,
        metrics=next(metrics),
        host=fault.host,
        enforced_by=fault.enforced_by,
        limit_s=fault.limit_s,
    )
    # Only the first run needs its own exit code and output; its repeats only count, so a shared driver will do.
    again = [
        replace(
            first,
            launch_id=f"{first.launch_id}-r{repeat}",
            own_submit=fault.own_submit,
            metrics=next(metrics),
            repeat=repeat,
        )
        for repeat in range(2, campaign.proofs + 1)
    ]
    repaired = [
        replace(
            first,
            launch_id=f"{first.launch_id}-repaired{repeat}",
            root_cause=NO_FAULT,
            knob="",
            expected_status="succeeded",
            properties=fault.properties | fault.repair,
            own_submit=fault.own_submit,
            metrics=next(metrics),
            limit_s=None,
            repeat=repeat,
            repaired=True,
        )
        for repeat in range(1, campaign.proofs + 1)
        if fault.repair
    ]
    return [first, *again, *repaired]
