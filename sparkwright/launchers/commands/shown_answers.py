"""What the commands that ask the service share: asking, and telling an answer in plain language."""

import argparse
from collections.abc import Mapping

_READING_S = 15.0


def explain_argument(parser: argparse.ArgumentParser) -> None:
    """Declare ``--explain``."""
    parser.add_argument(
        "--explain", action="store_true", help="say it in a few plain sentences instead: what, why, what to do next"
    )


def explain(answer: Mapping[str, object], *, here: bool, as_json: bool) -> int:
    """Print an answer in plain language; the exit code.

    Args:
        answer: A recommendation or a diagnosis, as JSON has it.
        here: Whether this process explains it, else the service does.
        as_json: Whether to print JSON.
    """
    from sparkwright.launchers.commands.explaining import explained, show_explanation

    if here:
        from sparkwright.explanation.here import explain_here
        from sparkwright.settings import settings

        told = explain_here(answer, settings()).model_dump(mode="json")
    else:
        told = explained(answer, lambda request: ask_service("/v1/explain", request, _READING_S))
    show_explanation(told, as_json=as_json)
    return 0


def ask_service(path: str, request: dict[str, object], timeout_s: float) -> dict[str, object]:
    """What the service answers to a POST; its errors are raised as they come."""
    from sparkwright.client.exchange import exchange
    from sparkwright.launchers.environment import read_environment

    where = read_environment()
    return exchange(where.service_url, path, request, timeout_s, where.api_key)
