"""Arguments of ``sparkwright operator``, and those that it shares with ``inject``."""

import argparse
from dataclasses import replace

from sparkwright.spark.own_options import OwnOptions, take_value


def operator_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe ``operator``."""
    parser.description = (
        "Puts the recommended allocation into manifests of Spark operators: SparkApplication and "
        "ScheduledSparkApplication of Kubeflow (sparkoperator.k8s.io/v1beta2) and SparkApplication of Apache "
        "(spark.apache.org). Reads YAML or JSON, also of several documents, and prints it with comments, order and "
        "unknown fields kept; documents of another kind pass as they are. What the manifest sets wins. Without an "
        "answer in time it is printed as it came."
    )
    parser.add_argument("file", nargs="?", default="-", help="manifests; `-`, the default: standard input")
    parser.add_argument("--patch", action="store_true", help="print a kustomize patch instead of the manifests")
    parser.add_argument("--override", action="store_true", help="let the recommendation win over the manifest")
    parser.add_argument("--namespace", default="default", help="of manifests that do not say (default: default)")
    parser.add_argument("--user", default="", help="as event logs name the user (default: proxyUser, else spark)")
    add_told_options(parser)


def add_told_options(parser: argparse.ArgumentParser) -> None:
    """What every launcher may be told of a run beside its properties."""
    parser.add_argument("--workload", metavar="KEY", help="explicit key of the recurring workload")
    parser.add_argument("--input", action="append", metavar="BYTES|PATHS", help="what the run will read; repeatable")
    parser.add_argument("--attempt", metavar="N", help="2 for the first retry (default: 1)")
    parser.add_argument("--max-risk", metavar="P", help="P(death) accepted; at most the service's")
    parser.add_argument("--deadline", metavar="TIME", help="by when it must have ended, with a retry: 90m, 1h30m")


def told_options(args: argparse.Namespace) -> OwnOptions:
    """What was told, checked.

    Raises:
        ConfigError: A value that cannot be one.
    """
    own = OwnOptions(override=args.override)
    for flag in ("--workload", "--attempt", "--max-risk", "--deadline"):
        value = getattr(args, flag[2:].replace("-", "_"))
        own = own if value is None else take_value(own, flag, value)
    return replace(own, inputs=tuple(args.input or ()))


def operator_run(args: argparse.Namespace) -> int:
    """Print the manifests, or the patch, with what was advised."""
    from sparkwright.launchers.file_asking import asking_within, read_text, write_text
    from sparkwright.launchers.manifests.stream import manifests, patches

    own = told_options(args)
    text = read_text(args.file)
    asking = asking_within(own)
    pieces = patches(text, args, own, asking) if args.patch else manifests(text, args, own, asking)
    write_text("".join(pieces))  # all or nothing: an error in the last document prints no first one
    return 0
