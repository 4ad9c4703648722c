import gzip
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkwright.history.context import text
from sparkwright.history.context.log_failures import read_log
from sparkwright.history.context.text import DRIVER_END_BYTES, GAP, file_lines, lines_of, whole_lines
from sparkwright.history.evidence import FactCollector


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_short_file_is_read_whole_and_numbered(tmp_path: Path) -> None:
    path = written(tmp_path / "stderr", b"one\r\n\ntwo")
    assert list(file_lines(path, 100)) == [(1, "one"), (3, "two")]


@pytest.mark.parametrize("compress", [False, True])
def test_of_a_long_file_the_ends_are_read_and_the_last_line_is_minus_one(tmp_path: Path, compress: bool) -> None:
    data = b"".join(b"line %05d\n" % number for number in range(10_000))
    path = written(tmp_path / "stderr", gzip.compress(data) if compress else data)
    lines = list(file_lines(path, 1000))
    assert lines[0] == (1, "line 00000")
    assert lines[-1] == (-1, "line 09999")
    assert lines[-2] == (-2, "line 09998")
    assert sum(len(line) + 1 for _, line in lines) <= 2000
    assert all(line == f"line {(number - 1 if number > 0 else 10_000 + number):05d}" for number, line in lines)


def test_the_readable_part_of_a_broken_gzip_is_read(tmp_path: Path) -> None:
    # Incompressible, so that half of the file is about half of the text.
    content = "\n".join(f"{number * 2654435761 % 2**32:08x}" * 4 for number in range(50_000)).encode()
    data = gzip.compress(content)
    lines = list(file_lines(written(tmp_path / "log.gz", data[: len(data) // 2]), 10**7))
    assert 1000 < len(lines) < 50_000


def test_a_gzip_that_blows_up_is_left_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "_MAX_DECOMPRESSED_BYTES", 10**6)
    path = written(tmp_path / "bomb.gz", gzip.compress(b"".join(b"%07d\n" % number for number in range(400_000))))
    numbers = [int(line) for _, line in file_lines(path, 1000)]
    assert numbers[0] == 0
    assert numbers[-1] < 200_000


@given(st.lists(st.binary(max_size=40), max_size=30), st.integers(1, 60), st.booleans())
def test_any_bytes_in_any_pieces_become_lines_in_their_order(pieces: list[bytes], end: int, from_start: bool) -> None:
    numbers = [number for number, _ in lines_of(iter(pieces), end, from_start=from_start)]
    heads = [number for number in numbers if number > 0]
    tails = [number for number in numbers if number < 0]
    assert numbers == [*heads, *tails]
    assert heads == sorted(heads)
    assert tails == sorted(tails)
    assert from_start or not heads


def long_log(path: Path, told: dict[int, str], *, lines: int = 400_000) -> None:
    """A log of about 30 MB in which a few lines say something."""
    with path.open("w") as stream:
        for number in range(1, lines + 1):
            stream.write(
                told.get(number, f"26/01/02 03:04:05 INFO DAGScheduler: line {number} says nothing of interest\n")
            )


def test_the_middle_of_a_long_log_is_searched_for_failures(tmp_path: Path) -> None:
    told = {
        7: "26/01/02 03:04:05 ERROR A: at the start\n",
        200_000: "26/01/02 03:04:05 ERROR B: in the middle\njava.io.IOException: No space left on device\n",
        399_990: "26/01/02 03:04:05 ERROR C: at the end\n",
    }
    long_log(tmp_path / "stderr", told)
    assert (tmp_path / "stderr").stat().st_size > 2 * DRIVER_END_BYTES
    numbered = [*whole_lines(tmp_path / "stderr")]
    assert GAP in numbered
    assert len(numbered) < 250_000
    facts = FactCollector()
    read_log(iter(numbered), "driver_log", "stderr", facts)
    # The record in the middle is followed by a line of its own, which shifts everything after it by one.
    assert [(fact.source, fact.message.splitlines()[0]) for fact in facts] == [
        ("stderr:7", "A: at the start"),
        ("stderr:200000", "B: in the middle"),
        ("stderr:399991", "C: at the end"),
    ]
    assert "No space left on device" in list(facts)[1].message


def test_no_failure_goes_on_beyond_a_gap(tmp_path: Path) -> None:
    long_log(tmp_path / "stderr", {150_000: "26/01/02 03:04:05 ERROR B: it broke\n" + "\tat a.b(C.java:1)\n" * 3})
    facts = FactCollector()
    read_log(whole_lines(tmp_path / "stderr"), "driver_log", "stderr", facts)
    assert [fact.message.splitlines()[0] for fact in facts] == ["B: it broke"]


def test_a_short_log_is_read_whole_and_a_packed_one_by_its_ends(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one\n\ntwo\n")
    assert [*whole_lines(tmp_path / "a")] == [(1, "one"), (3, "two")]
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"one\ntwo\n"))
    assert [*whole_lines(tmp_path / "a.gz")] == [(1, "one"), (2, "two")]
    (tmp_path / "b").write_bytes(b"x" * (3 * DRIVER_END_BYTES))  # one line without an end
    assert next(whole_lines(tmp_path / "b"))[0] == 1


_PEAK = """
import sys
from pathlib import Path
from sparkwright.history.evidence import FactCollector
from sparkwright.history.context.log_failures import read_log
from sparkwright.history.context.text import whole_lines
facts = FactCollector()
read_log(whole_lines(Path(sys.argv[1])), "driver_log", "stderr", facts, alone=True)
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024, *(fact.source for fact in facts))
"""


@pytest.mark.parametrize("megabytes", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_a_drivers_log_of_any_size_is_read_in_bounded_memory(tmp_path: Path, megabytes: int) -> None:
    talk = "".join(
        f"26/01/02 03:04:05 INFO TaskSetManager: Starting task {number}.0 in stage 1.0 (TID {number})\n"
        for number in range(40_000)
    ).encode()
    repeats = megabytes * 10**6 // len(talk)
    with (tmp_path / "stderr").open("wb") as stream:
        for number in range(repeats):
            stream.write(talk)
            if number == repeats // 2:
                stream.write(b"26/01/02 03:04:05 ERROR Utils: it broke\njava.lang.OutOfMemoryError: Java heap space\n")
    command = [sys.executable, "-c", _PEAK, str(tmp_path / "stderr")]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert said[1:] == [f"stderr:{(repeats // 2 + 1) * 40_000 + 1}"]
    assert int(said[0]) < 160  # MB, the interpreter and what it imports among them
