"""Describe a file without events to help whoever put it there, without quoting it.

Nothing would tell which of its words are secret.
"""

from collections.abc import Sequence

from sparkwright.errors import HistoryError, NoEventsError

EMPTY = "expected Spark events, the log is empty"
_MAGICS = {
    b"PK\x03\x04": "a zip archive whose name does not end in .zip",
    b"BZh": "bzip2, which Spark does not write: unpack it",
    b"\xfd7zXZ": "xz, which Spark does not write: unpack it",
    b"7z\xbc\xaf": "a 7z archive: unpack it",
    b"\xff\xfe": "text in UTF-16: convert it to UTF-8",
    b"\xfe\xff": "text in UTF-16: convert it to UTF-8",
    b"PAR1": "Parquet",
    b"%PDF": "PDF",
    b"\x89PNG": "an image",
}
_TAR_MAGIC = b"ustar"  # at byte 257 of a tar archive
_HEAD_BYTES = 200


def looks_like(line: bytes) -> str:
    """What a line that is not an event looks like."""
    line = line.strip()
    if not line.strip(b"\0"):
        return "zero bytes"
    for magic, words in _MAGICS.items():
        if line.startswith(magic):
            return words
    if _TAR_MAGIC in line[250:270]:
        return "a tar archive whose name ends in none of .tar, .tgz and .tar.gz"
    if line.startswith(b"<"):
        return "XML or HTML"
    if line.startswith((b"{", b"[")):
        return "other JSON"
    try:
        return "text" if line.decode("utf-8").replace("\t", " ").isprintable() else "binary data"
    except UnicodeDecodeError:
        return "binary data"


def refusal(head: Sequence[bytes], reason: str, line_count: int, offset_bytes: int) -> HistoryError:
    """Why a file without a single event is set aside.

    Args:
        head: Its first lines that are not blank; two are enough.
        reason: What is wrong with the first of them.
        line_count: How many were tried.
        offset_bytes: Offset of the first of them.

    Returns:
        :class:`NoEventsError` if it is plainly some other file, else an error for what may be meant as an event log.
    """
    if not head:
        return HistoryError(EMPTY, offset_bytes)
    first, second = head[0].strip(), head[1].strip() if len(head) > 1 else b""
    if first.startswith(b"[") and b'"Event"' in (first + second)[:_HEAD_BYTES]:
        told = "one JSON array of them: write one per line, as `jq -c '.[]' FILE` does"
    elif first in {b"{", b"["} and (first == b"[" or second.startswith(b'"')):
        told = "JSON spread over several lines: write one event per line, as `jq -c . FILE` does"
    else:
        words = f"expected Spark events, none of the first {line_count} line(s) is one: {reason}"
        kind = HistoryError if b'"Event"' in first[:_HEAD_BYTES] else NoEventsError
        return kind(words, offset_bytes)
    return HistoryError(f"expected one Spark event per line, got {told}", offset_bytes)
