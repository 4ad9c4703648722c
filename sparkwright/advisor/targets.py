"""What is to be diagnosed: an application of the lake, an event log, or a driver's log, read where it lies."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from data_contracts.api.diagnosis import EvidenceItem
from data_contracts.tables import Application, Evidence
from sparkwright.advisor.known_application import KnownApplication, items_of, known, look_up
from sparkwright.diagnosis.detectors import ApplicationMetrics, metrics_of
from sparkwright.errors import ConfigError, HistoryError, LakeError, reason
from sparkwright.history.context.log_context import ContextConfig, LogContext, drivers_beside
from sparkwright.history.context.told_in_file import read_file
from sparkwright.history.evidence import FactCollector
from sparkwright.history.harvest.read import Harvested, harvest_source
from sparkwright.history.sources.log_files import LogSource, Unreadable, find_logs, logs_of_file
from sparkwright.history.sources.told_stream import Told
from sparkwright.lake import Lake
from sparkwright.stores import FilePath

# Of a folder that holds no event log: what processes and cluster managers leave.
_TELLING_FILE = re.compile(r"^(?:stderr|stdout|log4j|syslog|hs_err|prelaunch)|\.(?:log|err|out|json|txt)(?:\.gz)?$")
_MAX_FILES = 40


def open_target(
    target: str, lake: Lake, *, attempt_id: str | None = None, driver_log: Path | None = None
) -> KnownApplication:
    """What is known of a failure.

    Args:
        target: An application id of the lake, or the path of an event log (a file, a rolling folder, an archive) or of
            a driver's log, also of an application that died before it had an event log, of the JVM's fatal error file
            (``hs_err_pid*.log``), of what ``kubectl get pod,event,node -o json`` or ``yarn application -status`` print
            or YARN's REST API answers, or of a folder of these.
        lake: Where application ids are looked up.
        attempt_id: Attempt of the application, where it has several; default the last one.
        driver_log: The driver's output (``stderr`` or ``stdout``), where it lies elsewhere.

    Raises:
        LakeError: The lake does not know the application.
        ConfigError: A path cannot be read, or holds neither an event log nor a failure.
    """
    path = Path(target)
    if not path.exists():
        if not lake.exists(Application):
            raise LakeError(
                f"expected a file at {target}, or an application of that id in the lake {lake.uri}: found neither, and "
                "the lake is empty: `sparkwright harvest` fills it"
            )
        found = look_up(lake, target, attempt_id)
    else:
        found = _of_path(path, attempt_id)
    if driver_log is None:
        return found
    beside = told_in_files([driver_log], alone=False)
    return replace(
        found, evidence=_numbered([*beside.evidence, *found.evidence]), found_logs=found.found_logs | {"driver_log"}
    )


def _of_path(path: Path, attempt_id: str | None) -> KnownApplication:
    """Of an event log, else of what else tells of a failure there."""
    try:
        return _of_event_log(path, attempt_id) or told_in_files([path])
    except NoEventLogError:
        files = telling_files(file for file in path.iterdir() if file.is_file())
        if not files:
            raise
        return told_in_files(files)


class NoEventLogError(ConfigError):
    """A folder holds no event log."""


@dataclass(frozen=True, slots=True)
class ReadAttempt:
    """One attempt of an application, as its event log tells it."""

    application: Application
    evidence: tuple[Evidence, ...]
    metrics: ApplicationMetrics

    @property
    def known(self) -> KnownApplication:
        """The same as a diagnosis takes it."""
        return known(self.application, self.evidence, self.metrics)


def read_attempt(path: Path, attempt_id: str | None = None) -> ReadAttempt | None:
    """The last attempt (or the one asked for) that the event logs at ``path`` tell of; None where a file tells of none.

    Raises:
        ConfigError: A folder holds none, not the attempt asked for, or several applications.
    """
    sources = find_logs(path) if path.is_dir() else logs_of_file(path)
    with LogContext(_around(path.resolve())) as context:
        return attempt_of(sources, context, path, attempt_id, is_folder=path.is_dir())


def attempt_of(
    sources: Iterable[LogSource | Unreadable],
    context: LogContext,
    path: object,
    attempt_id: str | None = None,
    *,
    is_folder: bool,
) -> ReadAttempt | None:
    """:func:`read_attempt` of logs that were found already, with what lies around them.

    Args:
        sources: What may be event logs.
        context: Where to look around them.
        path: Where they were found, for messages.
        attempt_id: None: the last attempt.
        is_folder: Whether they are all that a folder holds; a file alone may well be something else.

    Raises:
        ConfigError: As :func:`read_attempt`.
    """
    read = [harvest_source(source, context, datetime.now(UTC)) for source in sources if isinstance(source, LogSource)]
    attempts = [(one.rows.application, one.rows) for one in read if one.rows.application is not None]
    wanted = [(row, rows) for row, rows in attempts if attempt_id in {None, row.attempt_id}]
    if not wanted:
        if attempts:
            raise ConfigError(
                f"expected attempt {attempt_id} in {path}, found {', '.join(row.attempt_id for row, _ in attempts)}"
            )
        if is_folder:
            raise NoEventLogError(f"expected an event log at {path}, found none{_reasons(read)}")
        return None
    names = sorted({row.app_id for row, _ in wanted})
    if len(names) > 1:
        raise ConfigError(
            f"expected the event log of one application at {path}, found {len(names)} ({', '.join(names[:3])}, ...): "
            "name one of the files, or use `sparkwright report` for all of them"
        )
    row, rows = max(wanted, key=lambda pair: (pair[0].started_at, pair[0].attempt_id))
    return ReadAttempt(row, tuple(rows.evidence), metrics_of(row, rows.batches))


def _of_event_log(path: Path, attempt_id: str | None) -> KnownApplication | None:
    found = read_attempt(path, attempt_id)
    return None if found is None else found.known


def _around(path: Path) -> ContextConfig:
    """Drivers' output lies beside the folder of event logs, which ``path`` is or is in."""
    inside, itself = drivers_beside(path.parent), drivers_beside(path)
    return ContextConfig(driver_log_dir=itself if isinstance(itself, Path) and itself.is_dir() else inside)


