"""Arguments of ``sparkwright keys``."""

import argparse
from datetime import UTC, datetime, timedelta

from sparkwright.errors import ConfigError


def keys_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe ``keys``."""
    verbs = parser.add_subparsers(dest="verb", required=True)
    create = verbs.add_parser("create", help="make a key and print it, once")
    create.add_argument(
        "--scope",
        action="append",
        required=True,
        choices=("launcher", "reader", "admin"),
        help="launcher: recommend, feedback; reader: status, diagnose and what else is read; admin: all; repeatable",
    )
    create.add_argument("--team", required=True, help="whose it is")
    create.add_argument(
        "--queue-prefix", action="append", default=[], metavar="PREFIX", help="only queues that begin so; repeatable"
    )
    create.add_argument(
        "--workload-prefix", action="append", default=[], metavar="PREFIX", help="only workload ids that begin so"
    )
    create.add_argument("--expires", metavar="DAYS|DATE", help="days from now, or a date such as 2027-01-31 (UTC)")
    verbs.add_parser("list", help="who has keys, what for and until when")
    revoke = verbs.add_parser("revoke", help="take a key back; services refuse it within a second")
    revoke.add_argument("key_id", help="as `sparkwright keys list` prints it")


def keys_run(args: argparse.Namespace) -> int:
    """Make, list or revoke keys."""
    import getpass
    import os
    import sys

    from sparkwright.access.audit import AuditLog
    from sparkwright.access.keys import KeyFile
    from sparkwright.settings import settings

    where = settings()
    file = KeyFile(where.home / "keys.json")
    if args.verb == "list":
        return _list(file.read())
    if args.verb == "create":
        key, text = file.create(
            args.scope,
            args.team,
            queues=args.queue_prefix,
            workloads=args.workload_prefix,
            expires_at=_moment(args.expires),
        )
        print(f"key {key.key_id} of {key.team}; it is shown this once and kept nowhere:", file=sys.stderr)
        print(text)
    else:
        key = file.revoke(args.key_id)
        print(f"revoked {key.key_id} of {key.team}")
    try:
        person = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        person = str(os.getuid())
    log = AuditLog(where.home / "audit")
    log.write(key="-", team=person, method="CLI", path=f"keys {args.verb} {key.key_id}", status=0)
    log.close()
    return 0


def _list(keys: list) -> int:  # type: ignore[type-arg]
    from rich.console import Console
    from rich.table import Table

    table = Table("key", "team", "scopes", "queues", "workloads", "created", "expires", box=None)
    now = datetime.now(UTC)
    for key in keys:
        ends = "never" if key.expires_at is None else f"{key.expires_at:%Y-%m-%d}"
        if key.expires_at is not None and key.expires_at <= now:
            ends += " (expired)"
        seen = [", ".join(f"{prefix}*" for prefix in prefixes) or "all" for prefixes in (key.queues, key.workloads)]
        table.add_row(key.key_id, key.team, ", ".join(sorted(key.scopes)), *seen, f"{key.created_at:%Y-%m-%d}", ends)
    Console().print(table if keys else "no keys; `sparkwright keys create --scope launcher --team NAME` makes one")
    return 0


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    now = datetime.now(UTC)
    try:
        found = now + timedelta(days=int(text)) if text.isdecimal() else datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise ConfigError(f"--expires: expected days or a date such as 2027-01-31, got {text!r}") from error
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    if found <= now:
        raise ConfigError(f"--expires: expected a moment to come, got {text!r}")
    return found
