"""Who asks, as the routes are told."""

import json
from typing import Annotated

from fastapi import Depends, Request

from data_contracts.tables import Decision
from serving.gateway.authentication import CALLER
from sparkwright.access.caller import NOBODY, Caller


async def _caller(request: Request) -> Caller:
    """The caller that the guard found; a coroutine, because FastAPI gives everything else to a thread."""
    found: Caller = request.scope.get(CALLER, NOBODY)
    return found


def sees_decision(caller: Caller, decision: Decision) -> bool:
    """Whether a decision is about what is the caller's team's."""
    return caller.sees(json.loads(decision.request_json).get("queue", ""), decision.workload_id)


WhoAsks = Annotated[Caller, Depends(_caller)]
