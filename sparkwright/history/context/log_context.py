"""Where to look around event logs, and access to everything found there."""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sparkwright.errors import ConfigError, StoreError
from sparkwright.history.context.databricks import Databricks
from sparkwright.history.context.findings import NO_FILES, AroundLog, FileState, Findings, Keys, Platform, Subject
from sparkwright.history.context.kubernetes import Kubernetes
from sparkwright.history.context.launcher import Launcher
from sparkwright.history.context.standalone import STANDALONE_WORK, Standalone
from sparkwright.history.context.store_folder import folder_at
from sparkwright.history.context.yarn import YARN_LOGS, Yarn
from sparkwright.history.context.yarn_folder import YarnFolder
from sparkwright.stores import FilePath, RemotePath, place

if TYPE_CHECKING:
    from sparkwright.history.context.rest import Rest
    from sparkwright.settings import Settings

_SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_MAX_LOGS = 60


@dataclass(frozen=True, slots=True)
class ContextConfig:
    """Addresses and folders around event logs; None or empty if there is no such place.

    Attributes:
        kept_driver_log_dir: Where ``sparkwright submit`` keeps drivers' output on its own machine because the event
            logs are in a store; searched before ``driver_log_dir``.
        yarn_log_url: The part before ``/containerlogs``.
        kubernetes_token_file: Bearer token for ``kubernetes_api_url``.
        kubernetes_ca_file: Certificates to trust it by.
    """

    driver_log_dir: FilePath | None = None
    kept_driver_log_dir: Path | None = None
    standalone_work_dir: FilePath | None = None
    databricks_log_dir: FilePath | None = None
    yarn_rm_url: str = ""
    yarn_log_url: str = ""
    yarn_log_dir: FilePath | None = None
    kubernetes_api_url: str = ""
    kubernetes_token_file: Path | None = None
    kubernetes_ca_file: Path | None = None


def context_config(
    settings: "Settings", event_log_dir: FilePath | None, driver_log_dir: FilePath | None
) -> ContextConfig:
    """The places that the settings name, and those that follow without being named.

    Drivers' output is beside the event logs, in a store as in a folder; if the logs are not in a folder of this
    machine, ``sparkwright submit`` keeps it in ``home``. Databricks delivers both to one destination. Inside a
    Kubernetes pod, that pod's own cluster is asked with its service account.

    Raises:
        ConfigError: A URL has a scheme that no store is known for.
    """
    logs = event_log_dir.resolve() if isinstance(event_log_dir, Path) else event_log_dir
    kept = None if driver_log_dir or isinstance(logs, Path) else settings.home / "drivers"
    api_url, token_file, ca_file = (
        settings.kubernetes_api_url,
        settings.kubernetes_token_file,
        settings.kubernetes_ca_file,
    )
    if not api_url and (_SERVICE_ACCOUNT / "token").exists():
        api_url, token_file = "https://kubernetes.default.svc", _SERVICE_ACCOUNT / "token"
        ca_file = ca_file or _SERVICE_ACCOUNT / "ca.crt"
    return ContextConfig(
        driver_log_dir=driver_log_dir or drivers_beside(logs),
        kept_driver_log_dir=kept,
        standalone_work_dir=_set(settings.standalone_work_dir),
        databricks_log_dir=_set(settings.databricks_log_dir) or logs,
        yarn_rm_url=settings.yarn_rm_url,
        yarn_log_url=settings.yarn_log_url,
        yarn_log_dir=_set(settings.yarn_log_dir),
        kubernetes_api_url=api_url,
        kubernetes_token_file=token_file,
        kubernetes_ca_file=ca_file,
    )


def drivers_beside(event_log_dir: FilePath | None) -> FilePath | None:
    """The folder of drivers' output beside event logs; None if nothing can be beside them."""
    if isinstance(event_log_dir, RemotePath):
        return event_log_dir.beside("drivers")
    return event_log_dir.parent / "drivers" if event_log_dir else None


class LogContext:
    """All places around event logs, for one harvest in one process; close it, or use it as a context manager.

    Raises:
        ConfigError: The file of a token cannot be read.
    """

    def __init__(self, config: ContextConfig) -> None:
        self._servers: list[Rest] = []
        drivers = [path for path in (config.kept_driver_log_dir, config.driver_log_dir) if path]
        self._launcher = [Launcher(*(folder_at("driver logs", path) for path in drivers))] if drivers else []
        self._others: list[Platform] = []
        if config.standalone_work_dir:
            self._others.append(Standalone(folder_at(STANDALONE_WORK, config.standalone_work_dir)))
        if config.databricks_log_dir:
            self._others.append(Databricks(folder_at("Databricks log delivery", config.databricks_log_dir)))
        if config.yarn_rm_url or config.yarn_log_url or config.yarn_log_dir:
            manager = self._server("YARN ResourceManager", config.yarn_rm_url, follow_redirects=True)
            log_server = self._server("YARN log server", config.yarn_log_url, follow_redirects=True)
            folder = YarnFolder(folder_at(YARN_LOGS, config.yarn_log_dir)) if config.yarn_log_dir else None
            self._others.append(Yarn(manager, log_server, folder))
        if config.kubernetes_api_url:
            token = _token(config.kubernetes_token_file)
            ca_file = str(config.kubernetes_ca_file or "")
            server = self._server("Kubernetes API", config.kubernetes_api_url, token=token, ca_file=ca_file)
            if server is not None:
                self._others.append(Kubernetes(server))

    def state(self, keys: Keys) -> FileState:
        """Total size of the application's files around its log, and the latest modification of any.

        Raises:
            StoreError: A store does not answer.
        """
        size_bytes, modified_at_ns = NO_FILES
        for platform in [*self._launcher, *self._others]:
            size, modified = platform.state(keys)
            size_bytes, modified_at_ns = size_bytes + size, max(modified_at_ns, modified)
        return size_bytes, modified_at_ns

    def look(self, subject: Subject) -> Findings:
        """How the application ended, from all places together; the launcher, which saw it, comes first."""
        findings = Findings()
        for platform in [*self._launcher, *self._others]:
            try:
                findings.add(platform.look(subject))
            except StoreError as error:
                findings.add(Findings.without(error))
        return findings

    def logs(self, subject: Subject, findings: Findings, *, troubled: bool) -> list[AroundLog]:
        """The logs to read, the driver's first: every log that may explain a failure.

        The launcher's log is bounded and always read; the others matter only for a run in trouble. A place that does
        not say which logs it has is added to ``findings``.
        """
        found: list[AroundLog] = []
        for platform in [*self._launcher, *(self._others if troubled else ())]:
            try:
                found += platform.logs(subject)
            except StoreError as error:
                findings.add(Findings.without(error))
        found.sort(key=lambda log: log.executor_id is not None)
        return found[:_MAX_LOGS]

    def _server(
        self, name: str, url: str, *, token: str = "", ca_file: str = "", follow_redirects: bool = False
    ) -> "Rest | None":
        if not url:
            return None
        # Importing its HTTP client takes a third of a reader's start-up, and most readers have no server to ask.
        from sparkwright.history.context.rest import Rest

        self._servers.append(Rest(name, url, token=token, ca_file=ca_file, follow_redirects=follow_redirects))
        return self._servers[-1]

    def close(self) -> None:
        """Close all connections."""
        for server in self._servers:
            server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _set(text: str) -> FilePath | None:
    return place(text) if text else None


def _token(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise ConfigError(f"expected a token in SPARKWRIGHT_KUBERNETES_TOKEN_FILE {path}: {error}") from error
