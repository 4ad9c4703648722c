"""The verb ``sparkwright lab soft``."""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from evaluation.advice.report import Column, Section, decimals, difference
from evaluation.lab.campaign import Launch
from evaluation.lab.commands import parse_budget_s
from evaluation.lab.manifest import Done
from evaluation.lab.oracle import rows as oracle
from evaluation.lab.soft import table
from evaluation.lab.soft.informative import follows_heap, informative, of_need
from evaluation.lab.soft.plan import SoftPlan, soft_launches
from evaluation.lab.soft.record import record_runs
from evaluation.lab.soft.table import SoftRun
from sparkwright.config import load_config
from sparkwright.settings import settings

_SIZES = {
    "peak heap": "peak_jvm_heap_bytes",
    "peak RSS": "peak_process_rss_bytes",
    "GC time": "jvm_gc_time_ms",
    "spilled to disk": "disk_spilled_bytes",
}


def record(path: Path, out: Path | None, budget: str | None, overrides: list[str]) -> int:
    """Run the rest of a plan as far as the budget goes, write the table and print the result."""
    plan = load_config(SoftPlan, path, overrides)
    out = out or settings().make_home() / "lab" / plan.name
    oracles = oracle.read(oracle.MEASURED)
    manifest = record_runs(
        plan,
        oracles,
        out,
        settings().make_home() / "lab" / "data",
        budget_s=parse_budget_s(budget) if budget else plan.budget_s,
        tell=_tell,
    )
    found = table.soft_runs(plan, oracles, out)
    table.write(found, plan, out / table.MEASURED.name)
    left = sum(launch.launch_id not in manifest.done for launch in soft_launches(plan, oracles))
    if left:
        print(f"{left} runs did not fit into the budget; run the same command again to continue", file=sys.stderr)
        return 0
    return score(out / table.MEASURED.name)


def score(file: Path) -> int:
    """Print what the figures of a table say about the need."""
    _print(table.read(file), file)
    return 0


def _tell(launch: Launch, done: Done) -> None:
    print(f"{launch.launch_id}: {done.root_cause} {done.state} in {done.seconds:.1f} s", file=sys.stderr, flush=True)


def _print(runs: Sequence[SoftRun], file: Path) -> None:
    console = Console()
    ended = Counter(run.ended for run in runs)
    console.print(
        f"{len(runs)} runs of {len({run.workload_id for run in runs})} workloads in {file.name}: "
        f"{ended['good']} lived, {ended['oom']} died of a full heap, {ended['other']} ended in another way",
        highlight=False,
    )
    follows = [
        {
            "figure": title,
            "slope": follows_heap(runs, name),
            "of_need": of_need(runs, name) if name.endswith("_bytes") else None,
        }
        for title, name in _SIZES.items()
    ]
    slopes = (
        Column("figure", "figure"),
        Column("slope", "grows with the heap, elasticity", difference),
        Column("of_need", "of the need: 10%, median, 90%", lambda shares: " ".join(f"{one:.2f}" for one in shares)),
    )
    console.print(Section("The same case under larger heaps; 95% intervals over workloads", slopes, follows).table())
    gains = [
        {
            "figure": one.figure,
            "runs": one.runs,
            "r2_without": one.r2_without,
            "r2_with": one.r2,
            "gain": one.gain,
            "shown": "yes" if one.is_shown else "no",
        }
        for one in informative(runs)
    ]
    columns = (
        Column("figure", "figure"),
        Column("runs", "runs"),
        Column(("r2_without", "r2_with"), "R2 of log need without / with", decimals(2)),
        Column("gain", "gain in log score, nats a run", difference),
        Column("shown", "shown"),
    )
    title = "What runs that lived tell of the need beyond their heap; each workload foreseen from the others"
    console.print(Section(title, columns, gains).table())
