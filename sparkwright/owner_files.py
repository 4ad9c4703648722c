"""Secrets in a home: made once, readable by the home's owner only."""

import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from sparkwright.errors import ConfigError, reason

ADMIN = "admin"
"""The one user of Airflow and MLflow under ``sparkwright up``."""


def password_file(home: Path) -> Path:
    """The file with the password of :data:`ADMIN`, as ``{"admin": "..."}``: the form that Airflow reads.

    Raises:
        ConfigError: It cannot be made.
    """
    return kept(home / "passwords.json", lambda: json.dumps({ADMIN: secrets.token_urlsafe(24)}) + "\n")


def admin_password(home: Path) -> str:
    """The password of :data:`ADMIN`.

    Raises:
        ConfigError: The file cannot be made, or holds something else.
    """
    path = password_file(home)
    try:
        password = json.loads(path.read_text(encoding="utf-8"))[ADMIN]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f'expected {{"{ADMIN}": PASSWORD}} in {path}: {reason(error)}; remove the file and a new one is made'
        ) from error
    if not isinstance(password, str) or not password:
        raise ConfigError(f"expected a password of {ADMIN} in {path}, found none; remove the file and one is made")
    return password


def own_folder(path: Path) -> Path:
    """``path``, a folder that only its owner looks into; a copy of a home may have lost that.

    Raises:
        ConfigError: It can neither be made nor be closed to others.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
    except OSError as error:
        raise ConfigError(f"expected a folder of your own at {path}: {reason(error)}; is the home yours?") from error
    return path


def kept(path: Path, make: Callable[[], str]) -> Path:
    """``path``, holding what ``make`` gave the first time that anybody asked; mode 0600 whatever the umask says.

    Raises:
        ConfigError: The file can neither be made nor be closed to others.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            # Linked in once it is whole: nobody reads half a secret, and of two who make one the first wins.
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
        raise ConfigError(f"expected to keep a secret in {path}: {reason(error)}; is the home yours?") from error
    return path
