"""The facts about a failure in one file of any sort: a log, or a report of the JVM, Kubernetes or YARN."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from sparkwright.history.context import kubernetes_objects, yarn_report
from sparkwright.history.context.fatal_error import read_fatal_error
from sparkwright.history.context.findings import Remark
from sparkwright.history.context.log_failures import read_log
from sparkwright.history.context.text import beginning, whole_lines
from sparkwright.history.evidence import FactCollector
from sparkwright.history.sources.told_stream import Told
from sparkwright.stores import FilePath

_MAX_REPORT_BYTES = 64 * 1024**2
_MAX_HEAD_BYTES = 64 * 1024
_MAX_FATAL_ERROR_LINES = 20_000
Sort = Literal["driver_log", "executor_log", "final_status"]


def read_file(path: FilePath, facts: FactCollector, *, alone: bool = True, told: Told | None = None) -> Sort:
    """Add the facts in the file and return what sort of source it was.

    Args:
        path: On this machine or in a store.
        facts: Collects the facts, if there are any.
        alone: There is no event log, so what a driver's log repeats of tasks and executors is a fact, too.
        told: Called with the number of bytes of each read of a log.

    Raises:
        OSError: It cannot be read.
    """
    head = beginning(path, _MAX_HEAD_BYTES).decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if head[:1] in ("{", "[") and (remarks := _of_json(beginning(path, _MAX_REPORT_BYTES))) is not None:
        return _take(remarks, facts)
    if (remarks := yarn_report.remarks_of_text(head)) is not None:
        return _take(remarks, facts)
    if head.startswith("#"):
        lines = beginning(path, _MAX_REPORT_BYTES).decode("utf-8", "replace").splitlines()[:_MAX_FATAL_ERROR_LINES]
        if (error := read_fatal_error(lines)) is not None:
            kind: Sort = "driver_log" if error.executor_id is None else "executor_log"
            source = f"executor {error.executor_id} {path.name}:1" if error.executor_id else f"{path.name}:1"
            facts.add(kind, source, error.text)
            return kind
    read_log(whole_lines(path, told), "driver_log", path.name, facts, alone=alone)
    return "driver_log"


def _take(remarks: Iterable[Remark], facts: FactCollector) -> Sort:
    for remark in remarks:
        facts.add(remark.kind, remark.title, remark.text)
    return "final_status"


def _of_json(content: bytes) -> Iterable[Remark] | None:
    """The remarks in a cluster manager's report; None if the file is something else, such as a log of JSON lines."""
    try:
        answer = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if isinstance(answer, list):
        answer = {"kind": "List", "items": answer}
    if not isinstance(answer, dict):
        return None
    if "app" in answer or "apps" in answer:
        return yarn_report.remarks_of_json(answer)
    return kubernetes_objects.remarks_of(answer) if "kind" in answer else None
