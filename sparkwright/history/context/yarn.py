"""YARN: the ResourceManager says how an application ended; log servers or folders hold what its containers wrote.

Formats follow Hadoop's documentation (ResourceManager REST, ``ws/v1/cluster/apps/{id}``) and sources
(``containerlogs`` of the MapReduce history server and of the timeline server); they were not tested on a real YARN.
Kerberos is not supported: put a gateway in front of it.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from sparkwright.errors import ContextError
from sparkwright.history.context.findings import (
    NO_FILES,
    AroundLog,
    FileState,
    FinalStatus,
    Findings,
    Keys,
    Line,
    Remark,
    Subject,
)
from sparkwright.history.context.text import DRIVER_END_BYTES, EXECUTOR_END_BYTES
from sparkwright.history.context.yarn_folder import YarnFolder

if TYPE_CHECKING:
    from sparkwright.history.context.rest import Rest

_APPLICATION = re.compile(r"application_\d+_\d+")
_CONTAINER_ATTEMPT = re.compile(r"container_(?:e\d+_)?\d+_\d+_(\d+)_\d+")
_STATUS: dict[str, FinalStatus] = {"SUCCEEDED": "succeeded", "FAILED": "failed", "KILLED": "killed"}
_AGGREGATING = {"NOT_START", "RUNNING", "RUNNING_WITH_FAILURE"}
_FILES = ("stderr", "stdout")
YARN_LOGS = "YARN container logs"
_FRAME_LINES = 8


class _App(msgspec.Struct, rename="camel"):
    final_status: str = ""
    diagnostics: str = ""
    memory_seconds: int = -1
    vcore_seconds: int = -1
    am_container_logs: str = ""
    log_aggregation_status: str = ""


class _Answer(msgspec.Struct):
    app: _App


class Yarn:
    """The ResourceManager, a log server and a folder of logs, each if it is configured.

    Args:
        manager: The ResourceManager's REST API, below ``/ws/v1/cluster``.
        log_server: A server with ``/containerlogs/{container}/{file}``.
        folder: Logs as files.
    """

    def __init__(self, manager: "Rest | None", log_server: "Rest | None", folder: YarnFolder | None) -> None:
        self._manager = manager
        self._log_server = log_server
        self._folder = folder

    def state(self, keys: Keys) -> FileState:
        """The state of the files in the folder."""
        return self._folder.state(keys.app_id) if self._folder and _APPLICATION.fullmatch(keys.app_id) else NO_FILES

    def look(self, subject: Subject) -> Findings:
        """The final status, diagnostics and allocation, as long as the ResourceManager remembers them."""
        if not _APPLICATION.fullmatch(subject.keys.app_id):
            return Findings()
        findings = self._look_into_folder()
        if self._manager is None:
            return findings
        try:
            answer = self._manager.json(f"/ws/v1/cluster/apps/{subject.keys.app_id}", _Answer)
        except ContextError as error:
            findings.add(Findings.without(error))
            return findings
        if answer:
            findings.add(_findings(answer.app, subject, logs_are_served=self._log_server is not None))
        return findings

    def _look_into_folder(self) -> Findings:
        try:
            if self._folder is None or self._folder.is_there():
                return Findings()
        except ContextError as error:
            return Findings.without(error)
        return Findings(faults={YARN_LOGS: f"expected a folder of container logs at {self._folder}, found none"})

    def logs(self, subject: Subject) -> list[AroundLog]:
        """The logs of the driver, if YARN ran it, and of executors that had trouble."""
        if not _APPLICATION.fullmatch(subject.keys.app_id):
            return []
        found = self._folder.logs(subject) if self._folder else []
        if self._log_server is not None:
            owners: dict[str, str | None] = {}
            if subject.driver_container_id:
                owners[subject.driver_container_id] = None
            for executor_id, known in subject.executors.items():
                if known.container_id and known.troubled:
                    owners[known.container_id] = executor_id
            found += [self._served(container, name, owner) for container, owner in owners.items() for name in _FILES]
        return found

    def _served(self, container_id: str, name: str, executor_id: str | None) -> AroundLog:
        end_bytes = DRIVER_END_BYTES if executor_id is None else EXECUTOR_END_BYTES

        def lines() -> Iterator[Line]:
            assert self._log_server is not None
            # A negative size asks for the end of the file (LogWebServiceUtils.parseLongParam, Hadoop 2.9 and later).
            served = self._log_server.lines(
                f"/containerlogs/{container_id}/{name}", {"size": str(-end_bytes)}, end_bytes, from_start=False
            )
            yield from _own_lines(served)

        return AroundLog(name, executor_id, lines)


def _findings(app: _App, subject: Subject, *, logs_are_served: bool) -> Findings:
    last = _CONTAINER_ATTEMPT.search(app.am_container_logs)
    attempt = int(subject.attempt_id) if subject.attempt_id.isdigit() else 1
    if subject.driver_container_id and last and attempt < int(last[1]):
        # The answer is about the last attempt only; an attempt that was followed by another has failed.
        return Findings(final_status="failed")
    status = _STATUS.get(app.final_status)
    if status == "succeeded" and not subject.driver_container_id:
        # In client mode the driver runs elsewhere: YARN reports success when it disconnects, however it ended.
        status = None
    remarks = []
    if app.diagnostics.strip() and app.final_status in {"FAILED", "KILLED"}:
        remarks.append(Remark(f"YARN ResourceManager {subject.keys.app_id}", app.diagnostics))
    return Findings(
        final_status=status,
        allocated_memory_mib_s=app.memory_seconds if app.memory_seconds >= 0 else None,
        allocated_vcore_s=app.vcore_seconds if app.vcore_seconds >= 0 else None,
        remarks=remarks,
        awaited=app.final_status == "UNDEFINED" or (logs_are_served and app.log_aggregation_status in _AGGREGATING),
    )


def _own_lines(lines: Iterator[Line]) -> Iterator[Line]:
    """The lines of a file without what log servers append to it; its last line is numbered -1."""
    kept = list(lines)
    for position in range(len(kept) - 1, max(-1, len(kept) - _FRAME_LINES), -1):
        if kept[position][1].startswith("End of LogType:"):
            del kept[position:]
            break
    for number, text in kept:
        yield number - kept[-1][0] - 1, text
