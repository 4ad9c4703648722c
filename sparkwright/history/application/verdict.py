"""What the signs in a log say about memory, and how an application ended.

Memory need is never observed: a death says need > given, a success says need <= given, anything else says nothing.
Exit codes 137 and 143 only mean SIGKILL and SIGTERM: preemption, decommissioning and ``OnOutOfMemoryError=kill -9``
look the same as a container kill, so the codes alone decide nothing.
"""

import re
from dataclasses import dataclass

# All signs are searched in lower case: a case-insensitive search takes many times as long.
# Heap exhausted in an executor. 52 is SparkExitCode.OOM; SparkOutOfMemoryError means that execution memory ran out.
_HEAP = re.compile(
    r"outofmemoryerror: (?:java heap space|gc overhead limit exceeded|requested array size exceeds vm limit)"
    r"|sparkoutofmemoryerror|unable_to_acquire_memory"
    r"|(?:exited with (?:exit )?code|exit (?:code|status):?|exitcode)\s*:?\s*52\b"
)
# The cluster manager itself says that the container outgrew its limit: YARN, Kubernetes.
_OVER_LIMIT = re.compile(
    r"killed by yarn for exceeding physical memory limits|exceeding memory limits|running beyond physical memory limits"
    r"|beyond the 'physical' memory limit"
)
_OVER_LIMIT_ON_KUBERNETES = "oomkilled"
_SIGKILL = re.compile(r"(?:exit(?:ed with)? (?:exit )?(?:code|status):?|exitcode)\s*:?\s*137\b")
# Parts of a driver's message that repeats what happened in an executor.
_RETELLS_TASK = ("Lost task", "aborted due to stage failure", "ExecutorLostFailure", "Lost executor")
_IN_EVERY_SIGN = ("memory", "exit", _OVER_LIMIT_ON_KUBERNETES)
_NEAR_LIMIT = 0.95


@dataclass(slots=True)
class MemorySigns:
    """Signs of memory deaths in executors."""

    heap_oom: bool = False
    container_kill: bool = False
    sigkill: bool = False

    def observe(self, text: str, *, from_executor: bool) -> None:
        """Record the signs in one failure text; a driver's counts only if it repeats that of a task or executor."""
        words = text.lower()
        if not any(sign in words for sign in _IN_EVERY_SIGN):
            return  # most failures are of other kinds, and their texts are long to search
        if not from_executor and not any(retold in text for retold in _RETELLS_TASK):
            return
        self.heap_oom = self.heap_oom or _HEAP.search(words) is not None
        self.container_kill = self.container_kill or _OVER_LIMIT_ON_KUBERNETES in words
        if "memory limit" in words:
            self.container_kill = self.container_kill or _OVER_LIMIT.search(words) is not None
        self.sigkill = self.sigkill or _SIGKILL.search(words) is not None


def memory_verdict(
    signs: MemorySigns, *, status: str, log_state: str, peak_rss_bytes: int | None, limit_bytes: int | None
) -> str:
    """The censored observation: ``heap_oom`` or ``container_kill`` (need > given), ``enough``, ``unknown``.

    Args:
        signs: What task ends, executor removals, job and SQL errors and logs around the event log showed.
        status: How the application ended.
        log_state: A log that lost events may have lost the death, too; a compacted one has, if the task was retried.
        peak_rss_bytes: Largest resident size of an executor, if measured.
        limit_bytes: Limit that the cluster manager enforces; None if it enforces none.
    """
    if signs.heap_oom:
        return "heap_oom"
    near_limit = peak_rss_bytes and limit_bytes and peak_rss_bytes >= _NEAR_LIMIT * limit_bytes
    if signs.container_kill or (signs.sigkill and near_limit):
        return "container_kill"
    if status == "succeeded" and not signs.sigkill and log_state == "complete":
        return "enough"
    return "unknown"


def application_status(
    *, final_status: str | None, exit_code: int | None, ended: bool, last_failed: bool | None
) -> str:
    """``succeeded``, ``failed`` or ``unknown``.

    The cluster manager decides if it says anything, since the exit code may be that of a ``spark-submit`` that did not
    wait. Next comes the driver's exit code. Otherwise the last job or SQL execution to end decides: a driver that goes
    on after a failure has handled it, one that stops there has not.

    Args:
        final_status: The cluster manager's, if that proves anything.
        exit_code: Of the driver process, or the one in the log if that is not 0 (a 0 there says nothing).
        ended: Whether the log holds the application's end.
        last_failed: Whether the last unit of work failed; None if no work was seen.
    """
    if final_status is not None:
        return "succeeded" if final_status == "succeeded" else "failed"
    if exit_code is not None:
        return "succeeded" if exit_code == 0 else "failed"
    if last_failed is None or not ended:
        return "unknown"
    return "failed" if last_failed else "succeeded"
