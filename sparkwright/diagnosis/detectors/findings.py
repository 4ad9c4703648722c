"""What a detector says."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from data_contracts.api.diagnosis import Remediation, SlowFinding


@dataclass(frozen=True, slots=True)
class SlowCause:
    """One reason why an application took longer, or held more, than it had to.

    Attributes:
        cause: A name of :data:`sparkwright.diagnosis.taxonomy.SLOWDOWNS`.
        title: A few words for a heading.
        stage_ids: The stages it was seen in, most seconds lost first; empty where it concerns the whole application.
        lost_s: Wall-clock seconds by which the application would have been shorter, estimated; 0 where the cause costs
            cores and no time.
        wasted_core_s: Core-seconds held or used for nothing, estimated; 0 where that is not what the cause costs.
        how: How the seconds were estimated, in a sentence.
        facts: The figures that show it, one short text each, the most telling first.
        remedy: What a person does about it.
        properties: ``spark.*`` properties to set, values with units; empty where no property helps.
    """

    cause: str
    title: str
    stage_ids: tuple[int, ...]
    lost_s: float
    how: str
    facts: tuple[str, ...]
    remedy: str
    properties: dict[str, str] = field(default_factory=dict)
    wasted_core_s: float = 0.0


def slow_findings(causes: Iterable[SlowCause]) -> list[SlowFinding]:
    """The causes as a diagnosis carries them."""
    return [
        SlowFinding(
            cause=cause.cause,
            title=cause.title,
            stage_ids=list(cause.stage_ids),
            lost_s=cause.lost_s,
            wasted_core_s=cause.wasted_core_s,
            estimate=cause.how,
            facts=list(cause.facts),
            remediation=Remediation(text=cause.remedy, properties=cause.properties),
        )
        for cause in causes
    ]
