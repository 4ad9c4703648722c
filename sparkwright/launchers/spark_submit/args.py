"""Arguments of ``sparkwright submit``."""

import argparse
import sys

_USAGE = (
    "sparkwright submit [--override] [--workload KEY] [--input BYTES|PATHS] [--attempt N] [--max-risk P]\n"
    "                          [--deadline TIME] [--dry-run] [--explain] SPARK-SUBMIT-ARGUMENTS..."
)


def submit_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe ``submit``; its words are spark-submit's and reach :func:`submit_run` as they are."""
    parser.usage = _USAGE
    parser.description = (
        "Runs spark-submit with the allocation the service recommends. What you set yourself (flag, --conf, "
        "--properties-file) wins. Streams, signals and the exit code are spark-submit's own. Without an answer within "
        "SPARKWRIGHT_LAUNCHER_TIMEOUT_S (2 s) the application is submitted as you wrote it; with SPARKWRIGHT_OFF=1 "
        "nobody is asked. The driver's output and exit code are kept in `drivers` beside the event logs. Our own "
        "options stand before the application, among spark-submit's."
    )
    parser.add_argument("--override", action="store_true", help="let the recommendation win over what you set")
    parser.add_argument("--workload", metavar="KEY", help="name of the recurring workload this application belongs to")
    parser.add_argument(
        "--input",
        action="append",
        metavar="BYTES|PATHS",
        help="what the run will read: a size (12g), or files, folders and addresses of stores, whose size is looked up "
        "within the time limit; repeatable",
    )
    parser.add_argument("--attempt", metavar="N", help="2 for the first retry (default: 1)")
    parser.add_argument("--max-risk", metavar="P", help="P(death) accepted below what you set; at most the service's")
    parser.add_argument("--deadline", metavar="TIME", help="by when it must have ended, with a retry: 90m, 1h30m")
    parser.add_argument("--dry-run", action="store_true", help="show what would be submitted, with reasons, and end")
    parser.add_argument("--explain", action="store_true", help="show the whole answer: evidence, risk, forecast")
    parser.add_argument("words", nargs="*", metavar="SPARK-SUBMIT-ARGUMENTS", help="as for spark-submit")


def submit_run(args: argparse.Namespace) -> int:
    """The exit code of spark-submit; 2 with our usage where there is nothing to submit."""
    from sparkwright.launchers.spark_submit.submit import submit
    from sparkwright.spark.command_line import parse_submit

    if not args.words:
        more = "sparkwright submit --help explains ours, spark-submit --help Spark's"
        print(f"usage: {_USAGE}\n\n{more}", file=sys.stderr)
        return 2
    return submit(parse_submit(args.words))
