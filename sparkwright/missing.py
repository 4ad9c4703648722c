"""What a command needs that is not installed: an extra of the wheel, or the rooms that only a checkout has."""

import re
from importlib.metadata import PackageNotFoundError, requires

CHECKOUT_ROOMS = ("training", "evaluation", "serving")
"""Packages of the checkout that are not part of the wheel."""

_EXTRA = re.compile(r"([A-Za-z0-9][\w.-]*).*;.*extra == ['\"]([\w-]+)['\"]")


def remedy(error: ModuleNotFoundError, command: str) -> str | None:
    """One sentence on how to get what ``command`` could not import; None where it is a fault of the code."""
    room = (error.name or "").partition(".")[0]
    if room in CHECKOUT_ROOMS:
        return (
            f"expected a checkout of Sparkwright: its package {room} is not part of what pip installs; clone the "
            f"repository, run `make install` there, then `.venv/bin/sparkwright {command}`"
        )
    extras = _extras_with(room)
    if not extras:
        return None
    extra = command if command in extras else extras[0]
    return f"expected the package {room}, found none: install the extra with pip install 'sparkwright[{extra}]'"


def _extras_with(module: str) -> list[str]:
    """The extras that name the distribution of a module (mlflow is also what mlflow-skinny installs)."""
    try:
        declared = requires("sparkwright") or []
    except PackageNotFoundError:
        return []
    wanted = module.lower().replace("_", "-")
    named = [(found[1].lower().replace("_", "-"), found[2]) for text in declared if (found := _EXTRA.match(text))]
    return [extra for name, extra in named if extra != "all" and (name == wanted or name == f"{wanted}-skinny")]
