"""``sparkwright evaluate advice``."""

import argparse
import math
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sparkwright.errors import ConfigError

if TYPE_CHECKING:
    from evaluation.advice.policies import Policy
    from evaluation.advice.report import Report

_SEEDS = {"oracle": 20, "fleet": 3, "sizey": 1, "recorded": 1}
_DATA = Path("..") / "shared" / "data" / "sizey"
_WIDTH = 210


def advice_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``evaluate advice``."""
    parser.add_argument(
        "--on",
        choices=[*_SEEDS],
        default="oracle",
        help="environment: heaps whose P(OOM) was measured in the lab, the simulated fleet, or real tasks "
        "of scientific workflows, or the lab's recorded runs as of their starts (default: %(default)s)",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", default=_DATA, help="folder of sizey's *.csv.gz (default: %(default)s)"
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write all figures to this file")
    parser.add_argument("--html", type=Path, metavar="OUT", help="also write tables and plots as one page")
    parser.add_argument(
        "--mlflow", action="store_true", help="log all figures to the tracking server (SPARKWRIGHT_TRACKING_URI)"
    )
    parser.add_argument(
        "--seeds",
        type=_count,
        metavar="N",
        help="draws of luck (default: 20 on the oracle, 3 fleets of a kind, a third of them of kinds that no prior has "
        "seen; the others have none)",
    )
    parser.add_argument(
        "--only", action="append", metavar="POLICY", help="policies to replay in addition to the user's own"
    )
    parser.add_argument(
        "--penalty",
        action="append",
        type=_penalty,
        metavar="ATTEMPTS",
        help="also replay our policies with a death that costs this many lost attempts; several values make a frontier",
    )
    parser.add_argument(
        "--max-risk",
        action="append",
        type=_probability,
        metavar="P",
        help="also replay our policies with this bound on P(death); several values make a frontier",
    )
    parser.add_argument(
        "--prior",
        type=Path,
        metavar="FILE",
        help="need_prior.json of a forecaster, or its folder (default: the forecaster's, else that of the package)",
    )
    parser.add_argument(
        "--forecaster", type=Path, metavar="DIR", help="folder of a trained forecaster for the product to use"
    )
    parser.add_argument("--jobs", type=_count, metavar="N", default=2, help="processes (default: %(default)s)")
    fleet = parser.add_argument_group("with --on fleet")
    fleet.add_argument("--fleet", action="append", metavar="NAME", help="which (default: all, one after another)")
    fleet.add_argument(
        "--workloads", type=_count, metavar="N", default=30, help="sample of each fleet (default: %(default)s)"
    )
    fleet.add_argument(
        "--runs", type=_count, metavar="N", default=90, help="scheduled runs of each workload (default: %(default)s)"
    )
    fleet.add_argument(
        "--yarn-step-mib",
        type=_count,
        metavar="MIB",
        default=1024,
        help="yarn.scheduler.minimum-allocation-mb, to which containers are rounded up (default: %(default)s)",
    )


def advice_run(args: argparse.Namespace) -> int:
    """Run ``sparkwright evaluate advice`` and return its exit code: 0 also if the data of ``--on sizey`` is missing."""
    from rich.console import Console

    from evaluation.advice.plots import setting_of
    from evaluation.advice.policies import RULES, USER
    from evaluation.advice.product import by_bound, by_penalty, containers, product
    from sparkwright.allocation.need_prior import read_prior

    if args.on == "sizey" and not args.data.is_dir():
        print(
            f"skipped: expected the tasks of sizey in {args.data}, found none; name their folder with --data",
            file=sys.stderr,
        )
        return 0
    make = partial(product, args.forecaster, prior=read_prior(args.prior) if args.prior else None)
    policies = RULES | _learned(args.on) | make()
    if args.on == "sizey":  # elsewhere the needed heap is only bounded
        policies |= containers()
    if unknown := set(args.only or ()) - policies.keys():
        raise ConfigError(
            f"expected --only with one or more of {', '.join(policies)}; got {', '.join(sorted(unknown))}"
        )
    policies |= by_penalty(args.penalty or (), make) | by_bound(args.max_risk or (), make)
    if args.only:
        policies = {name: policy for name, policy in policies.items() if setting_of(name)[0] in {USER, *args.only}}
    began = time.monotonic()
    with Console(stderr=True).status("") as status:
        report = _report(args, policies, lambda name: status.update(name))
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)  # a file has no width, and wide tables wrap at 80
    for section in report.sections:
        console.print(section.table())
    for note in report.notes:
        console.print(note, highlight=False)
    console.print(f"{time.monotonic() - began:.0f} s", highlight=False)
    if args.json:
        report.write(args.json)
    if args.html:
        from evaluation.advice.page import write_page

        write_page(report, args.html)
    if args.mlflow:
        from evaluation.advice.tracked import log_report

        print(f"MLflow run {log_report(report)} of the experiment advice")
    return 0


def _learned(environment: str) -> "dict[str, Policy]":
    """Return fitted baselines, if affordable: forests are not, for a hundred thousand attempts of the fleet."""
    if environment not in ("sizey", "fleet"):
        return {}
    from evaluation.advice.learned import LIGHTGBM, learned

    return {name: policy for name, policy in learned().items() if environment == "sizey" or name == LIGHTGBM}


def _report(args: argparse.Namespace, policies: "Mapping[str, Policy]", tell: Callable[[str], None]) -> "Report":
    from evaluation.lab.simulator.responses import load_responses

    seeds = args.seeds or _SEEDS[args.on]
    jobs = 1 if args.forecaster else args.jobs  # a forecaster's threads do not survive the fork
    if args.on == "sizey":
        from evaluation.advice.on_tasks import on_tasks
        from evaluation.advice.tasks import workflows

        return on_tasks(workflows(args.data), policies, jobs=jobs, tell=tell)
    if args.on == "fleet":
        from evaluation.advice.fleets import chosen
        from evaluation.advice.on_fleet import on_fleet
        from evaluation.advice.replaying import Sample

        sample = Sample(seeds, args.workloads, args.runs, step_mib=args.yarn_step_mib, jobs=jobs)
        return on_fleet(chosen(args.fleet), policies, load_responses(), sample, tell=tell)
    from evaluation.advice.on_oracle import on_oracle
    from evaluation.lab.oracle.rows import MEASURED, read

    if args.on == "recorded":
        from evaluation.advice.on_recorded import on_recorded
        from evaluation.advice.recorded import recorded_runs
        from evaluation.closed_loop import HISTORY

        tell("reading what the lab recorded")
        return on_recorded(recorded_runs(HISTORY, read(MEASURED)), policies, tell=tell)
    return on_oracle(read(MEASURED), policies, load_responses(), seeds=seeds, jobs=jobs, tell=tell)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return int(text)


def _penalty(text: str) -> float:
    try:
        penalty = float(text)
    except ValueError:
        penalty = -1.0
    if not 0 <= penalty < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number of attempts of at least 0, got {text!r}")
    return penalty


def _probability(text: str) -> float:
    try:
        probability = float(text)
    except ValueError:
        probability = math.nan
    if not 0 < probability <= 0.5:
        raise argparse.ArgumentTypeError(f"expected a probability above 0 and at most 0.5, got {text!r}")
    return probability
