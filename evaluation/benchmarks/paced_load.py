"""Requests at a fixed rate, whether or not the ones before were answered: what a service's clients wait at that rate.

A generator in a closed loop asks again as soon as it is answered, so a slow answer keeps it from asking, and the waits
that it would have met are missing from its figures ("coordinated omission"). Here each wait counts from the moment that
the request was due.
"""

import asyncio
import itertools
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_DEADLINE_S = 10.0


@dataclass(frozen=True, slots=True)
class Paced:
    """What became of the requests.

    Attributes:
        waits_ms: From when each was due to the end of its answer, of those that were answered with 200; ascending.
        refused_count: Other answers, broken connections, and answers that took longer than ten seconds.
    """

    waits_ms: list[float]
    refused_count: int

    def quantile_ms(self, level: float) -> float:
        """The wait that a share ``level`` of the answers did not exceed."""
        return self.waits_ms[min(len(self.waits_ms) - 1, int(level * len(self.waits_ms)))]


def paced(port: int, requests: Sequence[bytes], *, per_s: float, seconds: float, connections: int) -> Paced:
    """Send requests to a port of this machine; they are due at random, ``per_s`` a second on average (Poisson).

    Args:
        port: On 127.0.0.1.
        requests: Whole HTTP/1.1 requests, sent in turn.
        per_s: How many are due a second.
        seconds: For so long.
        connections: Kept open; a request that finds none free waits for one, which counts.
    """
    return asyncio.run(_paced(port, itertools.cycle(requests), per_s, seconds, connections))


async def _paced(port: int, requests: Iterator[bytes], per_s: float, seconds: float, connections: int) -> Paced:
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(connections):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    waits_ms: list[float] = []
    refused = 0

    async def ask(due_s: float, request: bytes) -> None:
        nonlocal refused
        reader, writer = await free.get()
        try:
            async with asyncio.timeout(_DEADLINE_S):
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
                await reader.readexactly(int(fields[b"content-length"]))
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            refused += 1
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        else:
            if head.split(b" ", 2)[1] == b"200":
                waits_ms.append(1000 * (time.perf_counter() - due_s))
            else:
                refused += 1
            if fields.get(b"connection") == b"close":
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
        free.put_nowait((reader, writer))

    chance, open_ones = random.Random(7), set[asyncio.Task[None]]()
    due_s = time.perf_counter()
    until_s = due_s + seconds
    while (due_s := due_s + chance.expovariate(per_s)) < until_s:
        await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
        task = asyncio.create_task(ask(due_s, next(requests)))
        open_ones.add(task)
        task.add_done_callback(open_ones.discard)
    await asyncio.gather(*open_ones)
    while not free.empty():
        free.get_nowait()[1].close()
    return Paced(sorted(waits_ms), refused)
