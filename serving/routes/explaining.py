"""`POST /v1/explain`: a decision in plain language. It is asked apart, so that no decision waits for its words."""

import json
from collections.abc import Iterator
from typing import Annotated, Protocol, cast

import bentoml
from fastapi import APIRouter, Depends, Header, Response
from fastapi.responses import StreamingResponse

from data_contracts.api.diagnosis import Diagnosis
from data_contracts.api.explanation import ExplainRequest, Explanation
from data_contracts.api.recommendation import Recommendation
from serving.gateway.problems import responses
from serving.gateway.strict_json import StrictRoute

LINES = "application/x-ndjson"

router = APIRouter(prefix="/v1", route_class=StrictRoute)


class Explaining(Protocol):
    """What this route asks of :class:`serving.service.Sparkwright`."""

    async def explain(self, decision: Diagnosis | Recommendation) -> Explanation: ...  # noqa: D102


async def _current() -> Explaining:
    return cast(Explaining, bentoml.get_current_service())


@router.post(
    "/explain",
    response_model=Explanation,
    responses=responses(
        s408="The body took too long.", s413="The body is too long.", s422="The request breaks its contract."
    )
    | {200: {"content": {LINES: {"schema": {"type": "string"}}}}},
)
async def explain(
    request: ExplainRequest,
    service: Annotated[Explaining, Depends(_current)],
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """What a diagnosis or a recommendation says, why, and what to do next, in a few sentences.

    Every number and property in them occurs in the decision. A language model's text is held until it was checked as a
    whole; where it does not pass, or has no end within seconds, the template answers and the answer says so. With
    `Accept: application/x-ndjson` a sentence comes a line, then who answered.
    """
    explanation = await service.explain(request.decision)
    if LINES in accept:
        return StreamingResponse(_lines(explanation), media_type=LINES)
    return Response(explanation.model_dump_json(), media_type="application/json")


def _lines(explanation: Explanation) -> Iterator[str]:
    for sentence in explanation.sentences:
        yield json.dumps({"sentence": sentence}) + "\n"
    yield json.dumps({"answered_by": explanation.answered_by, "notes": explanation.notes}) + "\n"
