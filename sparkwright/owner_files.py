"""Secrets in a home: created once, readable only by the home's owner."""

import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from sparkwright.errors import ConfigError, reason

ADMIN = "admin"
"""The only user of Airflow and MLflow under ``sparkwright up``."""


def password_file(home: Path) -> Path:
    """The file with the password of :data:`ADMIN`, as ``{"admin": "..."}``, the format that Airflow reads.

    Raises:
        ConfigError: It cannot be created.
    """
    return kept(home / "passwords.json", lambda: json.dumps({ADMIN: secrets.token_urlsafe(24)}) + "\n")


def admin_password(home: Path) -> str:
    """The password of :data:`ADMIN`.

    Raises:
        ConfigError: The file cannot be created, or holds something else.
    """
    path = password_file(home)
    try:
        password = json.loads(path.read_text(encoding="utf-8"))[ADMIN]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f'expected {{"{ADMIN}": PASSWORD}} in {path}: {reason(error)}; remove the file to get a new one'
        ) from error
    if not isinstance(password, str) or not password:
        raise ConfigError(f"expected a password for {ADMIN} in {path}, found none; remove the file to get a new one")
    return password


def own_folder(path: Path) -> Path:
    """Create ``path`` as a folder that only its owner can access; a copied home may have lost that.

    Raises:
        ConfigError: It cannot be created or closed to others.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
    except OSError as error:
        raise ConfigError(f"expected a folder of your own at {path}: {reason(error)}; is the home yours?") from error
    return path


def kept(path: Path, make: Callable[[], str]) -> Path:
    """Create ``path`` with the result of ``make`` unless it exists, and return it; mode 0600 whatever the umask.

    Raises:
        ConfigError: The file cannot be created or closed to others.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            # Linked once it is complete: nobody reads half a secret, and of two that create one the first wins.
            handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(make())
                with contextlib.suppress(FileExistsError):
                    os.link(draft, path)
            finally:
                Path(draft).unlink()
        path.chmod(0o600)  # a copied home may have lost it
    except OSError as error:
        raise ConfigError(f"expected to store a secret in {path}: {reason(error)}; is the home yours?") from error
    return path
