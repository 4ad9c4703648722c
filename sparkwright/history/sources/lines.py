"""From chunks of bytes to batches of lines with their offsets, in bounded memory."""

from collections.abc import Iterator

from sparkwright.errors import HistoryError


class LongLine(bytes):
    """The first bytes of a line that was too long to be kept."""


class OpenLine(bytes):
    """What follows the last line end: a line that may still be growing."""


def split_lines(chunks: Iterator[bytes], base: int, limit: int) -> Iterator[tuple[int, list[bytes]]]:
    """Yield batches of lines without their ends, each with the offset of its first line.

    A line longer than ``limit`` comes as a :class:`LongLine` in a batch of its own. What follows the last line end
    comes last, as an :class:`OpenLine` or an empty batch, even if the chunks end in an error, which is raised after it.
    If it is too long there is no such batch: reading cannot resume there.
    """
    pending: list[bytes] = []
    pending_bytes = 0
    skipping = 0
    offset = base
    failure: HistoryError | None = None
    while True:
        try:
            chunk = next(chunks, None)
        except HistoryError as error:
            chunk, failure = None, error
        if chunk is None:
            break
        if skipping:
            end = chunk.find(b"\n")
            if end < 0:
                skipping += len(chunk)
                continue
            offset += skipping + end + 1
            skipping = 0
            chunk = chunk[end + 1 :]
        elif pending and b"\n" not in chunk:
            pending.append(chunk)
            pending_bytes += len(chunk)
            if pending_bytes > limit:
                yield offset, [LongLine(pending[0][:200])]
                skipping, pending, pending_bytes = pending_bytes, [], 0
            continue
        lines = chunk.split(b"\n")
        if pending:
            lines[0] = b"".join([*pending, lines[0]])
        rest = lines.pop()
        if lines:
            yield offset, lines
            offset += sum(map(len, lines)) + len(lines)
        pending, pending_bytes = ([rest], len(rest)) if rest else ([], 0)
    if skipping:
        offset += skipping
    else:
        yield offset, [OpenLine(b"".join(pending))] if pending else []
        offset += pending_bytes
    if failure is not None:
        failure.offset_bytes = failure.offset_bytes or offset
        raise failure
