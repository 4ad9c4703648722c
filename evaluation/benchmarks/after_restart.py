"""A worker is killed: how are the clients that keep their connections spread once it is back, and what is answered?

    python -m evaluation.benchmarks.after_restart --pid PID [--url http://127.0.0.1:3000] [--connections 64]

PID is that of ``sparkwright serve`` with two workers. The same connections ask before, across and after the kill; one
that broke is opened anew at once, as a launcher's client does, when only the other worker is there to take it.
"""

import argparse
import sys
import threading
import time
from contextlib import suppress
from urllib.parse import urlsplit

import psutil
from rich.console import Console
from rich.table import Table

from evaluation.benchmarks.load_generator import Answers, load
from evaluation.benchmarks.serve_load import request_bytes

_KNOWN = {"app_name": "benchmark", "platform": "standalone", "properties": {"spark.executor.memory": "2g"}}
_LOOK_S = 3.0
_BACK_S = 90.0
_LOOKS, _BETWEEN_S = 6, 7.0


def workers(pid: int) -> list[psutil.Process]:
    """The workers in front that are below a process, the first one first."""
    found = {}
    for one in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.Error):  # one that has just been killed
            words = one.cmdline()
            if "Sparkwright" in words:
                found[words[words.index("--worker-id") + 1]] = one
    return [found[number] for number in sorted(found)]


def shares(processes: list[psutil.Process], answers: Answers) -> list[str]:
    """What each of the workers has and does, over some seconds."""
    before = [one.cpu_times() for one in processes]
    count, began_s = answers.advice_count, time.perf_counter()
    time.sleep(_LOOK_S)
    took_s = time.perf_counter() - began_s
    open_ = [len([one for one in each.net_connections("tcp") if one.status == "ESTABLISHED"]) for each in processes]
    cpu = [
        (after.user + after.system - then.user - then.system) / took_s
        for after, then in zip([one.cpu_times() for one in processes], before, strict=True)
    ]
    rate = (answers.advice_count - count) / took_s
    return [", ".join(map(str, open_)), ", ".join(f"{one:.0%}" for one in cpu), f"{rate:,.0f}"]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pid", type=int, required=True, help="process id of `sparkwright serve`")
    parser.add_argument("--url", default="http://127.0.0.1:3000", help="default: %(default)s")
    parser.add_argument("--connections", type=int, default=64, help="default: %(default)s")
    args = parser.parse_args()
    url, answers = urlsplit(args.url), Answers()
    request = request_bytes(url.hostname or "", "/v1/recommend", _KNOWN)
    seconds = 2 * _LOOK_S + _BACK_S + _LOOKS * (_LOOK_S + _BETWEEN_S)
    asking = threading.Thread(
        target=load, args=(url.port or 80, [request], args.connections, seconds), kwargs={"found": answers}, daemon=True
    )
    asking.start()
    time.sleep(_LOOK_S)
    table = Table("", "connections of each worker", "processor of each", "answers/s")
    table.add_row("before", *shares(workers(args.pid), answers))
    killed = workers(args.pid)[0]
    killed.kill()
    began_s = time.perf_counter()
    while not _is_back(args.pid, killed.pid) and time.perf_counter() - began_s < _BACK_S:
        time.sleep(0.2)
    for _ in range(_LOOKS):  # it loads its models first, and accepts then
        table.add_row(f"{time.perf_counter() - began_s:.0f} s later", *shares(workers(args.pid), answers))
        time.sleep(_BETWEEN_S)
    Console(width=120).print(table)
    print(f"not 200: {answers.refused_count}; lost or later than two seconds: {answers.lost_count}")
    return 0


def _is_back(pid: int, killed: int) -> bool:
    """Whether two workers listen that are not the one that was killed."""
    front = workers(pid)
    return len(front) == 2 and killed not in {one.pid for one in front} and all(one.num_threads() > 4 for one in front)


if __name__ == "__main__":
    sys.exit(main())
