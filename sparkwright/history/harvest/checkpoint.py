"""How far a log in progress was read and the result so far, so that the next harvest can resume there.

A checkpoint saves work and decides nothing: it is written only for logs in progress, holds the whole state that reading
the log up to its position leaves in memory, and is used only if the log still shows the same bytes around that position
and the reading code is the same. Otherwise the whole log is read again.

A plain file is resumed after its last complete line. A compressed one cannot be resumed in its middle, so for a rolling
log the files before the newest are remembered.
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import BinaryIO

import msgspec

import sparkwright
from sparkwright.errors import HistoryError
from sparkwright.history.reading import Position, Reading
from sparkwright.history.sources.log_files import LogFile, LogSource

# Below this size, reading again costs less than a checkpoint.
_WORTH_BYTES = 1024**2
_SHOWN_BYTES = 64 * 1024
_DIGEST_BYTES = 32
_FORGOTTEN_AFTER_S = 14 * 24 * 3600


class Checkpoint(msgspec.Struct):
    """What is kept of one log.

    Attributes:
        code: Digest of the code that read it.
        shown: Digest of the log's bytes around ``position``.
        position: How far it was read.
        reading: The result up to there.
    """

    code: str
    shown: bytes
    position: Position
    reading: Reading


class Checkpoints:
    """The checkpoints in one folder, one file each; readable only by the owner, since properties may hold secrets."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, source: LogSource) -> tuple[Reading, Position] | None:
        """The result so far and the position to resume at; None if the log must be read from its start."""
        try:
            stored = self._path(source).read_bytes()
            digest, content = stored[:_DIGEST_BYTES], stored[_DIGEST_BYTES:]
            if digest != _digest(content):
                return None
            kept = msgspec.msgpack.decode(content, type=Checkpoint)
            if kept.code != _code() or kept.shown != _shown(source.files, kept.position):
                return None
        except (OSError, HistoryError, msgspec.DecodeError):
            return None
        return kept.reading, kept.position

    def save(self, source: LogSource, reading: Reading, position: Position) -> None:
        """Keep the result up to ``position``; if that cannot be written, the log has no checkpoint."""
        if position.base_bytes < _WORTH_BYTES:
            return
        try:
            kept = Checkpoint(_code(), _shown(source.files, position), position, reading)
            content = msgspec.msgpack.encode(kept)
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(_digest(content) + content)
            Path(file.name).replace(self._path(source))
        # Numbers beyond 64 bits and halves of surrogate pairs cannot be kept.
        except (OSError, HistoryError, OverflowError, UnicodeEncodeError):
            self.forget(source)

    def forget(self, source: LogSource) -> None:
        """Remove what is kept of a log."""
        with suppress(OSError):
            self._path(source).unlink(missing_ok=True)

    def prune(self) -> None:
        """Remove the checkpoints that were not updated for two weeks."""
        if not self._folder.is_dir():
            return
        for entry in os.scandir(self._folder):
            with suppress(OSError):  # another harvest removed it first
                if entry.stat().st_mtime < time.time() - _FORGOTTEN_AFTER_S:
                    Path(entry.path).unlink()

    def _path(self, source: LogSource) -> Path:
        return self._folder / hashlib.sha256(source.path.encode("utf-8", "surrogateescape")).hexdigest()


def _shown(files: Sequence[LogFile], position: Position) -> bytes:
    """Digest of the names of the files before ``position``, and of both ends of the bytes just before it.

    Raises:
        OSError: They cannot be read.
        HistoryError: There are not that many files, or their archive cannot be read.
    """
    if position.file_count >= len(files):
        raise HistoryError(f"expected more than {position.file_count} files, found {len(files)}")
    whole, entered = files[: position.file_count], files[position.file_count]
    found = hashlib.blake2b(repr([(file.path.name, file.member) for file in whole]).encode(), digest_size=_DIGEST_BYTES)
    if whole:
        with whole[-1].open() as stream:
            found.update(_ends(stream, stream.seek(0, os.SEEK_END)))
    if position.offset_bytes:
        with entered.open() as stream:
            found.update(_ends(stream, position.offset_bytes))
    return found.digest()


def _ends(stream: BinaryIO, size: int) -> bytes:
    stream.seek(0)
    start = stream.read(min(size, _SHOWN_BYTES))
    stream.seek(max(0, size - _SHOWN_BYTES))
    return b"%d:%s%s" % (size, start, stream.read(min(size, _SHOWN_BYTES)))


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest()


@cache
def _code() -> str:
    """Digest of this package's source: different code may take different things from the same events."""
    folder = Path(sparkwright.__file__).parent
    found = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for path in sorted(folder.rglob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()
