"""What made applications slow or wasteful, found in their harvested metrics.

for app in read_metrics(lake):
    for cause in find_slow_causes(app):
        print(app.app_id, cause.title, cause.lost_s, cause.remedy)
"""

from sparkwright.diagnosis.detectors.find import find_slow_causes
from sparkwright.diagnosis.detectors.findings import SlowCause, slow_findings
from sparkwright.diagnosis.detectors.metrics import ApplicationMetrics, group_metrics, metrics_of, read_metrics
from sparkwright.diagnosis.detectors.thresholds import Thresholds, default_thresholds, load_thresholds

__all__ = [
    "ApplicationMetrics",
    "SlowCause",
    "Thresholds",
    "default_thresholds",
    "find_slow_causes",
    "group_metrics",
    "load_thresholds",
    "metrics_of",
    "read_metrics",
    "slow_findings",
]
