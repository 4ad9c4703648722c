"""Long texts are searched for secrets in a thread of their own: at some 10 us a character they would hold the loop.

One thread, because threads only take turns: a flood of long texts waits for itself and for nobody else.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from data_contracts.api.diagnosis import EvidenceItem
from data_contracts.api.recommendation import RecommendRequest
from serving.gateway.overload import OverloadedError
from sparkwright.advisor.core import ForecastRequest, prepare
from sparkwright.advisor.known_application import redacted

SHORT = 8192
"""Characters that are searched at once, on the event loop."""
MAX_WAITING = 32

T = TypeVar("T")

_thread = ThreadPoolExecutor(1, thread_name_prefix="redaction")
_waiting = 0


async def prepared(request: RecommendRequest) -> ForecastRequest:
    """What is asked about a request, without secrets.

    Raises:
        OverloadedError: Too many long texts wait already.
    """
    names = (request.app_name, request.user_name, request.queue, request.workload or "")
    length = sum(map(len, names)) + sum(len(n) + len(v) for n, v in request.properties.as_conf().items())
    return await _apart(lambda: prepare(request), length)


async def without_secrets(items: list[EvidenceItem]) -> tuple[EvidenceItem, ...]:
    """Facts that a client sent, without secrets.

    Raises:
        OverloadedError: Too many long texts wait already.
    """
    length = sum(len(item.source) + len(item.exception_class) + len(item.message) for item in items)
    return await _apart(lambda: tuple(map(redacted, items)), length)


async def _apart(work: Callable[[], T], length: int) -> T:
    global _waiting
    if length <= SHORT:
        return work()
    if _waiting >= MAX_WAITING:
        raise OverloadedError(f"expected at most {MAX_WAITING} long requests at once: ask again in a second")
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_thread, work)
    finally:
        _waiting -= 1
