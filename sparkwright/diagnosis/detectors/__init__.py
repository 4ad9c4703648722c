"""What made applications slow or wasteful, found in their harvested metrics.

for app in read_metrics(lake):
    for cause in find_slow_causes(app):
        print(app.app_id, cause.title, cause.lost_s, cause.remedy)
"""

from sparkwright.diagnosis.detectors.find import find_slow_causes
from sparkwright.diagnosis.detectors.findings import SlowCause
from sparkwright.diagnosis.detectors.metrics import ApplicationMetrics, group_metrics, read_metrics

__all__ = ["ApplicationMetrics", "SlowCause", "find_slow_causes", "group_metrics", "read_metrics"]
