"""100 questions to a running service: as one batch, one by one, by 16 threads; and what a batch costs a launcher.

    SPARKWRIGHT_SERVICE_URL=http://127.0.0.1:3000 python -m evaluation.benchmarks.batch WORKLOAD WORKLOAD ...

Questions differ in what they ask for; a fallback is no answer, so with one there are no figures.
"""

import argparse
import statistics
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sparkwright.client import Client
from sparkwright.client.answers import RecommendRequest
from sparkwright.errors import ServiceError, SparkwrightError

_QUESTIONS, _REPEATS, _LAUNCHES = 100, 5, 50


def questions(workloads: list[str]) -> list[RecommendRequest]:
    """Questions about these workloads, in turn."""
    return [
        {
            "app_name": "benchmark",
            "workload": workloads[number % len(workloads)],
            "properties": {"spark.executor.memory": f"{2048 + 64 * number}m"},
        }
        for number in range(_QUESTIONS)
    ]


def times_ms(work: Callable[[], object], count: int) -> str:
    """How long it takes: the median of ``count``, and the longest."""
    took_ms = []
    for _ in range(count):
        started_s = time.perf_counter()
        work()
        took_ms.append(1000 * (time.perf_counter() - started_s))
    return f"median {statistics.median(took_ms):.0f} ms, longest {max(took_ms):.0f} ms, of {count}"


def measure(client: Client, asked: list[RecommendRequest]) -> None:
    """Print the figures.

    Raises:
        ServiceError: A question was not answered, or by a fallback.
    """
    by = {str(one) if isinstance(one, ServiceError) else one.get("answered_by") for one in client.recommend_many(asked)}
    if not by <= {"forecast", "states"}:
        raise ServiceError(f"expected answers from a forecast or from states, got {', '.join(map(str, by))}")

    def one_by_one() -> None:
        for one in asked:
            client.recommend(**one)

    def batches() -> None:
        while not ended.is_set():
            client.recommend_many(asked)

    print("one batch:", times_ms(lambda: client.recommend_many(asked), _REPEATS))
    print("one by one:", times_ms(one_by_one, _REPEATS))
    with ThreadPoolExecutor(16) as pool:
        print("16 threads:", times_ms(lambda: list(pool.map(lambda one: client.recommend(**one), asked)), _REPEATS))
    print("a launcher alone:", times_ms(lambda: client.recommend(**asked[0]), _LAUNCHES))
    ended = threading.Event()
    crowd = threading.Thread(target=batches)
    crowd.start()
    try:
        print("a launcher beside batches:", times_ms(lambda: client.recommend(**asked[0]), _LAUNCHES))
    finally:
        ended.set()
        crowd.join()


def main() -> int:
    """Measure and print.

    Returns:
        0, or 2 where the service could not be used.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="+", metavar="WORKLOAD", help="ids of workloads that the service knows")
    try:
        measure(Client(timeout_s=60.0), questions(parser.parse_args().workloads))
    except SparkwrightError as error:
        print(f"batch: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
