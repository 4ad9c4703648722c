"""``sparkwright diagnose``: why an application failed, from the service or from what lies here."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

from sparkwright.errors import ConfigError
from sparkwright.launchers.commands.shown_answers import ask_service, explain, explain_argument

_READING_S = 15.0
_DIAGNOSIS_S = 180.0


def diagnose_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe ``diagnose``."""
    parser.usage = "sparkwright diagnose TARGET [options] | --evidence FILE [options] | --log PLACE:PATH [options]"
    parser.add_argument(
        "target",
        nargs="?",
        help="an application id (`sparkwright applications` lists them), the path of an event log, or that of a "
        "driver's log, also of an application that died before it had an event log, a JVM's hs_err_pid file, what "
        "`kubectl get pod,event -o json` or `yarn application -status` print, or a folder of such files",
    )
    parser.add_argument("--evidence", type=Path, metavar="FILE", help="a JSON list of evidence items instead")
    parser.add_argument(
        "--log",
        metavar="PLACE:PATH",
        help="a log of any length that the service reads where it lies, with progress; PLACE is event_logs, drivers, "
        "standalone_work, yarn or databricks, PATH goes on from the folder that the service has for it; Ctrl-C cancels",
    )
    parser.add_argument(
        "--driver-log", type=Path, metavar="FILE", help="the driver's stderr or stdout, where it lies apart"
    )
    parser.add_argument("--attempt", metavar="ID", help="attempt of the application, where it has several")
    parser.add_argument("--lake", metavar="URI", help="where application ids are looked up (SPARKWRIGHT_LAKE_URI)")
    confirmed = parser.add_mutually_exclusive_group()
    confirmed.add_argument(
        "--confirm",
        metavar="CAUSE",
        help="keep in the lake that this was the root cause: failures with the same words are held against it",
    )
    confirmed.add_argument("--retract", action="store_true", help="take back what was confirmed of this failure")
    parser.add_argument(
        "--local",
        action="store_true",
        help="answer here, without a language model; the service is asked only about application ids and facts, and "
        "only where SPARKWRIGHT_SERVICE_URL is set",
    )
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    explain_argument(parser)


def diagnose_run(args: argparse.Namespace) -> int:
    """Print why an application failed."""
    if sum(one is not None for one in (args.target, args.evidence, args.log)) != 1:
        raise ConfigError("expected an application id, a path, --evidence FILE or --log PLACE:PATH; one of them only")
    if args.log is not None and (args.local or args.lake or args.driver_log or args.confirm or args.retract):
        raise ConfigError(
            "expected only --attempt, --explain and --json with --log: the service reads it, with a lake of its own"
        )
    from sparkwright.launchers.environment import has_service

    raw = args.driver_log is not None or (args.target is not None and Path(args.target).exists())
    if args.log is not None:
        from sparkwright.launchers.commands.diagnose_there import diagnose_there

        found = diagnose_there(args.log, args.attempt)
        if args.explain:
            return explain(dict(found), here=False, as_json=args.json)
        return _show_diagnosis(found, as_json=args.json)
    if args.confirm is not None or args.retract:
        return _keep_cause(args, here=args.local or bool(args.lake) or raw or not has_service())
    here = bool(args.local or args.lake or raw or not has_service())
    answer = _diagnose_here(args) if here else _diagnose_there(args)
    if args.explain:
        return explain(answer, here=here, as_json=args.json)
    return _show_diagnosis(answer, as_json=args.json)


def _show_diagnosis(answer: Mapping[str, object], *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(answer, indent=2))
        return 0
    from sparkwright.launchers.commands.show_diagnosis import show_diagnosis

    show_diagnosis(answer)
    return 0


def _keep_cause(args: argparse.Namespace, *, here: bool) -> int:
    """Keep or take back a root cause; facts of a file that nobody else has go by no name, so they cannot be kept."""
    if args.target is None:
        raise ConfigError("expected an application id or a path with --confirm and --retract, not --evidence")
    if here:
        from sparkwright.advisor import local

        where = {"attempt_id": args.attempt, "driver_log": args.driver_log}
        if args.retract:
            count = local.retract_cause(args.target, args.lake, **where)
            print(f"taken back for {count} attempt{'' if count == 1 else 's'} of {args.target}")
            return 0
        kept = local.confirm_cause(args.target, args.confirm, args.lake, confirmed_by=_person(), **where)
        app_id, cause = kept.app_id, kept.root_cause
    else:
        request: dict[str, object] = {"app_id": args.target, **({"attempt_id": args.attempt} if args.attempt else {})}
        request |= {"retracted": True} if args.retract else {"confirmed_cause": args.confirm}
        ask_service("/v1/feedback", request, _READING_S)
        if args.retract:
            print(f"taken back for {args.target}")
            return 0
        app_id, cause = args.target, args.confirm
    print(f"confirmed: {app_id} failed of {cause}; `sparkwright diagnose {args.target} --retract` takes it back")
    return 0


def _person() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return ""


def _diagnose_there(args: argparse.Namespace) -> dict[str, object]:
    if args.evidence:
        request: dict[str, object] = {"evidence": _facts(args.evidence)}
    else:
        request = {"app_id": args.target, **({"attempt_id": args.attempt} if args.attempt else {})}
    return ask_service("/v1/diagnose", request, _DIAGNOSIS_S)


def _diagnose_here(args: argparse.Namespace) -> dict[str, object]:
    from sparkwright.advisor import local

    if args.evidence:
        diagnosis = local.diagnose_facts(_facts(args.evidence), str(args.evidence), args.lake)
    else:
        diagnosis = local.diagnose(args.target, args.lake, attempt_id=args.attempt, driver_log=args.driver_log)
    return diagnosis.model_dump(mode="json")


def _facts(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"expected a JSON list of evidence items in {path}: {error}") from error
