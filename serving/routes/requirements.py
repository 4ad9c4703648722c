"""``/v1/requirements``: plain language to requirements, in this process and without a model."""

import asyncio
import time

from fastapi import APIRouter, HTTPException

from data_contracts.api.requirements import RequirementsAnswer, RequirementsRequest
from serving.gateway.asking import WhoAsks
from serving.gateway.problems import responses
from serving.gateway.strict_json import StrictRoute
from serving.service_metrics import SECONDS
from sparkwright.advisor.asked import read_requirements
from sparkwright.errors import ConfigError

router = APIRouter(prefix="/v1", tags=["requirements"], route_class=StrictRoute)


@router.post(
    "/requirements",
    responses=responses(
        s408="The body took too long.", s413="The body is too long.", s422="The request breaks its contract."
    ),
)
async def requirements(request: RequirementsRequest, caller: WhoAsks) -> RequirementsAnswer:
    """What a text says that a job needs, from which words, and what has to be asked back. Nothing is kept."""
    started_s = time.perf_counter()
    try:
        answer = await asyncio.to_thread(read_requirements, request.text)
    except ConfigError as error:
        raise HTTPException(422, str(error)) from error
    SECONDS.labels(endpoint="requirements").observe(time.perf_counter() - started_s)
    return answer
