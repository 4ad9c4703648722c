"""Archives that hold event logs: zip, and tar, plain or compressed with gzip or zstd.

A zip archive allows random access. A tar archive is one stream: each file in it is searched for from the start and
copied, into memory while it is small and otherwise into a temporary file. Whatever an archive claims, it unpacks to a
bounded size, in bounded memory, and never to a path of its own choosing.
"""

import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from sparkwright.errors import HistoryError
from sparkwright.history.sources.codecs import decoded

_TAR_SUFFIXES = (".tar", ".tgz", ".tar.gz", ".tzst", ".tar.zst", ".tar.zstd")
# Event logs compress to a tenth, rarely to a fiftieth; an archive of zero bytes to a thousandth.
_MAX_RATIO = 250
_FREE_BYTES = 256 * 1024**2  # whatever the ratio
_MAX_READ_BYTES = 16 * 1024**2  # of one header; tarfile would hold it in memory
_PIECE_BYTES = 1024**2
_SPOOLED_BYTES = 16 * 1024**2


def is_archive(name: str) -> bool:
    """Whether a file is, by its name, an archive that can be read."""
    return name.lower().endswith((".zip", *_TAR_SUFFIXES))


def member_names(stream: BinaryIO, name: str) -> list[str]:
    """The files in the archive that ``stream`` holds; ``name`` tells its kind.

    Raises:
        OSError: It cannot be read.
        HistoryError: It is not such an archive, is damaged, or unpacks to more than the limit.
    """
    with _readable(name):
        if _is_zip(name):
            with zipfile.ZipFile(stream) as archive:
                return [member for member in archive.namelist() if not member.endswith("/")]
        with _tar(stream) as archive:
            return [member.name for member in archive if _is_file(member)]


@contextmanager
def opened_member(stream: BinaryIO, name: str, member: str) -> Iterator[BinaryIO]:
    """The bytes of one file in the archive; seekable.

    Raises:
        OSError: It cannot be read, or there is no room for a copy of the file.
        HistoryError: As for :func:`member_names`, or the archive no longer holds the file.
    """
    with _readable(name):
        if _is_zip(name):
            with zipfile.ZipFile(stream) as archive:
                try:
                    content = archive.open(member)
                except KeyError:
                    raise _gone(member) from None
                with content:
                    yield cast(BinaryIO, content)
            return
        with SpooledTemporaryFile(_SPOOLED_BYTES) as copy:
            _copy(stream, member, cast(BinaryIO, copy))
            copy.seek(0)
            yield cast(BinaryIO, copy)


def _is_zip(name: str) -> bool:
    return name.lower().endswith(".zip")


def _gone(member: str) -> HistoryError:
    return HistoryError(f"expected {member} in the archive as before, the archive was rewritten")


def _copy(stream: BinaryIO, member: str, copy: BinaryIO) -> None:
    with _tar(stream) as archive:
        for found in archive:
            content = archive.extractfile(found) if found.name == member and _is_file(found) else None
            if content is None:
                continue
            left = found.size
            while left:
                piece = content.read(min(left, _PIECE_BYTES))
                if not piece:
                    raise EOFError("a file in it ends too early")
                copy.write(piece)
                left -= len(piece)
            return
    raise _gone(member)


def _is_file(member: tarfile.TarInfo) -> bool:
    # Links lead out of the archive, and a sparse file of 1 KiB may be a terabyte of zeros.
    return member.isfile() and not member.issparse()


@contextmanager
def _readable(name: str) -> Iterator[None]:
    kind = "zip" if _is_zip(name) else "tar"
    try:
        yield
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise HistoryError(f"expected a readable {kind} archive: {error}") from error


@contextmanager
def _tar(stream: BinaryIO) -> Iterator[tarfile.TarFile]:
    with tarfile.open(fileobj=cast(BinaryIO, _Unpacked(stream)), mode="r:", errorlevel=2) as archive:
        yield archive


class _Unpacked:
    """The unpacked bytes of a stream, read forwards; only what :mod:`tarfile` needs of a file."""

    def __init__(self, stream: BinaryIO) -> None:
        stream.seek(0, 2)
        self._limit = max(_FREE_BYTES, _MAX_RATIO * stream.tell())
        self._pieces = decoded(stream)
        self._buffer = b""
        self._start = 0  # position of the buffer in the unpacked bytes
        self._position = 0

    def tell(self) -> int:
        return self._position

    def seek(self, position: int) -> int:
        """Move to ``position``; backwards only within the bytes that are still buffered."""
        if position < self._start:
            raise EOFError("it cannot be read backwards")
        self._position = position
        return position

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes; fewer only at the end."""
        if not 0 <= size <= _MAX_READ_BYTES:
            raise EOFError(f"a header in it claims {size} bytes")
        end = self._position + size
        while self._start + len(self._buffer) < end:
            piece = next(self._pieces, None)
            if piece is None:
                break
            # tarfile steps back by one byte.
            kept = max(0, min(len(self._buffer), self._position - self._start) - 1)
            self._start += kept
            self._buffer = self._buffer[kept:] + piece
            if self._start + len(self._buffer) > self._limit:
                raise HistoryError(
                    f"expected an archive that unpacks to at most {self._limit:,} bytes, this one is larger: unpack it"
                )
        begin = self._position - self._start
        found = self._buffer[begin : begin + size]
        self._position += len(found)
        return found
