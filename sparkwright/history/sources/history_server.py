"""The Spark History Server's REST API (``/api/v1``): typed answers, and event logs as zip archives.

Stages are never requested with ``details=true``: that returns every task of a stage at once.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from sparkwright.errors import ConfigError, UnreachableError, reason
from sparkwright.history.sources.history_answers import (
    ApplicationInfo,
    EnvironmentAnswer,
    ExecutorAnswer,
    SqlAnswer,
    StageAnswer,
    text_of,
)
from sparkwright.redaction import redact_text

_API = "/api/v1"
_PAGE = 1000
_CONNECT_S = 10.0
_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 30.0
_MAX_ANSWER_BYTES = 512 * 1024**2

T = TypeVar("T")
Params = Mapping[str, str | int]


class HistoryServer:
    """A client of one History Server; close it after use, or use it as a context manager.

    Args:
        url: Its address, such as ``http://host:18080``; a user and password in it are used and never shown.
        timeout_s: How long the server may stay silent. It reads an event log when somebody first asks for its stages,
            executors or queries, which takes minutes for a large one.
        tries: How many times a request is made in all if the server cannot be reached, is overloaded or fails.

    Attributes:
        url: Address of its API, safe to show.
        address: The address as given.

    Raises:
        ConfigError: ``url`` is not an http address.
    """

    def __init__(self, url: str, *, timeout_s: float = 60.0, tries: int = 4) -> None:
        try:
            address = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise ConfigError(f"expected the address of a Spark History Server: {error}") from error
        if address.scheme not in {"http", "https"} or not address.host:
            raise ConfigError(
                f"expected the address of a Spark History Server such as http://host:18080, got {redact_text(url)!r}"
            )
        auth = httpx.BasicAuth(address.username, address.password) if address.userinfo else None
        path = address.path.rstrip("/").removesuffix(_API)
        self.url = str(address.copy_with(userinfo=b"", path=path + _API, query=None, fragment=None))
        self.address = url
        self._tries = tries
        self._client = httpx.Client(
            auth=auth, timeout=httpx.Timeout(timeout_s, connect=_CONNECT_S), follow_redirects=True
        )

    def __str__(self) -> str:
        return self.url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def applications(self) -> Iterator[ApplicationInfo]:
        """All applications: running ones first, then completed ones, latest first.

        The API has no offset, so completed applications are listed backwards from the latest end, a page at a time, and
        all of them every time: a log may be copied to the server long after its application ended.

        Raises:
            UnreachableError: As for every request: there is no History Server, it refuses, or it keeps failing.
        """
        seen = set()
        # Running ones first, so that an application that ends in between is seen twice rather than missed.
        for info in self._ask("/applications", list[ApplicationInfo], {"status": "running"}):
            seen.add(info.app_id)
            yield info
        limit = _PAGE
        window: dict[str, str] = {}
        while True:
            asked: Params = {**window, "status": "completed", "limit": limit}
            page = self._ask("/applications", list[ApplicationInfo], asked)
            for info in page:
                if info.app_id not in seen:
                    seen.add(info.app_id)
                    yield info
            if len(page) != limit:  # the last page; or a Spark before 2.2, which returns everything at once
                return
            oldest = page[-1].attempts[0].ended_at_ms if page[-1].attempts else -1
            before = text_of(datetime.fromtimestamp(oldest / 1000, UTC))
            if before == window.get("maxEndDate"):
                limit *= 2  # a whole page ended in the same millisecond
            window["maxEndDate"] = before

    def application(self, app_id: str) -> ApplicationInfo:
        """One application with its attempts."""
        return self._ask(_path(app_id), ApplicationInfo)

    def stages(self, app_id: str, attempt_id: str | None = None) -> list[StageAnswer]:
        """Every attempt of every stage, without its tasks."""
        return self._ask(f"{_path(app_id, attempt_id)}/stages", list[StageAnswer])

    def executors(self, app_id: str, attempt_id: str | None = None) -> list[ExecutorAnswer]:
        """Every executor, dead ones included, and the driver."""
        return self._ask(f"{_path(app_id, attempt_id)}/allexecutors", list[ExecutorAnswer])

    def environment(self, app_id: str, attempt_id: str | None = None) -> EnvironmentAnswer:
        """The effective properties."""
        return self._ask(f"{_path(app_id, attempt_id)}/environment", EnvironmentAnswer)

    def sql(self, app_id: str, attempt_id: str | None = None) -> Iterator[SqlAnswer]:
        """Every SQL execution without its plan, fetched a page at a time."""
        offset = 0
        while True:
            asked: Params = {"details": "false", "planDescription": "false", "offset": offset, "length": _PAGE}
            page = self._ask(f"{_path(app_id, attempt_id)}/sql", list[SqlAnswer], asked)
            yield from page
            offset += len(page)
            if len(page) < _PAGE:
                return

    def attempt_url(self, app_id: str, attempt_id: str | None = None) -> str:
        """The address of one attempt, without user and password."""
        return self.url + _path(app_id, attempt_id)

    def download_log(self, app_id: str, attempt_id: str | None, to: Path) -> None:
        """Write the attempt's event log, a zip archive, to ``to`` without holding it in memory.

        Raises:
            UnreachableError: It could not be downloaded completely.
            OSError: ``to`` cannot be written.
        """

        def take(response: httpx.Response) -> None:
            with to.open("wb") as file:
                for piece in response.iter_bytes(1024**2):
                    file.write(piece)

        self._fetch(f"{_path(app_id, attempt_id)}/logs", {}, take)

    def _ask(self, path: str, answer: type[T], params: Params | None = None) -> T:
        def take(response: httpx.Response) -> T:
            text = bytearray()
            for piece in response.iter_bytes(1024**2):
                text += piece
                if len(text) > _MAX_ANSWER_BYTES:
                    raise UnreachableError(
                        f"expected at most {_MAX_ANSWER_BYTES} bytes, more came from {_shown(response.url)}"
                    )
            try:
                return msgspec.json.decode(bytes(text), type=answer)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise UnreachableError(
                    f"expected an answer of a Spark History Server, {_shown(response.url)} gave "
                    f"{bytes(text[:60])!r} ({error}): is it one, or a page to sign in?"
                ) from error

        return self._fetch(path, params or {}, take)

    def _fetch(self, path: str, params: Params, take: Callable[[httpx.Response], T]) -> T:
        """The answer as ``take`` converts it; a request is repeated after a pause if that may help.

        Raises:
            UnreachableError: The server refused, or did not answer in any of the tries.
        """
        pause = _FIRST_PAUSE_S
        for left in reversed(range(self._tries)):
            wait = pause
            try:
                with self._client.stream("GET", self.url + path, params=params) as response:
                    if response.status_code == httpx.codes.OK:
                        return take(response)
                    fault = _fault(response)
                    if not (response.is_server_error or response.status_code == httpx.codes.TOO_MANY_REQUESTS):
                        raise UnreachableError(fault)
                    wait = max(wait, _asked_pause(response))
            except httpx.RequestError as error:
                fault = f"expected an answer of a Spark History Server, {self.url}{path} gave none: {reason(error)}"
            if not left:
                raise UnreachableError(f"{fault} (tried {self._tries} times)")
            # Jitter, so that readers that were refused together do not come back together.
            time.sleep(min(wait * random.uniform(0.75, 1.5), _LONGEST_PAUSE_S))
            pause *= 2
        raise AssertionError("unreachable: the last try returns or raises")


def _path(app_id: str, attempt_id: str | None = None) -> str:
    attempt = f"/{quote(attempt_id, safe='')}" if attempt_id else ""
    return f"/applications/{quote(app_id, safe='')}{attempt}"


def _shown(url: httpx.URL) -> str:
    return str(url.copy_with(userinfo=b""))


def _asked_pause(response: httpx.Response) -> float:
    """Seconds to wait as the server asked; a date in the header is ignored."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else 0.0


def _fault(response: httpx.Response) -> str:
    text = next(response.iter_bytes(200), b"").decode("utf-8", "replace").strip()
    message = "" if text.startswith("<") else text
    start = f"expected an answer, {_shown(response.url)} returned {response.status_code}"
    if response.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        return f"{start}: put user and password into the address (https://user:password@host)"
    if response.status_code == httpx.codes.NOT_FOUND and message.startswith(("unknown", "no such")):
        return f"{start}: {message}"
    if response.status_code == httpx.codes.NOT_FOUND:
        return f"{start}: is it a Spark History Server (http://host:18080)?"
    return f"{start}: {message}" if message else start
