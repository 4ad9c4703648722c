"""Agents that play a cluster's role while an application runs: a node's memory watcher, a slow node.

Truths record this (``enforced_by``): a standalone cluster does not enforce ``memoryOverhead``, and no node here is
really slow.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from data_contracts.properties.spark import MIB
from evaluation.lab.truth import Enforcer
from sparkwright.spark.allocation import effective_allocation

_WATCHED_EVERY_S = 0.3
# YARN (yarn-default.xml): yarn.nodemanager.sleep-delay-before-sigkill.ms = 250.
_SIGKILL_AFTER_S = 0.25
_STOPPED_S, _RUNNING_S = 0.27, 0.03
_EXECUTOR_MAIN = b"CoarseGrainedExecutorBackend"


@contextmanager
def acting(enforcer: Enforcer, properties: dict[str, str], work: Path, said: Path) -> Iterator[None]:
    """Play the role while the application runs.

    Args:
        enforcer: The role; all but `watcher` and `slow_node` need no agent.
        properties: Properties of the application.
        work: Work folders of the cluster's worker.
        said: File to which the agent writes what it did, if anything.
    """
    if enforcer not in ("watcher", "slow_node"):
        yield
        return
    over = threading.Event()
    role = _watch_memory if enforcer == "watcher" else _slow_down
    thread = threading.Thread(target=role, args=(properties, work, said, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def container_bytes(properties: dict[str, str]) -> int:
    """Return what YARN would give an executor's container: heap, memory outside the heap, and Python's."""
    given = effective_allocation(properties, "yarn")
    return given.executor_memory_bytes + given.executor_memory_overhead_bytes + given.executor_pyspark_bytes


def _watch_memory(properties: dict[str, str], work: Path, said: Path, over: threading.Event) -> None:
    """Kill executors whose process tree exceeds their container, like YARN's ContainersMonitorImpl."""
    limit_bytes = container_bytes(properties)
    aged: set[int] = set()  # Over the limit at the last check: a short peak of less than twice the limit is tolerated.
    while not over.wait(_WATCHED_EVERY_S):
        found = _executors(work)
        used = {pid: _resident_bytes(pid) for pid in found}
        for pid, used_bytes in used.items():
            if used_bytes > 2 * limit_bytes or (used_bytes > limit_bytes and pid in aged):
                _kill(pid)
                with said.open("a", encoding="utf-8") as file:
                    file.write(
                        f"executor {found[pid]}: Container [pid={pid}] is running {used_bytes - limit_bytes}B beyond "
                        f"the 'PHYSICAL' memory limit. Current usage: {used_bytes / MIB:.1f} MB of "
                        f"{limit_bytes / MIB:.0f} MB physical memory used. Killing container. (Said by the lab's "
                        "watcher, which plays YARN's NodeManager.)\n"
                    )
        aged = {pid for pid, used_bytes in used.items() if used_bytes > limit_bytes}


def _slow_down(properties: dict[str, str], work: Path, said: Path, over: threading.Event) -> None:
    """Let the first executor run only a tenth of the time once it has a task."""
    while not over.wait(_RUNNING_S):
        for pid in [pid for pid, executor_id in _executors(work).items() if executor_id == "0"]:
            if not said.exists():
                if not _has_task(pid):
                    continue
                said.write_text("executor 0: runs a tenth of the time (the lab's slow node)\n", encoding="utf-8")
            tree = _tree(pid)
            _signal(tree, signal.SIGSTOP)
            over.wait(_STOPPED_S)
            _signal(tree, signal.SIGCONT)


def _executors(work: Path) -> dict[int, str]:
    """Return process ids of the executors' JVMs under the worker, with the executors' names."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = Path(process, "cmdline").read_bytes().split(b"\0")
            if any(word.endswith(_EXECUTOR_MAIN) for word in words) and Path(process, "cwd").resolve().is_relative_to(
                work.resolve()
            ):
                found[int(process.name)] = words[words.index(b"--executor-id") + 1].decode()
    return found


def _has_task(pid: int) -> bool:
    try:
        return b"Running task" in Path(f"/proc/{pid}/cwd/stderr").read_bytes()
    except OSError:
        return False


def _tree(root: int) -> list[int]:
    """Return a process and all its descendants."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(stat.read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    tree = [root]
    for pid in tree:
        tree += children.get(pid, [])
    return tree


def _resident_bytes(root: int) -> int:
    page_bytes = os.sysconf("SC_PAGE_SIZE")
    total = 0
    for pid in _tree(root):
        with suppress(OSError, IndexError):
            total += int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * page_bytes
    return total


def _signal(pids: list[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _kill(root: int) -> None:
    tree = _tree(root)
    _signal(tree, signal.SIGTERM)
    threading.Event().wait(_SIGKILL_AFTER_S)
    _signal(tree, signal.SIGKILL)
