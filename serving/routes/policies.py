"""The policies in force, and others checked before they are: off the event loop, few at a time."""

import asyncio
from functools import cache

import bentoml
from fastapi import APIRouter, HTTPException

from data_contracts.api.policies import PolicyCheckRequest, PolicyFindings, PolicyList
from serving.gateway.asking import WhoAsks
from serving.gateway.problems import responses
from serving.gateway.strict_json import StrictRoute
from sparkwright.errors import ConfigError
from sparkwright.policy.answers import findings_answer
from sparkwright.policy.findings import Findings
from sparkwright.policy.reading import parse_policies, set_of

_LIMIT_S = 20.0
_RETRY_S = 5
_MAX_POLICIES = 100

router = APIRouter(prefix="/v1", tags=["policies"], route_class=StrictRoute)


@cache
def _places() -> asyncio.Semaphore:
    """One check at a time: it keeps a core busy for as long as it takes."""
    return asyncio.Semaphore(1)


@router.get("/policies")
async def policies(caller: WhoAsks) -> PolicyList:
    """The policies that recommendations keep; for a team those that may concern it."""
    current = bentoml.get_current_service().policies()
    if current is None:
        return PolicyList(policy_version="", policies=[], notes=[])
    shown = [
        policy
        for policy in current.told.policies
        # What other teams are held to is not this one's to see.
        if not caller.is_limited or not policy.scope.teams or caller.team in policy.scope.teams
    ]
    notes = [] if caller.is_limited else list(current.told.notes)
    return PolicyList(policy_version=current.version, policies=shown, notes=notes)


@router.post(
    "/policies:check",
    responses=responses(
        s408="The body took too long.",
        s413="The body is too long.",
        s422="The request breaks its contract.",
        s503="Another check is under way, or what checks is not installed.",
    ),
)
async def check(request: PolicyCheckRequest, caller: WhoAsks) -> PolicyFindings:
    """Conflicts and rules that change nothing, each with an application that shows it. Nothing is kept."""
    places = _places()
    if places.locked():
        raise HTTPException(503, "another check is under way", {"Retry-After": str(_RETRY_S)})
    async with places:
        try:
            return await asyncio.to_thread(_check, request)
        except ModuleNotFoundError as error:
            raise HTTPException(503, f"expected the package {error.name} (extra policy), found none") from error


def _check(request: PolicyCheckRequest) -> PolicyFindings:
    from sparkwright.policy.check import check_policies

    try:
        told = parse_policies(request.text)
        if len(told) > _MAX_POLICIES:
            raise ConfigError(f"expected at most {_MAX_POLICIES} policies, got {len(told)}: check them by the CLI")
    except ConfigError as error:
        none = findings_answer(set_of([]), Findings())
        return none.model_copy(update={"mistakes": str(error).splitlines()})
    return findings_answer(set_of(told), check_policies(told, limit_s=_LIMIT_S, redundancy=request.redundancy))
