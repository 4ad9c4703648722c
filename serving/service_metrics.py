"""Prometheus metrics of the service; every label has a handful of values, whatever clients send.

Workers keep them in files of one folder (``PROMETHEUS_MULTIPROC_DIR``, set by BentoML): any worker can show all.
"""

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

MEDIA_TYPE = CONTENT_TYPE_LATEST

RECOMMENDATIONS = Counter(
    "sparkwright_recommendations",
    "Recommendations by who answered: forecast, states, fallback and report_only (no advice), or nobody (log_failed, "
    "overloaded).",
    ["answered_by"],
)
DIAGNOSES = Counter(
    "sparkwright_diagnoses",
    "Diagnoses by who answered: troubleshooter, rules, cases, or nobody (not_found, overloaded).",
    ["answered_by"],
)
REPORTS = Counter(
    "sparkwright_feedback_reports",
    "Reports of launchers: recorded, unknown_decision or log_failed.",
    ["result"],
)
SHADOWS = Counter(
    "sparkwright_shadow_answers",
    "Questions to the release in shadow: answered, failed, or dropped because there was no time.",
    ["result"],
)
DECISION_LOG_USABLE = Gauge(
    "sparkwright_decision_log_usable",
    "1 where a decision could be written when a worker tried last; 0: every recommendation is refused.",
    multiprocess_mode="mostrecent",
)
SECONDS = Histogram(
    "sparkwright_answer_seconds",
    "Time to answer, by endpoint.",
    ["endpoint"],
    buckets=(0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, float("inf")),
)


def exposition() -> bytes:
    """The metrics of all workers in Prometheus' text format."""
    return generate_latest(_all_workers())


def recommendations() -> dict[str, int]:
    """How many recommendations all workers gave, by who answered."""
    return _counted(RECOMMENDATIONS, "answered_by")


def shadow_answers() -> dict[str, int]:
    """How many questions went to the release in shadow, by what became of them, in all workers."""
    return _counted(SHADOWS, "result")


def _counted(counter: Counter, label: str) -> dict[str, int]:
    found = [metric for metric in _all_workers().collect() if metric.name == counter._name]
    samples = [one for metric in found for one in metric.samples if one.name.endswith("_total")]
    return {one.labels[label]: int(one.value) for one in samples}


def _all_workers() -> CollectorRegistry:
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
