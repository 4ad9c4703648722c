"""Arguments of ``sparkwright inject``: a file of another launcher in, the same with what was advised out."""

import argparse
import importlib
from typing import Any

from sparkwright.errors import ConfigError
from sparkwright.launchers.manifests.args import add_told_options, told_options

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
    from sparkwright.launchers.file_asking import asking_within, read_text, write_text
    from sparkwright.launchers.inject_slot import advise

    own = told_options(args)
    text = read_text(args.file)
    module: Any = importlib.import_module(f"sparkwright.launchers.formats.{args.format.replace('-', '_')}")
    document = module.read(text)
    found = module.slots(document)
    if own.workload and len(found) > 1:
        raise ConfigError(f"expected one application with --workload, got {len(found)}")
    asking = asking_within(own)
    changed = [slot for slot in found if asking is not None and advise(slot, args, own, asking)]
    write_text(module.write(document) if changed else text)
    return 0
