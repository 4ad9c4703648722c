"""Diagnoses that nobody waits for: ask, look how far it is, take it, or cancel it."""

import asyncio
from typing import Annotated, Protocol, cast

import bentoml
from fastapi import APIRouter, Depends, HTTPException, Response

from data_contracts.api.diagnosis_job import DiagnosisJob, DiagnosisJobRequest
from serving.diagnosis_jobs.jobs import DiagnosisJobs
from serving.diagnosis_jobs.store import JobsError, TooManyJobsError
from serving.gateway.asking import WhoAsks
from serving.gateway.overload import RETRY_AFTER_S, OverloadedError
from serving.gateway.problems import responses
from serving.gateway.strict_json import StrictRoute
from sparkwright.advisor.placed_logs import find_log, is_here
from sparkwright.errors import ConfigError, LakeError
from sparkwright.settings import settings

_WAIT_S = 5
"""When somebody who has too many may ask again."""

router = APIRouter(
    prefix="/v1/diagnoses",
    tags=["diagnoses"],
    route_class=StrictRoute,
    responses=responses(
        s404="There is no such diagnosis, or no such log.",
        s422="The request breaks its contract.",
        s503="The service cannot keep diagnoses now, or keeps too many.",
    ),
)


class _Front(Protocol):
    jobs: DiagnosisJobs


async def _current() -> DiagnosisJobs:
    """The jobs of this process; a coroutine, because FastAPI gives everything else to a thread."""
    return cast(_Front, bentoml.get_current_service()).jobs


Jobs = Annotated[DiagnosisJobs, Depends(_current)]


@router.post(
    "",
    status_code=202,
    responses={
        202: {
            "description": "It was taken up.",
            "headers": {
                "Location": {"description": "Where it is to be asked for.", "schema": {"type": "string"}},
                "Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}},
            },
        },
        **responses(
            s408="The body took too long.",
            s413="The body is too long.",
            s429="Too many diagnoses of the team are open.",
        ),
    },
)
async def start_diagnosis(
    request: DiagnosisJobRequest, jobs: Jobs, caller: WhoAsks, response: Response
) -> DiagnosisJob:
    """Take up a diagnosis: of a harvested application, of evidence, or of a log of any length that lies there."""
    try:
        if request.log is not None and is_here(request.log, settings()):
            await asyncio.to_thread(find_log, request.log, settings())
        job = await jobs.add(request, caller)
    except (LakeError, ConfigError) as error:
        raise HTTPException(404, str(error)) from error
    except TooManyJobsError as error:
        status = 429 if error.is_team else 503
        raise HTTPException(status, str(error), {"Retry-After": str(_WAIT_S)}) from error
    except (OverloadedError, JobsError) as error:
        raise HTTPException(503, str(error), {"Retry-After": str(RETRY_AFTER_S)}) from error
    response.headers["Location"] = f"/v1/diagnoses/{job.diagnosis_id}"
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return job


@router.get("/{diagnosis_id}")
async def diagnosis(diagnosis_id: str, jobs: Jobs, caller: WhoAsks) -> DiagnosisJob:
    """How far a diagnosis is, and what came of it; kept for a day after it ended."""
    try:
        job = await jobs.find(diagnosis_id, caller)
    except JobsError as error:
        raise HTTPException(503, str(error)) from error
    return _known(job, diagnosis_id)


@router.delete("/{diagnosis_id}")
async def cancel_diagnosis(diagnosis_id: str, jobs: Jobs, caller: WhoAsks) -> DiagnosisJob:
    """Cancel a diagnosis, or forget one that has ended; answered with what it was."""
    try:
        job = await jobs.remove(diagnosis_id, caller)
    except JobsError as error:
        raise HTTPException(503, str(error)) from error
    return _known(job, diagnosis_id)


def _known(job: DiagnosisJob | None, diagnosis_id: str) -> DiagnosisJob:
    if job is None:
        raise HTTPException(404, f"expected the id of a diagnosis of yours, got {diagnosis_id[:40]!r}")
    return job
