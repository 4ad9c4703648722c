"""Full garbage collections while nobody waits for an answer.

The first question about a workload makes objects of its runs, hundreds of thousands of a whole fleet, and all of them
stay. Python starts a full collection whenever their number has grown by a quarter, in the middle of a request: it walks
through all of them and finds nothing.
"""

import asyncio
import gc
import time
from collections.abc import Callable

_LOOK_S = 1.0
_WORTH = 3
"""Collections of the middle generation since the last full one, each after about 7,000 new objects."""
_LONGEST_S = 600.0
"""A process that is never idle collects all the same after so long."""
_WHOLE_EVERY_S = 3600.0
"""Then what was set aside is looked through, too: a forecaster that another one replaced is garbage by now."""
_NEVER = 1_000_000_000


class IdleCollection:
    """Collects all garbage when idle, and sets aside what is left, so that no collection walks through it again.

    Args:
        is_idle: Whether nobody waits.
    """

    def __init__(self, is_idle: Callable[[], bool]) -> None:
        self._is_idle = is_idle
        self._collected_s = self._whole_s = time.monotonic()

    def start(self) -> None:
        """Collect now, and let Python start no full collection by itself; the short ones go on."""
        youngest, middle, _ = gc.get_threshold()
        gc.set_threshold(youngest, middle, _NEVER)
        self._collect()

    async def keep(self) -> None:
        """Collect where it is worth it, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_S)
            self.look()

    def look(self) -> None:
        """Collect if it is worth it and nobody waits, or if it was put off for too long."""
        now_s = time.monotonic()
        is_worth_it = gc.get_count()[2] >= _WORTH
        if self._is_idle():
            if now_s - self._whole_s >= _WHOLE_EVERY_S:
                self._whole_s = now_s
                gc.unfreeze()
                self._collect()
            elif is_worth_it:
                self._collect()
        elif is_worth_it and now_s - self._collected_s >= _LONGEST_S:
            self._collect()

    def _collect(self) -> None:
        self._collected_s = time.monotonic()
        gc.collect()
        gc.freeze()
