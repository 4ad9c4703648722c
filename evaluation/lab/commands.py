"""The verbs of ``sparkwright lab``."""

import re
import sys
import time
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from evaluation.lab.campaign import Campaign, Launch, launches
from evaluation.lab.catalogue import NOT_COVERED
from evaluation.lab.cluster import cluster, event_log_properties
from evaluation.lab.data import dataset
from evaluation.lab.manifest import Done, Manifest
from evaluation.lab.proof import proofs
from evaluation.lab.record import record
from evaluation.lab.runner import judge_again, run_campaign
from evaluation.lab.truth import Proof
from sparkwright.config import load_config
from sparkwright.errors import CheckFailed, ConfigError
from sparkwright.settings import settings
from sparkwright.stores import place

_BUDGET = re.compile(r"^(\d+)\s*([smh]?)$")


def parse_budget_s(text: str) -> int:
    """Parse seconds from ``90``, ``90s``, ``4m`` or ``1h``.

    Raises:
        ConfigError: It is none of these.
    """
    match = _BUDGET.match(text.strip())
    if match is None or int(match[1]) == 0:
        raise ConfigError(f"expected --budget as 90s, 4m or 1h, got {text!r}")
    return int(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]


def _cache() -> Path:
    return settings().make_home() / "lab" / "data"


def run(path: Path, out: Path | None, budget: str | None, overrides: list[str], again: list[str]) -> int:
    """Run a campaign and print the result of each run."""
    campaign = load_config(Campaign, path, overrides)
    unknown = set(again) - {launch.variant for launch in launches(campaign)}
    if unknown:
        raise ConfigError(
            f"expected --again with a fault or workload of the campaign, got {', '.join(sorted(unknown))}"
        )
    budget_s = parse_budget_s(budget) if budget else campaign.budget_s
    out = out or settings().make_home() / "lab" / campaign.name
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task(f"lab {campaign.name}", total=len(launches(campaign)))

        def tell(launch: Launch, number: int, count: int, done: Done | None) -> None:
            progress.update(bar, description=launch.launch_id, completed=number - (done is None))
            if done is not None and done.state != "verified":
                progress.console.print(f"{launch.launch_id}: {done.state}: {done.seen}", markup=False)

        manifest = run_campaign(campaign, out, _cache(), budget_s=budget_s, tell=tell, again=again)
    return _report(campaign, manifest, out)


def judge(path: Path, out: Path | None, overrides: list[str]) -> int:
    """Judge the runs of a campaign again and print the result of each run."""
    campaign = load_config(Campaign, path, overrides)
    out = out or settings().make_home() / "lab" / campaign.name
    return _report(campaign, judge_again(campaign, out), out)


def _report(campaign: Campaign, manifest: Manifest, out: Path) -> int:
    plan = launches(campaign)
    console = Console()
    console.print(_proof_table(campaign, plan, manifest, out) if campaign.proofs else _table(campaign, manifest, out))
    if campaign.proofs:
        console.print(
            "not covered:", *(f"  {what}: {why}" for what, why in NOT_COVERED.items()), sep="\n", markup=False
        )
    done = {launch.launch_id: line for launch in plan if (line := manifest.done.get(launch.launch_id)) is not None}
    if len(done) < len(plan):
        print(
            f"{len(plan) - len(done)} of {len(plan)} runs are not done yet: `sparkwright lab run` continues",
            file=sys.stderr,
        )
    skipped = {line.seen for line in done.values() if line.state == "skipped"}
    for reason in sorted(skipped):
        print(f"skipped: {reason}", file=sys.stderr)
    failed = [launch_id for launch_id, line in done.items() if line.state not in ("verified", "skipped")]
    if failed:
        raise CheckFailed(f"{len(failed)} runs did not show what they were meant to: {', '.join(failed)}")
    return 0


def _table(campaign: Campaign, manifest: Manifest, out: Path) -> Table:
    table = Table("launch", "ended as", "seconds", title=f"campaign {campaign.name} in {out}")
    for launch_id, line in manifest.done.items():
        ended = line.root_cause if line.state == "verified" else f"[red]{line.state}[/red]"
        table.add_row(launch_id, ended, f"{line.seconds:.1f}")
    return table


def _proof_table(campaign: Campaign, plan: list[Launch], manifest: Manifest, out: Path) -> Table:
    """Return, per cause: variants always reproduced, those always repaired by a property, those none can repair."""
    by_cause: dict[str, list[Proof]] = {}
    for first, proof in proofs(plan, manifest.outcomes()):
        by_cause.setdefault(first.root_cause, []).append(proof)
    table = Table(
        Column("cause", no_wrap=True), "variants", "came", "repair proven", "no property", title_justify="left"
    )
    for cause, found in sorted(by_cause.items()):
        repairable = [proof for proof in found if not proof.no_repair]
        elsewhere = Counter(proof.no_repair for proof in found if proof.no_repair)
        table.add_row(
            cause,
            str(len(found)),
            f"{sum(proof.reproduced for proof in found)} of {len(found)}",
            f"{sum(proof.proven for proof in repairable)} of {len(repairable)}" if repairable else "",
            ", ".join(f"{count} {where}" for where, count in sorted(elsewhere.items())),
        )
    every = [proof for found in by_cause.values() for proof in found]
    repairable = [proof for proof in every if not proof.no_repair]
    seconds = sum(line.seconds for line in manifest.done.values())
    table.title = (
        f"campaign {campaign.name} in {out}: {len(manifest.done)} runs, {seconds / 60:.0f} min\n"
        f"{sum(proof.reproduced for proof in every)} of {len(every)} faults came every time; of "
        f"{len(repairable)} that a property repairs, {sum(proof.proven for proof in repairable)} were proven so"
    )
    return table


def keep_cluster(cores_count: int, memory_mib: int) -> int:
    """Run a cluster until Ctrl-C."""
    folder = settings().make_home() / "lab" / "cluster"
    event_logs = place(settings().event_log_dir)
    if not isinstance(event_logs, Path):
        raise ConfigError(f"expected SPARKWRIGHT_EVENT_LOG_DIR to be a folder of this machine, got {event_logs}")
    event_logs.mkdir(parents=True, exist_ok=True)
    with cluster(folder, cores_count=cores_count, memory_mib=memory_mib) as running:
        print(f"master {running.master_url}\npage   {running.ui_url}", flush=True)
        print("submit with these, so that sparkwright harvest finds the event logs:")
        for name, value in event_log_properties(event_logs).items():
            print(f"  --conf {name}={value}")
        print("Ctrl-C stops it", flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print("stopping", file=sys.stderr)
    return 0


def make_data(path: Path) -> int:
    """Generate every input that a campaign reads and print where it is."""
    campaign = load_config(Campaign, path, [])
    for kind, scale in sorted({(launch.inputs, launch.scale) for launch in launches(campaign)}):
        print(dataset(kind, scale, _cache()), flush=True)
    return 0


def record_campaigns(campaigns: list[Path], target: Path) -> int:
    """Record campaigns and print how much that is."""
    count = record(campaigns, target, _cache())
    size_bytes = sum(file.stat().st_size for file in target.rglob("*"))
    print(f"{count} runs in {target}, {size_bytes / 1e6:.1f} MB")
    return 0
