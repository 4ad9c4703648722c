"""Real logs, spoilt in every way a log is spoilt: only rows that keep their contract and reasons come out."""

import gzip
import json
import os
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.arrow import schema
from data_contracts.row import Row
from sparkwright.history.context.log_context import ContextConfig, LogContext
from sparkwright.history.harvest.read import Harvested, harvest_source
from sparkwright.history.sources.log_files import LogFile, LogSource, Unreadable, find_logs
from tests.support.thorough import relaxed

REPOSITORY = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
MAX_ASIDE = 400
FUZZ = relaxed(120)

Event = dict[str, object]
Mutation = Callable[[list[bytes]], list[bytes]]

ODD_VALUES = st.one_of(
    st.sampled_from(
        [
            None,
            True,
            -1,
            0,
            2**31,
            -(2**63),
            2**63,
            2**63 - 1,
            10**400,
            -(2**70),
            1.5,
            1e308,
            -1e308,
            "",
            "x",
            "2026-01-01",
            [],
            {},
        ]
    ),
    st.sampled_from(
        ["NaN", "\x00", "\ud800", "x" * 70_000, "a\nb", "../../etc/passwd", "${jndi:x}", "'; DROP TABLE runs"]
    ),
    st.integers(1, 300).map(lambda depth: nested(depth)),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = {"x": [value]}
    return value


@cache
def recorded() -> tuple[tuple[bytes, ...], ...]:
    """The lines of some logs of the recorded campaign: a success, failures, and SQL among them."""
    folder = REPOSITORY / "tests" / "fixtures" / "campaign" / "eventlogs"
    logs = []
    for path in sorted(folder.glob("*/events_*"))[::12]:
        with path.open("rb") as stream:
            data = zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True).read()
        logs.append(tuple(data.splitlines()))
    return tuple(logs)


