"""What a recommendation costs beside an empty endpoint of the same platform, and who answers under load.

    python -m evaluation.benchmarks.serving [--home DIR] [--connections 1 16 64 256] [--seconds 4] [--rounds 3]

Three services in turn on the same machine, each of as many workers that inherit one listener: ours, the same without
its work (BentoML and FastAPI around an endpoint that returns ``{}``), and FastAPI on bare uvicorn. The load is that of
:mod:`evaluation.benchmarks.load_generator`, each connection asking as soon as it is answered. Questions are about all
workloads of the lake, each with an input of its own; a fallback, and whatever is not 200, is no answer. The generator
shares the cores, so the ratio counts, not the figure; where others use them too, the processor time of the workers for
each answer.

At the end requests come at random at 70% of the best rate (:mod:`evaluation.benchmarks.paced_load`): what clients wait.
"""

import argparse
import os
import random
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table

from data_contracts.tables import Run
from evaluation.benchmarks.fleet_home import fleet_home, sparkwright
from evaluation.benchmarks.load_generator import load
from evaluation.benchmarks.paced_load import paced
from evaluation.benchmarks.serve_load import request_bytes
from evaluation.benchmarks.side_by_side import Service, inheriting, ours
from sparkwright.errors import ServiceError
from sparkwright.lake import Lake
from sparkwright.registry import releases, tracking
from sparkwright.settings import Settings

_EMPTY = "evaluation.benchmarks.empty_service"
_QUESTIONS = 4_000
_WARM_UP, _WARM_UP_S, _WARM_UP_LIMIT_S = 6, 5.0, 120.0
"""Questions about each workload before it counts: the first in a process makes objects of its runs."""
_COST = ("advice_per_s", "cpu_ms")
_OURS = "recommend"
_PART, _PACED_CONNECTIONS = 0.7, 64


