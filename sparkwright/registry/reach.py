"""Check that the registry is reachable, before MLflow is imported.

MLflow itself retries a server or a database that is down for two minutes, silently.
"""

import http.client
import socket
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from sparkwright.errors import RegistryError, reason
from sparkwright.settings import Settings

_PATIENCE_S = 4.0
_DATABASE_PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}
_SQLITE = "sqlite:///"
_ADVICE = "start it, or set SPARKWRIGHT_TRACKING_URI to where it is"


def refuse_unreachable(where: Settings) -> None:
    """Require that the registry's server, database or file is reachable; any answer from a server counts.

    Raises:
        RegistryError: It is not; raised within seconds.
    """
    uri = where.tracking_uri
    try:
        parts = urlsplit(uri)
        scheme, port = parts.scheme.partition("+")[0], parts.port
    except ValueError as error:
        raise RegistryError(f"expected the address of MLflow in SPARKWRIGHT_TRACKING_URI: {error}") from error
    if scheme in {"http", "https"}:
        _ask_server(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    elif scheme in _DATABASE_PORTS and parts.hostname:
        port = port or _DATABASE_PORTS[scheme]
        try:
            socket.create_connection((parts.hostname, port), _PATIENCE_S).close()
        except OSError as error:
            raise RegistryError(
                f"expected MLflow's database at {parts.hostname}:{port}: {reason(error)}; {_ADVICE}"
            ) from error
    elif uri.startswith(_SQLITE):
        _look_at_file(Path(uri.removeprefix(_SQLITE).partition("?")[0]), where.home)


def refuse_empty(where: Settings) -> None:
    """Require a registry that may hold releases, for commands that only read them.

    Raises:
        RegistryError: It cannot be reached, or nothing was ever registered.
    """
    refuse_unreachable(where)
    path = Path(where.tracking_uri.removeprefix(_SQLITE).partition("?")[0])
    if where.tracking_uri.startswith(_SQLITE) and not path.exists():
        raise RegistryError(
            f"expected a registry with releases, there is none at {path} yet: propose a release with `sparkwright "
            "train` or `sparkwright finetune`, or set SPARKWRIGHT_TRACKING_URI to another registry"
        )


def _ask_server(server: SplitResult) -> None:
    """Ask without user and password: urllib takes them for part of the host, and a refusal counts as an answer."""
    try:
        with urllib.request.urlopen(f"{server.geturl().rstrip('/')}/health", timeout=_PATIENCE_S):
            return
    except urllib.error.HTTPError:
        return
    except (OSError, http.client.HTTPException, ValueError) as error:
        cause = getattr(error, "reason", error)
        if isinstance(cause, ssl.SSLError):
            return  # MLflow may be configured with other certificates than Python
        fault = reason(cause) if isinstance(cause, BaseException) else str(cause)
        raise RegistryError(f"expected MLflow at {server.scheme}://{server.netloc}: {fault}; {_ADVICE}") from error


def _look_at_file(path: Path, home: Path) -> None:
    try:
        if not path.exists():
            if path.parent != home and not path.parent.is_dir():  # whoever opens it creates the home
                raise RegistryError(f"expected the folder {path.parent} for MLflow's database, found none; {_ADVICE}")
            return
        with path.open("r+b") as file:
            start = file.read(16)
    except OSError as error:
        raise RegistryError(f"expected MLflow's database at {path}: {reason(error)}; {_ADVICE}") from error
    if start and start != b"SQLite format 3\0":
        raise RegistryError(
            f"expected MLflow's database at {path}, found a file of another kind: move it away, or {_ADVICE}"
        )
