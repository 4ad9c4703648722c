import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkwright.errors import HistoryError
from sparkwright.history import event_log
from sparkwright.history.event_log import read_event_log
from sparkwright.history.reading import Reading
from sparkwright.history.sources.lines import LongLine, split_lines
from sparkwright.history.sources.log_files import LogFile, LogSource
from tests.support.thorough import relaxed

Log = list[dict[str, object]]
RELAXED = relaxed(80)


def source(path: Path, *, in_progress: bool = False) -> LogSource:
    return LogSource(str(path), (LogFile(path),), path.stat().st_size, 0, in_progress)


def lines(log: Log) -> list[bytes]:
    return [json.dumps(one, separators=(",", ":")).encode() for one in log]


@pytest.fixture
def read(write_log: Callable[..., Path]) -> Callable[..., Reading]:
    def of(content: bytes, *, in_progress: bool = False) -> Reading:
        return read_event_log(source(write_log("app-1", content), in_progress=in_progress))

    return of


def test_totals_add_up_over_tasks(read: Callable[..., Reading], log_events: Callable[..., Log]) -> None:
    reading = read(b"\n".join(lines(log_events(tasks=5))))
    (stage,) = reading.application.stages.values()
    assert (stage.task_count, stage.executor_run_time_ms, stage.jvm_gc_time_ms, stage.result_bytes) == (5, 450, 5, 25)
    assert reading.faults == []


def test_unknown_events_and_fields_are_passed_over(
    read: Callable[..., Reading], log_events: Callable[..., Log]
) -> None:
    log = log_events()
    log.insert(3, {"Event": "SparkListenerFromTheFuture", "Weight": {"kg": [1, 2]}})
    log[2]["Mood"] = "good"
    reading = read(b"\n".join(lines(log)))
    assert reading.faults == []
    assert reading.application.event_count == len(log)


def test_an_event_whose_name_does_not_come_first_is_read_too(
    read: Callable[..., Reading], log_events: Callable[..., Log]
) -> None:
    log = log_events()
    start = log[2]
    turned = json.dumps({**{k: v for k, v in start.items() if k != "Event"}, "Event": start["Event"]}).encode()
    reading = read(b"\n".join([*lines(log[:2]), turned, *lines(log[3:])]))
    assert reading.application.start is not None
    assert reading.application.start.app_id == "app-1"


def test_a_broken_line_is_set_aside_with_its_offset_and_the_rest_is_read(
    read: Callable[..., Reading], log_events: Callable[..., Log]
) -> None:
    good = lines(log_events())
    content = b"\n".join([*good[:4], b'{"Event":"SparkListenerTaskEnd","Stage ID":"zero"}', *good[4:]])
    reading = read(content)
    (fault,) = reading.faults
    assert content[fault.offset_bytes :].startswith(b'{"Event":"SparkListenerTaskEnd","Stage ID":"zero"')
    assert reading.application.event_count == len(good)


def test_the_line_a_running_application_is_writing_is_no_fault(
    read: Callable[..., Reading], log_events: Callable[..., Log]
) -> None:
    content = b"\n".join(lines(log_events(ended=False)))[:-20]
    assert read(content, in_progress=True).faults == []
    assert len(read(content, in_progress=False).faults) == 1


def test_a_line_longer_than_the_limit_is_set_aside_unread(
    read: Callable[..., Reading], log_events: Callable[..., Log], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "MAX_LINE_BYTES", 1024 * 1024)
    good = lines(log_events())
    content = b"\n".join([*good[:4], b'{"Event":"Huge","x":"' + b"x" * 3 * 1024 * 1024 + b'"}', *good[4:]])
    reading = read(content)
    (fault,) = reading.faults
    assert "one is longer" in fault.reason
    assert content[fault.offset_bytes :].startswith(b'{"Event":"Huge"')
    assert reading.application.event_count == len(good)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n\n", b"\x00\x01\x02" * 5000, b'{"name": "no event"}\n' * 200, b"just text\n" * 200, b"[1,2,3]", b"{}"],
)
def test_a_file_that_is_not_an_event_log_is_refused(read: Callable[..., Reading], content: bytes) -> None:
    with pytest.raises(HistoryError, match="expected"):
        read(content)


def test_a_log_without_the_start_of_its_application_is_refused(
    read: Callable[..., Reading], log_events: Callable[..., Log]
) -> None:
    with pytest.raises(HistoryError, match="SparkListenerApplicationStart"):
        read(b"\n".join(lines(log_events()[3:])))


def test_many_faults_are_counted_not_kept(read: Callable[..., Reading], log_events: Callable[..., Log]) -> None:
    good = lines(log_events())
    reading = read(b"\n".join([*good, *[b"broken"] * 5000]))
    assert len(reading.faults) == 101
    assert "4900 more" in reading.faults[-1].reason


def test_bytes_that_are_no_text_spoil_only_their_line(
    read: Callable[..., Reading], log_events: Callable[..., Log]
) -> None:
    good = lines(log_events())
    bad = good[2].replace(b'"u"', b'"\xff\xfe"')
    reading = read(b"\n".join([*good, bad]))
    assert len(reading.faults) == 1
    assert reading.application.start is not None


@RELAXED
@given(cut=st.integers(0, 4000))
def test_a_log_cut_at_any_byte_is_read_or_refused(
    read: Callable[..., Reading], log_events: Callable[..., Log], cut: int
) -> None:
    content = b"\n".join(lines(log_events(tasks=6)))[:cut]
    try:
        reading = read(content)
    except HistoryError:
        return
    assert reading.application.event_count <= content.count(b"\n") + 1


@RELAXED
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 12), st.sampled_from([None, -1, 2**70, "x", [], {}, 1.5, True])), max_size=6
    ),
    data=st.data(),
)
def test_events_with_values_of_any_type_never_stop_the_reading(
    read: Callable[..., Reading], log_events: Callable[..., Log], changes: list[tuple[int, object]], data: st.DataObject
) -> None:
    log = json.loads(json.dumps(log_events()))
    for position, value in changes:
        target = log[position % len(log)]
        while isinstance(target, dict) and target:
            name = data.draw(st.sampled_from(sorted(target)))
            if isinstance(target[name], dict) and data.draw(st.booleans()):
                target = target[name]
            else:
                target[name] = value
                break
    try:
        read(b"\n".join(lines(log)))
    except HistoryError:
        return


@given(
    pieces=st.lists(st.binary(max_size=30).map(lambda data: data.replace(b"\r", b"")), max_size=20),
    limit=st.integers(5, 50),
)
def test_lines_come_whole_and_in_place_however_the_bytes_are_cut(pieces: list[bytes], limit: int) -> None:
    whole = b"".join(pieces)
    seen = 0
    for offset, batch in split_lines(iter(pieces), 0, limit):
        assert offset >= seen
        for line in batch:
            if isinstance(line, LongLine):
                assert whole[offset:].startswith(bytes(line))
            else:
                assert whole[offset : offset + len(line)] == line
                assert b"\n" not in line
            offset += len(line) + 1
        seen = offset - 1
    if all(len(line) <= limit for line in whole.split(b"\n")):
        assert b"\n".join(line for _, batch in split_lines(iter(pieces), 0, limit) for line in batch) == (
            whole.removesuffix(b"\n")
        )
