"""Tasks of scientific workflows as an environment: real requests and real peak memory, replayed under any policy.

The files (``*.csv.gz``, one per workflow) are those of Bader et al., "Sizey: Memory-Efficient Execution of Scientific
Workflow Tasks" (CLUSTER 2024). A workload is a process of a workflow. What a task needed is known there, its peak
resident memory: this tests policies under risk, not how well a need is inferred from deaths. The first runs of a
workload go out as requested; after that a task with less than it needs is killed at its end, and doubled until it
fits. A retry takes as long as the run that was recorded, and ends for the others when that one did.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from heapq import heappop, heappush
from pathlib import Path
from typing import Final, Literal

from pyarrow import ArrowInvalid, csv

from data_contracts.api.properties import SparkProperties
from data_contracts.api.recommendation import RecommendRequest
from data_contracts.properties.spark import MIB
from evaluation.advice.claims import Claim
from evaluation.advice.policies import Choice, Observation, Policy
from sparkwright.allocation.past import PastRun
from sparkwright.errors import ConfigError, reason
from sparkwright.spark.allocation import effective_allocation

Order = Literal["start", "completion"]
"""``start``: a task is decided at its recorded start, from what had completed by then. ``completion``: one after the
other as they completed, each seeing all before it, which flatters policies that learn."""

FIRST_RUNS = 3
"""Number of first tasks of a workload that are submitted as requested, and not scored."""
FLOOR_BYTES = 512 * MIB
"""Minimum for every task, whatever the policy: the product never advises less."""
_BYTE_MS_PER_GB_HOUR = 1e9 * 3_600_000
_COLUMNS = ("process", "memory", "status", "start", "complete", "realtime", "peak_rss", "rchar")
_PLATFORM: Final = "yarn"


@dataclass(frozen=True, slots=True)
class Task:
    """One task that completed.

    Attributes:
        workload: Its process.
        asked_bytes: Memory that the workflow requests.
        peak_bytes: Largest resident memory.
        started_ms: Since the epoch.
        ended_ms: Since the epoch.
        took_ms: Time that its script ran.
        read_bytes: Characters that it read.
    """

    workload: str
    asked_bytes: int
    peak_bytes: int
    started_ms: int
    ended_ms: int
    took_ms: int
    read_bytes: int


@dataclass(slots=True)
class Wasted:
    """What a policy did to one workload after its first runs.

    Attributes:
        workload: Its process.
        tasks: Tasks that were scored.
        failures: Tasks whose first try was killed.
        kills: Tries that were killed.
        wasted_gb_h: Memory given and not needed, and all of what was given to tries that were killed [GB-hours].
        claims: Of each first try whose risk was stated.
    """

    workload: str
    tasks: int = 0
    failures: int = 0
    kills: int = 0
    wasted_gb_h: float = 0.0
    claims: list[Claim] = field(default_factory=list)

    def add(self, task: Task, first_bytes: int) -> int:
        """Count a task whose first try has this much; return what it had in the end."""
        given, kills, wasted = first_bytes, 0, 0
        while given < task.peak_bytes:
            wasted, kills, given = wasted + given, kills + 1, 2 * given
        wasted += given - task.peak_bytes
        self.tasks += 1
        self.failures += kills > 0
        self.kills += kills
        self.wasted_gb_h += wasted * task.took_ms / _BYTE_MS_PER_GB_HOUR
        return given


def workflows(folder: Path) -> dict[str, list[Task]]:
    """Return the tasks of each workflow in a folder, by name, without those that failed or were not measured.

    Raises:
        ConfigError: There is no such file, or one lacks the expected columns.
    """
    files = sorted(folder.glob("*.csv.gz"))
    if not files:
        raise ConfigError(
            f"expected files of workflow tasks (*.csv.gz) in {folder}, found none; name their folder with --data"
        )
    return {file.name.removesuffix(".csv.gz"): _tasks(file) for file in files}


def _tasks(file: Path) -> list[Task]:
    options = csv.ConvertOptions(include_columns=[*_COLUMNS], null_values=["-", ""])
    try:
        rows = csv.read_csv(file, convert_options=options).to_pylist()
        return [
            Task(
                workload=row["process"],
                asked_bytes=int(row["memory"]),
                peak_bytes=int(row["peak_rss"]),
                started_ms=int(row["start"]),
                ended_ms=int(row["complete"]),
                took_ms=int(row["realtime"]),
                read_bytes=int(row["rchar"] or 0),
            )
            for row in rows
            if row["status"] == "COMPLETED" and None not in (row["memory"], row["peak_rss"], row["realtime"])
        ]
    except (OSError, ArrowInvalid, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"expected columns {', '.join(_COLUMNS)} in {file}: {reason(error)}") from error


def replay(tasks: Sequence[Task], policy: Policy, order: Order, floor_bytes: int = FLOOR_BYTES) -> list[Wasted]:
    """Replay a policy on each workload of a workflow that has more than its first runs.

    Args:
        tasks: Tasks of one workflow.
        policy: The policy.
        order: When a task is decided.
        floor_bytes: Minimum for every task.
    """
    by_workload: dict[str, list[Task]] = {}
    for task in tasks:
        by_workload.setdefault(task.workload, []).append(task)
    return [
        _replay_one(name, some, policy, order, floor_bytes)
        for name, some in sorted(by_workload.items())
        if len(some) > FIRST_RUNS
    ]


def _replay_one(name: str, tasks: Sequence[Task], policy: Policy, order: Order, floor_bytes: int) -> Wasted:
    done, past, running = Wasted(name), list[PastRun](), list[tuple[int, int, list[PastRun]]]()
    in_order = sorted(tasks, key=lambda task: (task.started_ms if order == "start" else task.ended_ms, task.ended_ms))
    for number, task in enumerate(in_order):
        while running and (order == "completion" or running[0][0] <= task.started_ms):
            past += heappop(running)[2]
        observation = _observation(task, past, floor_bytes, 0 if order == "completion" else len(running))
        choice = policy(observation) if number >= FIRST_RUNS else Choice(task.asked_bytes)
        first = max(floor_bytes, choice.heap_bytes)
        if choice.claim is not None:
            done.claims.append(Claim(choice.claim, first < task.peak_bytes, len(past)))
        had = (done if number >= FIRST_RUNS else Wasted(name)).add(task, first)
        heappush(running, (task.ended_ms, number, _tries(task, first, had)))
    return done


def _tries(task: Task, first_bytes: int, last_bytes: int) -> list[PastRun]:
    """Return every try as an earlier run: kills, then the one that fitted."""
    at, end = _moment(task.started_ms), _moment(task.ended_ms)
    tries, given = list[PastRun](), first_bytes
    while given <= last_bytes:
        died = given < task.peak_bytes
        one = PastRun(
            allocation=replace(_ALLOCATION, executor_memory_bytes=given),
            started_at=at,
            ended_at=end,
            status="failed" if died else "succeeded",
            memory_verdict="heap_oom" if died else "enough",
            input_bytes=task.read_bytes,
            duration_ms=task.took_ms,
            executor_run_time_ms=task.took_ms,
            shuffle_write_bytes=0,
            jvm_gc_time_ms=0,
            peak_jvm_heap_bytes=None if died else task.peak_bytes,
        )
        tries.append(one)
        given *= 2
    return tries


_ONE_CORE = {"spark.executor.cores": "1", "spark.executor.instances": "1"}
_ALLOCATION = effective_allocation(_ONE_CORE, _PLATFORM)


def _observation(task: Task, past: Sequence[PastRun], floor_bytes: int, under_way: int) -> Observation:
    properties = {"spark.executor.memory": f"{task.asked_bytes}b", **_ONE_CORE}
    request = RecommendRequest(
        app_name=task.workload,
        workload=task.workload,
        platform=_PLATFORM,
        properties=SparkProperties.model_validate(properties),
    )
    at = _moment(task.started_ms)
    return Observation(
        request,
        task.workload,
        past,
        at,
        task.peak_bytes,
        min_bytes=floor_bytes,
        grid_bytes=1,
        input_bytes=task.read_bytes,
        under_way=under_way,
    )


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
