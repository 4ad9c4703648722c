"""What is recommended where nothing is known: the user's own properties, and nothing beside them."""

from data_contracts.api.recommendation import Reason, Recommendation, RecommendRequest
from data_contracts.fields.decision import NONE
from data_contracts.properties.spark import RESOURCE_PROPERTIES, with_unit


def own_properties(request: RecommendRequest, *, workload_id: str, decision_id: str, why: str) -> Recommendation:
    """A decision that changes nothing, with ``why`` as its reason.

    Spark's defaults are not written out: they differ by platform and language, and what an application sets in its
    code would lose against them.
    """
    given = {name: value for name, value in request.properties.as_conf().items() if name in RESOURCE_PROPERTIES}
    return Recommendation(
        decision_id=decision_id,
        workload_id=workload_id,
        allocation={name: with_unit(name, value) for name, value in given.items()},
        forecast=None,
        cold=True,
        trial=False,
        extrapolated=False,
        observed_run_count=0,
        reasons=[
            Reason(property="*", text=why),
            *(Reason(property=name, text="as the user wrote it") for name in given),
        ],
        release_version=NONE,
        forecaster_version=NONE,
    )
