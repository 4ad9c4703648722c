"""The few ``SPARKWRIGHT_*`` variables a launcher needs, read without pydantic.

:class:`sparkwright.settings.Settings` is the one definition; importing it costs more than the launcher's whole budget
of 0.3 s. A test holds the two equal.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sparkwright.errors import ConfigError

DEFAULT_TIMEOUT_S = 2.0
DEFAULT_SERVICE_URL = "http://127.0.0.1:3000"


@dataclass(frozen=True, slots=True)
class LauncherEnvironment:
    """Where the service and the event logs are, and how long a launcher waits."""

    home: Path
    service_url: str
    timeout_s: float
    event_log_dir: str


def read_environment(environ: Mapping[str, str] | None = None, dotenv: Path = Path(".env")) -> LauncherEnvironment:
    """The launcher's part of the settings; a variable wins over a line in ``.env``.

    Raises:
        ConfigError: The time-out is no number above zero.
    """
    given = {**_dotenv_values(dotenv), **_by_lower_name(os.environ if environ is None else environ)}
    timeout = given.get("sparkwright_launcher_timeout_s") or str(DEFAULT_TIMEOUT_S)
    try:
        timeout_s = float(timeout)
    except ValueError:
        timeout_s = 0.0
    if not 0 < timeout_s < float("inf"):
        raise ConfigError(f"SPARKWRIGHT_LAUNCHER_TIMEOUT_S: expected seconds above 0, got {timeout!r}")
    home = Path(given.get("sparkwright_home") or ".sparkwright").expanduser().resolve()
    return LauncherEnvironment(
        home=home,
        service_url=given.get("sparkwright_service_url") or DEFAULT_SERVICE_URL,
        timeout_s=timeout_s,
        event_log_dir=given.get("sparkwright_event_log_dir") or str(home / "eventlogs"),
    )


def _by_lower_name(environ: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in environ.items() if name.lower().startswith("sparkwright_")}


def _dotenv_values(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    pairs = (line.strip().removeprefix("export ").partition("=") for line in lines if not line.lstrip().startswith("#"))
    return _by_lower_name({name.strip(): value.strip().strip("\"'") for name, equals, value in pairs if equals})
