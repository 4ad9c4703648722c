"""A steady mix of everything that a service is asked, and whether its processes keep their size.

    python -m evaluation.benchmarks.soak --pid PID [--url http://127.0.0.1:3000] [--seconds 600] [--rate 40]

PID is that of ``sparkwright serve``; it and all processes below it are looked at every second. A size is flat where the
median of the last quarter is about that of the second: the first quarter warms caches. What is asked is new each time
(launches, inputs, facts), so that a cache without an end would show.
"""

import argparse
import asyncio
import itertools
import statistics
import sys
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field

import psutil
from rich.console import Console
from rich.table import Table

from sparkwright.client import AsyncClient
from sparkwright.client.answers import EvidenceItem, RecommendRequest
from sparkwright.errors import ProblemError, ServiceError

_LOOK_EVERY_S = 1.0
_TIMEOUT_S = 30.0
_AT_ONCE = 16
_WORKLOADS = 5


@dataclass(slots=True)
class Sizes:
    """What one process held, a sample a second.

    Attributes:
        name: What it is, short enough for a table.
        rss_bytes: Resident memory.
        files: Open files and connections.
        threads: Threads.
    """

    name: str
    rss_bytes: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)

    def growth(self, of: str) -> float:
        """How much more the last quarter held than the second, by their medians."""
        samples: list[int] = getattr(self, of)
        quarter = max(1, len(samples) // 4)
        return statistics.median(samples[-quarter:]) - statistics.median(samples[quarter : 2 * quarter])

    def slope_bytes_per_min(self) -> float:
        """Of resident memory after the first quarter: the median of the slopes between samples (Theil and Sen)."""
        kept = list(enumerate(self.rss_bytes))[len(self.rss_bytes) // 4 :]
        step = max(1, len(kept) // 100)
        pairs = itertools.combinations(kept[::step], 2)
        slopes = [(later - sooner) / (at - since) for (since, sooner), (at, later) in pairs]
        return 60 / _LOOK_EVERY_S * statistics.median(slopes) if slopes else 0.0


@dataclass(slots=True)
class Soak:
    """What came of it.

    Attributes:
        answers: How often what was answered, by the call and its outcome.
        sizes: By process id, of every process that was there from the first quarter to the end.
        ended: Processes that were there and are not any more.
        seconds: How long it took.
    """

    answers: Counter[str]
    sizes: Mapping[int, Sizes]
    ended: list[str]
    seconds: float


async def soak(url: str, pid: int, seconds: float, rate: float) -> Soak:
    """Ask for so many seconds, so many times a second, and look at the processes.

    Args:
        url: The service.
        pid: Its first process.
        seconds: How long.
        rate: Calls a second; where the service is slower they come as fast as it answers 16 at once.
    """
    sizes: dict[int, Sizes] = {}
    answers: Counter[str] = Counter()
    began_s = time.monotonic()
    until_s = began_s + seconds
    turns = itertools.count()

    async def ask(client: AsyncClient, calls: Iterator["_Call"]) -> None:
        while (now_s := time.monotonic()) < until_s:
            due_s = began_s + next(turns) / rate
            if due_s > now_s:
                await asyncio.sleep(min(due_s, until_s) - now_s)
            call = next(calls)
            try:
                await call.ask(client)
                answers[f"{call.name} answered"] += 1
            except ProblemError as error:
                answers[f"{call.name} {error.status}"] += 1
            except ServiceError as error:
                answers[f"{call.name} {type(error).__name__}"] += 1

    async def look() -> None:
        while time.monotonic() < until_s:
            _look(pid, sizes)
            await asyncio.sleep(_LOOK_EVERY_S)

    async with AsyncClient(url, api_key="", timeout_s=_TIMEOUT_S, slow_timeout_s=_TIMEOUT_S) as client:
        calls = itertools.cycle(_MIX)
        await asyncio.gather(look(), *(ask(client, calls) for _ in range(_AT_ONCE)))
    most = max(len(one.rss_bytes) for one in sizes.values())
    lasting = {pid: one for pid, one in sizes.items() if len(one.rss_bytes) >= 0.75 * most}
    ended = [one.name for pid, one in lasting.items() if not psutil.pid_exists(pid)]
    return Soak(answers, lasting, ended, time.monotonic() - began_s)


@dataclass(frozen=True, slots=True)
class _Call:
    name: str
    ask: Callable[[AsyncClient], Awaitable[object]]


def _launch() -> RecommendRequest:
    number = uuid.uuid4()
    return {"app_name": "soak", "workload": f"workload-00{number.int % _WORKLOADS}", "launch_id": number.hex}


async def _recommend(client: AsyncClient) -> None:
    launch = _launch()
    launch["input_bytes"], launch["platform"] = uuid.uuid4().time_low, "standalone"
    await client.recommend(**launch)


async def _life_of_a_launch(client: AsyncClient) -> None:
    """Asked, asked again, reported, read."""
    launch = _launch()
    advice = await client.recommend(**launch)
    again = await client.recommend(**launch)
    if again["decision_id"] != advice["decision_id"]:
        raise ServiceError("expected the decision of before")
    await client.feedback(decision_id=advice["decision_id"], exit_code=0)
    await client.decision(advice["decision_id"])


async def _many(client: AsyncClient) -> None:
    await client.recommend_many([_launch() for _ in range(10)])


def _facts() -> list[EvidenceItem]:
    told = f"java.lang.IllegalStateException: number {uuid.uuid4()} of many\n\tat org.example.Job.run(Job.java:1)"
    return [{"evidence_id": "e1", "kind": "driver_log", "source": "driver", "message": told}]


async def _diagnose(client: AsyncClient) -> None:
    await client.diagnose(evidence=_facts())


async def _diagnose_apart(client: AsyncClient) -> None:
    job = await client.start_diagnosis(evidence=_facts())
    await client.wait_for_diagnosis(job["diagnosis_id"], timeout_s=_TIMEOUT_S)
    await client.cancel_diagnosis(job["diagnosis_id"])


async def _wrong(client: AsyncClient) -> None:
    """Refused, which leaves nothing behind either."""
    try:
        await client.recommend(app_name="", workload=uuid.uuid4().hex)
    except ProblemError as error:
        if error.status != 422:
            raise


async def _read(client: AsyncClient) -> None:
    await client.workloads(limit=2)
    await client.status()


_MIX = [
    *[_Call("recommend", _recommend)] * 12,
    _Call("launch", _life_of_a_launch),
    _Call("many", _many),
    _Call("diagnose", _diagnose),
    _Call("diagnosis", _diagnose_apart),
    _Call("wrong", _wrong),
    _Call("read", _read),
]


def _look(pid: int, sizes: dict[int, Sizes]) -> None:
    main = psutil.Process(pid)
    for process in [main, *main.children(recursive=True)]:
        try:
            with process.oneshot():
                one = sizes.get(process.pid) or sizes.setdefault(process.pid, Sizes(_name(process)))
                rss_bytes, files, threads = process.memory_info().rss, process.num_fds(), process.num_threads()
        except psutil.Error:  # it ended meanwhile
            continue
        one.rss_bytes.append(rss_bytes)
        one.files.append(files)
        one.threads.append(threads)


def _name(process: psutil.Process) -> str:
    words = process.cmdline()
    if "--service-name" in words:
        number = words[words.index("--worker-id") + 1]
        return f"{words[words.index('--service-name') + 1]} {number}"
    return "supervisor" if "serve" in words else " ".join(words)[:40]


def table(found: Soak) -> Table:
    """The processes, and how they grew."""
    shown = Table("process", "MiB at the end", "grew, MiB", "a minute", "files", "threads")
    for one in found.sizes.values():
        shown.add_row(
            one.name,
            f"{one.rss_bytes[-1] / 2**20:,.0f}",
            f"{one.growth('rss_bytes') / 2**20:+.1f}",
            f"{one.slope_bytes_per_min() / 2**20:+.2f}",
            f"{one.files[-1]} ({one.growth('files'):+.0f})",
            f"{one.threads[-1]} ({one.growth('threads'):+.0f})",
        )
    return shown


def main() -> int:
    """Print what was answered and the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pid", type=int, required=True, help="process id of `sparkwright serve`")
    parser.add_argument("--url", default="http://127.0.0.1:3000", help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=600.0, help="default: %(default)s")
    parser.add_argument("--rate", type=float, default=40.0, help="calls a second; default: %(default)s")
    args = parser.parse_args()
    found = asyncio.run(soak(args.url, args.pid, args.seconds, args.rate))
    console = Console(width=120)
    console.print(f"{found.seconds:.0f} s: {', '.join(f'{n:,} {name}' for name, n in sorted(found.answers.items()))}")
    console.print(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
