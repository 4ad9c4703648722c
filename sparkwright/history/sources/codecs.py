"""Decompress what Spark compresses, a bounded piece at a time, whatever sizes the file claims.

Spark uses the framing of its Java libraries for lz4, snappy and lzf (lz4-java, snappy-java, compress-lzf), which
standard readers refuse. The codec is recognised by a file's first bytes, not by its name: logs are renamed and
compressed again on their way to an archive.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

import pyarrow as pa
import zstandard

from sparkwright.errors import HistoryError, TruncatedError

_PIECE_BYTES = 256 * 1024
# zstd may expand 4 bytes to 128 KiB, and its output cannot be limited.
_ZSTD_PIECE_BYTES = range(64, 4 * 1024 + 1)
_MAX_BLOCK_BYTES = 64 * 1024**2
_SNAPPY_MAGIC = b"\x82SNAPPY\0"

Decoder = Callable[[BinaryIO], Iterator[bytes]]


def decoded(source: BinaryIO, offset_bytes: int = 0) -> Iterator[bytes]:
    """The decompressed bytes of ``source`` from a stored offset on, in pieces.

    Raises:
        TruncatedError: The source ends in the middle of a block; everything before it was yielded.
        HistoryError: The source is damaged, or claims a block larger than any can be.
    """
    decoder = _decoder(source)
    source.seek(offset_bytes)
    return decoder(source)


def is_compressed(source: BinaryIO) -> bool:
    """Whether ``source`` is compressed; leaves it at its start."""
    decoder = _decoder(source)
    source.seek(0)
    return decoder is not _plain


def _decoder(source: BinaryIO) -> Decoder:
    source.seek(0)
    start = source.read(8)
    return next((decoder for magic, decoder in _DECODERS.items() if start.startswith(magic)), _plain)


def _plain(source: BinaryIO) -> Iterator[bytes]:
    while piece := source.read(_PIECE_BYTES):
        yield piece


def _zstd(source: BinaryIO) -> Iterator[bytes]:
    frame = None
    piece_bytes = _ZSTD_PIECE_BYTES[-1]
    while piece := source.read(piece_bytes):
        while piece:
            if frame is None:
                frame = zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj()
            try:
                data = frame.decompress(piece)
            except zstandard.ZstdError as error:
                raise HistoryError(f"expected zstd, the stream is damaged: {error}") from error
            if data:
                # Read as much next as would decompress to about one piece at the same ratio.
                fitting = 2 * len(piece) * _PIECE_BYTES // len(data)
                piece_bytes = max(_ZSTD_PIECE_BYTES[0], min(_ZSTD_PIECE_BYTES[-1], fitting))
                yield data
            piece = frame.unused_data if frame.eof else b""
            if frame.eof:
                frame = None
    if frame is not None:
        raise TruncatedError("expected a whole zstd stream, it ends in the middle of a frame")


def _gzip(source: BinaryIO) -> Iterator[bytes]:
    member = None
    while piece := source.read(_PIECE_BYTES):
        while piece:
            if member is None:
                member = zlib.decompressobj(wbits=31)
            try:
                data = member.decompress(piece, _PIECE_BYTES)
            except zlib.error as error:
                raise HistoryError(f"expected gzip, the stream is damaged: {error}") from error
            if data:
                yield data
            piece = member.unused_data.lstrip(b"\0") if member.eof else member.unconsumed_tail
            if member.eof:
                member = None
    if member is not None:
        raise TruncatedError("expected a whole gzip stream, it ends before its trailer")


def _lz4(source: BinaryIO) -> Iterator[bytes]:
    """Framing: ``net.jpountz.lz4.LZ4BlockOutputStream`` (lz4-java): 21-byte header, little endian."""
    codec = pa.Codec("lz4_raw")
    while header := source.read(21):
        _whole(header, 21, "lz4")
        magic, token, stored, size, _checksum = struct.unpack("<8sBiiI", header)
        if magic != b"LZ4Block" or token & 0xF0 not in (0x10, 0x20):
            raise HistoryError("expected an LZ4Block header, found other bytes: the stream is damaged")
        yield _block(codec if token & 0xF0 == 0x20 else None, source, stored, size, "lz4")


def _snappy(source: BinaryIO) -> Iterator[bytes]:
    """Framing: ``org.xerial.snappy.SnappyOutputStream`` (snappy-java): 16-byte header, then big-endian lengths."""
    codec = pa.Codec("snappy")
    while start := source.read(4):
        _whole(start, 4, "snappy")
        if start == _SNAPPY_MAGIC[:4]:  # a stream appended to another starts with its own header
            _whole(source.read(12), 12, "snappy")
            continue
        (stored,) = struct.unpack(">i", start)
        block = _bounded_read(source, stored, "snappy")
        yield _decompress(codec, block, _snappy_size(block), "snappy")


def _lzf(source: BinaryIO) -> Iterator[bytes]:
    """Framing: ``com.ning.compress.lzf.LZFChunk`` (compress-lzf): ``ZV``, type, big-endian lengths of 16 bits."""
    while header := source.read(5):
        _whole(header, 5, "lzf")
        magic, kind, stored = struct.unpack(">2sBH", header)
        if magic != b"ZV" or kind not in (0, 1):
            raise HistoryError("expected an lzf chunk header, found other bytes: the stream is damaged")
        if kind == 0:
            yield _bounded_read(source, stored, "lzf")
            continue
        (size,) = struct.unpack(">H", _whole(source.read(2), 2, "lzf"))
        yield _lzf_block(_bounded_read(source, stored, "lzf"), size)


def _lzf_block(block: bytes, size: int) -> bytes:
    """LibLZF's format: runs of literals, and copies of data up to 8 KiB back."""
    out = bytearray()
    position = 0
    try:
        while position < len(block):
            control = block[position]
            position += 1
            if control < 32:
                out += block[position : position + control + 1]
                position += control + 1
                continue
            length = control >> 5
            if length == 7:
                length += block[position]
                position += 1
            start = len(out) - ((control & 31) << 8) - block[position] - 1
            position += 1
            length += 2
            if start < 0:
                raise HistoryError("expected lzf data, a copy points before the start: the stream is damaged")
            seen = out[start : start + length]
            # A copy may overlap its own output, which then repeats.
            out += (seen * (length // len(seen) + 1))[:length]
    except IndexError:
        raise HistoryError("expected lzf data, a chunk ends too early: the stream is damaged") from None
    if len(out) != size:
        raise HistoryError(f"expected {size} bytes in an lzf chunk, got {len(out)}: the stream is damaged")
    return bytes(out)


def _block(codec: pa.Codec | None, source: BinaryIO, stored: int, size: int, name: str) -> bytes:
    block = _bounded_read(source, stored, name)
    return block if codec is None else _decompress(codec, block, size, name)


def _decompress(codec: pa.Codec, block: bytes, size: int, name: str) -> bytes:
    if not 0 <= size <= _MAX_BLOCK_BYTES:
        raise HistoryError(f"expected a {name} block of at most {_MAX_BLOCK_BYTES} bytes, its header says {size}")
    if not size:
        return b""
    try:
        return bytes(codec.decompress(block, size, asbytes=True))
    except (OSError, pa.ArrowException) as error:
        raise HistoryError(f"expected {name}, a block is damaged: {error}") from error


def _bounded_read(source: BinaryIO, size: int, name: str) -> bytes:
    if not 0 <= size <= _MAX_BLOCK_BYTES:
        raise HistoryError(f"expected a {name} block of at most {_MAX_BLOCK_BYTES} bytes, its header says {size}")
    return _whole(source.read(size), size, name)


def _whole(data: bytes, size: int, name: str) -> bytes:
    if len(data) < size:
        raise TruncatedError(f"expected a whole {name} stream, it ends in the middle of a block")
    return data


def _snappy_size(block: bytes) -> int:
    """The decompressed size: a little-endian base-128 number at the start of a snappy block."""
    size = 0
    for position, byte in enumerate(block[:5]):
        size |= (byte & 0x7F) << (7 * position)
        if byte < 0x80:
            return size
    raise HistoryError("expected a snappy block, its length is unreadable: the stream is damaged")


_DECODERS: dict[bytes, Decoder] = {
    b"\x28\xb5\x2f\xfd": _zstd,
    b"\x1f\x8b": _gzip,
    b"LZ4Block": _lz4,
    _SNAPPY_MAGIC: _snappy,
    b"ZV": _lzf,
}
