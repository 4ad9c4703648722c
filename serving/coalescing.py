"""Questions that come while a call is on its way go together with the next one.

A call to another process costs as much as a forecast: at 16 connections one call per question took 13.5 ms of CPU for
each recommendation in both processes together, calls that grow with the load 7.6 ms. A question alone does not wait.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class Coalescer(Generic[Q, A]):
    """Asks one question as part of a call for many.

    Args:
        call: Answers many questions, in order.
        call_limit: Calls on their way at once; two keep the other side busy while an answer travels.
        size_limit: Questions in one call.
    """

    def __init__(self, call: Callable[[Sequence[Q]], Awaitable[Sequence[A]]], call_limit: int, size_limit: int) -> None:
        self._call = call
        self._call_limit = call_limit
        self._size_limit = size_limit
        self._waiting: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._senders: set[asyncio.Task[None]] = set()

    async def ask(self, question: Q) -> A:
        """The answer to one question; an error of the call is raised for each of its questions."""
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if len(self._senders) < self._call_limit:
            sender = asyncio.create_task(self._send())
            self._senders.add(sender)
            sender.add_done_callback(self._senders.discard)
        return await answer

    async def _send(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(self._size_limit, len(self._waiting)))]
            try:
                answers = await self._call([question for question, _ in batch])
            except BaseException as error:
                for _, answer in batch:
                    if not answer.done():  # its client may have gone
                        answer.set_exception(error)
                if not isinstance(error, Exception):
                    raise
            else:
                for (_, answer), given in zip(batch, answers, strict=True):
                    if not answer.done():
                        answer.set_result(given)
