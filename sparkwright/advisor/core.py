"""A decision without IO: what a forecast is asked, and what is concluded from its reply.

The service awaits between :func:`prepare` and :func:`conclude`; the command line and the report call straight through.
Whoever asks, the request is redacted, the workload named and the decision written down in one way.
"""

import hashlib
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ValidationError

from data_contracts.api.recommendation import (
    HeapRisk,
    Reason,
    Recommendation,
    RecommendRequest,
    RunEvidence,
    RunId,
    UnappliedAdvice,
)
from data_contracts.api.report import Prices
from data_contracts.fields.decision import NONE
from data_contracts.properties.provenance import WORKLOAD
from data_contracts.tables import Decision
from sparkwright.advisor.allowed import Policy, allowed
from sparkwright.advisor.fallback import own_properties
from sparkwright.advisor.rollout import NOT_OPTED_IN
from sparkwright.advisor.worth import changes_of, saving_of
from sparkwright.allocation.advise import Advice
from sparkwright.redaction import redact_properties, redact_text
from sparkwright.spark.workload import workload_id

VALID_FOR = timedelta(hours=24)
"""A launch that is this late was not launched with the decision: it is decided anew."""
_KEPT = (
    "cold", "observed_run_count", "heap_evidence", "evidence", "answered_by", "release_version", "forecaster_version",
)  # fmt: skip
"""Of advice that is not given: what the answer says all the same."""


class ForecastRequest(BaseModel):
    """A request made ready to be decided on.

    Attributes:
        request: As it came, without secrets.
        workload_id: The workload it belongs to, as the harvest will name it.
        decision_id: Id of the decision to be made.
        at: Moment of the decision, UTC: runs that had not ended by then are not looked at.
        release_version: Which release shall decide; ``none`` where there is none.
        forecaster_version: Which forecaster shall be asked; ``none`` where there is none.
        no_trial: Why no trial may be made; empty where one may.
        last_trial_at: When the last trial of the workload was decided; None where there was none.
        report_only: Whether the workload has not opted in: it is given its own settings, whatever is decided.
        team: Who asks, for policies; empty where nobody knows.
    """

    request: RecommendRequest
    workload_id: str
    decision_id: str
    at: datetime
    release_version: str = NONE
    forecaster_version: str = NONE
    no_trial: str = ""
    last_trial_at: datetime | None = None
    report_only: bool = False
    team: str = ""


class ForecastReply(BaseModel):
    """A recommendation, and why it rests on no forecast or there is none."""

    recommendation: Recommendation | None = None
    fault: str = ""


def prepare(request: RecommendRequest, at: datetime | None = None) -> ForecastRequest:
    """What is asked about a request; of its properties only resources are used, and they are logged redacted.

    Args:
        request: What the launcher knows.
        at: Moment of the decision, with a time zone; default now.
    """
    names = {name: getattr(request, name) for name in ("app_name", "user_name", "queue", "workload")}
    request = request.model_copy(update={name: redact_text(text) for name, text in names.items() if text})
    # As the harvest names the workload: from properties without secrets.
    properties = redact_properties(request.properties.as_conf())
    if request.workload:
        properties[WORKLOAD] = request.workload
    return ForecastRequest(
        request=request,
        workload_id=workload_id(request.app_name, request.user_name, request.queue, properties),
        decision_id=uuid.uuid4().hex,
        at=at or datetime.now(UTC),
    )


def model_risk(probability: float) -> HeapRisk:
    """A risk that nothing but the workload's posterior vouches for."""
    return HeapRisk(probability=probability)


def reply(
    asked: ForecastRequest,
    advice: Advice,
    risk_of: Callable[[float], HeapRisk] = model_risk,
    newest: list[RunId] | None = None,
) -> Recommendation:
    """The advice as the decision that was asked for.

    Args:
        asked: From :func:`prepare`.
        advice: What the evidence says.
        risk_of: What is said of a P(death).
        newest: The last of the runs that it rests on.
    """
    evidence = None
    if advice.window is not None:
        first, last = advice.window
        evidence = RunEvidence(first_ended_at=first, last_ended_at=last, newest=newest or [])
    return Recommendation(
        decision_id=asked.decision_id,
        workload_id=asked.workload_id,
        allocation=advice.allocation,
        forecast=advice.forecast,
        cold=advice.cold,
        trial=advice.trial,
        risk=risk_of(advice.risk) if advice.risk is not None else None,
        extrapolated=advice.extrapolated,
        observed_run_count=advice.observed_run_count,
        heap_evidence=advice.heap_evidence,
        evidence=evidence,
        reasons=advice.reasons,
        answered_by="forecast" if advice.forecast else "states" if advice.observed_run_count else "fallback",
        release_version=asked.release_version,
        forecaster_version=asked.forecaster_version,
    )


def conclude(
    asked: ForecastRequest,
    answer: ForecastReply,
    policy: Policy | None = None,
    *,
    hold_back: float = 0.0,
    prices: Prices | None = None,
) -> tuple[Recommendation, Decision]:
    """The recommendation to give, and the row of the decision log that must be written before it is given.

    Args:
        asked: From :func:`prepare`.
        answer: What was decided from forecast and evidence; where nothing was, the user's own properties are the
            recommendation.
        policy: What may go out; default everything.
        hold_back: Share of first tries that chance leaves as the user wrote them, to compare the others with.
        prices: What an hour costs; None where nobody says.
    """
    recommendation = answer.recommendation
    if recommendation is None:
        recommendation = own_properties(
            asked.request, workload_id=asked.workload_id, decision_id=asked.decision_id, why=answer.fault
        )
    elif answer.fault:
        reasons = [Reason(property="*", text=answer.fault), *recommendation.reasons]
        recommendation = recommendation.model_copy(update={"reasons": reasons})
    if asked.report_only:
        recommendation = _withheld(asked, answer, policy)
    elif answer.recommendation and asked.request.attempt == 1 and is_held_back(asked.decision_id, hold_back):
        recommendation = _held_back(asked, answer.recommendation)
    recommendation = allowed(policy, recommendation, asked.request, asked.at, asked.team)
    # Of what goes out, not of what was advised before policies changed it.
    recommendation = recommendation.model_copy(
        update={"expires_at": asked.at + VALID_FOR, **_worth(asked.request, recommendation, prices)}
    )
    return recommendation, _logged(asked, recommendation, policy.version if policy else "")


