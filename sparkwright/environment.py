"""The ``SPARKWRIGHT_*`` variables of the environment and of a file, as text, with defaults that follow from ``home``.

Standard library only. :class:`sparkwright.settings.Settings` gives the values their types; importing pydantic would use
up a launcher's whole budget of 0.3 s, so a launcher reads its few variables from here.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from sparkwright.errors import ConfigError, reason

PREFIX = "SPARKWRIGHT_"
API_KEY = "SPARKWRIGHT_API_KEY"
ENV_FILE = "SPARKWRIGHT_ENV_FILE"
_CHECKOUT = Path(__file__).resolve().parent.parent

HOME = ".sparkwright"
SERVICE_URL = "http://127.0.0.1:3000"
LAUNCHER_TIMEOUT_S = 2.0

_ASSIGNMENT = re.compile(
    r"""\s*(?:export\s+)?(?P<name>[A-Za-z_][\w.]*)\s*=[^\S\n]*
        (?:'(?P<single>(?:[^'\\]|\\.)*)'|"(?P<double>(?:[^"\\]|\\.)*)"|(?P<bare>(?!['"]).*?))
        [^\S\n]*(?:(?<!\S)\#.*)?$""",
    re.VERBOSE,
)
_KEY = re.compile(r"[A-Za-z0-9_.~+/=-]{8,512}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_SQLITE_FILE = re.compile(r"(?P<scheme>sqlite(?:\+\w+)?:///)(?P<path>(?!:memory:|file:)[^?]+)(?P<query>.*)")
_REFERENCE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
_ESCAPED = re.compile(r"\\([\\'\"])")


def env_file(environ: Mapping[str, str] | None = None) -> Path | None:
    """The file to read besides the environment: the one that it names, else ``.env`` of a checkout, else none.

    Never one that merely lies in the current folder: then a folder that somebody else filled could decide whom a
    launcher asks, and with which key.

    Raises:
        ConfigError: The named file does not exist.
    """
    named = (os.environ if environ is None else environ).get(ENV_FILE)
    if named:
        path = Path(named).expanduser()
        if not path.is_file():
            raise ConfigError(f"{ENV_FILE}: expected a file of NAME=value lines, found none at {path}")
        return path
    return _CHECKOUT / ".env" if (_CHECKOUT / "requirements.lock").exists() else None


def read_variables(environ: Mapping[str, str] | None = None, dotenv: Path | None = None) -> dict[str, str]:
    """Every variable that is set and not empty, by its name in lower case without the prefix.

    Args:
        environ: By default the environment of this process. A variable wins over a line of the same name in ``dotenv``.
        dotenv: A file of ``NAME=value`` lines, or None; one that is missing or cannot be read counts as empty.
    """
    environ = os.environ if environ is None else environ
    return {**_set(_dotenv_values(dotenv, environ) if dotenv else {}), **_set(environ)}


def is_on(text: str) -> bool:
    """Whether a flag is set, by any text except the empty one, ``0``, ``false``, ``no`` and ``off``."""
    return text.strip().lower() not in {"", "0", "false", "no", "off"}


def home_of(text: str) -> Path:
    """The absolute folder for a ``SPARKWRIGHT_HOME`` of ``text``; the default if that is empty."""
    return Path(text or HOME).expanduser().resolve()


def absolute(place: str) -> str:
    """The absolute path of a folder, a file or an SQLite database; addresses and empty text unchanged.

    A program started in another folder would resolve a relative path differently.
    """
    if found := _SQLITE_FILE.fullmatch(place):
        return f"{found['scheme']}{Path(found['path']).absolute()}{found['query']}"
    return str(Path(place).expanduser().absolute()) if place and not _SCHEME.match(place) else place


def defaults_under(home: Path) -> dict[str, str]:
    """The addresses that lie under ``home`` by default."""
    return {
        "lake_uri": str(home / "lake"),
        "tracking_uri": f"sqlite:///{home / 'mlflow.db'}",
        "artifact_root": str(home / "artifacts"),
        "decision_log_url": f"sqlite:///{home / 'decisions.db'}",
        "event_log_dir": str(home / "eventlogs"),
    }


def api_key_of(given: Mapping[str, str]) -> str:
    """The key to present to the service, from ``SPARKWRIGHT_API_KEY`` or the file that ``_FILE`` names; empty if unset.

    Args:
        given: The result of :func:`read_variables`.

    Raises:
        ConfigError: A key is configured but missing or malformed; the message does not contain it.
    """
    key, place = given.get("api_key", ""), API_KEY
    if not key and (path := given.get("api_key_file")):
        place = path
        try:
            key = Path(path).expanduser().read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{API_KEY}_FILE: expected a key in {path}: {reason(error)}") from error
    elif not key:
        return ""
    return checked_key(key, place)


def checked_key(key: str, place: str) -> str:
    """The key, if it is well-formed.

    Raises:
        ConfigError: It is malformed; the message says where it came from and does not contain it.
    """
    if not _KEY.fullmatch(key):
        raise ConfigError(f"expected an API key in {place}: 8 to 512 letters, digits and _.~+/=-")
    return key


def _set(values: Mapping[str, str]) -> dict[str, str]:
    by_name = {name.upper(): value for name, value in values.items() if value}
    return {name.removeprefix(PREFIX).lower(): value for name, value in by_name.items() if name.startswith(PREFIX)}


def _dotenv_values(path: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The assignments in a file, parsed as python-dotenv does, except that a value ends with its line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    values: dict[str, str] = {}
    for line in lines:
        if found := _ASSIGNMENT.fullmatch(line):
            text = found["bare"] or _ESCAPED.sub(r"\1", found["single"] or found["double"] or "")
            values[found["name"]] = _REFERENCE.sub(
                lambda ref: values.get(ref[1], environ.get(ref[1], ref[2] or "")), text
            )
    return values
