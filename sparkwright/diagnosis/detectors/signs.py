"""One stage that shows one cause; what a detector of stages answers."""

from collections.abc import Callable
from dataclasses import dataclass

from sparkwright.diagnosis.detectors.metrics import StageMetrics
from sparkwright.diagnosis.detectors.thresholds import Thresholds
from sparkwright.diagnosis.detectors.timeline import Timeline
from sparkwright.diagnosis.detectors.words import Properties


@dataclass(frozen=True, slots=True)
class Sign:
    """A stage that shows a cause.

    Attributes:
        lost_ms: Wall-clock time by which the stage would have been shorter, estimated.
        fact: The figures, in a few words.
        properties: What to set, computed for this stage.
    """

    cause: str
    stage: StageMetrics
    lost_ms: float
    fact: str
    properties: dict[str, str]


@dataclass(frozen=True, slots=True)
class View:
    """What a detector may look at besides the stage itself."""

    timeline: Timeline
    properties: Properties
    thresholds: Thresholds


StageDetector = Callable[[StageMetrics, View], Sign | None]
