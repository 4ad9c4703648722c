"""Enrich the state of an application with what lies around its event log: facts, signs of memory deaths, its end."""

from dataclasses import dataclass, field
from itertools import chain
from pathlib import PurePath

from data_contracts.properties.provenance import LAUNCH_ID
from sparkwright.errors import ContextError, reason
from sparkwright.history.application.state import ApplicationState
from sparkwright.history.context.fatal_error import FILE_NAME, read_fatal_error
from sparkwright.history.context.findings import AroundLog, Findings, Keys, KnownExecutor, Subject
from sparkwright.history.context.log_context import LogContext
from sparkwright.history.context.log_failures import read_log
from sparkwright.history.evidence import DRIVER_EXIT_CODE
from sparkwright.spark.platform import platform_of_application

_CLUSTER_ID = "spark.databricks.clusterUsageTags.clusterId"
_MAX_ID = 128
_SIGNALS = {137: " (SIGKILL: a kill, which alone does not say why)", 143: " (SIGTERM)", 134: " (SIGABRT)"}


@dataclass(slots=True)
class Enrichment:
    """What was found around one event log.

    Attributes:
        found: Which of ``exit_code``, ``final_status``, ``driver_log`` and ``executor_log`` were there.
        unread: Why existing logs could not be read.
    """

    findings: Findings = field(default_factory=Findings)
    found: set[str] = field(default_factory=set)
    unread: list[str] = field(default_factory=list)


def keys_of(application: ApplicationState, source_path: str) -> Keys:
    """What the application is called in the places around its log."""
    app_id = application.app_id or PurePath(source_path).name
    named = {name: application.properties.get(name, "") for name in (LAUNCH_ID, _CLUSTER_ID)}
    shown = application.secrets.properties(named)
    names = ((app_id, application.secrets.text(app_id)), *((named[name], shown[name]) for name in named))
    # They are stored in the lake, so one that is too long, or holds a secret, counts as missing.
    return Keys(*(name if len(name) <= _MAX_ID and hidden == name else "" for name, hidden in names))


def enrich(application: ApplicationState, keys: Keys, context: LogContext) -> Enrichment:
    """Add the facts and signs from the places around the log to ``application``; return what was found."""
    subject = _subject(application, keys)
    enrichment = Enrichment(context.look(subject))
    findings = enrichment.findings
    for remark in findings.remarks:
        application.facts.add(remark.kind, remark.title, remark.text)
        application.signs.observe(remark.text, from_executor=remark.executor_id is not None)
    if findings.exit_code:
        text = f"The driver exited with code {findings.exit_code}{_SIGNALS.get(findings.exit_code, '')}."
        application.facts.add("metric", DRIVER_EXIT_CODE, text)
    troubled = (
        findings.final_status in {"failed", "killed"}
        or application.ended_ms is None
        or application.last_failed is not False
        or any(application.facts)
    )
    for log in context.logs(subject, findings, troubled=troubled):
        _read(log, application, enrichment)
    enrichment.found |= {name for name in ("exit_code", "final_status") if getattr(findings, name) is not None}
    return enrichment


def _read(log: AroundLog, application: ApplicationState, enrichment: Enrichment) -> None:
    try:
        lines = log.lines()
        first = next(lines, None)
        if first is None:
            return
        enrichment.found.add(log.kind)
        if FILE_NAME.match(log.name):
            if error := read_fatal_error(text for _, text in chain([first], lines)):
                application.facts.add(log.kind, f"{log.title}:1", error.text)
            return
        for text in read_log(chain([first], lines), log.kind, log.title, application.facts):
            application.signs.observe(text, from_executor=log.executor_id is not None)
    except OSError as error:
        enrichment.unread.append(f"expected a readable log {log.title}: {reason(error)}")
    except ContextError as error:
        enrichment.findings.add(Findings.without(error))


def _subject(application: ApplicationState, keys: Keys) -> Subject:
    start = application.start
    return Subject(
        keys=keys,
        attempt_id=(start.attempt if start else None) or "1",
        platform=platform_of_application(application.properties, keys.app_id),
        started_ms=start.time_ms if start else 0,
        properties=application.properties,
        driver_container_id=start.driver_container_id if start else "",
        executors={
            executor.executor_id: KnownExecutor(
                executor.container_id, troubled=executor.lost or executor.failed_task_count > 0
            )
            for executor in application.executors.values()
        },
    )
