import gzip
import io
import tracemalloc
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sparkwright.errors import HistoryError, TruncatedError
from sparkwright.history.codecs import decoded

MAGICS = {
    "zstd": b"\x28\xb5\x2f\xfd",
    "lz4": b"LZ4Block",
    "snappy": b"\x82SNAPPY\0",
    "lzf": b"ZV",
}
RELAXED = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read(data: bytes) -> bytes:
    return b"".join(decoded(io.BytesIO(data)))


def read_what_there_is(data: bytes) -> tuple[bytes, bool]:
    """What came before the end or the fault, and whether there was a fault."""
    out = b""
    try:
        for piece in decoded(io.BytesIO(data)):
            out += piece
    except HistoryError:
        return out, True
    return out, False


@pytest.fixture(scope="session")
def by_codec(spark_logs: Path) -> dict[str, bytes]:
    """A log of each codec as Spark wrote it."""
    found = {}
    for path in (spark_logs / "eventlogs").rglob("*"):
        if path.is_file() and not path.name.startswith((".", "appstatus")):
            data = path.read_bytes()
            codec = next((name for name, magic in MAGICS.items() if data.startswith(magic)), "none")
            found[codec] = data
    return found


@pytest.mark.parametrize("codec", ["none", "zstd", "lz4", "snappy", "lzf"])
def test_what_spark_compressed_reads_back_as_whole_events(by_codec: dict[str, bytes], codec: str) -> None:
    lines = read(by_codec[codec]).splitlines()
    assert lines[0].startswith(b'{"Event":"SparkListenerLogStart"')
    assert all(line.startswith(b'{"Event":"') and line.endswith(b"}") for line in lines)
    assert lines[-1].startswith(b'{"Event":"SparkListenerApplicationEnd"')


@pytest.mark.parametrize("codec", ["zstd", "lz4", "snappy", "lzf"])
@RELAXED
@given(data=st.data())
def test_a_stream_cut_anywhere_yields_its_beginning_and_says_so(
    by_codec: dict[str, bytes], codec: str, data: st.DataObject
) -> None:
    stream = by_codec[codec]
    cut = data.draw(st.integers(9, len(stream) - 1))
    out, fault = read_what_there_is(stream[:cut])
    whole = read(stream)
    assert whole.startswith(out)
    # A block format may be cut exactly between two blocks, which looks like its end; zstd knows its end.
    assert fault or (codec != "zstd" and len(out) < len(whole)) or out == whole


@pytest.mark.parametrize("codec", ["none", "zstd", "lz4", "snappy", "lzf"])
@RELAXED
@given(data=st.data())
def test_damaged_bytes_end_in_data_or_a_history_error(
    by_codec: dict[str, bytes], codec: str, data: st.DataObject
) -> None:
    stream = bytearray(by_codec[codec])
    for _ in range(data.draw(st.integers(1, 5))):
        stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    read_what_there_is(bytes(stream))


@RELAXED
@given(st.binary(max_size=400), st.sampled_from([b"", *MAGICS.values(), b"\x1f\x8b", b"\x1f\x8b\x08"]))
def test_arbitrary_bytes_end_in_data_or_a_history_error(data: bytes, magic: bytes) -> None:
    read_what_there_is(magic + data)


def test_gzip_and_zstd_members_that_follow_each_other_are_one_log() -> None:
    assert read(gzip.compress(b"one\n") + gzip.compress(b"two\n")) == b"one\ntwo\n"
    frame = zstandard.ZstdCompressor().compress
    assert read(frame(b"one\n") + frame(b"two\n")) == b"one\ntwo\n"


def test_a_cut_gzip_log_is_truncated_not_damaged() -> None:
    with pytest.raises(TruncatedError):
        read(gzip.compress(bytes(range(256)) * 50)[:-9])


@pytest.mark.parametrize("compress", [lambda data: gzip.compress(data, 9), zstandard.ZstdCompressor().compress])
def test_a_small_file_that_unpacks_to_a_gigabyte_is_read_in_pieces(compress) -> None:
    bomb = compress(bytes(1024**3 // 2))
    tracemalloc.start()
    try:
        total = sum(len(piece) for piece in decoded(io.BytesIO(bomb)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == 1024**3 // 2
    assert peak < 300 * 1024**2
