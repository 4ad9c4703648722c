"""The verbs ``fit`` and ``simulate`` of ``sparkwright lab``."""

import time
from pathlib import Path

from rich.console import Console

from evaluation.lab.simulator.fit import fit, needed_by
from evaluation.lab.simulator.fleet import Fleet, simulate
from evaluation.lab.simulator.lab_runs import read_lab_runs
from evaluation.lab.simulator.responses import load_responses
from evaluation.lab.simulator.rows import write_fleet
from evaluation.lab.simulator.settings import FleetSettings
from evaluation.lab.simulator.spark_log import write_logs
from evaluation.lab.simulator.summary import fit_table, fleet_table, plausibility_table
from sparkwright.config import load_config
from sparkwright.errors import ConfigError
from sparkwright.lake import Lake
from sparkwright.settings import settings

_WIDTH = 150


def fit_responses(lake: str | None, out: Path) -> int:
    """Fit the responses to the real runs of a lake, write them to ``out`` and print their errors."""
    began = time.monotonic()
    with Console(stderr=True).status("fitting") as status:
        responses = fit(Lake(lake or settings().lake_uri), lambda name: status.update(f"fitting {name}"))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(responses.model_dump_json(indent=1) + "\n", encoding="utf-8")
    console = Console(width=_WIDTH)
    console.print(fit_table(responses))
    print(f"{len(responses.workloads)} workloads in {out}, {time.monotonic() - began:.1f} s")
    return 0


def simulate_fleet(
    path: Path, lake: str | None, event_logs: Path | None, limit: int | None, compare: str | None, overrides: list[str]
) -> int:
    """Simulate a fleet, write what was requested, and print a summary."""
    if not (lake or event_logs or compare):
        raise ConfigError(
            "expected --out, --event-logs or --beside: where to write the fleet, or what to compare it with"
        )
    config, responses = load_config(FleetSettings, path, overrides), load_responses()
    if limit is not None and (limit < 1 or event_logs is None):
        raise ConfigError(f"expected --limit of at least 1 with --event-logs, got {limit}")
    began = time.monotonic()
    with Console(stderr=True).status("simulating") as status:
        fleet = simulate(config, responses, lambda done: status.update(f"workload {done} of {config.workload_count}"))
    simulated_s = time.monotonic() - began
    if not fleet.workloads:
        raise ConfigError(f"expected a fleet with runs, {path} makes none: more weeks or more workloads")
    console = Console(width=_WIDTH)
    console.print(fleet_table(fleet))
    print(f"simulated in {simulated_s:.1f} s")
    if lake:
        _write_rows(lake, fleet)
    if event_logs:
        _write_logs(event_logs, fleet, limit)
    if compare:
        runs = read_lab_runs(Lake(compare))
        console.print(plausibility_table(fleet, runs, needed_by(responses, runs)))
    return 0


def _write_rows(lake: str, fleet: Fleet) -> None:
    began = time.monotonic()
    counts = write_fleet(Lake(lake), fleet)
    written = ", ".join(f"{table} {count:,}" for table, count in counts.items())
    print(f"{written} in {lake}, {time.monotonic() - began:.1f} s")


def _write_logs(folder: Path, fleet: Fleet, limit: int | None) -> None:
    began = time.monotonic()
    written = write_logs(fleet, folder, limit)
    seconds = time.monotonic() - began
    print(
        f"{written.log_count:,} event logs in {folder}: {written.event_count:,} events, {written.size_bytes:,} bytes "
        f"({written.stored_bytes:,} as stored), {seconds:.1f} s: {written.event_count / seconds:,.0f} events/s"
    )
