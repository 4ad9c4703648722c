"""A log in progress is read on from where it stopped, and says the same as one that is read whole."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from sparkwright.history.event_log import read_event_log
from sparkwright.history.harvest import checkpoint
from sparkwright.history.harvest.checkpoint import Checkpoints
from sparkwright.history.harvest.read import read_on
from sparkwright.history.reading import Reading
from sparkwright.history.sources import codecs
from sparkwright.history.sources.log_files import LogSource, find_logs

Log = list[dict[str, object]]
FAILED = {"Reason": "ExceptionFailure", "Class Name": "java.io.IOException", "Description": "disk", "Loss Reason": "\n"}


@pytest.fixture(autouse=True)
def everything_is_worth_remembering(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "_WORTH_BYTES", 1)


@pytest.fixture
def checkpoints(tmp_path: Path) -> Checkpoints:
    return Checkpoints(tmp_path / "checkpoints")


@pytest.fixture
def bytes_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The size of every decompressed piece, in the order they were read."""
    sizes: list[int] = []
    decoded = codecs.decoded

    def counted(*words: object) -> object:
        for piece in decoded(*words):  # type: ignore[arg-type]
            sizes.append(len(piece))
            yield piece

    monkeypatch.setattr("sparkwright.history.event_log.decoded", counted)
    return sizes


def found(folder: Path) -> LogSource:
    (source,) = find_logs(folder)
    assert isinstance(source, LogSource)
    return source


def said(reading: Reading) -> tuple[object, ...]:
    """All that a reading tells; facts are numbered in their order."""
    return reading, list(reading.application.facts)


def whole(folder: Path) -> tuple[object, ...]:
    return said(read_event_log(found(folder)))


def test_a_plain_log_is_read_on_behind_its_last_whole_line_wherever_it_was_cut(
    write_log: Callable[..., Path], log_bytes: Callable[..., bytes], checkpoints: Checkpoints, bytes_read: list[int]
) -> None:
    content = log_bytes(tasks=60, failure=FAILED)
    draw = random.Random(5)
    cuts = sorted(draw.sample(range(1_000, len(content)), 25))
    for cut in cuts:
        folder = write_log("app-1.inprogress", content[:cut]).parent
        reading = read_on(found(folder), checkpoints)
        assert said(reading) == whole(folder)
    bytes_read.clear()
    (folder / "app-1.inprogress").unlink()
    write_log("app-1", content)
    reading = read_on(found(folder), checkpoints)
    assert sum(bytes_read) == len(content) - content.rindex(b"\n", 0, cuts[-1]) - 1
    assert said(reading) == whole(folder)
    assert not list((folder.parent / "checkpoints").iterdir())


def test_of_a_rolling_log_only_the_newest_file_is_read_again(
    write_log: Callable[..., Path], log_bytes: Callable[..., bytes], checkpoints: Checkpoints, bytes_read: list[int]
) -> None:
    lines = log_bytes(tasks=60, failure=FAILED).splitlines(keepends=True)
    parts = [b"".join(lines[:20]), b"".join(lines[20:40]), b"".join(lines[40:])]
    rolling = "eventlog_v2_app-1"
    folder = write_log(f"{rolling}/appstatus_app-1.inprogress", b"").parent.parent
    for number, part in enumerate(parts, start=1):
        # The flushed part of a frame that is still open can be read.
        frame = zstandard.ZstdCompressor().compressobj()
        stored = frame.compress(part) + frame.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        path = write_log(f"{rolling}/events_{number}_app-1.zstd", stored)
        bytes_read.clear()
        reading = read_on(found(folder), checkpoints)
        assert sum(bytes_read) == len(part) + (len(parts[number - 2]) if number > 1 else 0)
        assert said(reading) == whole(folder)
        path.write_bytes(stored + frame.flush())
    (folder / rolling / "appstatus_app-1.inprogress").rename(folder / rolling / "appstatus_app-1")
    bytes_read.clear()
    reading = read_on(found(folder), checkpoints)
    assert sum(bytes_read) == len(parts[-1])
    assert said(reading) == whole(folder)


def test_a_rewritten_log_is_read_as_a_whole(
    write_log: Callable[..., Path], log_bytes: Callable[..., bytes], checkpoints: Checkpoints
) -> None:
    folder = write_log("app-1.inprogress", log_bytes(tasks=20, ended=False)).parent
    read_on(found(folder), checkpoints)
    write_log("app-1.inprogress", log_bytes(tasks=30, ended=False, failure=FAILED))
    reading = read_on(found(folder), checkpoints)
    assert said(reading) == whole(folder)
    assert reading.application.stages[0, 0].failed_task_count == 1


@pytest.mark.parametrize("harm", ["cut", "flipped", "emptied", "other code", "unreadable folder"])
def test_a_checkpoint_that_is_lost_or_damaged_costs_only_a_whole_reading(
    write_log: Callable[..., Path],
    log_bytes: Callable[..., bytes],
    checkpoints: Checkpoints,
    bytes_read: list[int],
    monkeypatch: pytest.MonkeyPatch,
    harm: str,
) -> None:
    content = log_bytes(tasks=20, ended=False)
    folder = write_log("app-1.inprogress", content).parent
    read_on(found(folder), checkpoints)
    (kept,) = (folder.parent / "checkpoints").iterdir()
    stored = kept.read_bytes()
    if harm == "cut":
        kept.write_bytes(stored[:-9])
    elif harm == "flipped":
        kept.write_bytes(stored[:-9] + bytes([stored[-9] ^ 1]) + stored[-8:])
    elif harm == "emptied":
        kept.write_bytes(b"")
    elif harm == "other code":
        monkeypatch.setattr(checkpoint, "_code", lambda: "of tomorrow")
    else:
        kept.unlink()
        kept.parent.rmdir()
        kept.parent.write_bytes(b"a file where the folder should be")
    bytes_read.clear()
    assert said(read_on(found(folder), checkpoints)) == whole(folder)
    assert sum(bytes_read) == 2 * len(content)


def test_state_that_a_checkpoint_cannot_hold_is_not_kept_and_fails_nothing(
    write_log: Callable[..., Path], log_events: Callable[..., Log], log_bytes: Callable[..., bytes], tmp_path: Path
) -> None:
    log = log_events(ended=False, tasks=4)
    for event in log:
        if "Task Metrics" in event:
            event["Task Metrics"] = {"Executor CPU Time": 2**62}
    folder = write_log("app-1.inprogress", log_bytes(log)).parent
    reading = read_on(found(folder), Checkpoints(tmp_path / "checkpoints"))
    assert reading.application.stages[0, 0].executor_cpu_time_ns == 2**64
    assert not (tmp_path / "checkpoints").exists()


def test_nobody_else_can_read_a_checkpoint(
    write_log: Callable[..., Path], log_bytes: Callable[..., bytes], checkpoints: Checkpoints, tmp_path: Path
) -> None:
    folder = write_log("app-1.inprogress", log_bytes(ended=False)).parent
    read_on(found(folder), checkpoints)
    kept = tmp_path / "checkpoints"
    assert {path.stat().st_mode & 0o077 for path in (kept, *kept.iterdir())} == {0}
