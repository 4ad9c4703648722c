"""Read event logs into the lake that the report is made from, and record what could not be read."""

import signal
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from data_contracts.api.report import NotRead, Reading
from sparkwright.history.context.log_context import ContextConfig
from sparkwright.history.harvest.harvested_rows import HarvestReport
from sparkwright.history.harvest.incremental import harvest
from sparkwright.history.harvest.quarantine import kind_of
from sparkwright.history.harvest.read import Engine, Harvested
from sparkwright.history.sources.history_server import HistoryServer
from sparkwright.history.sources.log_files import LogSource
from sparkwright.lake import Lake
from sparkwright.redaction import redact_text
from sparkwright.report.tables import Tables, rows
from sparkwright.stores import FilePath

SWITCHES = {
    "spark.eventLog.logStageExecutorMetrics": "true",
    "spark.executor.processTreeMetrics.enabled": "true",
    "spark.executor.metrics.pollingInterval": "1s",
}
"""Properties that make event logs record how much memory executors used (README, "On your cluster")."""


class Stop:
    """Handle Ctrl-C while logs are read: stop reading, then write and report what was read so far.

    A second Ctrl-C ends the command.
    """

    def __init__(self) -> None:
        self.asked = False
        self._reading = False

    def engine(self, engine: Engine) -> Engine:
        """Wrap an engine so that it stops yielding rows once a stop was requested."""

        def read(sources: Sequence[LogSource], config: ContextConfig) -> Iterator[Harvested]:
            found = engine(sources, config)
            while not self.asked:
                self._reading = True
                try:
                    harvested = next(found, None)
                except KeyboardInterrupt:
                    break
                finally:
                    self._reading = False
                if harvested is None:
                    break
                yield harvested
            close = getattr(found, "close", None)
            if close is not None:
                close()  # end the reading processes now, not when the generator is garbage-collected

        return read

    @contextmanager
    def on_ctrl_c(self) -> Iterator[None]:
        """Let SIGINT request a stop inside the block; restore the previous handler afterwards."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self._ask)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        again, self.asked = self.asked, True
        # A write in progress is finished; a log being read may be abandoned.
        if again or self._reading:
            raise KeyboardInterrupt


@dataclass(frozen=True, slots=True)
class Harvest:
    """The result of reading logs.

    Attributes:
        report: The harvest's report; None if it was ended before it could report.
        interrupted: Whether Ctrl-C ended it.
    """

    report: HarvestReport | None
    interrupted: bool


def read_logs(history: FilePath | HistoryServer, config: ContextConfig, lake: Lake, engine: Engine) -> Harvest:
    """Read the logs into the lake; Ctrl-C ends the reading, not the report.

    Raises:
        UnreachableError: The logs cannot be listed, or none could be read for two minutes.
        HistoryError: A reader process died.
        LakeError: The lake cannot be written.
    """
    stop = Stop()
    with stop.on_ctrl_c():
        try:
            return Harvest(harvest(history, config, lake, engine=stop.engine(engine)), stop.asked)
        except KeyboardInterrupt:
            return Harvest(None, interrupted=True)


def reading_of(harvested: Harvest | None, tables: Tables) -> Reading:
    """Return what could be read and what could not, for the report.

    Args:
        harvested: The result of reading logs; None if only a lake was read.
        tables: The tables that the report is made from.
    """
    report = harvested.report if harvested else None
    tiers = Counter(tables.applications["evidence_tier"].to_pylist())
    without = sum(count for tier, count in tiers.items() if tier != "process_tree")
    return Reading(
        logs_found=report.found if report else None,
        logs_unchanged=report.unchanged if report else 0,
        seconds=report.reading_s if report else 0.0,
        interrupted=bool(harvested and harvested.interrupted),
        unreadable=_by_reason(tables, in_part=False),
        in_part=_by_reason(tables, in_part=True),
        log_states=dict(Counter(tables.applications["log_state"].to_pylist()).most_common()),
        evidence_tiers=dict(tiers.most_common()),
        switch_on=SWITCHES if without else {},
    )


def _by_reason(tables: Tables, *, in_part: bool) -> list[NotRead]:
    """Return the quarantine, either of logs otherwise read or of all others, most frequent reason first."""
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for path, reason in rows(tables.quarantine, ("source_path", "reason")):
        if (path in tables.read_paths) != in_part:
            continue
        kind = redact_text(kind_of(reason))
        counts[kind] += 1
        examples.setdefault(kind, redact_text(path))
    return [NotRead(reason=kind, count=count, example=examples[kind]) for kind, count in counts.most_common()]
