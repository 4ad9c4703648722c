"""Java properties files as Spark reads them: ``--properties-file`` and ``spark-defaults.conf``."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

_PAIR = re.compile(r"(?P<key>(?:\\.|[^\\=:\s])+)(?P<gap>\s*[=:\s]?\s*)(?P<value>.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u(?P<code>[0-9a-fA-F]{4})|(?P<char>.))", re.DOTALL)
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def read_properties(path: Path) -> dict[str, str]:
    """The ``spark.*`` properties in the file; later lines win, values are trimmed.

    Source: ``java.util.Properties.load`` and ``org.apache.spark.util.Utils.getPropertiesFromFile`` (Spark 4.x).

    Raises:
        OSError: The file cannot be read.
    """
    text = path.read_text(encoding="utf-8", errors="replace")
    found = {entry.key: entry.value for entry in entries(text.splitlines())}
    return {name: value for name, value in found.items() if name.startswith("spark.")}


class Entry(NamedTuple):
    """A property, and the lines that it takes up: from ``first`` up to, not with, ``end``."""

    first: int
    end: int
    key: str
    gap: str
    value: str


def entries(lines: Sequence[str]) -> Iterator[Entry]:
    """The properties that lines of a file set, in their order; values are trimmed."""
    for first, end, text in _logical_lines(lines):
        if (pair := _PAIR.match(text)) is not None:
            yield Entry(first, end, _unescaped(pair["key"]), pair["gap"], _unescaped(pair["value"]).strip())


def _logical_lines(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Lines without comments; a line that ends in an odd number of backslashes is joined with the next."""
    pending, first = "", 0
    for at, natural in enumerate(lines):
        line = natural.strip("\r\n").lstrip()
        if not pending:
            first = at
            if not line or line[0] in "#!":
                continue
        continued = (len(line) - len(line.rstrip("\\"))) % 2 == 1
        pending += line[:-1] if continued else line
        if not continued:
            yield first, at + 1, pending
            pending = ""
    if pending:
        yield first, len(lines), pending


def _unescaped(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        return chr(int(match["code"], 16)) if match["code"] else _CONTROL.get(match["char"], match["char"])

    return _ESCAPE.sub(one, text)
