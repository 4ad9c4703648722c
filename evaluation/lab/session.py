"""One driver JVM that runs workload after workload, a new SparkContext for each: 60-80 runs in half an hour.

The lab starts ``python -m evaluation.lab.session FD``, writes one JSON order per line to its stdin and reads one JSON
answer per line from FD. Stdout and stderr are the driver's log, exactly as under spark-submit.
"""

import json
import os
import sys
import traceback
from dataclasses import asdict, dataclass
from importlib import import_module


@dataclass(frozen=True, slots=True)
class Order:
    """One application to run: ``module.run(spark, *arguments)`` under ``properties``."""

    module: str
    arguments: tuple[str, ...]
    properties: dict[str, str]


def write_order(order: Order) -> bytes:
    """Return the order as one line."""
    return json.dumps(asdict(order)).encode() + b"\n"


def _obey(order: Order) -> int:
    """Run the application; return the exit code that spark-submit of the same script would have had."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    for name, value in order.properties.items():
        builder = builder.config(name, value)
    exit_code = 0
    session = builder.getOrCreate()
    try:
        import_module(order.module).run(session, *order.arguments)
    except Exception:  # the workload's own failure is the observation: printed as Python would, and answered as 1
        traceback.print_exc()
        exit_code = 1
    finally:
        session.stop()
    return exit_code


def main() -> None:
    """Process orders until stdin ends."""
    from pyspark import SparkContext

    # Without a configuration, so that the first application's properties do not become defaults of the JVM.
    SparkContext._ensure_initialized()
    with os.fdopen(int(sys.argv[1]), "w", encoding="utf-8") as answers:
        for line in sys.stdin:
            values = json.loads(line)
            order = Order(values["module"], tuple(values["arguments"]), values["properties"])
            exit_code = _obey(order)
            sys.stdout.flush()
            answers.write(f"{exit_code}\n")
            answers.flush()


if __name__ == "__main__":
    main()
