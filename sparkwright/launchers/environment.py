"""The few settings a launcher needs, read without pydantic: its import would take longer than the launcher itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sparkwright.environment import (
    LAUNCHER_TIMEOUT_S,
    SERVICE_URL,
    absolute,
    api_key_of,
    defaults_under,
    env_file,
    home_of,
    is_on,
    read_variables,
)
from sparkwright.errors import ConfigError


@dataclass(frozen=True, slots=True)
class LauncherEnvironment:
    """Where the service and the event logs are, how long a launcher waits, and the key it shows, if any.

    Attributes:
        off: Whether launchers are to act as if Sparkwright were not there.
    """

    home: Path
    service_url: str
    timeout_s: float
    event_log_dir: str
    api_key: str = field(default="", repr=False)
    off: bool = False


def read_environment(environ: Mapping[str, str] | None = None, dotenv: Path | None = None) -> LauncherEnvironment:
    """The launcher's part of the settings; a variable wins over a line in the file.

    Args:
        environ: Default: the environment of this process.
        dotenv: Default: the file that :func:`sparkwright.environment.env_file` finds.

    Raises:
        ConfigError: The time-out is no number above zero, or there is no key where one should be.
    """
    dotenv = env_file(environ) if dotenv is None else dotenv
    given = read_variables(environ, dotenv)
    timeout = given.get("launcher_timeout_s", str(LAUNCHER_TIMEOUT_S))
    try:
        timeout_s = float(timeout)
    except ValueError:
        timeout_s = 0.0
    if not 0 < timeout_s < float("inf"):
        raise ConfigError(f"SPARKWRIGHT_LAUNCHER_TIMEOUT_S: expected seconds above 0, got {timeout!r}")
    home = home_of(given.get("home", ""))
    return LauncherEnvironment(
        home=home,
        service_url=given.get("service_url", SERVICE_URL),
        timeout_s=timeout_s,
        event_log_dir=absolute(given.get("event_log_dir", defaults_under(home)["event_log_dir"])),
        api_key=api_key_of(given),
        off=is_on(given.get("off", "")),
    )


def has_service() -> bool:
    """Whether anybody said where the service is."""
    return "service_url" in read_variables(dotenv=env_file())
