"""A log of any length as numbered lines, of which at most its two ends are held in memory."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from sparkwright.errors import HistoryError
from sparkwright.history.codecs import decoded
from sparkwright.history.evidence import CUT
from sparkwright.history.surroundings.findings import Line
from sparkwright.stores import FilePath

DRIVER_END_BYTES = 8 * 1024**2
EXECUTOR_END_BYTES = 2 * 1024**2
_MAX_LINE = 6400
# A compressed log has no end to jump to: behind this much of it we stop.
_MOST_DECOMPRESSED_BYTES = 256 * 1024**2


def file_lines(path: FilePath, end_bytes: int) -> Iterator[Line]:
    """The numbered lines of a file, compressed or not; of a long one those of its first and last ``end_bytes``.

    Raises:
        OSError: It cannot be read.
    """
    # A store is asked for as much at a time: once for a log of both ends, twice for a longer one.
    with path.open("rb", buffering=2 * end_bytes) as stream:
        compressed = stream.read(2) == b"\x1f\x8b"
        stream.seek(0)
        if compressed:
            yield from lines_of(_bounded(decoded(stream)), end_bytes)
        else:
            yield from _ends(stream, 0, path.stat().st_size, end_bytes)


def beginning(path: FilePath, most_bytes: int) -> bytes:
    """The first bytes of a file, compressed or not.

    Raises:
        OSError: It cannot be read.
    """
    data = bytearray()
    with path.open("rb", buffering=most_bytes) as stream:
        for piece in _bounded(decoded(stream)):
            data += piece
            if len(data) >= most_bytes:
                break
    return bytes(data[:most_bytes])


def section_lines(path: FilePath, start: int, end: int, end_bytes: int) -> Iterator[Line]:
    """The numbered lines of a part of a file, as :func:`file_lines` gives those of a whole one.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb", buffering=max(2, min(end - start, 2 * end_bytes))) as stream:
        yield from _ends(stream, start, end, end_bytes)


def lines_of(chunks: Iterable[bytes], end_bytes: int, *, from_start: bool = True) -> Iterator[Line]:
    """The numbered lines of a stream; of a long one those of its first and last ``end_bytes``.

    Args:
        chunks: The stream.
        end_bytes: How much of each end counts.
        from_start: False where the stream itself is but the end of something: its lines are counted from the end.
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
    """Lines behind the first line end, which is cut somewhere, counted from the end."""
    rest = data.partition(b"\n")[2].rstrip(b"\n")
    return _numbered(rest, -rest.count(b"\n") - 1)


def _whole_lines(data: bytes) -> bytes:
    return data.rpartition(b"\n")[0] or data


def _bounded(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """What of a stream can be decompressed, up to a bound; a broken end is an end."""
    seen = 0
    try:
        for chunk in chunks:
            yield chunk
            seen += len(chunk)
            if seen > _MOST_DECOMPRESSED_BYTES:
                return
    except HistoryError:
        return
