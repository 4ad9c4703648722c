"""The mutating admission webhook of Kubernetes: advice for Spark applications that are being created, by whomever.

It allows everything. What it cannot advise, in time or at all, goes on as it was written; so does everything while it
is down (``failurePolicy: Ignore`` in ``docs/examples/admission_webhook.yaml``).

Source: ``admission.k8s.io/v1``, AdmissionReview, in the Kubernetes documentation of dynamic admission control.
"""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import HTTPException
from pydantic import BaseModel, ConfigDict, ValidationError

from data_contracts.api.recommendation import Recommendation, RecommendRequest
from sparkwright.errors import SparkwrightError
from sparkwright.launchers.advice import read_advice
from sparkwright.launchers.manifests.advised import advised, carried_decision, manifest_request, unreadable
from sparkwright.launchers.manifests.patch import json_patch_of
from sparkwright.launchers.manifests.spark_application import Application, is_application, read_application
from sparkwright.redaction import redact_text

TIMEOUT_S = 2.0
"""As any launcher's; the manifest tells the API server to wait a second longer."""
_MAX_WARNINGS, _MAX_WARNING_LENGTH = 3, 120

Decide = Callable[[RecommendRequest], Awaitable[Recommendation]]


class AdmissionRequest(BaseModel):
    """What of an admission request is read; the rest is Kubernetes' own affair."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    uid: str
    operation: str = ""
    namespace: str = ""
    dryRun: bool = False  # noqa: N815 (Kubernetes' name)
    object: dict[str, Any] | None = None


class AdmissionReview(BaseModel):
    """A question of the API server."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    apiVersion: str  # noqa: N815 (Kubernetes' name)
    kind: str
    request: AdmissionRequest


async def admit(review: AdmissionReview, decide: Decide, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
    """The answer to a review: always allowed, with a JSON patch where there is advice.

    Args:
        review: The question.
        decide: What makes a decision, and logs it.
        timeout_s: Seconds for it.
    """
    said: list[str] = []
    patch: list[dict[str, object]] = []
    document = review.request.object
    # What runs already is changed by nobody, and a dry run leaves no decision behind.
    if review.request.operation == "CREATE" and not review.request.dryRun and is_application(document):
        assert document is not None
        try:
            patch, said = await asyncio.wait_for(_patch(review.request, document, decide), timeout_s)
        except TimeoutError:
            said = [f"no recommendation within {timeout_s:g} s: left as it is"]
        except Exception as error:  # whatever it is: an application is not held back by its advice
            said = [f"no recommendation, left as it is: {_public(error)}"]
    response: dict[str, Any] = {"uid": review.request.uid, "allowed": True}
    if patch:
        response |= {"patchType": "JSONPatch", "patch": base64.b64encode(json.dumps(patch).encode()).decode()}
    if said:
        response["warnings"] = [_warning(line) for line in said[:_MAX_WARNINGS]]
    return {"apiVersion": review.apiVersion, "kind": "AdmissionReview", "response": response}


async def _patch(
    asked: AdmissionRequest, document: Mapping[str, Any], decide: Decide
) -> tuple[list[dict[str, object]], list[str]]:
    application = read_application(document, asked.namespace)
    if earlier := carried_decision(application):
        return [], [f"carries decision {earlier[:64]} already: left as it is"]
    if faults := unreadable(application):
        return [], faults
    request = RecommendRequest.model_validate(manifest_request(application, launch_id=_launch_of(asked, application)))
    recommendation = await decide(request)
    advice = read_advice(recommendation.model_dump(mode="json"))
    edits, said = advised(application, advice)
    return json_patch_of(document, edits), said


def _launch_of(asked: AdmissionRequest, application: Application) -> str | None:
    """The API server may ask twice about one creation: its uid gets one decision. A schedule is no launch, but many."""
    if application.kind != "SparkApplication" or not asked.uid.replace("-", "").isalnum() or len(asked.uid) > 64:
        return None
    return asked.uid


def _public(error: Exception) -> str:
    """What a person who applies a manifest may read of a fault."""
    if isinstance(error, ValidationError):
        return "the manifest is not what the service takes"
    if isinstance(error, HTTPException):
        return str(error.detail)
    return str(error) if isinstance(error, SparkwrightError) else type(error).__name__


def _warning(line: str) -> str:
    """Kubernetes cuts what is longer, and passes no more than printable text."""
    text = "".join(sign for sign in redact_text(f"sparkwright: {line}") if sign.isprintable())
    return text if len(text) <= _MAX_WARNING_LENGTH else f"{text[: _MAX_WARNING_LENGTH - 3]}..."
