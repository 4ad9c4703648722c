"""Find the extra of the installed package that provides a missing library."""

import re
from importlib.metadata import PackageNotFoundError, requires

_EXTRA = re.compile(r"([A-Za-z0-9][\w.-]*).*;.*\bextra == ['\"]([\w-]+)['\"]")


def extra_with(module: str, preferred: str = "") -> str | None:
    """The extra that declares the distribution of ``module``: ``preferred`` if that one does, else the smallest.

    None if no extra does: then the installation is broken or the code is at fault.
    """
    try:
        declared = requires("sparkwright") or []
    except PackageNotFoundError:
        return None
    wanted = module.partition(".")[0].lower().replace("_", "-")
    by_extra: dict[str, set[str]] = {}
    for text in declared:
        if found := _EXTRA.match(text):
            by_extra.setdefault(found[2], set()).add(found[1].lower().replace("_", "-"))
    # mlflow-skinny also installs the module mlflow, and ruamel-yaml the module ruamel.
    spellings = {wanted, f"{wanted}-skinny", f"{wanted}-yaml"}
    fitting = [extra for extra, names in by_extra.items() if names & spellings]
    return preferred if preferred in fitting else min(fitting, key=lambda extra: len(by_extra[extra]), default=None)
