"""What a reading took, and how it is measured; what the readers beside ours add up."""

import resource
from dataclasses import dataclass
from pathlib import Path

import psutil

TASK_FIELDS = ("Executor Run Time", "Executor CPU Time", "JVM GC Time", "Memory Bytes Spilled", "Disk Bytes Spilled")


@dataclass(frozen=True, slots=True)
class Took:
    """What a reading took.

    Attributes:
        cpu_s: Processor time of all processes of the reader.
        wall_s: Time on the clock.
        peak_bytes: Largest resident size; of several processes, the sum of their largest.
    """

    cpu_s: float
    wall_s: float
    peak_bytes: int


def peak_bytes(pid: int | str = "self") -> int:
    """The largest resident size of a process so far (``ru_maxrss`` would count its parent's, too)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def cpu_s(pid: int | None = None) -> float:
    """Processor time of a process; without ``pid``, of this one and of its children that have ended."""
    if pid is not None:
        times = psutil.Process(pid).cpu_times()
        return float(times.user + times.system)
    found = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in found)
