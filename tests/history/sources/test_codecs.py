import gzip
import io
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from sparkwright.errors import HistoryError, TruncatedError
from sparkwright.history.application.completeness import log_state
from sparkwright.history.event_log import read_event_log
from sparkwright.history.sources.codecs import decoded
from sparkwright.history.sources.log_files import LogFile, LogSource
from tests.support.thorough import relaxed

MAGICS = {
    "zstd": b"\x28\xb5\x2f\xfd",
    "lz4": b"LZ4Block",
    "snappy": b"\x82SNAPPY\0",
    "lzf": b"ZV",
}
RELAXED = relaxed(60)
_END = b'{"Event":"SparkListenerApplicationEnd"'


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
def test_logs_compressed_by_spark_read_back_as_whole_events(by_codec: dict[str, bytes], codec: str) -> None:
    lines = read(by_codec[codec]).splitlines()
    assert lines[0].startswith(b'{"Event":"SparkListenerLogStart"')
    assert all(line.startswith(b'{"Event":"') and line.endswith(b"}") for line in lines)
    # A heartbeat that was on its way is written behind the end.
    said = [line for line in lines if not line.startswith(b'{"Event":"SparkListenerExecutorMetricsUpdate"')]
    assert said[-1].startswith(_END)


@pytest.mark.parametrize("codec", ["none", "zstd", "lz4", "snappy", "lzf"])
@RELAXED
@given(data=st.data())
def test_a_log_cut_anywhere_yields_its_beginning_and_is_not_complete(
    by_codec: dict[str, bytes], tmp_path: Path, codec: str, data: st.DataObject
) -> None:
    """Wherever the bytes end: also between two frames or blocks, which looks like the end of a stream."""
    stream = by_codec[codec]
    whole = read(stream)
    # Half of the cuts are close to the end, where nearly the whole log is left.
    near_end = st.integers(max(9, len(stream) - 3_000), len(stream) - 1)
    cut = data.draw(st.one_of(st.integers(9, len(stream) - 1), near_end))
    out, _ = read_what_there_is(stream[:cut])
    assert whole.startswith(out)
    path = tmp_path / "app-1"
    path.write_bytes(stream[:cut])
    try:
        reading = read_event_log(LogSource(str(path), (LogFile(path),), cut, 0))
    except HistoryError:
        assert b"SparkListenerApplicationStart" not in out.rpartition(b"\n")[0]
        return
    state = log_state(reading.application, compacted=False, faulty=reading.fault_count > 0)
    # The end of the application decides, not the end of the stream.
    ended = next(line for line in whole.splitlines() if line.startswith(_END)) in out
    assert state == "unfinished" if not ended else state in {"complete", "events_dropped"}


def test_a_zstd_log_cut_between_two_frames_is_unfinished(tmp_path: Path, log_bytes: Callable[..., bytes]) -> None:
    """Spark's writer closes a frame at every flush; the stream ends well there, the application does not."""
    lines = log_bytes(tasks=40).splitlines(keepends=True)
    frame = zstandard.ZstdCompressor().compress
    path = tmp_path / "app-1"
    path.write_bytes(frame(b"".join(lines[:10])) + frame(b"".join(lines[10:30])))
    reading = read_event_log(LogSource(str(path), (LogFile(path),), path.stat().st_size, 0))
    assert reading.faults == []
    assert log_state(reading.application, compacted=False, faulty=False) == "unfinished"


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
