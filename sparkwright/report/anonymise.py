"""Make a report shareable: no names, users, hosts, paths or messages; figures and Spark's own words stay."""

import builtins
import re
from collections.abc import Iterable, Sequence
from itertools import chain

from data_contracts.api.not_applied import NotApplied
from data_contracts.api.report import Change, Fact, FailureGroup, NotRead, Report, Setting, SlowGroup, WorkloadSizing

_PATH = re.compile(r"(?:[a-z][a-z0-9+.-]*://|[~.]{0,2}/)[^\s'\",;)]+", re.IGNORECASE)
_HARMLESS = re.compile(r"\d{1,12}(?:\.\d{1,9})?\s?[a-z]{0,3}|true|false|infinity|-", re.IGNORECASE)
_SPARKS_OWN = re.compile(r"\b(?:java|javax|scala|org\.apache|py4j|pyspark)(?:\.\w+)+(?:Exception|Error)\b")
_CONDITION = re.compile(r"\[([A-Z][A-Z0-9_]{3,}(?:\.[A-Z0-9_]+)*)\]")
_PYTHON = re.compile(r"\b[A-Z]\w*(?:Error|Exception|Exit|Interrupt)\b")
_CALL_SITE = re.compile(r"^(stage \d+) \(.*\): ")
"""A detector's fact names a stage together with its call site in the program."""
_HIDDEN = "(text left out)"


class _Names:
    """Pseudonyms: consistent within one report, irreversible."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def of(self, kind: str, name: str) -> str:
        """Return the pseudonym of a name; an empty name stays empty."""
        if not name:
            return name
        key = f"{kind}:{name}"
        if key not in self._known:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._known[key] = f"{kind}-{self._counts[kind]}"
        return self._known[key]

    def scrub(self, text: str) -> str:
        """Remove names and paths from a text of ours that may cite them."""
        text = _PATH.sub("(path)", text)
        for key, pseudonym in sorted(self._known.items(), key=lambda item: -len(item[0])):
            name = key.partition(":")[2]
            if len(name) > 2:
                text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", pseudonym, text)
        return text


def anonymise(report: Report) -> Report:
    """Return the report with pseudonyms, and without what cannot be given one."""
    names = _Names()
    group = report.filters.group_by if report.filters.group_by in ("user", "queue") else "tag"
    for workload in report.sizing.workloads:
        names.of("workload", workload.workload_id)
    for key in chain((one.key for one in report.summary.groups), *(one.groups for one in report.sizing.workloads)):
        names.of(group, key)
    for failure in report.failures:
        for app_id in failure.app_ids:
            names.of("application", app_id)
        names.of("workload", failure.newest.workload_id)
    for unapplied in chain(*(one.workloads for one in report.not_applied)):
        names.of("workload", unapplied.workload_id)
    for finding in chain(*(one.worst for one in report.slow)):
        names.of("application", finding.app_id)
        names.of("workload", finding.workload_id)
    groups = [one.model_copy(update={"key": names.of(group, one.key)}) for one in report.summary.groups]
    hidden = {
        "anonymised": True,
        "workload": names.scrub(names.of("workload", report.filters.workload)) if report.filters.workload else None,
        "group_by": group if report.filters.group_by else None,
    }
    return report.model_copy(
        update={
            "source": "event logs",
            "filters": report.filters.model_copy(update=hidden),
            "reading": report.reading.model_copy(
                update={
                    "unreadable": _not_read(report.reading.unreadable, names),
                    "in_part": _not_read(report.reading.in_part, names),
                }
            ),
            "prices": report.prices.model_copy(update={"source": "price sheet"}),
            "summary": report.summary.model_copy(update={"groups": groups}),
            "sizing": report.sizing.model_copy(
                update={"workloads": [_workload(one, names, group) for one in report.sizing.workloads]}
            ),
            "failures": [_failure(one, names) for one in report.failures],
            "slow": [_slow(one, names) for one in report.slow],
            "not_applied": [_not_applied(one, names) for one in report.not_applied],
            "notes": [names.scrub(note) for note in report.notes],
        }
    )


def _not_read(found: Sequence[NotRead], names: _Names) -> list[NotRead]:
    return [one.model_copy(update={"reason": names.scrub(one.reason), "example": ""}) for one in found]


def _workload(workload: WorkloadSizing, names: _Names, group: str) -> WorkloadSizing:
    return workload.model_copy(
        update={
            "workload_id": names.of("workload", workload.workload_id),
            "groups": [names.of(group, key) for key in workload.groups],
            "settings": [_setting(one, names) for one in workload.settings],
            "risk": names.scrub(workload.risk),
            "not_advised": [names.scrub(text) for text in workload.not_advised],
        }
    )


def _setting(setting: Setting, names: _Names) -> Setting:
    return setting.model_copy(
        update={
            "current": _value(setting.current),
            "advised": _value(setting.advised),
            "reason": names.scrub(setting.reason),
        }
    )


def _failure(group: FailureGroup, names: _Names) -> FailureGroup:
    newest = group.newest
    return group.model_copy(
        update={
            "newest": newest.model_copy(
                update={
                    "app_id": names.of("application", newest.app_id),
                    "workload_id": names.of("workload", newest.workload_id),
                    "app_name": "",
                    "facts": [_fact(fact) for fact in newest.facts],
                    "repair": _changes(newest.repair),
                }
            ),
            "app_ids": [names.of("application", app_id) for app_id in group.app_ids],
        }
    )


def _fact(fact: Fact) -> Fact:
    """Keep only Spark's error condition or the exception class of Spark, Java or Python; never a message's words."""
    python = [name for name in _PYTHON.findall(fact.line) if hasattr(builtins, name)]
    known = [*_CONDITION.findall(fact.line), *_SPARKS_OWN.findall(fact.line), *python]
    line = f"{', '.join(dict.fromkeys(known))} {_HIDDEN}" if known else _HIDDEN
    return fact.model_copy(update={"line": line, "source": ""})


def _slow(group: SlowGroup, names: _Names) -> SlowGroup:
    worst = [
        one.model_copy(
            update={
                "app_id": names.of("application", one.app_id),
                "workload_id": names.of("workload", one.workload_id),
                "stages": [stage.partition(":")[0] for stage in one.stages],
                "facts": [names.scrub(_CALL_SITE.sub(r"\1: ", fact)) for fact in one.facts],
                "repair": _changes(one.repair),
            }
        )
        for one in group.worst
    ]
    return group.model_copy(update={"worst": worst})


def _not_applied(found: NotApplied, names: _Names) -> NotApplied:
    workloads = [
        one.model_copy(update={"workload_id": names.of("workload", one.workload_id)}) for one in found.workloads
    ]
    return found.model_copy(update={"workloads": workloads})


def _changes(changes: Iterable[Change]) -> list[Change]:
    return [one.model_copy(update={"current": _value(one.current), "advised": _value(one.advised)}) for one in changes]


def _value(value: str | None) -> str | None:
    """Keep only sizes, numbers and flags; any other value could contain a name."""
    return value if value is None or _HARMLESS.fullmatch(value) else "(set)"