def given_again(asked: ForecastRequest, decision: Decision) -> Recommendation | None:
    """The answer that the same attempt of the same launch got before; None where it is not to be had.

    A launch belongs to the queue and the user that it was decided for: others may name it by chance, or by intent. Nor
    is an answer given again that has expired, or that this version cannot read: a newer one may have written it.

    Args:
        asked: From :func:`prepare`.
        decision: What the log has of that attempt.
    """
    told = json.loads(decision.request_json)
    if any(told.get(name) != getattr(asked.request, name) for name in ("queue", "user_name")):
        return None
    try:
        given = Recommendation.model_validate_json(decision.recommendation_json)
    except ValidationError:
        return None
    return given if given.expires_at is not None and asked.at < given.expires_at else None


def of_no_launch(asked: ForecastRequest) -> ForecastRequest:
    """The same question without the launch, which has had its decision."""
    return asked.model_copy(update={"request": asked.request.model_copy(update={"launch_id": None})})


def is_held_back(decision_id: str, share: float) -> bool:
    """Whether a decision is of the share that chance holds back; the same whoever asks."""
    return int(hashlib.sha256(decision_id.encode()).hexdigest()[:8], 16) < share * 16**8


def _worth(request: RecommendRequest, recommendation: Recommendation, prices: Prices | None) -> dict[str, object]:
    given, advised = request.properties.as_conf(), recommendation.allocation
    forecast = recommendation.forecast
    saving = None
    if forecast is not None:
        saving = saving_of(given, advised, request.platform, forecast.duration_ms.p50, prices)
    return {"changes": changes_of(given, advised), "saving": saving}


def _held_back(asked: ForecastRequest, advised: Recommendation) -> Recommendation:
    """The user's own settings, instead of what would have been advised by the same release."""
    own = own_properties(
        asked.request,
        workload_id=asked.workload_id,
        decision_id=asked.decision_id,
        why="held back by chance (SPARKWRIGHT_HOLD_BACK): the user's own settings, to compare with",
    )
    return own.model_copy(update={**{name: getattr(advised, name) for name in _KEPT}, "held_back": True})


def _withheld(asked: ForecastRequest, answer: ForecastReply, policy: Policy | None) -> Recommendation:
    """The user's own settings, and beside them what would have been advised."""
    advised = answer.recommendation
    why = NOT_OPTED_IN if advised is not None else answer.fault
    own = own_properties(asked.request, workload_id=asked.workload_id, decision_id=asked.decision_id, why=why)
    if advised is None:
        return own.model_copy(update={"report_only": True})
    kept = {name: getattr(advised, name) for name in _KEPT}
    withheld = unapplied(asked, answer, policy)
    return own.model_copy(update={**kept, "report_only": True, "withheld": withheld})


def unapplied(asked: ForecastRequest, answer: ForecastReply, policy: Policy | None = None) -> UnappliedAdvice:
    """What was decided, as it is kept where nobody submits with it: what policies would have left of it."""
    advised = answer.recommendation
    if advised is None:
        versions = {name: getattr(asked, name) for name in ("release_version", "forecaster_version")}
        return UnappliedAdvice(**versions, allocation={}, fault=answer.fault)
    advised = allowed(policy, advised, asked.request, asked.at, asked.team)
    return UnappliedAdvice(
        release_version=advised.release_version,
        forecaster_version=advised.forecaster_version,
        allocation=advised.allocation,
        claimed_death_probability=advised.risk.probability if advised.risk else None,
        trial=advised.trial,
        duration_ms=advised.forecast.duration_ms if advised.forecast else None,
        fault=answer.fault,
    )


def _logged(asked: ForecastRequest, recommendation: Recommendation, policy_version: str) -> Decision:
    told = asked.request.model_dump(mode="json", exclude={"properties"})
    told["properties"] = redact_properties(asked.request.properties.as_conf())
    forecast = recommendation.forecast
    return Decision(
        decision_id=recommendation.decision_id,
        workload_id=recommendation.workload_id,
        decided_at=asked.at,
        release_version=recommendation.release_version,
        forecaster_version=recommendation.forecaster_version,
        request_json=json.dumps(told, sort_keys=True),
        forecast_json=forecast.model_dump_json() if forecast is not None else "null",
        allocation_json=json.dumps(recommendation.allocation, sort_keys=True),
        cold=recommendation.cold,
        trial=recommendation.trial,
        extrapolated=recommendation.extrapolated,
        attempt=asked.request.attempt,
        input_bytes=asked.request.input_bytes,
        policy_version=policy_version,
        claimed_death_probability=recommendation.risk.probability if recommendation.risk else None,
        held_back=recommendation.held_back,
        report_only=recommendation.report_only,
        withheld_json=recommendation.withheld.model_dump_json() if recommendation.withheld else "",
        launch_id=asked.request.launch_id,
        recommendation_json=recommendation.model_dump_json() if asked.request.launch_id is not None else "",
        reported_app_id=None,
        reported_exit_code=None,
    )
