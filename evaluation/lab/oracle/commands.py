"""The verb ``sparkwright lab oracle``."""

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from data_contracts.tables import Oracle
from evaluation.lab.campaign import Case
from evaluation.lab.commands import parse_budget_s
from evaluation.lab.oracle import rows
from evaluation.lab.oracle.measure import Measurement
from evaluation.lab.oracle.plan import OraclePlan
from evaluation.lab.oracle.search import Evidence, Outcome
from sparkwright.config import load_config
from sparkwright.lake import Lake
from sparkwright.settings import settings


def measure(path: Path, out: Path | None, budget: str | None, overrides: list[str]) -> int:
    """Measure as far as the budget goes, print the settled oracles, and write them to file and lake."""
    plan = load_config(OraclePlan, path, overrides)
    out = out or settings().make_home() / "lab" / plan.name
    began = Measurement(plan, out)
    budget_s = parse_budget_s(budget) if budget else plan.budget_s
    began.run(settings().make_home() / "lab" / "data", budget_s=budget_s, tell=_tell)
    found = rows.rows(began)
    _print(found, f"oracle {plan.name} in {out}")
    if found:
        rows.write(found, began, out / "oracle.json")
        Lake(settings().lake_uri).merge(Oracle, found)
    hopeless = [case.name for case in plan.cases if began.evidence(case).hopeless]
    if hopeless:
        print(f"the generous heap was not enough for {', '.join(hopeless)}", file=sys.stderr)
    left = len(plan.cases) - len(found) - len(hopeless)
    if left:
        print(f"{left} cases did not fit into the budget; run the same command again to continue", file=sys.stderr)
    return 0


def load(file: Path) -> int:
    """Write the rows of a file to the lake and print them."""
    found, lake = rows.read(file), Lake(settings().lake_uri)
    lake.merge(Oracle, found)
    _print(found, f"oracle of {file.name}, now in {lake.uri}")
    return 0


def _tell(case: Case, evidence: Evidence, last: Outcome) -> None:
    trial = last.trial
    ended = (
        f"busy {last.busy_ms / 1000:.2f} s, clock {last.run_ms / 1000:.2f} s" if last.ending == "good" else last.ending
    )
    print(
        f"{case.name}: run {len(evidence.outcomes)}, round {trial.round_number}, {trial.heap_mib}m {ended}; "
        f"edge {evidence.edge_mib or 'above the grid'}",
        file=sys.stderr,
        flush=True,
    )


def _print(found: Sequence[Oracle], title: str) -> None:
    table = Table(
        Column("workload", no_wrap=True),
        "oracle MiB (too small)",
        "slow-down",
        "P(OOM)=0.5, MiB",
        "good/runs",
        title=title,
    )
    for row in found:
        table.add_row(
            f"{row.workload_id} {row.input_scale}",
            f"{_mib(row.oracle_heap_bytes)} ({_mib(row.insufficient_heap_bytes)})",
            "-"
            if row.slow_down_ratio is None
            else f"{row.slow_down_ratio:.2f} [{row.slow_down_low_ratio:.2f}, {row.slow_down_high_ratio:.2f}]",
            f"{_mib(row.half_oom_heap_bytes)} [{_mib(row.half_oom_low_bytes)}, {_mib(row.half_oom_high_bytes)}]",
            f"{row.repeat_count}/{row.run_count}",
        )
    Console().print(table)


def _mib(value_bytes: int | None) -> str:
    return "-" if value_bytes is None else f"{value_bytes / rows.MIB:.0f}"
