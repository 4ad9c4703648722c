"""``sparkwright recommend``: what to submit with, from the service or from a lake."""

import argparse
import json
import math
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sparkwright.errors import ConfigError, NoAnswerError
from sparkwright.launchers.commands.shown_answers import ask_service, explain, explain_argument

_READING_S = 15.0


def recommend_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe ``recommend``."""
    parser.add_argument("--app-name", help="name of the application as Spark will know it; may miss with --ask only")
    parser.add_argument(
        "--ask",
        metavar="TEXT",
        help="what the job needs, in plain language: input, deadline, risk, platform are asked with, what is unclear "
        "is asked back, and the answer says which words each was taken from; options win over words",
    )
    parser.add_argument("--user", default="", help="user who submits")
    parser.add_argument("--queue", default="", help="scheduler queue or namespace")
    parser.add_argument("--workload", help="explicit key of the recurring workload")
    parser.add_argument("--platform", default="unknown", help="standalone, yarn, kubernetes or local")
    parser.add_argument("--conf", action="append", default=[], metavar="K=V", help="a spark.* property; repeatable")
    parser.add_argument("--input-bytes", type=int, metavar="BYTES", help="what the run will read, where it is known")
    parser.add_argument("--max-risk", type=float, metavar="P", help="P(death) that is accepted below what is asked for")
    parser.add_argument(
        "--deadline-s", type=_seconds, metavar="SECONDS", help="by when it must have ended, with a retry"
    )
    parser.add_argument("--attempt", type=int, metavar="N", help="2 for the first retry (default: 1)")
    parser.add_argument(
        "--local", action="store_true", help="decide here, from the runs of the lake; no service is asked"
    )
    parser.add_argument("--lake", metavar="URI", help="with --local: where the runs are (SPARKWRIGHT_LAKE_URI)")
    parser.add_argument(
        "--team",
        default="",
        help="with --local or --config: who asks, for policies (the service knows it by the API key)",
    )
    parser.add_argument(
        "--prior",
        type=Path,
        metavar="FILE",
        help="with --local: what the fleet's own runs say of a need before the first run: need_prior.json of a "
        "forecaster, or its folder (default: the prior of the package)",
    )
    parser.add_argument(
        "--config",
        action="store_true",
        help="say instead what the workload's own runs in the lake speak for beside its resources: shuffle partitions, "
        "broadcasts, adaptive execution, skewed joins, file pieces, serializer; what nothing tells of is unknown",
    )
    parser.add_argument(
        "--event-log",
        type=Path,
        metavar="PATH",
        help="with --config: look at this run instead of those of the lake; its plans tell how it joined, too",
    )
    parser.add_argument(
        "--spark-version", default="", metavar="V", help="with --config: of the next run (default: of the newest run)"
    )
    parser.add_argument("--json", action="store_true", help="print the answer as it came")
    explain_argument(parser)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < 1e12:
        raise argparse.ArgumentTypeError(f"expected seconds above 0, got {text!r}")
    return seconds


def recommend_run(args: argparse.Namespace) -> int:
    """Print what the service recommends, or what the lake proves."""
    if args.lake and not (args.local or args.config):
        raise ConfigError("expected --lake with --local or --config only: the service has a lake of its own")
    if (args.spark_version or args.event_log) and not args.config:
        raise ConfigError("expected --spark-version and --event-log with --config only")
    if args.event_log and args.lake:
        raise ConfigError("expected --event-log or --lake, not both")
    if args.config and (args.ask is not None or args.explain or args.prior):
        raise ConfigError("expected --config without --ask, --explain and --prior: it looks at settings alone")
    if args.prior and not args.local:
        raise ConfigError("expected --prior with --local only: the service has that of its forecaster")
    if args.team and not (args.local or args.config):
        raise ConfigError("expected --team with --local or --config only: the service knows the team by the API key")
    if not args.app_name and args.ask is None:
        raise ConfigError("expected --app-name: a workload is known by its name")
    request: dict[str, object] = {
        "app_name": args.app_name or "",
        "user_name": args.user,
        "queue": args.queue,
        "platform": args.platform,
        "properties": dict(_property(text) for text in args.conf),
    }
    optional = {
        "workload": args.workload,
        "input_bytes": args.input_bytes,
        "attempt": args.attempt,
        "max_risk": args.max_risk,
        "deadline_ms": None if args.deadline_s is None else round(1000 * args.deadline_s),
    }
    request |= {name: value for name, value in optional.items() if value is not None}
    if args.config:
        where = {"spark_version": args.spark_version, "event_log": args.event_log, "team": args.team}
        return _configure(request, args.lake, where, as_json=args.json)
    understood = _understood(args.ask, request) if args.ask is not None else None
    if understood is not None and not args.app_name:
        return _print_understood(understood, as_json=args.json)
    answer = _recommend_here(request, args.lake, args.prior, args.team) if args.local else _recommend_there(request)
    if args.local:
        if not answer["observed_run_count"]:
            _hint(args.lake, str(answer["workload_id"]))
        _say_what_is_withheld(str(answer["workload_id"]), args.queue, args.team)
    if args.explain:
        return explain(answer, here=args.local, as_json=args.json)
    if args.json:
        print(json.dumps(answer if understood is None else {"asked": understood, "recommendation": answer}, indent=2))
        return 0
    from sparkwright.launchers.commands.show_recommendation import show_recommendation

    if understood is not None:
        _print_understood(understood, as_json=False)
    show_recommendation(answer)
    return 0


def _configure(request: dict[str, object], lake_uri: str | None, where: Mapping[str, Any], *, as_json: bool) -> int:
    from dataclasses import asdict

    from data_contracts.api.recommendation import RecommendRequest
    from sparkwright.advisor.configuring import configure
    from sparkwright.advisor.core import prepare
    from sparkwright.configuration.recommend import NO_RUN
    from sparkwright.launchers.commands.show_config import config_lines

    advice = configure(request, lake_uri, **where)
    if advice.note == NO_RUN:
        _hint(lake_uri, prepare(RecommendRequest.model_validate(request)).workload_id)
    if as_json:
        print(json.dumps({**asdict(advice), "properties": advice.properties}, indent=2))
    else:
        print("\n".join(config_lines(advice)))
    return 0


def _understood(text: str, request: dict[str, object]) -> dict[str, object]:
    """What a text states; what it asks for joins the request where no option said otherwise."""
    from datetime import datetime

    from sparkwright.advisor.asked import read_requirements, refuse_open

    understood = read_requirements(text, datetime.now().astimezone())
    given = {name: value for name, value in request.items() if (name, value) != ("platform", "unknown")}
    if request["app_name"]:
        refuse_open(understood, given)
    said = understood.request.model_dump(exclude_none=True)
    request |= {name: value for name, value in said.items() if name not in given}
    return understood.model_dump(mode="json")


def _print_understood(understood: dict[str, object], *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(understood, indent=2))
        return 0
    from sparkwright.launchers.commands.show_requirements import show_requirements

    show_requirements(understood)
    return 0


def _recommend_there(request: dict[str, object]) -> dict[str, object]:
    try:
        return ask_service("/v1/recommend", request, _READING_S)
    except NoAnswerError as error:
        raise NoAnswerError(f"{error}; --local decides without it, from the runs of the lake") from error


def _recommend_here(
    request: dict[str, object], lake_uri: str | None, prior: Path | None, team: str
) -> dict[str, object]:
    from sparkwright.advisor import local
    from sparkwright.allocation.need_prior import DEFAULT_PRIOR, read_prior

    believed = read_prior(prior) if prior else DEFAULT_PRIOR
    return local.recommend(request, lake_uri, prior=believed, team=team).model_dump(mode="json")


def _hint(lake_uri: str | None, workload_id: str) -> None:
    """Name on standard error what a workload without runs may be called in the lake."""
    from sparkwright.advisor.alike import known_alike
    from sparkwright.lake import Lake
    from sparkwright.settings import settings

    uri = lake_uri or settings().lake_uri
    if alike := known_alike(Lake(uri), workload_id):
        known = ", ".join(f"{shlex.quote(name)} ({count} run(s))" for name, count in alike)
        print(f"sparkwright: {uri} has no run of {workload_id}, but of --workload {known}", file=sys.stderr)


def _say_what_is_withheld(workload_id: str, queue: str, team: str) -> None:
    """Say on standard error where the home's files keep a service from giving this advice: they bind no lake."""
    from sparkwright.advisor.rollout import FILE, NOT_OPTED_IN, OFF, Rollout
    from sparkwright.settings import settings

    home = settings().home
    notes = []
    if os.path.lexists(home / OFF):
        notes.append(f"advice is switched off: remove {home / OFF} to switch it on")
    try:
        if not Rollout.read(home / FILE).is_opted_in(workload_id, queue, team):
            notes.append(NOT_OPTED_IN)
    except ConfigError as error:
        notes.append(f"a service would not take its rollout file: {error}")
    for note in notes:
        print(f"sparkwright: what the lake says, not what a service would advise: {note}", file=sys.stderr)


def _property(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.startswith("spark."):
        raise ConfigError(f"expected --conf spark.some.property=value, got --conf {text}")
    return name, value
