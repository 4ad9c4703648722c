"""The response surface: the same workload under every combination of memory, cores, executors and partitions.

Only the runs themselves are kept, in a folder like a campaign's: after ``sparkwright harvest``, a cell's run is a row
of ``runs``, with the cell (heap, cores, executors, partitions) and the response (status, time, garbage collection,
spill) in its columns.
"""

import random
import sys
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path

from pydantic import Field, PositiveInt
from rich.console import Console
from rich.table import Column, Table

from evaluation.lab.campaign import Case, Executors, FewCount, HeapMib, Launch, workload_launch
from evaluation.lab.commands import parse_budget_s
from evaluation.lab.consumed import consumed
from evaluation.lab.manifest import Done, Manifest, open_folder
from evaluation.lab.run_session import run_session
from evaluation.lab.truth import NO_FAULT
from sparkwright.config import Config, load_config
from sparkwright.settings import settings


class SurfacePlan(Config):
    """A grid of allocations, and the workloads that run under each of them."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    seed: int
    budget_s: int = Field(gt=0, description="No run is started after this many seconds.")
    limit_s: float = Field(60, gt=0, description="An application that runs longer is stopped.")
    memory_mib: tuple[HeapMib, ...] = Field(min_length=1)
    cores_count: tuple[FewCount, ...] = Field(min_length=1)
    executors_count: tuple[FewCount, ...] = Field(min_length=1)
    partitions_count: tuple[PositiveInt, ...] = Field(min_length=1)
    cases: tuple[Case, ...] = Field(min_length=1)


def cells(plan: SurfacePlan) -> list[Launch]:
    """Return a launch per workload and cell, in random order, so that machine load hits no corner alone."""
    order = [
        _cell(plan, case, memory_mib, cores, executors, partitions)
        for case, memory_mib, cores, executors, partitions in product(
            plan.cases, plan.memory_mib, plan.cores_count, plan.executors_count, plan.partitions_count
        )
    ]
    random.Random(plan.seed).shuffle(order)
    return order


def _cell(plan: SurfacePlan, case: Case, memory_mib: int, cores: int, executors: int, partitions: int) -> Launch:
    return workload_launch(
        case,
        f"{plan.name}-{case.name}-{memory_mib}m-{executors}x{cores}-p{partitions}",
        Executors(memory_mib=memory_mib, count=executors, cores_count=cores),
        properties={
            "spark.sql.shuffle.partitions": str(partitions),
            # Adaptive execution would merge the partitions that the cell asks for.
            "spark.sql.adaptive.coalescePartitions.enabled": "false",
            "spark.task.maxFailures": "1",
        },
    )


def run_surface(
    plan: SurfacePlan, out: Path, cache: Path, *, budget_s: float, tell: Callable[[Launch, Done], None]
) -> Manifest:
    """Run every cell that fits into the budget and return the manifest; what ran before is not run again.

    Args:
        plan: What to run.
        out: Folder like a campaign's.
        cache: Folder of the generated inputs.
        budget_s: No cell is started after this many seconds.
        tell: Called after each cell.

    Raises:
        ConfigError: ``out`` holds something else.
        MissingProgramError: Java, pyspark or tpchgen-cli is not installed.
    """
    began = time.monotonic()
    manifest = open_folder(out, plan)
    left = [launch for launch in cells(plan) if launch.launch_id not in manifest.done]
    if not left:
        return manifest
    cores, memory_mib = (max(plan.executors_count) * max(each) for each in (plan.cores_count, plan.memory_mib))
    with run_session(
        left[0], out, manifest, cache, limit_s=plan.limit_s, cores_count=cores, memory_mib=memory_mib
    ) as run:
        for launch in left:
            if time.monotonic() - began > budget_s:
                break
            tell(launch, run(launch))
    return manifest


def run(path: Path, out: Path | None, budget: str | None, overrides: list[str]) -> int:
    """Run the cells of a plan as far as the budget goes and print the result of each."""
    plan = load_config(SurfacePlan, path, overrides)
    out = out or settings().make_home() / "lab" / plan.name
    budget_s = parse_budget_s(budget) if budget else plan.budget_s

    def tell(launch: Launch, done: Done) -> None:
        print(f"{launch.launch_id}: {_ended(done)} in {done.seconds:.1f} s", file=sys.stderr, flush=True)

    manifest = run_surface(plan, out, settings().make_home() / "lab" / "data", budget_s=budget_s, tell=tell)
    columns = (
        Column("workload", no_wrap=True),
        "MiB",
        "executors x cores",
        "partitions",
        "ended",
        "clock s",
        "collection s",
        "spilled MB",
    )
    table = Table(*columns, title=f"surface {plan.name} in {out}")
    order = sorted(cells(plan), key=lambda cell: (cell.workload, cell.executors.memory_mib, cell.launch_id))
    for cell in order:
        done = manifest.done.get(cell.launch_id)
        if done is not None:
            used = consumed(out / "eventlogs" / done.event_log) if done.event_log else None
            table.add_row(
                cell.workload,
                f"{cell.executors.memory_mib}",
                f"{cell.executors.count} x {cell.executors.cores_count}",
                cell.properties["spark.sql.shuffle.partitions"],
                _ended(done),
                f"{done.seconds:.1f}",
                f"{used.gc_ms / 1000:.1f}" if used else "-",
                f"{used.spilled_bytes / 1e6:.0f}" if used else "-",
            )
    Console().print(table)
    left = len(order) - table.row_count
    if left:
        print(f"{left} cells did not fit into the budget; run the same command again to continue", file=sys.stderr)
    return 0


def _ended(done: Done) -> str:
    if done.state != "verified":
        return done.state
    return "good" if done.root_cause == NO_FAULT else done.root_cause
