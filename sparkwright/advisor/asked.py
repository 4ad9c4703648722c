"""From what a person said to what a recommendation is asked with; nothing is dropped without a word."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from data_contracts.api.requirements import AskedRequest, RequirementsAnswer, TakenWords, UnusedRequirement
from data_contracts.requirements import JobRequirements, RequirementField
from sparkwright.errors import ConfigError
from sparkwright.requirements.understand import understand

_MAX_RISK = 0.5
_PLATFORMS = {"standalone": "standalone", "yarn": "yarn", "kubernetes": "kubernetes", "local": "local",
              "emr": "yarn", "dataproc": "yarn"}  # fmt: skip
_UNUSED: dict[RequirementField, str] = {
    "growth": "a forecast follows the inputs of the workload's own runs; tell the next one in input_bytes",
    "priority": "which queue or pod priority a job gets is set outside",
    "cost_limit": "the answer states what it saves, and is held to no amount",
    "memory_sensitive": "what a workload needs is learned from its runs that held and died",
    "gpus": "GPUs are not advised; set spark.executor.resource.gpu.amount",
    "schedule": "it says when the run starts, no more",
}
ASKED_FIELDS: Mapping[RequirementField, str] = {
    "input_bytes": "input_bytes",
    "max_duration_ms": "deadline_ms",
    "finish_by": "deadline_ms",
    "max_risk": "max_risk",
    "platform": "platform",
}
"""The field of a request that each requirement is used in; the others change no recommendation."""


def read_requirements(text: str, submitted_at: datetime | None = None) -> RequirementsAnswer:
    """What a text states, and what a recommendation does with it.

    Args:
        text: In plain language.
        submitted_at: When the run will be submitted, local to the cluster; None: not known, so a time to finish by
            counts only where the schedule says when the run starts.

    Raises:
        ConfigError: The text is empty or too long.
    """
    read = understand(text)
    requirements = read.understood.requirements
    request, not_used = _asked(requirements, submitted_at)
    return RequirementsAnswer(
        requirements=requirements,
        questions=read.understood.questions,
        ignored=read.understood.ignored,
        taken=[TakenWords(field=one.field, words=one.words, start=one.start, end=one.end) for one in read.taken],
        request=request,
        not_used=not_used,
        language=read.language,
        answered_by="grammar",
    )


def refuse_open(answer: RequirementsAnswer, given: Mapping[str, object]) -> None:
    """Stop where a recommendation would rest on what has to be asked back.

    Args:
        answer: What was understood.
        given: Fields of the request that were told otherwise: they need no question.

    Raises:
        ConfigError: With every question.
    """
    asked = [one for one in answer.questions if (name := ASKED_FIELDS.get(one.field)) and name not in given]
    if asked:
        raise ConfigError("--ask: " + " ".join(one.question for one in asked))


def _asked(said: JobRequirements, submitted_at: datetime | None) -> tuple[AskedRequest, list[UnusedRequirement]]:
    unused = [
        UnusedRequirement(field=name, why=why) for name, why in _UNUSED.items() if getattr(said, name) is not None
    ]
    deadlines = [said.max_duration_ms] if said.max_duration_ms is not None else []
    if said.finish_by is not None:
        if (left_ms := _until(said, submitted_at)) is None:
            why = "it counts from the start of the run, which nobody said; send deadline_ms with the request"
            unused.append(UnusedRequirement(field="finish_by", why=why))
        else:
            deadlines.append(left_ms)
    max_risk = said.max_risk
    if max_risk is not None and max_risk > _MAX_RISK:
        max_risk = None
        unused.append(UnusedRequirement(field="max_risk", why="it can only lower the service's own bound"))
    platform = _PLATFORMS.get(said.platform) if said.platform else None
    if said.platform and platform is None:
        unused.append(UnusedRequirement(field="platform", why=f"{said.platform} sizes its own cluster"))
    request = AskedRequest.model_validate(
        {
            "input_bytes": said.input_bytes,
            "deadline_ms": min(deadlines, default=None),
            "max_risk": max_risk,
            "platform": platform,
        }
    )
    return request, unused


def _until(said: JobRequirements, submitted_at: datetime | None) -> int | None:
    """Milliseconds from the start of a run to the time by which it must have ended; None where no start is known."""
    hour, minute = (int(part) for part in (said.finish_by or "").split(":"))
    start = _start_minutes(said.schedule)
    if start is not None:
        return ((hour * 60 + minute - start - 1) % (24 * 60) + 1) * 60_000
    if submitted_at is None:
        return None
    end = submitted_at.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if end <= submitted_at:
        end += timedelta(days=1)
    return round((end - submitted_at).total_seconds() * 1000)


def _start_minutes(schedule: str | None) -> int | None:
    """Minutes after midnight at which a schedule starts a run, None where there are several or none was said."""
    fields = (schedule or "").split()
    if len(fields) == 5 and fields[0].isdecimal() and fields[1].isdecimal():
        return int(fields[1]) * 60 + int(fields[0])
    return None
