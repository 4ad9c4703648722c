"""What a person says that a job needs, as typed fields: nothing is filled in that was not said.

Everything is optional: a field that is absent was not said. What was said but cannot be decided stands in
``questions``, never as a guess.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217.")]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class CostLimit(_Said):
    """The most that may be spent."""

    amount: Annotated[float, Field(gt=0)]
    currency: Currency
    per: Literal["run", "day", "week", "month", "year"]


class Growth(_Said):
    """How much more input comes: 0.1 a month is ten percent a month, 1.0 is double; below zero it shrinks."""

    fraction: Annotated[float, Field(gt=-1)]
    per: Literal["run", "day", "week", "month", "year"]


class JobRequirements(_Said):
    """What was said of a job; a field is None where nothing was said of it."""

    max_duration_ms: Annotated[
        int | None,
        Field(
            gt=0, description="Longest acceptable run, from its start: `within two hours`, `may not run over 45 min`."
        ),
    ] = None
    finish_by: Annotated[
        str | None,
        Field(
            pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$",
            description="Wall-clock time by which a run must have ended, 24 hours, local to the cluster: `done by "
            "6 am` is 06:00, `before midnight` is 00:00, `by noon` is 12:00.",
        ),
    ] = None
    input_bytes: Annotated[
        int | None,
        Field(
            gt=0,
            description="Input of one run. kB, MB, GB, TB, PB are powers of 1000; KiB to PiB of 1024, as are the bare "
            "letters k, m, g, t (`200g`), which Spark reads so.",
        ),
    ] = None
    growth: Annotated[Growth | None, Field(description="How the input grows.")] = None
    priority: Annotated[
        Literal["low", "normal", "high", "critical"] | None,
        Field(
            description="`low`: best effort, can wait, whenever there is room; `high`: important, urgent; "
            "`critical`: the business stops, must not fail, top priority, P1 or SLA-bound by its own words."
        ),
    ] = None
    cost_limit: Annotated[
        CostLimit | None, Field(description="The most that may be spent, where a currency is said.")
    ] = None
    memory_sensitive: Annotated[
        bool | None,
        Field(description="True: memory-bound, memory-hungry, dies of memory; false: said not to be."),
    ] = None
    gpus: Annotated[
        int | None,
        Field(ge=0, le=100_000, description="GPUs of the whole job; 0: said to need none. `A GPU` is 1."),
    ] = None
    schedule: Annotated[
        str | None,
        Field(
            pattern=r"^(@hourly|@daily|@weekly|@monthly|@yearly|@once|(\S+ ){4}\S+)$",
            description="How often it runs: cron with five fields where a time, weekday or step is said (`every "
            "weekday at 2:30` is `30 2 * * 1-5`, `every 15 minutes` is `*/15 * * * *`, Sunday is 0), a preset where "
            "only the period is (`nightly`: @daily; `a one-off`: @once).",
        ),
    ] = None
    platform: Annotated[
        Literal["standalone", "yarn", "kubernetes", "databricks", "emr", "dataproc", "local"] | None,
        Field(description="Where it runs; `k8s`, EKS, GKE, AKS are kubernetes; Hadoop's cluster manager is yarn."),
    ] = None
    max_risk: Annotated[
        float | None,
        Field(
            gt=0,
            lt=1,
            description="Share of runs that may die: `at most one in 200` is 0.005, `99.9% of runs must succeed` is "
            "0.001. `Must never fail` names no share: priority critical.",
        ),
    ] = None


RequirementField = Literal[
    "max_duration_ms",
    "finish_by",
    "input_bytes",
    "growth",
    "priority",
    "cost_limit",
    "memory_sensitive",
    "gpus",
    "schedule",
    "platform",
    "max_risk",
]


class RequirementQuestion(_Said):
    """What has to be asked back before the field can be used."""

    field: RequirementField
    reason: Annotated[
        Literal["ambiguous", "contradictory", "out_of_range"],
        Field(
            description="`ambiguous`: a unit, currency, half of the day or number is missing or vague (`a few hundred "
            "gigs`, `by 6`, `costs at most 20`, `soon`); `contradictory`: two values exclude one another (`within an "
            "hour, may take three`); `out_of_range`: no such value (`by 27:00`, `-5 GB`)."
        ),
    ]
    question: Annotated[str, Field(description="In words, to the person.")]


class UnderstoodRequirements(_Said):
    """What was understood and what has to be asked back; a field that is asked about has no value."""

    requirements: JobRequirements
    questions: list[RequirementQuestion] = []
    ignored: Annotated[
        list[str], Field(description="Parts of the text that say nothing about these fields, as they stand.")
    ] = []
