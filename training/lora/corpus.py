"""Text about Spark in the installed pyspark, which the starter model reads before it is tuned.

Three sources, all offline: error conditions (JSON in the Python package and in a jar), configuration documentation
(string constants of the classes that define it) and docstrings of the Python API.
"""

import ast
import json
import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

from sparkwright.errors import MissingProgramError

_CONFIG_CLASSES = {
    "spark-core": ("org/apache/spark/internal/config/package$.class", "org/apache/spark/internal/config/Python$.class"),
    "spark-catalyst": ("org/apache/spark/sql/internal/SQLConf$.class",),
}
_CONSTANT_SIZES = (
    dict.fromkeys((3, 4, 9, 10, 11, 12, 17, 18), 4) | dict.fromkeys((7, 8, 16, 19, 20), 2) | {5: 8, 6: 8, 15: 3}
)
_UTF8, _LONG, _DOUBLE = 1, 5, 6
_PROPERTY = re.compile(r"^spark\.[a-zA-Z0-9.]+$")
_MIN_DOC_CHARS = 40


@dataclass(frozen=True, slots=True)
class ErrorCondition:
    """One error condition of Spark.

    Attributes:
        name: `CAST_INVALID_INPUT`, or `FAILED_READ_FILE.FILE_NOT_EXIST` for a sub-condition.
        message: Its text with `<placeholders>`.
        sql_state: Five characters of the SQL standard; empty if it has none.
    """

    name: str
    message: str
    sql_state: str


def pyspark_folder() -> Path:
    """The folder of the installed pyspark.

    Raises:
        MissingProgramError: pyspark is not installed.
    """
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise MissingProgramError(
            "expected pyspark in this environment (its texts train the starter); run make install"
        )
    return Path(spec.origin).parent


def error_conditions(folder: Path) -> list[ErrorCondition]:
    """Every error condition of the JVM and of Python; a sub-condition's text follows that of its parent."""
    found: dict[str, ErrorCondition] = {}
    for source in (_jar_entry(folder, "spark-common-utils", "error/error-conditions.json"), _python_conditions(folder)):
        for name, entry in json.loads(source).items():
            state = entry.get("sqlState", "")
            message = " ".join(entry["message"])
            found[name] = ErrorCondition(name, message, state)
            for sub, inner in entry.get("subClass", {}).items():
                full = f"{name}.{sub}"
                found[full] = ErrorCondition(full, f"{message} {' '.join(inner['message'])}", state)
    return [found[name] for name in sorted(found)]


def configuration_docs(folder: Path) -> list[tuple[str, str]]:
    """Name and documentation of every property whose documentation follows its name among the constants."""
    texts: list[tuple[str, str]] = []
    for jar, classes in _CONFIG_CLASSES.items():
        for entry in classes:
            constants = list(_string_constants(_jar_entry(folder, jar, entry)))
            for name, documentation in pairwise(constants):
                if _PROPERTY.match(name) and len(documentation) > _MIN_DOC_CHARS and " " in documentation:
                    texts.append((name, " ".join(documentation.split())))
    return texts


def docstrings(folder: Path) -> list[tuple[str, str]]:
    """Name and docstring of the classes and functions of the Python API, in the order of their files."""
    texts = []
    for path in sorted(folder.rglob("*.py")):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                text = ast.get_docstring(node)
                if text and len(text) > _MIN_DOC_CHARS:
                    texts.append((node.name, text))
    return texts


def _python_conditions(folder: Path) -> bytes:
    return (folder / "errors" / "error-conditions.json").read_bytes()


def _jar_entry(folder: Path, jar: str, entry: str) -> bytes:
    """The bytes of one entry, from the first jar with that name prefix that has it.

    Raises:
        MissingProgramError: No such jar has it: this is another Spark than expected.
    """
    for path in sorted((folder / "jars").glob(f"{jar}*.jar")):
        with zipfile.ZipFile(path) as archive:
            if entry in archive.namelist():
                return archive.read(entry)
    raise MissingProgramError(f"expected {entry} in a jar {jar}* of pyspark (version 4.0 or later) at {folder}")


def _string_constants(data: bytes) -> Iterator[str]:
    """The UTF-8 constants of a class file, in order. Source: JVM specification, section 4.4."""
    (count,) = struct.unpack_from(">H", data, 8)
    offset, index = 10, 1
    while index < count:
        tag = data[offset]
        offset += 1
        if tag == _UTF8:
            (length,) = struct.unpack_from(">H", data, offset)
            yield data[offset + 2 : offset + 2 + length].decode("utf-8", errors="replace")
            offset += 2 + length
        else:
            offset += _CONSTANT_SIZES[tag]
        # A long or double takes two slots in the pool.
        index += 2 if tag in (_LONG, _DOUBLE) else 1
