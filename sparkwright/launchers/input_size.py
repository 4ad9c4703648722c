"""How much a run will read, looked up where it lies: in a process of its own, that is left when the time is over.

A mount or a store that hangs cannot be interrupted from within; pyarrow, which speaks to stores, takes longer to import
than a launcher may take. Run as ``python -m sparkwright.launchers.input_size``, it reads places from its input, one a
line, and prints their bytes.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from data_contracts.properties.spark import parse_size_bytes
from sparkwright.errors import ConfigError, reason
from sparkwright.redaction import redact_text
from sparkwright.stores import RemotePath, place

_MODULE = "sparkwright.launchers.input_size"


class InputSize(NamedTuple):
    """The bytes of an input; None with the reason where they are not known."""

    size_bytes: int | None
    fault: str = ""


def input_size(inputs: Sequence[str], timeout_s: float, environ: Mapping[str, str] | None = None) -> InputSize:
    """The bytes of all inputs together, within the time.

    Args:
        inputs: Sizes (``12g``; a bare number is bytes), paths, globs and addresses of stores, several with commas.
        timeout_s: Seconds for all of it.
        environ: Environment of the look-up; None: this process's.
    """
    told, places = 0, []
    for text in (part for one in inputs for part in _parts(one)):
        try:
            told += parse_size_bytes(text, default_unit="b")
        except ValueError:
            places.append(text)
    if not places:
        return InputSize(told)
    if any("\n" in text for text in places):
        return InputSize(None, "expected places without line breaks")
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_findable(os.environ if environ is None else environ),
            text=True,
        )
    except OSError as error:
        return InputSize(None, reason(error))
    try:
        found, said = process.communicate("\n".join(places), timeout=max(0.0, timeout_s))
    except subprocess.TimeoutExpired:
        process.kill()  # not waited for: what hangs in a mount does not end
        return InputSize(None, f"expected the size of {redact_text(places[0])} within {timeout_s:.3g} s, got none")
    if process.returncode or not found.strip().isdecimal():
        return InputSize(None, said.strip().rpartition("\n")[2] or f"exit code {process.returncode}")
    return InputSize(told + int(found))


def size_below(text: str) -> int:
    """The bytes of a file, or of what Spark would read below a folder: nothing hidden, nothing that starts with ``_``.

    Raises:
        ConfigError: There is no such store.
        OSError: Nothing is there, or it cannot be listed.
    """
    where = place(text)
    if isinstance(where, RemotePath):
        return _size_in_store(where)
    anchor = Path(where.anchor)
    found = [where] if where.exists() else list(anchor.glob(str(where.relative_to(anchor))))
    if not found:
        raise FileNotFoundError(2, "no such file or folder", str(where))
    return sum(_size_here(one) for one in found)


def _size_here(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    total = 0
    for folder, folders, files in os.walk(path):
        folders[:] = [name for name in folders if _is_read(name)]
        for name in filter(_is_read, files):
            with suppress(FileNotFoundError):  # written over while it was listed
                total += (Path(folder) / name).stat().st_size
    return total


def _size_in_store(where: RemotePath) -> int:
    try:
        files = where.entries(deep=True)
    except OSError:
        files = []
    if not files:  # a file, or nothing: opening says which
        with where.open() as stream:
            return stream.seek(0, os.SEEK_END)
    return sum(stat.st_size for name, stat in files if stat is not None and all(map(_is_read, name.split("/"))))


def _is_read(name: str) -> bool:
    """Source: ``org.apache.spark.util.HadoopFSUtils.shouldFilterOutPathName``; ``a=b`` are partitions."""
    return not name.startswith(".") and (not name.startswith("_") or "=" in name)


def _parts(text: str) -> list[str]:
    """Several places with commas, as Spark's own lists; a file that has one in its name is one place."""
    return [text] if "," not in text or Path(text).exists() else [part for part in text.split(",") if part]


def _findable(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment in which this package is found from any folder."""
    root = str(Path(__file__).resolve().parent.parent.parent)
    return {**environ, "PYTHONPATH": os.pathsep.join(filter(None, (root, environ.get("PYTHONPATH"))))}


def main() -> int:
    """Print the bytes of the places on standard input, or why they are not known; the exit code."""
    total = 0
    for text in sys.stdin.read().splitlines():
        try:
            total += size_below(text)
        except (OSError, ConfigError) as error:
            print(redact_text(f"{text}: {reason(error)}").replace("\n", " "), file=sys.stderr)
            return 2
    print(total)
    return 0


if __name__ == "__main__":
    sys.exit(main())
