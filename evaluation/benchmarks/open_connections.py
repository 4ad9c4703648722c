"""Many open connections: does one that asks still get its answer, and what do all get that ask at once?

    python -m evaluation.benchmarks.open_connections [--url http://127.0.0.1:3000] [--connections 2000 10000]

First all but one are silent, and one asks again and again. Then each asks once, all at the same time: an answer is
advice, or it is 503 or 429 with ``Retry-After``; a launcher waits two seconds for either.
"""

import argparse
import asyncio
import re
import resource
import statistics
import sys
import time
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from evaluation.benchmarks.serve_load import request_bytes

_PATIENCE_S = 2.0
_ASKED_ALONE = 20
_AT_ONCE = 500
"""Connections that are opened together: more than the kernel's queue of one listener would be dropped."""
_KNOWN = {"app_name": "benchmark", "platform": "standalone", "properties": {"spark.executor.memory": "2g"}}

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _ask(streams: Streams, request: bytes) -> tuple[str, float]:
    """What came back, and after how many seconds."""
    reader, writer = streams
    began_s = time.perf_counter()
    try:
        async with asyncio.timeout(_PATIENCE_S):
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            found = re.search(rb"content-length: *(\d+)", head)
            body = await reader.readexactly(int(found[1])) if found else b""
    except TimeoutError:
        return "late", time.perf_counter() - began_s
    except (OSError, asyncio.IncompleteReadError):
        return "closed", time.perf_counter() - began_s
    status = int(head.split(b" ", 2)[1])
    if status == 200:
        return ("fallback" if b'"answered_by":"fallback"' in body else "advice"), time.perf_counter() - began_s
    return ("refused" if b"retry-after" in head else f"status {status}"), time.perf_counter() - began_s


async def _measure(host: str, port: int, count: int) -> list[str]:
    request = request_bytes(host, "/v1/recommend", _KNOWN)
    opened: list[Streams] = []
    while len(opened) < count:
        group = (asyncio.open_connection(host, port) for _ in range(min(_AT_ONCE, count - len(opened))))
        opened += await asyncio.gather(*group)
    alone = [await _ask(opened[0], request) for _ in range(_ASKED_ALONE)]
    answers = await asyncio.gather(*(_ask(one, request) for one in opened))
    for _, writer in opened:
        writer.close()
    kinds = {kind: sum(one == kind for one, _ in answers) for kind, _ in answers}
    took_s = sorted(seconds for _, seconds in answers)
    late = sum(kind == "late" for kind, _ in alone)
    return [
        f"{count:,}",
        f"{1000 * statistics.median(seconds for _, seconds in alone):.0f} ms, {late} late",
        ", ".join(f"{number:,} {kind}" for kind, number in sorted(kinds.items())),
        f"{took_s[len(took_s) // 2]:.2f} s, {took_s[int(0.99 * (len(took_s) - 1))]:.2f} s",
    ]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--url", default="http://127.0.0.1:3000", help="default: %(default)s")
    parser.add_argument("--connections", type=int, nargs="+", default=[2_000, 10_000], help="default: %(default)s")
    args = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    url = urlsplit(args.url)
    table = Table("open", "one asks, p50", "all ask at once", "p50, p99")
    for count in args.connections:
        table.add_row(*asyncio.run(_measure(url.hostname or "", url.port or 80, count)))
    Console(width=130).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
