"""Who asks, as the routes are told."""

from typing import Annotated

from fastapi import Depends, Request

from serving.authentication import CALLER
from sparkwright.access.caller import NOBODY, Caller


async def _caller(request: Request) -> Caller:
    """The caller that the guard found; a coroutine, because FastAPI gives everything else to a thread."""
    found: Caller = request.scope.get(CALLER, NOBODY)
    return found


WhoAsks = Annotated[Caller, Depends(_caller)]
