"""An answer within two minutes, or 504: in the place of BentoML's own limit, which keeps each request that long.

BentoML starts a timer for a request and never stops it. The timer holds the request's context, its tracing span among
it: some 2.4 KiB of each request stayed for two minutes after the answer, of refused ones as of answered ones.
"""

import asyncio

from serving.bento_options import ANSWER_LIMIT_S
from serving.gateway.guard import App, Message, Receive, Scope, Send
from serving.gateway.refused import Refused


class TimeLimit:
    """ASGI middleware that gives up what takes too long to begin its answer; it belongs behind the guard.

    Args:
        app: What is limited.
        limit_s: From the request to the first byte of its answer; the rest may take longer.
    """

    def __init__(self, app: App, limit_s: float = ANSWER_LIMIT_S) -> None:
        self._app = app
        self._limit_s = limit_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on one request.

        Raises:
            Refused: It took too long.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = asyncio.timeout(self._limit_s)

        async def begun(message: Message) -> None:
            if message["type"] == "http.response.start" and not limit.expired():
                limit.reschedule(None)
            await send(message)

        try:
            async with limit:
                await self._app(scope, receive, begun)
        except TimeoutError:
            if not limit.expired():
                raise
            raise Refused(504, f"expected an answer within {self._limit_s:g} s, got none: ask again later") from None
