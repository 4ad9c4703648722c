"""``sparkwright rollout``: what the owner's ``rollout.yaml`` means, and what unapplied advice would have done."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from data_contracts.rollout import Members, RolloutFile

_WIDTH = 120


def rollout_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sparkwright rollout``."""
    steps = parser.add_subparsers(dest="step", required=True, metavar="{check,report}")
    text = "explain the file before a service reads it; exit 2 with line and field if it is invalid"
    check = steps.add_parser("check", help=text, description=text)
    check.add_argument("--file", type=Path, help="default: rollout.yaml in SPARKWRIGHT_HOME")
    check.add_argument("--workload", metavar="ID", help="also say whether this workload is advised, and who answers")
    check.add_argument("--queue", default="", help="queue that the workload is submitted to")
    check.add_argument("--team", default="-", help="team whose API key is used (default: no key)")
    text = "what unapplied advice would have saved, and which runs would have died, judged by their outcomes"
    report = steps.add_parser("report", help=text, description=text)
    report.add_argument("--lake", help="folder or address of the Delta tables (default: SPARKWRIGHT_LAKE_URI)")
    report.add_argument("--since", metavar="WHEN", help="only runs that started then or later: 2026-11-01, or 14d, 36h")
    report.add_argument("--workload", metavar="ID", help="only this workload, or those whose id contains ID")
    report.add_argument("--prices", type=Path, metavar="FILE", help="price sheet (default: see docs/report.md)")
    report.add_argument("--json", action="store_true", help="print it as JSON (data_contracts/api/not_applied.py)")
    report.add_argument("--top", type=int, default=20, metavar="N", help="workloads; 0: all (default: 20)")


def rollout_run(args: argparse.Namespace) -> int:
    """Run ``sparkwright rollout`` and return its exit code."""
    return _check(args) if args.step == "check" else _report(args)


def _check(args: argparse.Namespace) -> int:
    from sparkwright.advisor.rollout import FILE, Rollout
    from sparkwright.errors import ConfigError
    from sparkwright.settings import settings

    path = args.file or settings().home / FILE
    if args.file is not None and not args.file.exists():
        raise ConfigError(f"expected a rollout file at {args.file}, found none")
    rollout = Rollout.read(path)
    print(f"{path}{'' if path.exists() else ': not found, so the defaults apply'}")
    for line in _meaning(rollout.said):
        print(line)
    if args.workload is not None:
        advised = "advised" if rollout.is_opted_in(args.workload, args.queue, args.team) else "report-only"
        canary = " by the release in canary" if rollout.is_canary(args.workload) else ""
        print(f"{args.workload}: {advised}{canary}")
    return 0


def _meaning(file: "RolloutFile") -> list[str]:
    whom = "everybody" if file.opt_in is None else _counts(file.opt_in) or "nobody"
    but = _counts(file.opt_out)
    canary = file.canary
    return [
        f"advice for: {whom}{f', but not for {but}' if but else ''}",
        f"served: {f'release {file.pin}, pinned' if file.pin else 'the champion'}",
        f"canary: {f'{canary.share:.1%} of the workloads, {_release(canary.release)}' if canary else 'none'}",
        f"shadow: {_release(file.shadow) if file.shadow else 'none'}",
    ]


def _counts(members: "Members") -> str:
    counts = {name: len(getattr(members, f"{name}s")) for name in ("workload", "queue", "team")}
    return ", ".join(f"{count} {name} name(s) or pattern(s)" for name, count in counts.items() if count)


def _release(name: str) -> str:
    return "the challenger" if name == "challenger" else f"release {name}"


def _report(args: argparse.Namespace) -> int:
    import os
    import sys
    from datetime import UTC, datetime

    from pydantic import TypeAdapter
    from rich.console import Console

    from data_contracts.api.not_applied import NotApplied
    from data_contracts.tables import Application
    from sparkwright.errors import ConfigError
    from sparkwright.lake import Lake
    from sparkwright.prices import load_prices
    from sparkwright.report.command import moment
    from sparkwright.report.not_applied.fates import not_applied
    from sparkwright.report.not_applied.table import not_applied_blocks
    from sparkwright.report.tables import read_tables
    from sparkwright.settings import settings

    if args.top < 0:
        raise ConfigError(f"expected --top of at least 0, got {args.top}")
    lake = Lake(args.lake or settings().lake_uri)
    lake.version(Application)  # raises, saying how to fill the lake, if it was never filled
    since = moment(args.since, datetime.now(UTC)) if args.since else None
    prices = load_prices(args.prices or settings().prices)
    found = not_applied(lake, read_tables(lake, since=since, workload=args.workload).applications, prices)
    if args.json:
        print(TypeAdapter(list[NotApplied]).dump_json(found, indent=2).decode())
        return 0
    if not found:
        print("found no unapplied advice: `sparkwright feedback` brings decisions into the lake")
        return 0
    is_free = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    console = Console(width=_WIDTH if is_free else None, highlight=False)
    for block in not_applied_blocks(found, prices.currency, args.top or None):
        console.print(block)
    return 0
