"""The verb ``sparkwright lab config``."""

import sys
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from evaluation.lab.commands import parse_budget_s
from evaluation.lab.configuration.gain import HARM, Gains, gains
from evaluation.lab.configuration.measure import ConfigPlan, ConfigRow, measure, read_rows
from sparkwright.config import load_config
from sparkwright.errors import ConfigError
from sparkwright.settings import settings


def run(path: Path, out: Path | None, budget: str | None, overrides: list[str], score: Path | None) -> int:
    """Run the pairs that fit into the budget and print what the advice gains; with ``score`` only print.

    Raises:
        ConfigError: The plan is invalid, ``out`` holds something else, or ``score`` holds no rows.
        MissingProgramError: Java, pyspark or tpchgen-cli is not installed.
    """
    if score is not None:
        rows = read_rows(score)
        if not rows:
            raise ConfigError(f"expected the rows of `sparkwright lab config` in {score}, found none")
    else:
        plan = load_config(ConfigPlan, path, overrides)
        out = out or settings().make_home() / "lab" / plan.name
        budget_s = parse_budget_s(budget) if budget else plan.budget_s
        rows = measure(plan, out, settings().make_home() / "lab" / "data", budget_s=budget_s, tell=_tell)
    _show(rows, gains(rows))
    return 0


def _tell(row: ConfigRow) -> None:
    said = ", ".join(f"{name}={value}" for name, value in row.advised.items()) or "nothing advised"
    print(
        f"{row.case} {row.arm} {row.repeat}: {row.state} in {row.seconds:.1f} s{f' ({said})' * (row.arm == 'seen')}",
        file=sys.stderr,
        flush=True,
    )


def _show(rows: list[ConfigRow], found: Gains) -> None:
    table = Table(
        Column("workload", no_wrap=True),
        "pairs",
        "as it was s",
        "gain",
        "95%",
        "of CPU",
        "advised",
        title="as advised",
    )
    advised = {row.case: row.advised for row in rows}
    for one in sorted(found.workloads, key=lambda one: -one.gain):
        said = ", ".join(f"{name.removeprefix('spark.')}={value}" for name, value in advised[one.case].items())
        mark = " harmed" if one.harmed else ""
        table.add_row(
            one.case,
            str(len(one.pairs)),
            f"{one.baseline_s:.1f}",
            f"{one.gain:+.1%}{mark}",
            "too few" if one.interval is None else f"{one.interval[0]:+.1%} to {one.interval[1]:+.1%}",
            f"{one.cpu_gain:+.1%}",
            said,
        )
    console = Console()
    console.print(table)
    print(f"nothing advised: {', '.join(found.untouched) or 'none'}")
    if not found.workloads:
        print("no pair has run yet")
        return
    fewest = min(len(one.pairs) for one in found.workloads)
    print(
        f"median gain over {len(found.workloads)} advised workloads: {_share(found.median, found.interval)} by the "
        f"clock, {_share(found.cpu_median, found.cpu_interval)} by the processor time of tasks (95%, bootstrap over "
        f"workloads and pairs, {fewest} or more of each)"
    )
    count = len(found.workloads) + len(found.untouched)
    print(
        f"harmed (slower by more than {-HARM:.0%}, or failed): {len(found.harmed)} of {count} workloads"
        f"{': ' if found.harmed else ''}{', '.join(found.harmed)}"
    )


def _share(share: float | None, interval: tuple[float, float] | None) -> str:
    return f"{share:+.1%}" + (f" ({interval[0]:+.1%} to {interval[1]:+.1%})" if interval else "")
