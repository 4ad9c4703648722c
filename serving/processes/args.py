"""Arguments of ``sparkwright serve`` and ``sparkwright up``."""

import argparse
import os

_PATIENCE_S = 180.0


def serve_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe ``serve``."""
    parser.add_argument("--host", default="127.0.0.1", help="address to bind (default: %(default)s)")
    parser.add_argument("--port", type=_port, default=3000, help="port to bind (default: %(default)s)")
    parser.add_argument(
        "--workers", type=_at_least_one, default=2, help="processes that answer requests (default: %(default)s)"
    )


def serve_run(args: argparse.Namespace) -> int:
    """Serve until stopped."""
    from serving.processes.exposure import expose
    from serving.processes.foreground import serve
    from sparkwright.policy.source import policies_of
    from sparkwright.settings import settings

    # Each worker refuses to start with wrong ones, too; here they are told once, and not as a crash.
    policies_of(settings())
    settings().make_home()
    os.environ.update(expose(settings(), args.host))
    return serve(settings(), host=args.host, port=args.port, workers=args.workers)


def up_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe ``up``."""
    parser.add_argument("--airflow-port", type=_port, default=8080, help="default: %(default)s")
    parser.add_argument("--mlflow-port", type=_port, default=5000, help="default: %(default)s")
    parser.add_argument("--service-port", type=_port, default=3000, help="default: %(default)s")


def up_run(args: argparse.Namespace) -> int:
    """Run everything until stopped."""
    from serving.processes.up import components, run
    from sparkwright.settings import place_variables, settings

    where = settings()
    where.make_home()
    os.environ.update(place_variables(where))
    parts = components(
        where, airflow_port=args.airflow_port, mlflow_port=args.mlflow_port, service_port=args.service_port
    )
    return run(where, parts, patience_s=_PATIENCE_S)


def _port(text: str) -> int:
    port = _number(text)
    if not 0 < port < 65536:
        raise argparse.ArgumentTypeError(f"expected a port between 1 and 65535, got {text}")
    return port


def _at_least_one(text: str) -> int:
    count = _number(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, got {text}")
    return count


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else -1
