"""Query a server of the cluster with bounded patience: small responses as a whole, logs by their two ends."""

import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import httpx
import msgspec

from sparkwright.errors import ContextError, reason
from sparkwright.history.context.findings import Line
from sparkwright.history.context.text import lines_of
from sparkwright.redaction import redact_text

_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
_ANSWER_S = 30.0  # do not wait longer for a server that answers in drips
_TRIES = 3
_PAUSE_S = 0.3
_PASSING = {429, 502, 503, 504}
_MAX_ANSWER_BYTES = 32 * 1024**2
_MAX_FAILURES = 3

S = TypeVar("S", bound=msgspec.Struct)


class Rest:
    """One HTTP server. Once it was unreachable, or failed three times in a row, it is not asked again.

    Args:
        name: Its name in faults.
        base_url: What all paths start with; a user and password in it are sent and never shown.
        token: Sent as a bearer token, to this server only.
        ca_file: Certificates to trust; by default those of the installation.
        follow_redirects: Whether the server may redirect to another (a standby ResourceManager does).
    """

    def __init__(
        self, name: str, base_url: str, *, token: str = "", ca_file: str = "", follow_redirects: bool = False
    ) -> None:
        self._name = name
        self._base_url = base_url.rstrip("/")
        self._token = token
        self._ca_file = ca_file
        self._follow_redirects = follow_redirects
        self._client: httpx.Client | None = None
        self._given_up = ""
        self._failures = 0

    def json(self, path: str, answer_type: type[S], params: Mapping[str, str] | None = None) -> S | None:
        """The response as ``answer_type``; None if the server knows no such thing (404).

        Raises:
            ContextError: The server could not be used.
        """
        with self._open(path, params, "application/json") as response:
            if response.status_code == httpx.codes.NOT_FOUND:
                return None
            content = b"".join(self._pieces(response, _MAX_ANSWER_BYTES))
            try:
                return msgspec.json.decode(content, type=answer_type, strict=False)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                why = str(error) if isinstance(error, msgspec.ValidationError) else repr(content[:60])
                raise self._fault(f"expected the JSON of {path.partition('?')[0]}, got {why}") from error

    def lines(self, path: str, params: Mapping[str, str], end_bytes: int, *, from_start: bool = True) -> Iterator[Line]:
        """The numbered lines of a text, limited as by :func:`lines_of`; none if there is no such text (404).

        Raises:
            ContextError: The server could not be used.
        """
        with self._open(path, params, "text/plain") as response:
            if response.status_code != httpx.codes.NOT_FOUND:
                yield from lines_of(self._pieces(response, 8 * end_bytes), end_bytes, from_start=from_start)

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    @contextmanager
    def _open(self, path: str, params: Mapping[str, str] | None, accept: str) -> Iterator[httpx.Response]:
        """A response with status 200 or 404 whose body is not yet read."""
        if self._given_up:
            raise ContextError(self._name, self._given_up)
        try:
            address = httpx.URL(self._base_url + path, params=params)
        except httpx.InvalidURL as error:
            raise self._fault(f"expected an address, got {self._base_url}: {error}", final=True) from error
        response = self._answer(self._connected().build_request("GET", address, headers={"Accept": accept}))
        try:
            if response.status_code not in {httpx.codes.OK, httpx.codes.NOT_FOUND}:
                raise self._fault(
                    f"expected an answer from {self._base_url}, got {response.status_code} {response.reason_phrase}"
                    + (": check the credentials" if response.status_code in {401, 403} else "")
                )
            yield response
            self._failures = 0
        finally:
            response.close()

    def _answer(self, request: httpx.Request) -> httpx.Response:
        for left in reversed(range(_TRIES)):
            try:
                response = self._connected().send(request, stream=True)
            except httpx.HTTPError as error:
                if left and isinstance(error, httpx.TransportError):
                    time.sleep(_PAUSE_S)
                    continue
                raise self._fault(
                    f"expected an answer from {self._base_url}, got none: {reason(error)}", final=True
                ) from error
            if left and response.status_code in _PASSING:
                response.close()
                time.sleep(_PAUSE_S)
                continue
            return response
        raise AssertionError("the last try returns or raises")

    def _pieces(self, response: httpx.Response, max_bytes: int) -> Iterator[bytes]:
        deadline = time.monotonic() + _ANSWER_S
        seen = 0
        try:
            for piece in response.iter_bytes():
                yield piece
                seen += len(piece)
                if seen > max_bytes:
                    return
                if time.monotonic() > deadline:
                    raise self._fault(f"expected an answer from {self._base_url} within {_ANSWER_S:g} s", final=True)
        except httpx.HTTPError as error:
            raise self._fault(f"{self._base_url} broke off its answer: {reason(error)}") from error

    def _connected(self) -> httpx.Client:
        if self._client is None:
            try:
                self._client = httpx.Client(
                    timeout=_TIMEOUT,
                    headers={"Authorization": f"Bearer {self._token}"} if self._token else {},
                    verify=ssl.create_default_context(cafile=self._ca_file) if self._ca_file else True,
                    follow_redirects=self._follow_redirects,
                    trust_env=False,  # a cluster's own servers are not behind a proxy
                )
            except OSError as error:
                raise self._fault(f"expected certificates in {self._ca_file}: {error}", final=True) from error
        return self._client

    def _fault(self, message: str, *, final: bool = False) -> ContextError:
        message = redact_text(message)
        self._failures += 1
        if final or self._failures >= _MAX_FAILURES:
            self._given_up = message
        return ContextError(self._name, message)
