"""``sparkwright lab repair``: every fault that a property can repair, repaired by its diagnosis and run again."""

import random
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from evaluation.lab.campaign import Campaign, Launch, launches
from evaluation.lab.catalogue import CATALOGUE
from evaluation.lab.cluster import Cluster, cluster
from evaluation.lab.commands import parse_budget_s
from evaluation.lab.data import dataset
from evaluation.lab.driver import Session
from evaluation.lab.manifest import FOLDERS, Done
from evaluation.lab.observation import observe
from evaluation.lab.repair.loop import Ran, repair
from evaluation.lab.repair.product import Product
from evaluation.lab.repair.rows import RepairRow, add_row, held, read_rows, row_of, share
from evaluation.lab.runner import execute
from sparkwright.diagnosis.cases import finer_cause
from sparkwright.errors import ConfigError
from sparkwright.settings import settings

_LIMIT_S = 240.0
_WORKERS_COUNT, _WORKER_MEMORY_MIB = 2, 6144
NOT_IN_LOGS = frozenset(
    ("disk_cache", "disk_shuffle", "disk_sort", "starved_cores", "starved_dynamic", "starved_memory")
)
"""Causes whose repair only the lab knows: no log says which folder has room, or what the machines can hold."""


def repairable() -> list[str]:
    """Return variants that fail and that a property repairs."""
    return [name for name, fault in CATALOGUE.items() if fault.repair and fault.expected_status == "failed"]


def plan(only: Sequence[str], seeds: Sequence[int], limit: int | None) -> list[tuple[int, Launch]]:
    """Return seeds and faults, in an order drawn by the seed: a stopped lab has then repaired a random part of them.

    Whether Spark writes its default metrics or all of them is drawn for each, too.

    Raises:
        ConfigError: A variant is not one that a property repairs, or the limit is below 1.
    """
    if limit is not None and limit < 1:
        raise ConfigError(f"expected --limit of at least 1, got {limit}")
    known = repairable()
    unknown = sorted(set(only) - set(known))
    if unknown:
        raise ConfigError(f"expected --only with a variant of {', '.join(known)}; got {', '.join(unknown)}")
    found: list[tuple[int, Launch]] = []
    for seed in dict.fromkeys(seeds):
        names = list(dict.fromkeys(only)) or known
        random.Random(seed).shuffle(names)
        campaign = Campaign(name=f"repair{seed}", seed=seed, budget_s=1, faults=tuple(names), metrics="half")
        by_variant = {launch.variant: launch for launch in launches(campaign)}
        found += [(seed, replace(by_variant[name], own_submit=True)) for name in names]
    return found[:limit]


def repair_faults(
    only: Sequence[str], seeds: Sequence[int], limit: int | None, out: Path | None, budget: str | None
) -> int:
    """Run the plan as far as the budget goes, and print the results so far."""
    out = out or settings().make_home() / "lab" / "repair"
    wanted = plan(only, seeds, limit)
    budget_s = parse_budget_s(budget) if budget else None
    file = out / "rows.jsonl"
    with held(out):
        rows = read_rows(file)
        there = {(row.seed, row.variant) for row in rows}
        left = [(seed, launch) for seed, launch in wanted if (seed, launch.variant) not in there]
        began = time.monotonic()
        if left:
            with cluster(out / ".cluster", workers_count=_WORKERS_COUNT, memory_mib=_WORKER_MEMORY_MIB) as running:
                for seed, launch in left:
                    if budget_s is not None and time.monotonic() - began > budget_s:
                        break
                    row = repair_one(launch, seed, out / launch.launch_id, running)
                    add_row(file, row)
                    rows.append(row)
                    print(_sentence(row), file=sys.stderr, flush=True)
            shutil.rmtree(out / ".cluster", ignore_errors=True)
    asked = {(seed, launch.variant) for seed, launch in wanted}
    report([row for row in rows if (row.seed, row.variant) in asked], len(wanted), out)
    return 0


