"""Who asked for what and what became of it: JSON lines in ``<home>/audit``, no secret and no body among them.

All processes append to one file, each line in one write. A file that has grown full is followed by the next number;
the oldest are removed.
"""

import json
import logging
import os
import time
from datetime import UTC, datetime
from pathlib import Path

MAX_FILE_BYTES = 64 * 1024**2
MAX_FILES = 32
_LOOK_EVERY = 256
_STRANGERS_PER_S = 20

logger = logging.getLogger("bentoml.sparkwright.audit")


class AuditLog:
    """Appends to the newest file of a folder.

    Args:
        folder: Made on first use, for the owner only.
        max_file_bytes: A larger file is followed by another one; about, since processes look now and then.
        max_files: So many are kept.
    """

    def __init__(self, folder: Path, max_file_bytes: int = MAX_FILE_BYTES, max_files: int = MAX_FILES) -> None:
        self._folder = folder
        self._max_file_bytes = max_file_bytes
        self._max_files = max_files
        self._file = -1
        self._written = 0
        self._is_broken = False
        self._second, self._strangers = 0, 0

    def write_stranger(self, **entry: str | int | float | None) -> None:
        """The same of a request that was refused without a key: some a second, of the others only how many there were.

        Else anybody could push out what is told of callers.
        """
        second = int(time.monotonic())
        if second != self._second:
            if (more := self._strangers - _STRANGERS_PER_S) > 0:
                self.write(refused_without_a_key=more)
            self._second, self._strangers = second, 0
        self._strangers += 1
        if self._strangers <= _STRANGERS_PER_S:
            self.write(**entry)

    def write(self, **entry: str | int | float | None) -> None:
        """Append one line; where that fails the log of the service says so once, and the request goes on."""
        line = json.dumps({"at": datetime.now(UTC).isoformat(timespec="milliseconds"), **entry})
        try:
            if self._file < 0 or self._written % _LOOK_EVERY == 0:
                self._turn()
            os.write(self._file, line.encode("ascii") + b"\n")
        except OSError as error:
            if not self._is_broken:
                logger.error("Nobody is told who asked: %s: %s", self._folder, error)
            self._is_broken = True
            return
        self._written += 1
        self._is_broken = False

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def _turn(self) -> None:
        """Go on with the newest file, or with another one where that is full."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        files = audit_files(self._folder)
        number = int(files[-1].stem.removeprefix("audit-")) if files else 1
        if files and files[-1].stat().st_size >= self._max_file_bytes:
            number += 1
        self.close()
        newest = self._folder / f"audit-{number:06}.jsonl"
        self._file = os.open(newest, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        for old in audit_files(self._folder)[: -self._max_files]:
            old.unlink(missing_ok=True)


def audit_files(folder: Path) -> list[Path]:
    """The files of an audit log, oldest first."""
    return sorted(folder.glob("audit-??????.jsonl"))
