"""What executors were given, for how long, and how much of it was used: one entry per application.

Definitions are in docs/report.md; the figures count executors, not drivers (in local mode the driver is the executor).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from data_contracts.api.report import Prices, Usage
from data_contracts.properties.spark import GIB
from sparkwright.report.properties import profiles_in, properties_in
from sparkwright.report.tables import rows
from sparkwright.spark.allocation import Allocation, effective_allocation

Key = tuple[str, str]
"""Application id and attempt id."""

DRIVER = "driver"


@dataclass(slots=True)
class AppUsage:
    """Hours of one application's executors; memory in GiB-hours.

    Attributes:
        executor_hours: Sum of their lifetimes.
        memory_allocated: Memory of all of them.
        memory_measured: Memory of those whose use was measured.
        memory_used: Peak use times lifetime of the measured ones; an upper bound of what was used.
        cores_allocated: Core-hours.
        cores_used: Core-hours that tasks occupied.
        known: Whether the log says how long the executors lived.
    """

    executor_hours: float = 0.0
    memory_allocated: float = 0.0
    memory_measured: float = 0.0
    memory_used: float = 0.0
    cores_allocated: float = 0.0
    cores_used: float = 0.0
    known: bool = False


@dataclass(frozen=True, slots=True)
class AppAllocation:
    """What an application asked for, by resource profile."""

    platform: str
    properties: Mapping[str, str]
    profiles: Mapping[int, Mapping[str, str]]
    _cache: dict[int, Allocation] = field(default_factory=dict)

    def of(self, profile: int = 0) -> Allocation:
        """Return the allocation of one executor of this profile."""
        if profile not in self._cache:
            own = {**self.properties, **self.profiles.get(profile, {})}
            self._cache[profile] = effective_allocation(own, self.platform)
        return self._cache[profile]


def allocations(applications: pa.Table) -> dict[Key, AppAllocation]:
    """Return what every application asked for, from its effective properties."""
    columns = ("app_id", "attempt_id", "platform", "properties_json", "resource_profiles_json")
    return {
        (app_id, attempt_id): AppAllocation(platform, properties_in(properties), profiles_in(profiles))
        for app_id, attempt_id, platform, properties, profiles in rows(applications, columns)
    }


def usage_by_application(
    applications: pa.Table, executors: pa.Table, runs: pa.Table, given: Mapping[Key, AppAllocation]
) -> dict[Key, AppUsage]:
    """Return what each application's executors were given and used.

    An executor without a recorded end lived until its application ended or, if the log does not say that, until the
    last recorded end of an executor. If a log names no executor at all (local mode, old Spark), the run's number of
    executors and its duration count.
    """
    usage = {key: AppUsage() for key in given}
    ends = _ends(applications, executors)
    columns = (
        "app_id", "attempt_id", "executor_id", "executor_cores_count", "resource_profile_id", "started_at", "ended_at",
        "executor_run_time_ms", "peak_jvm_heap_bytes", "peak_jvm_offheap_bytes", "peak_process_rss_bytes",
    )  # fmt: skip
    of_driver: dict[Key, int | None] = {}
    for app_id, attempt_id, name, cores, profile, started, ended, busy_ms, heap, offheap, rss in rows(
        executors, columns
    ):
        key = (app_id, attempt_id)
        if key not in usage:
            continue
        peak = rss or (heap + (offheap or 0) if heap else None)
        if name == DRIVER:
            of_driver[key] = peak
            continue
        end = ended or ends.get(key)
        if started is None or end is None:
            continue
        allocation = given[key].of(profile or 0)
        cores = cores or allocation.executor_cores_count or 1
        busy = busy_ms * allocation.task_cpus_count
        _add(usage[key], allocation, given[key].platform, max(0.0, (end - started).total_seconds()), cores, busy, peak)
    _from_runs(usage, runs, given, of_driver)
    return usage


def total(usages: Iterable[AppUsage], prices: Prices) -> Usage:
    """Return the sum, with its price."""
    members = list(usages)
    allocated = sum(one.memory_allocated for one in members)
    measured = sum(one.memory_measured for one in members)
    used = sum(one.memory_used for one in members)
    cores = sum(one.cores_allocated for one in members)
    busy = sum(one.cores_used for one in members)
    return Usage(
        memory_allocated_gib_h=allocated,
        memory_measured_gib_h=measured,
        memory_used_gib_h=used if measured else None,
        memory_idle_gib_h=measured - used if measured else None,
        cores_allocated_h=cores,
        cores_used_h=busy,
        cores_idle_h=max(0.0, cores - busy),
        money=allocated * prices.memory_gib_hour + cores * prices.vcore_hour,
        unmeasured_applications=sum(not one.known for one in members),
    )


def _add(
    usage: AppUsage,
    allocation: Allocation,
    platform: str,
    seconds: float,
    cores: int,
    busy_ms: float,
    peak_bytes: int | None,
) -> None:
    hours = seconds / 3600
    memory = allocation.reserved_bytes / GIB
    usage.known = True
    usage.executor_hours += hours
    usage.memory_allocated += memory * hours
    usage.cores_allocated += cores * hours
    # Tasks measured longer than their executor lived cannot have occupied more than all of it.
    usage.cores_used += min(busy_ms / 3_600_000, cores * hours)
    if peak_bytes:
        usage.memory_measured += memory * hours
        usage.memory_used += min(peak_bytes / GIB, memory) * hours


def _from_runs(
    usage: Mapping[Key, AppUsage],
    runs: pa.Table,
    given: Mapping[Key, AppAllocation],
    of_driver: Mapping[Key, int | None],
) -> None:
    columns = (
        "app_id", "attempt_id", "duration_ms", "executor_count", "executor_cores_count", "executor_run_time_ms",
        "peak_jvm_heap_bytes", "peak_process_rss_bytes",
    )  # fmt: skip
    for app_id, attempt_id, duration_ms, count, cores, busy_ms, heap, rss in rows(runs, columns):
        key = (app_id, attempt_id)
        if key not in usage or usage[key].known or not duration_ms or not count:
            continue
        allocation = given[key].of()
        peak = rss or heap or of_driver.get(key)
        seconds = duration_ms / 1000 * count
        busy = busy_ms * allocation.task_cpus_count
        _add(usage[key], allocation, given[key].platform, seconds, cores or 1, busy, peak)


def _ends(applications: pa.Table, executors: pa.Table) -> dict[Key, datetime]:
    """Return when each application ended or, if unknown, the last known end of its executors."""
    ends: dict[Key, datetime] = {}
    for app_id, attempt_id, ended in rows(executors, ("app_id", "attempt_id", "ended_at")):
        key = (app_id, attempt_id)
        if ended is not None and (key not in ends or ended > ends[key]):
            ends[key] = ended
    for app_id, attempt_id, ended in rows(applications, ("app_id", "attempt_id", "ended_at")):
        if ended is not None:
            ends[(app_id, attempt_id)] = ended
    return ends
