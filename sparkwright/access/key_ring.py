"""The keys as a service holds them: read again when their file changes, without a restart."""

import logging
import time
from datetime import UTC, datetime

from sparkwright.access.caller import Caller
from sparkwright.access.keys import Key, KeyFile, key_of
from sparkwright.errors import ConfigError

_LOOK_EVERY_S = 1.0
_UNREAD = (-1, -1, -1, -1)

logger = logging.getLogger("bentoml.sparkwright.keys")


class KeyRing:
    """Finds who showed a key.

    Args:
        file: Where the keys are kept.
    """

    def __init__(self, file: KeyFile) -> None:
        self._file = file
        self._keys: list[Key] = []
        self._fault = ""
        self._state: tuple[int, int, int, int] | None = _UNREAD
        self._look_at_s = 0.0

    def find(self, text: str) -> Caller | None:
        """Whoever has this key; None where it is none, was revoked or has expired.

        Raises:
            ConfigError: The keys cannot be read: nobody is let in then.
        """
        self._refresh()
        if self._fault:
            raise ConfigError(self._fault)
        key = key_of(self._keys, text, datetime.now(UTC))
        return key.caller if key is not None else None

    def _refresh(self) -> None:
        now_s = time.monotonic()
        if now_s < self._look_at_s:
            return
        self._look_at_s = now_s + _LOOK_EVERY_S
        try:
            found = self._file.path.stat()
            state = (found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode)
        except OSError:
            state = None
        if state == self._state:
            return
        self._state = state
        try:
            self._keys, self._fault = self._file.read(), ""
        except ConfigError as error:
            if str(error) != self._fault:
                logger.error("No key is accepted: %s", error)
            # The next look reads again: the fault may pass without a change of the file (no descriptor left).
            self._keys, self._fault, self._state = [], str(error), _UNREAD
