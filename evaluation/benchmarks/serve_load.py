"""Latency of ``/v1/recommend`` under load, beside an endpoint that does nothing, measured in the same run.

    python -m evaluation.benchmarks.serve_load --url http://127.0.0.1:3000 --connections 16 --seconds 10

Each connection sends its next request when the answer to the last one is there (closed loop, keep-alive). The
generator runs on the same machine, so on few cores it takes its share of them; the empty endpoint shows how much.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from sparkwright.errors import ServiceError, SparkwrightError, reason

_WARM_UP_S = 1.0
_DEADLINE_S = 10.0


@dataclass(frozen=True, slots=True)
class Load:
    """Latencies of the answers, in seconds, and how many were no 200."""

    name: str
    seconds: float
    latencies_s: list[float]
    refused_count: int

    def quantile_ms(self, level: float) -> float:
        """The latency that a share ``level`` of the answers did not exceed."""
        ordered = sorted(self.latencies_s)
        return 1000 * ordered[min(len(ordered) - 1, int(level * len(ordered)))]


def request_bytes(host: str, path: str, body: object | None) -> bytes:
    """One HTTP/1.1 request: a POST of ``body`` as JSON, or a GET."""
    if body is None:
        return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    text = json.dumps(body)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
    )
    return (head + text).encode()


async def measure(name: str, host: str, port: int, request: bytes, connections: int, seconds: float) -> Load:
    """The load of ``connections`` clients for ``seconds``, after a warm-up that does not count.

    Raises:
        ServiceError: Nobody listens or answers in time, or a connection broke.
    """
    started_s = time.perf_counter() + _WARM_UP_S
    ended_s = started_s + seconds
    latencies_s: list[float] = []
    refused = 0

    async def client() -> None:
        nonlocal refused
        reader, writer = await asyncio.open_connection(host, port)
        while (sent_s := time.perf_counter()) < ended_s:
            writer.write(request)
            status, ends = await asyncio.wait_for(_read_answer(reader), _DEADLINE_S)
            if sent_s >= started_s:
                latencies_s.append(time.perf_counter() - sent_s)
                refused += status != 200
            if ends:
                writer.close()
                reader, writer = await asyncio.open_connection(host, port)
        writer.close()

    try:
        await asyncio.gather(*(client() for _ in range(connections)))
    except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
        raise ServiceError(f"expected a service at http://{host}:{port}: {reason(error)}") from error
    if not latencies_s:
        raise ServiceError(f"expected answers from http://{host}:{port} within {seconds:g} s, got none")
    return Load(name, seconds, latencies_s, refused)


async def _read_answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """The status, and whether the connection ends with it."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1]), b"\r\nconnection: close\r\n" in head


async def _run(args: argparse.Namespace, progress: Progress, task: TaskID) -> list[Load]:
    url = urlsplit(args.url)
    host, port = url.hostname or "", url.port or 80
    known = {"app_name": args.app_name, "platform": "standalone", "properties": {"spark.executor.memory": "2g"}}
    if args.workload:
        known["workload"] = args.workload
    loads = []
    for name, path, body in (("/livez (empty)", "/livez", None), ("/v1/recommend", "/v1/recommend", known)):
        progress.update(task, description=name)
        request = request_bytes(host, path, body)
        loads.append(await measure(name, host, port, request, args.connections, args.seconds))
        progress.advance(task)
    return loads


def main(words: list[str] | None = None) -> int:
    """Print the table; 2 where there is no service."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--url", default="http://127.0.0.1:3000", help="default: %(default)s")
    parser.add_argument("--connections", type=int, default=16, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=10.0, help="per endpoint; default: %(default)s")
    parser.add_argument("--app-name", default="benchmark", help="default: %(default)s")
    parser.add_argument("--workload", help="explicit workload key, for a workload with history")
    args = parser.parse_args(words)
    try:
        with Progress(console=Console(stderr=True), transient=True) as progress:
            loads = asyncio.run(_run(args, progress, progress.add_task("", total=2)))
    except SparkwrightError as error:
        print(f"serve_load: {error}", file=sys.stderr)
        return 2
    table = Table("endpoint", "requests/s", "p50 ms", "p99 ms", "mean ms", "not 200")
    for load in loads:
        table.add_row(
            load.name,
            f"{len(load.latencies_s) / load.seconds:,.0f}",
            f"{load.quantile_ms(0.5):.1f}",
            f"{load.quantile_ms(0.99):.1f}",
            f"{1000 * statistics.fmean(load.latencies_s):.1f}",
            str(load.refused_count),
        )
    Console().print(f"{args.connections} connections, {args.seconds:g} s each")
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
