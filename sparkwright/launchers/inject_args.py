"""Arguments of ``sparkwright inject``: a file of another launcher in, the same with what was advised out."""

import argparse
import importlib
from typing import Any

from data_contracts.provenance import DECISION_ID
from sparkwright.errors import ConfigError
from sparkwright.launchers.formats.slot import Slot, platform_in, put_advice
from sparkwright.launchers.inject import told
from sparkwright.launchers.operator_args import (
    Ask,
    add_told_options,
    asking_within,
    read_text,
    say,
    told_options,
    write_text,
)
from sparkwright.launchers.request import recommend_request
from sparkwright.spark.own_options import OwnOptions

FORMATS = {
    "livy": "the body of Livy's POST /batches or POST /sessions",
    "kyuubi": "a file of session configurations of Kyuubi",
    "databricks": "a job of Databricks as its Jobs API takes it (spark_conf of new clusters)",
    "emr": "steps of EMR on EC2",
    "emr-serverless": "a job run of EMR Serverless",
    "dataproc": "a job of Dataproc",
}


def inject_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe ``inject``."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    width = max(map(len, FORMATS))
    parser.description = (
        "Puts the recommended allocation into a file of another launcher and prints it. What the file sets wins.\n"
        "Without an answer in time it is printed as it came.\n\nformats:\n"
        + "\n".join(f"  {name:<{width}}  {what}" for name, what in FORMATS.items())
    )
    parser.add_argument("file", nargs="?", default="-", help="the file; `-`, the default: standard input")
    parser.add_argument("--format", required=True, choices=FORMATS, help="what the file is")
    parser.add_argument("--override", action="store_true", help="let the recommendation win over the file")
    parser.add_argument("--user", default="", help="as event logs name the user (default: as the file or format says)")
    parser.add_argument("--queue", default="", help="scheduler queue (default: as the properties say)")
    parser.add_argument("--app-name", default="", help="as Spark names the application (default: as the file says)")
    parser.add_argument(
        "--platform", choices=("standalone", "yarn", "kubernetes", "local", "unknown"), help="where it runs"
    )
    add_told_options(parser)


def inject_run(args: argparse.Namespace) -> int:
    """Print the file with what was advised."""
    own = told_options(args)
    text = read_text(args.file)
    module: Any = importlib.import_module(f"sparkwright.launchers.formats.{args.format.replace('-', '_')}")
    document = module.read(text)
    found: list[Slot] = module.slots(document)
    if own.workload and len(found) > 1:
        raise ConfigError(f"expected one application with --workload, got {len(found)}")
    asking = asking_within(own)
    changed = [slot for slot in found if asking is not None and _advise(slot, args, own, asking)]
    write_text(module.write(document) if changed else text)
    return 0


def _advise(slot: Slot, args: argparse.Namespace, own: OwnOptions, asking: Ask) -> bool:
    """Whether the application got advice, which then is in the document."""
    for note in slot.notes:
        say(f"{slot.label}: {note}")
    if (earlier := slot.properties.get(DECISION_ID)) and not own.override:
        say(f"{slot.label} carries decision {earlier[:64]} already: left as it is")
        return False
    platform = args.platform or platform_in(slot)
    workload = own.workload or slot.workload
    request = recommend_request(
        slot.properties,
        app_name=args.app_name or slot.app_name,
        user_name=args.user or slot.user_name,
        queue=args.queue,
        workload=workload,
        platform=platform,
        attempt=own.attempt,
        max_risk=own.max_risk,
        deadline_s=own.deadline_s,
    )
    asked = asking(request)
    advice = asked.advice
    if advice is None:
        say(f"{slot.label}: no recommendation, left as it is: {asked.fault}")
        return False
    injection, refused = put_advice(slot, advice, override=own.override, workload=workload, platform=platform)
    for line in told(injection, advice):
        say(f"{slot.label}: {line}")
    for name, why in refused.items():
        say(f"{slot.label}: {name}={advice.allocation[name]} is advised and not set: {why}")
    return bool(injection.added or injection.removed)
