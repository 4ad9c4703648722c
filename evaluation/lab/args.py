"""``sparkwright lab``: campaigns, the memory oracle, the response surface, a cluster to try things on."""

import argparse
from pathlib import Path

_LAB = Path(__file__).parent
_DEMO = _LAB / "campaigns" / "demo.yaml"
_CASES, _MEASURED = _LAB / "oracle" / "cases.yaml", _LAB / "oracle" / "measured.json"
_SOFT, _SOFT_MEASURED = _LAB / "soft" / "plan.yaml", _LAB / "soft" / "measured.json"
_SURFACE = _LAB / "surface.yaml"
_SIMULATOR = _LAB / "simulator"
_CONFIG = _LAB / "configuration" / "plan.yaml"


def lab_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``lab`` and its verbs."""
    verbs = parser.add_subparsers(
        dest="verb",
        required=True,
        metavar="run|judge|repair|oracle|soft|surface|config|cluster|data|record|fit|simulate",
    )

    run = verbs.add_parser("run", help="run a campaign: real workloads and real failures, with their ground truth")
    run.add_argument("campaign", nargs="?", type=Path, default=_DEMO, help="YAML file; default: the demo campaign")
    _add_budgeted(run)
    run.add_argument(
        "--again",
        action="append",
        default=[],
        metavar="NAME",
        help="rerun this fault or workload, from its first run",
    )
    run.set_defaults(work="run")

    judge = verbs.add_parser("judge", help="judge the runs of a campaign again from their logs; nothing runs")
    judge.add_argument("campaign", nargs="?", type=Path, default=_DEMO, help="YAML file; default: the demo campaign")
    judge.add_argument("--out", type=Path, help="folder of the runs; default: <home>/lab/<name>")
    judge.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a value of the YAML")
    judge.set_defaults(work="judge")

    repair = verbs.add_parser("repair", help="let faults fail, repair them by their diagnosis, and run them again")
    repair.add_argument(
        "--only", action="append", default=[], metavar="VARIANT", help="this variant (repeatable); default: every one"
    )
    repair.add_argument("--limit", type=int, metavar="N", help="only the first N")
    repair.add_argument(
        "--seeds", type=int, nargs="+", default=[1], metavar="N", help="each variant once per seed (default 1)"
    )
    repair.add_argument("--out", type=Path, help="folder of the runs and rows.jsonl; default: <home>/lab/repair")
    repair.add_argument("--budget", help="start no fault after this long, for example 4m; default: run all")
    repair.set_defaults(work="repair")

    oracle = verbs.add_parser("oracle", help="measure the smallest executor heaps that are enough for workloads")
    oracle.add_argument("plan", nargs="?", type=Path, default=_CASES, help="YAML file; default: the cases of the lab")
    _add_budgeted(oracle)
    oracle.add_argument(
        "--load",
        nargs="?",
        type=Path,
        const=_MEASURED,
        metavar="FILE",
        help="measure nothing: write the oracles of FILE to the lake; default: those shipped with the code",
    )
    oracle.set_defaults(work="oracle")

    soft = verbs.add_parser(
        "soft", help="record what runs at fractions of their need show, and what that says about the need"
    )
    soft.add_argument("plan", nargs="?", type=Path, default=_SOFT, help="YAML file; default: the oracle's cases")
    _add_budgeted(soft)
    soft.add_argument(
        "--score",
        nargs="?",
        type=Path,
        const=_SOFT_MEASURED,
        metavar="FILE",
        help="run nothing: print what the runs of FILE show; default: those shipped with the code",
    )
    soft.set_defaults(work="soft")

    surface = verbs.add_parser("surface", help="run workloads under every cell of a grid of allocations")
    surface.add_argument("plan", nargs="?", type=Path, default=_SURFACE, help="YAML file; default: the lab's grid")
    _add_budgeted(surface)
    surface.set_defaults(work="surface")

    config = verbs.add_parser("config", help="run workloads in pairs, unchanged and as recommend --config advises")
    config.add_argument("plan", nargs="?", type=Path, default=_CONFIG, help="YAML file; default: the lab's workloads")
    _add_budgeted(config)
    config.add_argument(
        "--score", type=Path, metavar="FILE", help="run nothing: print the results in rows.jsonl of a run"
    )
    config.set_defaults(work="config")

    cluster = verbs.add_parser("cluster", help="start master and worker, print the master's address, stop on Ctrl-C")
    cluster.add_argument("--cores", type=int, default=4, help="cores the worker offers (default 4)")
    cluster.add_argument("--memory", type=int, default=6144, metavar="MIB", help="executor memory it offers, in MiB")
    cluster.set_defaults(work="cluster")

    data = verbs.add_parser("data", help="generate the inputs of a campaign in advance")
    data.add_argument("campaign", nargs="?", type=Path, default=_DEMO, help="YAML file; default: the demo campaign")
    data.set_defaults(work="data")

    record = verbs.add_parser("record", help="copy verified runs of campaigns, redacted, to be kept with the code")
    record.add_argument(
        "campaigns", type=Path, nargs="+", metavar="campaign", help="folder that lab run or record made"
    )
    record.add_argument("target", type=Path, help="folder to write; replaced as a whole")
    record.set_defaults(work="record")

    fit = verbs.add_parser(
        "fit", help="fit the simulator's responses to the real runs of a lake, and print their errors"
    )
    fit.add_argument("--lake", help="lake with runs of origin lab (default: SPARKWRIGHT_LAKE_URI)")
    fit.add_argument(
        "--out", type=Path, default=_SIMULATOR / "responses.json", help="file to write (default: the simulator's own)"
    )
    fit.set_defaults(work="fit")

    simulate = verbs.add_parser("simulate", help="simulate a fleet that responds as the lab's real runs did")
    simulate.add_argument(
        "fleet", nargs="?", type=Path, default=_SIMULATOR / "fleet.yaml", help="YAML file; default: the shipped fleet"
    )
    simulate.add_argument("--out", metavar="LAKE", help="lake to write its rows to, all with origin simulated")
    simulate.add_argument("--event-logs", type=Path, metavar="DIR", help="folder to write Spark event logs to")
    simulate.add_argument("--limit", type=int, help="maximum number of event logs, from as many workloads as possible")
    simulate.add_argument("--beside", metavar="LAKE", help="print it next to the real runs of this lake")
    simulate.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="override a value of the YAML"
    )
    simulate.set_defaults(work="simulate")


def _add_budgeted(parser: argparse.ArgumentParser) -> None:
    """Declare the folder of a measurement, its time budget, and overrides of its YAML."""
    parser.add_argument("--out", type=Path, help="folder of the runs; default: <home>/lab/<name>")
    parser.add_argument("--budget", help="start no run after this long, for example 90s or 4m; default: the YAML's")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a value of the YAML")


def lab_run(args: argparse.Namespace) -> int:
    """Run the verb; return 0 when done.

    Raises:
        ConfigError: The campaign, the budget or the fleet is invalid, or the folder holds another campaign.
        MissingProgramError: Java, pyspark or tpchgen-cli is not installed.
        CheckFailed: Runs did not show what they were meant to, or a recording would name this machine.
    """
    if args.work == "oracle":
        from evaluation.lab.oracle import commands as oracle

        return oracle.load(args.load) if args.load else oracle.measure(args.plan, args.out, args.budget, args.set)
    if args.work == "soft":
        from evaluation.lab.soft import commands as soft

        return soft.score(args.score) if args.score else soft.record(args.plan, args.out, args.budget, args.set)
    if args.work == "surface":
        from evaluation.lab import surface

        return surface.run(args.plan, args.out, args.budget, args.set)
    if args.work == "config":
        from evaluation.lab.configuration import commands as configuration

        return configuration.run(args.plan, args.out, args.budget, args.set, args.score)
    if args.work == "repair":
        from evaluation.lab.repair.commands import repair_faults

        return repair_faults(args.only, args.seeds, args.limit, args.out, args.budget)
    from evaluation.lab import commands

    if args.work == "cluster":
        return commands.keep_cluster(args.cores, args.memory)
    if args.work == "data":
        return commands.make_data(args.campaign)
    if args.work == "record":
        return commands.record_campaigns(args.campaigns, args.target)
    if args.work in {"fit", "simulate"}:
        from evaluation.lab.simulator import commands as simulator

        if args.work == "fit":
            return simulator.fit_responses(args.lake, args.out)
        return simulator.simulate_fleet(args.fleet, args.out, args.event_logs, args.limit, args.beside, args.set)
    if args.work == "judge":
        return commands.judge(args.campaign, args.out, args.set)
    return commands.run(args.campaign, args.out, args.budget, args.set, args.again)
