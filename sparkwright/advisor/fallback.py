"""What is recommended where no forecaster can: the user's own properties, or Spark's defaults written out."""

from data_contracts.api import Reason, Recommendation, RecommendRequest
from data_contracts.spark_properties import PROPERTIES, with_unit
from sparkwright.registry.releases import NONE

_SPARK_DEFAULTS = {"spark.driver.memory": "1g", "spark.executor.memory": "1g"}


def own_properties(request: RecommendRequest, *, workload_id: str, decision_id: str, why: str) -> Recommendation:
    """A decision that changes nothing, with ``why`` as its reason."""
    given = {name: value for name, value in request.properties.as_conf().items() if name in PROPERTIES}
    unused = {"spark.executor.memory"} if request.platform == "local" else set()  # tasks run in the driver
    allocation = {name: value for name, value in _SPARK_DEFAULTS.items() if name not in unused} | given
    reasons = [Reason(property="*", text=why)]
    for name in allocation:
        source = "as the user wrote it" if name in given else "Spark's default"
        reasons.append(Reason(property=name, text=source))
    return Recommendation(
        decision_id=decision_id,
        workload_id=workload_id,
        allocation={name: with_unit(name, value) for name, value in allocation.items()},
        forecast=None,
        cold=True,
        trial=False,
        extrapolated=False,
        observed_run_count=0,
        reasons=reasons,
        release_version=NONE,
        forecaster_version=NONE,
    )
