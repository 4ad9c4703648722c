"""A request that gets no further."""

from collections.abc import Sequence


class Refused(Exception):  # noqa: N818 - an answer, not a fault of ours
    """What is answered instead.

    Args:
        closes: Whether the connection ends with it, because the rest of the request is not read.
    """

    def __init__(
        self, status: int, detail: str, *, closes: bool = False, headers: Sequence[tuple[bytes, bytes]] = ()
    ) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail
        self.headers = [*headers, *([(b"connection", b"close")] if closes else [])]
