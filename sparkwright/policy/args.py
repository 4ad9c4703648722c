"""``sparkwright policy``."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sparkwright.policy.reading import PolicySet

_FORMATS = ("spark-defaults", "databricks", "yunikorn", "kyuubi")
_PLATFORMS = ("standalone", "yarn", "kubernetes", "local", "unknown")
_DAYS = 30


def policy_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sparkwright policy``."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    check = _verb(verbs, "check", "look for mistakes, conflicts and needless rules; exit 3 where they conflict")
    _paths(check)
    check.add_argument("--no-redundancy", action="store_true", help="look for conflicts only")
    check.add_argument("--limit-s", type=float, default=120.0, metavar="S", help="give up after (default: %(default)s)")
    check.add_argument("--json", action="store_true", help="print the findings as JSON")

    apply = _verb(
        verbs, "apply", "print what policies make of an application's properties; exit 4 where no value keeps a budget"
    )
    _paths(apply)
    _applicant(apply)
    apply.add_argument(
        "--conf", action="append", default=[], metavar="NAME=VALUE", help="a property that the application sets"
    )
    apply.add_argument("--json", action="store_true", help="print the changes as JSON")

    explain = _verb(verbs, "explain", "print what holds for an application, and which policy says so")
    _paths(explain)
    _applicant(explain)

    read = _verb(verbs, "read", "make a policy of a sentence, ask back what is unclear, and preview it")
    read.add_argument("text", help="the policy in plain language: English, German, French or Spanish")
    read.add_argument("--name", default="said", help="to give it (default: %(default)s)")
    read.add_argument("--no-preview", action="store_true", help="do not look at the last days")
    _past(read)

    preview = _verb(verbs, "preview", "print what policies would have changed in the last days")
    _paths(preview)
    _past(preview)

    export = _verb(verbs, "export", "write policies in another system's words, and name what it cannot say")
    _paths(export)
    export.add_argument("--to", required=True, choices=_FORMATS, help="the system")
    export.add_argument("--out", type=Path, metavar="FILE", help="where to (default: print)")

    _verb(verbs, "schema", "print the JSON Schema of policy files")


def policy_run(args: argparse.Namespace) -> int:
    """Run one verb."""
    from sparkwright.policy import commands

    if args.verb == "schema":
        return commands.schema()
    if args.verb == "read":
        return commands.read(args.text, args.name, days=args.days, lake=args.lake, look_back=not args.no_preview)
    told = _read(args.paths)
    if args.verb == "check":
        return commands.check(told, redundancy=not args.no_redundancy, limit_s=args.limit_s, as_json=args.json)
    if args.verb == "preview":
        return commands.preview_of(told, days=args.days, lake=args.lake)
    if args.verb == "export":
        return commands.export(told, args.to, args.out)
    applicant = commands.applicant(
        queue=args.queue, team=args.team, user=args.user, workload=args.workload, platform=args.platform, at=args.at
    )
    if args.verb == "explain":
        return commands.explain(told, applicant)
    return commands.apply(told, applicant, args.conf, as_json=args.json)


def _read(paths: list[Path]) -> "PolicySet":
    from sparkwright.errors import ConfigError
    from sparkwright.policy.reading import join, read_policies
    from sparkwright.settings import settings

    given = paths
    if not paths and (named := settings().policies) is not None:
        paths = [named]
    if not paths:
        raise ConfigError(
            "expected a policy file or a folder of them, or SPARKWRIGHT_POLICIES that names one; got none"
        )
    found = join([read_policies(path) for path in paths])
    if given and not found.policies:
        raise ConfigError(
            f"expected policies (.yaml, .yml) in {', '.join(map(str, given))}, found none: check the path"
        )
    return found


def _verb(verbs: Any, name: str, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=text)
    return parser


def _paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="files or folders (default: SPARKWRIGHT_POLICIES)"
    )


def _applicant(parser: argparse.ArgumentParser) -> None:
    for name in ("queue", "team", "user", "workload"):
        parser.add_argument(f"--{name}", default="", help=f"the application's {name}")
    parser.add_argument("--platform", default="unknown", choices=_PLATFORMS, help="default: %(default)s")
    parser.add_argument("--at", metavar="WHEN", help="when it starts, ISO 8601 with an offset (default: now)")


def _past(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--days", type=_days, default=_DAYS, metavar="N", help="look back so far (default: %(default)s)"
    )
    parser.add_argument("--lake", metavar="URI", help="where the applications are (SPARKWRIGHT_LAKE_URI)")


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 3650:
        raise argparse.ArgumentTypeError(f"expected days from 1 to 3650, got {text!r}")
    return int(text)
