"""Java properties files as Spark reads them: ``--properties-file`` and ``spark-defaults.conf``."""

import re
from collections.abc import Iterator
from pathlib import Path

_PAIR = re.compile(r"(?P<key>(?:\\.|[^\\=:\s])+)\s*[=:\s]?\s*(?P<value>.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u(?P<code>[0-9a-fA-F]{4})|(?P<char>.))", re.DOTALL)
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def read_properties(path: Path) -> dict[str, str]:
    """The ``spark.*`` properties in the file; later lines win, values are trimmed.

    Source: ``java.util.Properties.load`` and ``org.apache.spark.util.Utils.getPropertiesFromFile`` (Spark 4.x).

    Raises:
        OSError: The file cannot be read.
    """
    found: dict[str, str] = {}
    for line in _logical_lines(path.read_text(encoding="utf-8", errors="replace")):
        pair = _PAIR.match(line)
        if pair is not None:
            found[_unescaped(pair["key"])] = _unescaped(pair["value"]).strip()
    return {name: value for name, value in found.items() if name.startswith("spark.")}


def _logical_lines(text: str) -> Iterator[str]:
    """Lines without comments, with those that end in an odd number of backslashes joined to the next."""
    pending = ""
    for natural in text.splitlines():
        line = natural.lstrip()
        if not pending and (not line or line[0] in "#!"):
            continue
        continued = (len(line) - len(line.rstrip("\\"))) % 2 == 1
        pending += line[:-1] if continued else line
        if not continued:
            yield pending
            pending = ""
    if pending:
        yield pending


def _unescaped(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        return chr(int(match["code"], 16)) if match["code"] else _CONTROL.get(match["char"], match["char"])

    return _ESCAPE.sub(one, text)