def _reasons(read: Iterable[Harvested]) -> str:
    reasons = [fault.reason for one in read for fault in one.quarantined]
    return f": {reasons[0]}" if reasons else ""


def telling_files(files: Iterable[FilePath]) -> list[FilePath]:
    """Of the files of a folder without event logs those that processes and cluster managers leave, at most 40."""
    return sorted((file for file in files if _TELLING_FILE.search(file.name)), key=str)[:_MAX_FILES]


def told_in_files(paths: Sequence[FilePath], *, alone: bool = True, told: Told | None = None) -> KnownApplication:
    """What a driver's log, or another file that tells of one failure, says; of several files all together.

    Args:
        paths: The files.
        alone: There is no event log: what a driver's log retells of tasks and executors are facts, too.
        told: Hears how much is read.

    Raises:
        ConfigError: One cannot be read, or none tells of a failure.
    """
    facts = FactCollector()
    sorts: set[str] = set()
    for path in paths:
        try:
            sorts.add(read_file(path, facts, alone=alone, told=told))
        except (OSError, HistoryError) as error:
            raise ConfigError(f"expected a driver's log at {path}: {reason(error)}") from error
    items = items_of(facts.rows("driver", "1"))
    if not items:
        raise ConfigError(
            f"expected an event log or a driver's output with a failure at {paths[0]}, found neither: give the whole "
            "stderr of the driver (spark-submit's own in client mode, the driver container's in cluster mode), the "
            "hs_err_pid file of a JVM, or what `kubectl get pod,event -o json` or `yarn application -status` print"
        )
    return KnownApplication(None, None, "failed", None, items, frozenset(sorts))


def _numbered(items: Iterable[EvidenceItem]) -> tuple[EvidenceItem, ...]:
    return tuple(item.model_copy(update={"evidence_id": f"e{number}"}) for number, item in enumerate(items, start=1))
