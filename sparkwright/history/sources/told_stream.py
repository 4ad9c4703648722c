"""A stream that reports how much of it is read."""

import io
from collections.abc import Callable
from typing import Any, BinaryIO, cast

Told = Callable[[int], None]
"""Called with the number of stored bytes of each read."""

_BUFFER_BYTES = 1024**2


def telling(stream: BinaryIO, told: Told | None) -> BinaryIO:
    """Wrap ``stream`` to report its reads; closing the wrapper closes it. Without ``told``, ``stream`` itself."""
    return stream if told is None else cast(BinaryIO, io.BufferedReader(_Telling(stream, told), _BUFFER_BYTES))


class _Telling(io.RawIOBase):
    def __init__(self, stream: BinaryIO, told: Told) -> None:
        self._stream = stream
        self._told = told

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self._told(len(data))
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()