def repair_one(launch: Launch, seed: int, folder: Path, running: Cluster) -> RepairRow:
    """Run and repair one fault, and return the result; its runs and lake stay in ``folder``, which is recreated."""
    began = time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    data = dataset(launch.inputs, launch.scale, settings().make_home() / "lab" / "data")
    shared = Session(running)  # never started, because unused: every run has its own spark-submit
    skipped: list[Done] = []

    def run(one: Launch) -> Ran:
        done = execute(one, data, folder, running, shared, one.limit_s or _LIMIT_S)
        if done.state == "skipped":
            skipped.append(done)
        return _ran(one.launch_id, done, folder)

    product = Product(folder)
    repaired = repair(launch, run, product.explain)
    row = row_of(
        repaired,
        variant=launch.variant,
        seed=seed,
        split=launch.split,
        root_cause=finer_cause(launch.variant, launch.root_cause),
        kept=product.kept(repaired, launch),
        seconds=round(time.monotonic() - began, 1),
    )
    return row.model_copy(update={"state": "skipped"}) if skipped else row


def _ran(launch_id: str, done: Done, folder: Path) -> Ran:
    log = folder / "drivers" / f"{launch_id}.log"
    if done.state == "skipped":
        return Ran(launch_id, "", 1, False, done.seen, False, 0, done.seconds)
    exit_code = int(log.with_suffix(".exit").read_text(encoding="utf-8"))
    event_log = folder / "eventlogs" / done.event_log if done.event_log else None
    good_tasks_count = sum(task.succeeded for task in observe(event_log, log, exit_code).tasks)
    return Ran(
        launch_id,
        done.event_log,
        exit_code,
        done.state == "verified",
        done.seen,
        done.state == "timed_out",
        good_tasks_count,
        done.seconds,
    )


def report(rows: Sequence[RepairRow], planned_count: int, out: Path) -> None:
    """Print a table of the rows, and the shares over those whose fault was reproduced."""
    done = [row for row in rows if row.state == "done"]
    folded = [Column(name, overflow="fold") for name in ("named", "changed")]
    columns: list[Column | str] = [Column("variant", no_wrap=True), "split", *folded, "rounds", "ended", "seconds"]
    table = Table(*columns, title=f"lab repair in {out}", title_justify="left")
    for row in rows:
        named = row.named if row.right else f"[red]{row.named}[/red]"
        changed = ", ".join(f"{name.removeprefix('spark.')}={value}" for name, value in row.properties.items())
        ended = row.state if row.state != "done" else _ended(row)
        rounds = sum(one.succeeded is not None for one in row.rounds)
        table.add_row(row.variant, row.split, named, changed, f"{rounds}", ended, f"{row.seconds:.0f}")
    console = Console()
    console.print(table)
    lines: list[tuple[str, Callable[[RepairRow], bool]]] = [
        ("cause named right", lambda row: row.right),
        ("a property applied", lambda row: bool(row.properties)),
        ("repaired, then succeeded", lambda row: row.succeeded),
        ("without a sign of the fault", lambda row: row.clean),
        ("harmed by the repair", lambda row: bool(row.harmful)),
    ]
    for title, holds in lines:
        print(f"{title}: {share(map(holds, done))}")
    told = [row for row in done if row.variant not in NOT_IN_LOGS]
    print(f"repaired, where the logs can tell how: {share(row.succeeded for row in told)}")
    for split in ("train", "validation", "test"):
        print(f"repaired, {split} variants: {share(row.succeeded for row in done if row.split == split)}")
    print(f"memory kept by the next recommendation: {share(one.kept for row in done for one in row.kept)}")
    if len(rows) < planned_count:
        print(
            f"{planned_count - len(rows)} of {planned_count} were not run yet: run the same command again to continue"
        )
    if len(done) < len(rows):
        print(f"{len(rows) - len(done)} are in no share: the fault did not come, or this machine cannot make it")


def _ended(row: RepairRow) -> str:
    if row.succeeded:
        return "succeeded" if row.clean else "succeeded, with signs of the fault"
    return f"[red]failed; harmful: {row.harmful}[/red]" if row.harmful else "[red]failed[/red]"


def _sentence(row: RepairRow) -> str:
    ended = "succeeded" if row.succeeded else row.state if row.state != "done" else "failed"
    changed = row.properties or "no property"
    return f"{row.variant}: named {row.named or 'nothing'}, {changed}, {ended} ({row.seconds:.0f} s)"
