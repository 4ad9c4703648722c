"""List the licence of everything in requirements.lock, according to its own metadata: ``make licences``."""

import sys
from importlib.metadata import PackageNotFoundError, files, metadata
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"
_UNKNOWN = "unknown"


def licence_of(name: str) -> str:
    """The SPDX expression, else the classifiers, else the first line of the licence text."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return "not installed"
    if expression := told.get("License-Expression"):
        return str(expression)
    classifiers = [
        one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or () if one.startswith("License :: ")
    ]
    named = [one for one in classifiers if one != "OSI Approved"]
    text = str(told.get("License") or "").strip().splitlines()
    return "; ".join(named) or (text[0][:80] if text else _in_file(name))


def _in_file(name: str) -> str:
    """The first line of the licence file in the distribution."""
    for one in files(name) or ():
        if one.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
            lines = [line.strip() for line in one.read_text().splitlines() if line.strip()]
            return f"{one.name}: {lines[0][:70]}" if lines else _UNKNOWN
    return _UNKNOWN


def main() -> int:
    """Print them all; return 3 if any is unknown."""
    found = {name: licence_of(name) for name in (line.partition("==")[0] for line in LOCK.read_text().split())}
    for name, licence in found.items():
        print(f"{name:<45} {licence}")
    open_ones = [name for name, licence in found.items() if licence == _UNKNOWN]
    print(f"licences: {len(found)} packages, {len(open_ones)} unknown{': ' if open_ones else ''}{', '.join(open_ones)}")
    return 3 if open_ones else 0


if __name__ == "__main__":
    sys.exit(main())