def places_in(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """Where in a JSON document something could be replaced."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield (*path, name)
        yield from places_in(inner, (*path, name))


@st.composite
def replaced_values(draw: st.DrawFn) -> Mutation:
    """Some value of an event becomes another: a wrong type, a huge or negative number, deep nesting."""
    choice, place, odd = draw(st.integers(0, 10_000)), draw(st.integers(0, 10_000)), draw(ODD_VALUES)

    def change(lines: list[bytes]) -> list[bytes]:
        number = choice % len(lines)
        try:
            event = json.loads(lines[number])
            places = list(places_in(event))
            *parents, last = places[place % len(places)]
        except (ValueError, IndexError, ZeroDivisionError, RecursionError):
            return lines
        target = event
        for name in parents:
            target = target[name]
        target[last] = odd
        return [*lines[:number], json.dumps(event, separators=(",", ":")).encode(), *lines[number + 1 :]]

    return change


@st.composite
def moved_clocks(draw: st.DrawFn) -> Mutation:
    """From some line on the clock is another: it ran backwards, or ahead by years."""
    start = draw(st.integers(0, 10_000))
    shift = draw(st.sampled_from([-(10**15), -(10**13), -(10**9), -3_600_000, -1, 1, 10**9, 10**13, 10**18]))
    clocks = (
        b'"Timestamp":',
        b'"Launch Time":',
        b'"Finish Time":',
        b'"Submission Time":',
        b'"Completion Time":',
        b'"time":',
    )

    def change(lines: list[bytes]) -> list[bytes]:
        number = start % len(lines)
        return [*lines[:number], *(moved(line) for line in lines[number:])]

    def moved(line: bytes) -> bytes:
        for clock in clocks:
            head, found, rest = line.partition(clock)
            digits = len(rest) - len(rest.lstrip(b"0123456789"))
            if found and digits:
                line = head + found + str(int(rest[:digits]) + shift).encode() + rest[digits:]
        return line

    return change


@st.composite
def moved_lines(draw: st.DrawFn) -> Mutation:
    """Lines are lost, doubled, or come in another order."""
    kind = draw(st.sampled_from(["lose", "double", "swap", "reverse", "lose starts", "lose ends", "double all"]))
    first, second = draw(st.integers(0, 10_000)), draw(st.integers(0, 10_000))

    def change(lines: list[bytes]) -> list[bytes]:
        one, other = first % len(lines), second % len(lines)
        low, high = min(one, other), max(one, other)
        match kind:
            case "lose":
                return lines[:low] + lines[high:] or lines[:1]
            case "double":
                return [*lines[:high], *lines[low:]]
            case "swap":
                lines = list(lines)
                lines[one], lines[other] = lines[other], lines[one]
                return lines
            case "reverse":
                return lines[::-1]
            case "lose starts":
                return [line for line in lines if b"ApplicationStart" not in line[:60]] or lines[:1]
            case "lose ends":
                return [line for line in lines if b"End" not in line[:60]] or lines[:1]
        return [*lines, *lines]

    return change


@st.composite
def spoilt_bytes(draw: st.DrawFn) -> Mutation:
    """Bytes inside a line are cut off, flipped, or put in: no UTF-8, NULs, line ends."""
    choice, place = draw(st.integers(0, 10_000)), draw(st.integers(0, 100_000))
    put = draw(
        st.sampled_from([None, b"", b"\x00", b"\xff\xfe", b"\n", b"\r\n", b'"', b"}", b"{" * 2_000, b"[" * 100_000])
    )

    def change(lines: list[bytes]) -> list[bytes]:
        number = choice % len(lines)
        line = lines[number]
        position = place % (len(line) + 1)
        rest = b"" if put is None else put + line[position + 1 :]
        return [*lines[:number], line[:position] + rest, *lines[number + 1 :]]

    return change


MUTATIONS = st.lists(st.one_of(replaced_values(), moved_clocks(), moved_lines(), spoilt_bytes()), max_size=6)
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "zstd": lambda data: zstandard.ZstdCompressor(level=1).compress(data),
    "gzip": lambda data: gzip.compress(data, 1),
}


@st.composite
def logs(draw: st.DrawFn) -> bytes:
    """The bytes of a spoilt log, compressed and spoilt again."""
    lines = list(draw(st.sampled_from(recorded())))
    for change in draw(MUTATIONS):
        lines = change(lines)
    data = bytearray(ENCODINGS[draw(st.sampled_from(sorted(ENCODINGS)))](b"\n".join(lines)))
    # Mostly none: a compressed log does not survive many of these.
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 3])) if data else 0):
        data[draw(st.integers(0, 2**40)) % len(data)] ^= 1 << draw(st.integers(0, 7))
    if draw(st.sampled_from([False, False, True])) and data:
        del data[draw(st.integers(0, 2**40)) % len(data) :]
    return bytes(data)


def read(path: Path, *, in_progress: bool = False) -> Harvested:
    source = LogSource(str(path), (LogFile(path),), path.stat().st_size, 1, in_progress)
    with LogContext(ContextConfig()) as context:
        return harvest_source(source, context, NOW)


def assert_sound(found: Harvested) -> None:
    """Every row keeps its contract and can be stored; what was set aside is of a bounded amount, with reasons."""
    rows = found.rows
    singles = [row for row in (rows.application, rows.run, found.record) if row is not None]
    written: list[Row] = [
        *singles,
        *rows.stages,
        *rows.executors,
        *rows.sql_executions,
        *rows.evidence,
        *found.quarantined,
    ]
    for row in written:
        values = row.model_dump()
        assert type(row).model_validate(values) == row
        assert not [rule.name for rule in row.rules if rule.broken_by(values)]
        pa.Table.from_pylist([values], schema=schema(type(row)))
        row.model_dump_json()
    assert all(aside.reason.startswith("expected ") for aside in found.quarantined)
    assert sum(aside.row_json is None for aside in found.quarantined) <= MAX_ASIDE
    assert len(rows.evidence) <= 200
    if found.unreadable:
        assert len(found.quarantined) == 1
        assert written == [*([found.record] if found.record else []), *found.quarantined]
    else:
        assert rows.application is not None or rows.rejected


@FUZZ
@given(logs(), st.booleans())
def test_of_a_log_spoilt_in_any_way_only_sound_rows_and_reasons_come_out(
    tmp_path: Path, data: bytes, in_progress: bool
) -> None:
    path = tmp_path / "app-1"
    path.write_bytes(data)
    assert_sound(read(path, in_progress=in_progress))


@pytest.mark.parametrize("number", range(3))
def test_an_undamaged_recorded_log_is_read_completely(tmp_path: Path, number: int) -> None:
    path = tmp_path / "app-1"
    path.write_bytes(b"\n".join(recorded()[number]))
    found = read(path)
    assert_sound(found)
    assert found.quarantined == ()
    assert found.rows.run is not None
    assert found.rows.stages


@FUZZ
@given(
    st.one_of(
        st.binary(max_size=2_000),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=9),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner),
        ).map(lambda value: json.dumps(value).encode()),
        st.text(max_size=500).map(lambda text: text.encode("utf-16", "replace")),
    ),
    st.sampled_from(sorted(ENCODINGS)),
)
def test_other_files_are_set_aside_with_one_reason(tmp_path: Path, data: bytes, encoding: str) -> None:
    path = tmp_path / "app-1"
    path.write_bytes(ENCODINGS[encoding](data))
    found = read(path)
    assert_sound(found)
    assert found.unreadable


def test_nesting_of_any_depth_is_a_fault_of_its_line(tmp_path: Path) -> None:
    path = tmp_path / "app-1"
    lines = list(recorded()[0])
    deep = b'{"Event":"SparkListenerJobStart","Job ID":' + b"[" * 5_000_000
    path.write_bytes(b"\n".join([*lines[:3], deep, deep + b"]" * 5_000_000 + b"}", *lines[3:]]))
    found = read(path)
    assert_sound(found)
    assert 1 <= len(found.quarantined) <= 2
    assert found.rows.application is not None


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["sparse", "zstd", "gzip"])
def test_one_line_of_a_gigabyte_is_set_aside_in_little_memory(tmp_path: Path, encoding: str) -> None:
    """Between two good halves of a log; the file is read by a process of its own, whose memory is measured."""
    path = tmp_path / "app-1"
    lines = recorded()[0]
    head, tail = b"\n".join(lines[:3]) + b'\n{"Event":"', b'"}\n' + b"\n".join(lines[3:])
    if encoding == "sparse":
        with path.open("wb") as stream:
            stream.write(head)
            stream.seek(1024**3, os.SEEK_CUR)
            stream.write(tail)
    else:
        compressor = zlib.compressobj(1, wbits=31) if encoding == "gzip" else zstandard.ZstdCompressor().compressobj()
        with path.open("wb") as stream:
            for piece in (head, *[bytes(16 * 1024**2)] * 64, tail):
                stream.write(compressor.compress(piece))
            stream.write(compressor.flush())
    code = (
        "import resource, sys; from pathlib import Path; from tests.history.test_fuzz import read\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; found = read(Path(sys.argv[1]))\n"
        "used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before\n"
        "print(used, len(found.quarantined), found.rows.application is not None, found.quarantined[0].reason)"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, env=environ, cwd=REPOSITORY
    )
    assert done.returncode == 0, done.stderr
    used_kib, aside, has_application, reason = done.stdout.split(" ", 3)
    assert int(used_kib) < 500 * 1024
    assert (aside, has_application) == ("1", "True")
    assert "one is longer" in reason


@contextmanager
def without_privileges() -> Iterator[None]:
    """As a user for whom permissions count, also where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_path_without_permission_is_named_and_the_rest_is_read() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for log in ("good", "closed"):
            (folder / log).write_bytes(b"\n".join(recorded()[0]))
            (folder / log).chmod(0o644)
        (folder / "closed").chmod(0o000)
        (folder / "cellar").mkdir(mode=0o000)
        with without_privileges():
            found = list(find_logs(folder))
            results = {item.path: read(Path(item.path)) for item in found if isinstance(item, LogSource)}
        (folder / "cellar").chmod(0o755)
    (refused,) = [item for item in found if isinstance(item, Unreadable)]
    assert (Path(refused.path).name, refused.reason) == ("cellar", "expected a readable folder: Permission denied")
    good, closed = results[str(folder / "good")], results[str(folder / "closed")]
    assert good.rows.application is not None
    assert closed.unreadable
    assert closed.record is None  # the next harvest tries again
    assert "Permission denied" in closed.quarantined[0].reason
