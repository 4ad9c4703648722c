"""Read the logs of one run with a simple JSON reader of the lab's own, so that truth depends on no other package."""

import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zstandard

_SQL_END = "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd"
_FROM_EXECUTORS = ("task: ", "executor removed: ")
_DISK_FULL = "No space left on device"

HEAP_OOM = re.compile(
    r"java\.lang\.OutOfMemoryError: (Java heap space|GC overhead limit exceeded)"
    r"|UNABLE_TO_ACQUIRE_MEMORY|SparkOutOfMemoryError|[Cc]ommand exited with code 52"
    r"|Requested array size exceeds VM limit|Not enough memory to build hash map"
)


@dataclass(frozen=True, slots=True)
class Task:
    """One ended attempt at a task."""

    stage_id: int
    executor_id: str
    succeeded: bool
    duration_ms: int
    input_bytes: int
    shuffle_read_bytes: int
    memory_spilled_bytes: int
    disk_spilled_bytes: int

    @property
    def read_bytes(self) -> int:
        """Bytes read from files and from other tasks."""
        return self.input_bytes + self.shuffle_read_bytes


@dataclass(slots=True)
class Observation:
    """What one run left behind.

    Attributes:
        app_id: Application id; empty if no application started.
        complete: Whether the event log has its end.
        messages: Failures in the event log, in order, each prefixed with its kind of event.
        failed_jobs_count: Jobs that did not succeed.
        failed_tasks_count: Task attempts that failed.
        tasks: Every attempt at a task, ordered by end.
        exit_code: Exit code of the driver.
        driver_log: What the driver printed.
    """

    exit_code: int
    driver_log: str
    app_id: str = ""
    complete: bool = False
    messages: list[str] = field(default_factory=list)
    failed_jobs_count: int = 0
    failed_tasks_count: int = 0
    tasks: list[Task] = field(default_factory=list)

    def find(self, pattern: re.Pattern[str]) -> str:
        """Return the first match with some context, from the event log, else from the driver's log; else empty."""
        return _first((*self.messages, self.driver_log), pattern)

    def heap_oom(self) -> str:
        """Return the first sign of a full heap in events from executors.

        A full driver heap has the same wording, and a spill to a full disk ends as a SparkOutOfMemoryError.
        """
        said = [text for text in self.messages if text.startswith(_FROM_EXECUTORS) and _DISK_FULL not in text]
        return _first(said, HEAP_OOM)


def _first(texts: Iterable[str], pattern: re.Pattern[str]) -> str:
    for text in texts:
        match = pattern.search(text)
        if match:
            start, end = max(0, match.start() - 80), match.end() + 120
            before, after = text[start : match.start()], text[match.end() : end]
            # Whole words: a recording could not recognise and remove a folder's name in half a path.
            before = re.sub(r"^\S*", "", before) if start else before
            after = re.sub(r"\S*$", "", after) if end < len(text) else after
            return " ".join(f"{before}{match[0]}{after}".split())
    return ""


def segments(event_log: Path) -> list[Path]:
    """Return the files of one rolling event log, in order."""
    return sorted(event_log.glob("events_*"), key=lambda path: int(path.name.split("_")[1]))


def events(event_log: Path) -> Iterator[dict[str, Any]]:
    """Yield the events of one rolling, zstd-compressed event log, in order."""
    for segment in segments(event_log):
        with segment.open("rb") as raw:
            stream = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
            for line in io.TextIOWrapper(stream, encoding="utf-8"):
                yield json.loads(line)


def observe(event_log: Path | None, driver_log: Path, exit_code: int) -> Observation:
    """Combine event log, driver log and what a part of the lab wrote next to it (``.diagnostics``)."""
    seen = Observation(exit_code, driver_log.read_text(encoding="utf-8", errors="replace"))
    diagnostics = driver_log.with_suffix(".diagnostics")
    if diagnostics.exists():
        seen.messages += [f"lab: {line}" for line in diagnostics.read_text(encoding="utf-8").splitlines()]
    for event in events(event_log) if event_log is not None else ():
        _take(event, seen)
    return seen


def _take(event: dict[str, Any], seen: Observation) -> None:
    name = event["Event"]
    if name == "SparkListenerApplicationStart":
        seen.app_id = event["App ID"]
    elif name == "SparkListenerApplicationEnd":
        seen.complete = True
    elif name == "SparkListenerJobEnd" and event["Job Result"]["Result"] != "JobSucceeded":
        seen.failed_jobs_count += 1
        seen.messages.append(f"job: {event['Job Result'].get('Exception', {}).get('Message', '')}")
    elif name == "SparkListenerTaskEnd":
        seen.tasks.append(_task(event))
        if event["Task End Reason"]["Reason"] not in ("Success", "TaskKilled"):
            seen.failed_tasks_count += 1
            seen.messages.append(f"task: {_reason(event['Task End Reason'])}")
    elif name == "SparkListenerExecutorRemoved":
        seen.messages.append(f"executor removed: {event['Removed Reason']}")
    elif name == _SQL_END and event.get("errorMessage"):
        seen.messages.append(f"sql: {event['errorMessage']}")


def _task(event: dict[str, Any]) -> Task:
    metrics = event.get("Task Metrics") or {}
    shuffle = metrics.get("Shuffle Read Metrics", {})
    return Task(
        stage_id=event["Stage ID"],
        executor_id=event["Task Info"]["Executor ID"],
        succeeded=event["Task End Reason"]["Reason"] == "Success",
        duration_ms=event["Task Info"]["Finish Time"] - event["Task Info"]["Launch Time"],
        input_bytes=metrics.get("Input Metrics", {}).get("Bytes Read", 0),
        shuffle_read_bytes=shuffle.get("Remote Bytes Read", 0) + shuffle.get("Local Bytes Read", 0),
        memory_spilled_bytes=metrics.get("Memory Bytes Spilled", 0),
        disk_spilled_bytes=metrics.get("Disk Bytes Spilled", 0),
    )


def _reason(reason: dict[str, Any]) -> str:
    parts = ("Reason", "Class Name", "Description", "Full Stack Trace", "Loss Reason", "Message")
    return " ".join(str(reason[part]) for part in parts if reason.get(part))
