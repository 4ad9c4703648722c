"""A log of any length as numbered lines, with at most its two ends, or one piece, held in memory."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from sparkwright.errors import HistoryError
from sparkwright.history.context.findings import Line
from sparkwright.history.evidence import CUT
from sparkwright.history.sources.codecs import decoded
from sparkwright.history.sources.told_stream import Told, telling
from sparkwright.stores import FilePath

DRIVER_END_BYTES = 8 * 1024**2
EXECUTOR_END_BYTES = 2 * 1024**2
_MAX_LINE = 6400
# A compressed log has no end to jump to: stop after this much of it.
_MAX_DECOMPRESSED_BYTES = 256 * 1024**2
_PIECE_BYTES = 4 * 1024**2
_STRETCH_BYTES = 64 * 1024
# A log of nothing but errors is not read completely: the first and the last say most.
_MAX_MIDDLE_BYTES = 64 * 1024**2
# Without one of these, no line between the ends can be part of a failure. Plain substring search runs at the speed of
# the disk; a regular expression would not.
_WORDS_OF_FAILURE = (
    b"ERROR",
    b"FATAL",
    b"Exception",
    b"Error",
    b"Lost executor",
    b"Lost task",
    b"memory limit",
    b"No space left",
    b"Killed",
    b"diagnostics: ",
)
GAP: Line = (0, "")
"""Marks a gap between lines that are not consecutive, if both are counted from the start."""


def file_lines(path: FilePath, end_bytes: int) -> Iterator[Line]:
    """The numbered lines of a file, compressed or not; for a long one, those in its first and last ``end_bytes``.

    Raises:
        OSError: It cannot be read.
    """
    # A store is asked for this much at a time: once if the ends are the whole log, twice for a longer one.
    with path.open("rb", buffering=2 * end_bytes) as stream:
        compressed = stream.read(2) == b"\x1f\x8b"
        stream.seek(0)
        if compressed:
            yield from lines_of(_bounded(decoded(stream)), end_bytes)
        else:
            yield from _ends(stream, 0, path.stat().st_size, end_bytes)


def whole_lines(path: FilePath, told: Told | None = None) -> Iterator[Line]:
    """All lines of a file; for a long one, only those near a word of failure between its ends.

    :data:`GAP` marks where lines are left out; all are counted from the start. Of a compressed file only the ends are
    read, as by :func:`file_lines`.

    Args:
        path: On this machine or in a store.
        told: Called with the number of bytes of each read.

    Raises:
        OSError: It cannot be read.
    """
    with telling(path.open("rb"), told) as stream:
        compressed = stream.read(2) == b"\x1f\x8b"
        size = stream.seek(0, 2)
        if compressed or size <= 2 * DRIVER_END_BYTES:
            yield from file_lines(path, DRIVER_END_BYTES)
            if told is not None:
                told(size)
            return
        stream.seek(0)
        head = _whole_lines(stream.read(DRIVER_END_BYTES))
        stream.seek(len(head))
        yield from _numbered(head, 1)
        number = head.count(b"\n") + 1
        del head
        is_open, looked_at = True, 0
        while stream.tell() < size - DRIVER_END_BYTES:
            start = stream.tell()
            piece = _whole_lines(stream.read(min(_PIECE_BYTES, size - DRIVER_END_BYTES - start)))
            stream.seek(start + len(piece))
            if looked_at > _MAX_MIDDLE_BYTES or not any(word in piece for word in _WORDS_OF_FAILURE):
                if is_open:
                    yield GAP
                is_open = False
                number += piece.count(b"\n")
                continue
            for stretch in _stretches(piece):
                tells = any(word in stretch for word in _WORDS_OF_FAILURE)
                if tells or is_open:  # a failure may continue from one stretch into the next
                    yield from _numbered(stretch, number)
                    looked_at += len(stretch)
                if is_open and not tells:
                    yield GAP
                is_open = tells
                number += stretch.count(b"\n")
        if not is_open:
            yield GAP
        yield from _numbered(stream.read(), number)


def _stretches(piece: bytes) -> Iterator[bytes]:
    """Split a piece into stretches of whole lines."""
    start = 0
    while start < len(piece):
        end = piece.find(b"\n", start + _STRETCH_BYTES) + 1 or len(piece)
        yield piece[start:end]
        start = end


def beginning(path: FilePath, max_bytes: int) -> bytes:
    """The first bytes of a file, compressed or not.

    Raises:
        OSError: It cannot be read.
    """
    data = bytearray()
    with path.open("rb", buffering=max_bytes) as stream:
        for piece in _bounded(decoded(stream)):
            data += piece
            if len(data) >= max_bytes:
                break
    return bytes(data[:max_bytes])


def section_lines(path: FilePath, start: int, end: int, end_bytes: int) -> Iterator[Line]:
    """The numbered lines of a part of a file, as :func:`file_lines` returns those of a whole one.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb", buffering=max(2, min(end - start, 2 * end_bytes))) as stream:
        yield from _ends(stream, start, end, end_bytes)


def lines_of(chunks: Iterable[bytes], end_bytes: int, *, from_start: bool = True) -> Iterator[Line]:
    """The numbered lines of a stream; for a long one, those in its first and last ``end_bytes``.

    Args:
        chunks: The stream.
        end_bytes: Size of each end.
        from_start: False if the stream is itself only the end of something; then its lines count from the end.
    """
    head, tail = bytearray(), bytearray()
    cut = False
    for chunk in chunks:
        room = max(0, end_bytes - len(head))
        head += chunk[:room]
        tail += chunk[room:]
        if len(tail) > 2 * end_bytes:
            del tail[:-end_bytes]
            cut = True
    if cut and from_start:
        yield from _numbered(_whole_lines(bytes(head)), 1)
        yield from _tail(bytes(tail))
    elif cut:
        yield from _tail(bytes(tail))
    else:
        whole = bytes(head + tail)
        yield from _numbered(whole, 1) if from_start else _tail(b"\n" + whole)


def _ends(stream: BinaryIO, start: int, end: int, end_bytes: int) -> Iterator[Line]:
    stream.seek(start)
    if end - start <= 2 * end_bytes:
        yield from _numbered(stream.read(end - start), 1)
        return
    yield from _numbered(_whole_lines(stream.read(end_bytes)), 1)
    stream.seek(end - end_bytes)
    yield from _tail(stream.read(end_bytes))


def _numbered(data: bytes, first: int) -> Iterator[Line]:
    for number, raw in enumerate(data.split(b"\n"), start=first):
        if raw:
            cut = CUT if len(raw) > _MAX_LINE else ""
            yield number, raw[:_MAX_LINE].decode("utf-8", "replace").rstrip("\r") + cut


def _tail(data: bytes) -> Iterator[Line]:
    """Lines counted from the end, without the first, which may be cut."""
    rest = data.partition(b"\n")[2].rstrip(b"\n")
    return _numbered(rest, -rest.count(b"\n") - 1)


def _whole_lines(data: bytes) -> bytes:
    """The data up to its last line end; all of it if it has none."""
    return data[: data.rfind(b"\n") + 1] or data


def _bounded(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """As much of a stream as can be decompressed, up to a limit; a damaged stream simply ends."""
    seen = 0
    try:
        for chunk in chunks:
            yield chunk
            seen += len(chunk)
            if seen > _MAX_DECOMPRESSED_BYTES:
                return
    except HistoryError:
        return
