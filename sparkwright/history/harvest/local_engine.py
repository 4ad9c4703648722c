"""Read event logs with processes of this machine."""

import dataclasses
import os
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import active_children, get_context

from sparkwright.errors import HistoryError
from sparkwright.history.context.log_context import ContextConfig, LogContext
from sparkwright.history.harvest import reader
from sparkwright.history.harvest.checkpoint import Checkpoints
from sparkwright.history.harvest.read import Harvested, harvest_source
from sparkwright.history.sources.log_files import LogSource

# Starting a process costs half a second of imports; below this size one is faster.
_WORTH_PROCESSES_BYTES = 24 * 1024**2
_PER_CORE = 4
"""More readers than cores help while they wait for a store; a hundred of them are a mistake."""


class LocalEngine:
    """An engine that reads in this process or in several.

    Args:
        processes: How many read, this one included; by default one per core if the logs are large enough to pay for
            them. Never more than four per core, whatever is asked for.
        checkpoints: Remembers how far logs in progress were read; without it, a log that has grown is read as a whole.
    """

    def __init__(self, processes: int | None = None, checkpoints: Checkpoints | None = None) -> None:
        self._processes = processes
        self._checkpoints = checkpoints

    def __call__(self, sources: Sequence[LogSource], config: ContextConfig) -> Iterator[Harvested]:
        """Yield every source's rows: in the order of the sources with one process, as they finish with several.

        Raises:
            HistoryError: A reading process died.
        """
        if self._checkpoints is not None:
            self._checkpoints.prune()
        processes = self._process_count(sources)
        if processes == 1:
            with LogContext(config) as context:
                for source in sources:
                    yield harvest_source(source, context, datetime.now(UTC), self._checkpoints)
            return
        # This process reads, too: the smallest logs, so that it soon checks again what the others have finished. They
        # start with the largest, so that none is left working alone at the end. They are spawned because the lake's
        # threads do not survive a fork.
        waiting = deque(sorted(sources, key=lambda source: source.size_bytes))
        others = processes - 1
        fields = {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}
        pool = ProcessPoolExecutor(others, get_context("spawn"), initializer=reader.look_around, initargs=(fields,))
        with LogContext(config) as context, pool:
            running: set[Future[Harvested]] = set()
            try:
                while waiting or running:
                    # Two for each, so that none waits for this process to check; but the last log is for this one.
                    while waiting and len(running) < (2 * others if len(waiting) > 1 else others):
                        with _sigint_blocked():
                            running.add(pool.submit(reader.read, waiting.pop(), datetime.now(UTC), self._checkpoints))
                    if waiting:
                        yield harvest_source(waiting.popleft(), context, datetime.now(UTC), self._checkpoints)
                    done, running = wait(running, 0 if waiting else None, FIRST_COMPLETED)
                    for future in done:
                        yield future.result()
            except BrokenProcessPool as error:
                raise HistoryError(
                    "a process that read event logs was killed (out of memory?): what was read before is in the lake, "
                    "run harvest again with --processes 1"
                ) from error
            finally:
                if running:  # left early: nobody waits for what the others are reading
                    for process in active_children():
                        process.terminate()
                pool.shutdown(wait=False, cancel_futures=True)

    def _process_count(self, sources: Sequence[LogSource]) -> int:
        worth = sum(source.size_bytes for source in sources) >= _WORTH_PROCESSES_BYTES
        usual = len(os.sched_getaffinity(0)) if worth else 1
        most = min(self._processes or usual, _PER_CORE * (os.cpu_count() or 1))
        return max(1, min(most, len(sources)))


@contextmanager
def _sigint_blocked() -> Iterator[None]:
    """Block SIGINT, so that processes started inside inherit the block.

    A terminal sends it to all of them, but this process alone decides what happens: the others would only fill the
    screen with tracebacks.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