@dataclass(frozen=True, slots=True)
class Load:
    """What a service did under one number of connections.

    Attributes:
        advice_per_s: Answers a second that were advice (of an empty endpoint: any answer).
        cpu_ms: Processor time of all workers for each of them.
        p50_ms: Half of the answers came within so long.
        p99_ms: 99 of 100 did.
        refused_count: Answers that were not 200.
        fallback_count: Answers that advised nothing.
        lost_count: Connections that broke, and answers that took more than two seconds.
    """

    advice_per_s: float
    cpu_ms: float
    p50_ms: float
    p99_ms: float
    refused_count: int
    fallback_count: int
    lost_count: int


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--home", type=Path, help="installation to use, or to make there (default: a temporary one)")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16, 64, 256])
    parser.add_argument("--workers", type=int, default=2, help="of each service (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="medians of so many (default: %(default)s)")
    args = parser.parse_args()
    with fleet_home(args.home, trained=True) as where, TemporaryDirectory() as name:
        workloads, requests = _promote_and_ask(where)
        console = Console(width=130)
        console.print(
            f"{workloads} workloads, {args.workers} workers each, medians of {args.rounds} x {args.seconds:g} s"
        )
        _measure(where, args, Path(name), console, workloads, requests)
    return 0


def _measure(
    where: Settings,
    args: argparse.Namespace,
    folder: Path,
    console: Console,
    workloads: int,
    requests: Sequence[bytes],
) -> None:
    found: dict[tuple[str, int], list[Load]] = {}
    bento = ["-m", "_bentoml_impl.worker.service", f"{_EMPTY}:Empty", "--service-name", "Empty"]
    with (
        ours(where, args.workers, folder) as recommend,
        inheriting(bento, args.workers, where) as empty,
        inheriting(["-m", _EMPTY], args.workers, where) as bare,
    ):
        services = {_OURS: recommend, "empty BentoML": empty, "bare uvicorn": bare}
        for service in services.values():
            answered, until_s = 0.0, time.monotonic() + _WARM_UP_LIMIT_S
            while answered < _WARM_UP * workloads and time.monotonic() < until_s:
                answered += _WARM_UP_S * _load(service, 16, _WARM_UP_S, requests).advice_per_s
            console.print(f"warm after {answered:,.0f} answers", highlight=False)
        for connections in args.connections:
            for _ in range(args.rounds):
                for name, service in services.items():
                    load = _load(service, connections, args.seconds, requests)
                    found.setdefault((name, connections), []).append(load)
            console.print(_table(found, list(services), connections))
        console.print(_at_part_of(found, recommend, requests, max(10.0, args.seconds)), highlight=False)
        for name, service in services.items():
            resident = ", ".join(f"{one.memory_info().rss / 1e6:,.0f} MB" for one in service.processes)
            console.print(f"{name}: resident {resident}", highlight=False)
    console.print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", highlight=False)


def _table(found: dict[tuple[str, int], list[Load]], services: Sequence[str], connections: int) -> Table:
    table = Table(
        "service",
        "answers/s",
        "of empty",
        "processor ms each",
        "of empty",
        "p50 ms",
        "p99 ms",
        "not 200",
        "fallbacks",
        "lost",
        title=f"{connections} connections",
    )
    base, base_ms = (
        statistics.median(getattr(load, of) for load in found["empty BentoML", connections]) for of in _COST
    )
    for name in services:
        loads = found[name, connections]
        rate, cpu_ms = (statistics.median(getattr(load, of) for load in loads) for of in _COST)
        table.add_row(
            name,
            f"{rate:,.0f}",
            f"{rate / base:.2f}",
            f"{cpu_ms:.2f}",
            f"{base_ms / cpu_ms:.2f}",
            *(f"{statistics.median(getattr(load, level) for load in loads):.1f}" for level in ("p50_ms", "p99_ms")),
            *(
                str(sum(getattr(load, of) for load in loads))
                for of in ("refused_count", "fallback_count", "lost_count")
            ),
        )
    return table


def _at_part_of(
    found: dict[tuple[str, int], list[Load]], service: Service, requests: Sequence[bytes], seconds: float
) -> str:
    """What clients wait where the service answers a part of what it can."""
    most = max(
        statistics.median(load.advice_per_s for load in loads) for (name, _), loads in found.items() if name == _OURS
    )
    waits = paced(service.port, requests, per_s=_PART * most, seconds=seconds, connections=_PACED_CONNECTIONS)
    return (
        f"at {_PART:.0%} of {most:,.0f} answers/s, {len(waits.waits_ms):,} requests due at random: "
        f"p50 {waits.quantile_ms(0.5):.1f} ms, p99 {waits.quantile_ms(0.99):.1f} ms, not 200: {waits.refused_count}"
    )


def _promote_and_ask(where: Settings) -> tuple[int, list[bytes]]:
    """Serve the forecaster of the installation; how many workloads are asked about, and the requests."""
    client = tracking.connect(where)
    if releases.by_alias(client, "champion") is None:
        proposed = releases.by_alias(client, "challenger")
        if proposed is None:
            raise ServiceError(f"expected a release in {where.home}, found none: remove the folder, it is made anew")
        releases.promote(client, proposed)
    # As the DAG leaves them: without states the first question about a workload folds all its runs.
    sparkwright("states")
    names = pc.unique(Lake(where.lake_uri).read(Run, columns=["workload_id"])["workload_id"]).to_pylist()
    chance = random.Random(7)
    questions = [
        {
            "app_name": "benchmark",
            "workload": chance.choice(names),
            "platform": "yarn",
            "properties": {"spark.executor.memory": "4g", "spark.executor.cores": "4"},
            "input_bytes": chance.randrange(2**28, 2**38),
        }
        for _ in range(_QUESTIONS)
    ]
    return len(names), [request_bytes("127.0.0.1", "/v1/recommend", question) for question in questions]


def _load(service: Service, connections: int, seconds: float, requests: Sequence[bytes]) -> Load:
    before_s = service.cpu_s()
    found = load(service.port, requests, connections, seconds)
    advice = found.advice_count
    return Load(
        advice / found.seconds,
        1000 * (service.cpu_s() - before_s) / max(1, advice),
        found.quantile_ms(0.5),
        found.quantile_ms(0.99),
        found.refused_count,
        found.fallback_count,
        found.lost_count,
    )


if __name__ == "__main__":
    sys.exit(main())
