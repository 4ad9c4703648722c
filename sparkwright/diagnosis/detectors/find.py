"""All detectors over one application."""

from sparkwright.diagnosis.detectors.findings import SlowCause
from sparkwright.diagnosis.detectors.metrics import ApplicationMetrics


def find_slow_causes(app: ApplicationMetrics) -> list[SlowCause]:
    """What made ``app`` slow or wasteful, most seconds lost first; empty where nothing is worth a word."""
    return []
