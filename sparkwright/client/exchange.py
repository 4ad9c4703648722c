"""One exchange over HTTP that ends by a deadline, whatever the other side does."""

import http.client
import json
import queue
import signal
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from sparkwright.client.reading import MAX_ANSWER_BYTES, Answer, object_of
from sparkwright.errors import NoAnswerError, ServiceError, reason

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is sent: to an address, with a body of JSON where there is one."""

    method: str
    address: str
    payload: bytes | None
    api_key: str = field(default="", repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """The headers; the answer is to come as it is, since what was packed could unpack without end."""
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
        return headers | ({"Authorization": f"Bearer {self.api_key}"} if self.api_key else {})


def exchange(service_url: str, path: str, body: Json | None, timeout_s: float, api_key: str = "") -> dict[str, object]:
    """The JSON object the service answers: to a POST of ``body``, or to a GET where there is none.

    Args:
        service_url: Where the service is.
        path: What is asked.
        body: What is sent.
        timeout_s: Seconds for all of it.
        api_key: Shown as a bearer token, where there is one; no error tells it.

    Raises:
        ServiceError: No answer in time, no connection, a status other than 200, or no JSON object.
    """
    payload = None if body is None else json.dumps(body).encode()
    request = HttpRequest("GET" if body is None else "POST", f"{service_url.rstrip('/')}{path}", payload, api_key)
    return object_of(request.address, fetch(request, timeout_s))


def fetch(request: HttpRequest, timeout_s: float, tls: ssl.SSLContext | None = None) -> Answer:
    """Whatever is answered.

    Name look-up, connect, and an answer that drips in byte by byte all count against ``timeout_s``: the work is done
    in a thread that is left behind when the time is over, and whose connection is cut then. Proxies are not used and
    redirects not followed.

    Args:
        request: What is asked.
        timeout_s: Seconds for all of it.
        tls: Whom to trust; None: the certificates of this machine.

    Raises:
        NoAnswerError: No whole answer in time.
        ServiceError: There is no such address, or its certificate is not trusted.
    """
    address = request.address
    answers: queue.SimpleQueue[Answer | Exception] = queue.SimpleQueue()
    line = _Line()

    def work() -> None:
        # The launcher waits for signals in another thread; one that is delivered here would kill it.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            answers.put(_fetch(request, time.monotonic() + timeout_s, tls, line))
        except (OSError, http.client.HTTPException, ValueError) as error:
            answers.put(error)

    try:
        threading.Thread(target=work, daemon=True, name="sparkwright-exchange").start()
    except RuntimeError as error:  # no more threads, or the interpreter is about to end
        raise ServiceError(f"{address}: not asked: {reason(error)}") from error
    try:
        answer = answers.get(timeout=max(0.0, timeout_s))
    except queue.Empty:
        line.cut()
        raise NoAnswerError(f"{address}: expected an answer within {timeout_s:.3g} s, got none") from None
    if isinstance(answer, Exception):
        raise no_answer(address, answer) from answer
    return answer


def no_answer(address: str, error: Exception) -> ServiceError:
    """What to tell of an exchange that failed with ``error``."""
    if isinstance(error, ConnectionRefusedError):
        return NoAnswerError(
            f"{address}: connection refused: start the service with sparkwright serve, or say where it is with "
            "SPARKWRIGHT_SERVICE_URL"
        )
    # Asked again, it would be no other address and show no other certificate.
    is_lasting = isinstance(error, ValueError | ssl.SSLCertVerificationError)
    return (ServiceError if is_lasting else NoAnswerError)(f"{address}: {reason(error)}")


def split_address(address: str) -> SplitResult:
    """The parts of the address of a service.

    Raises:
        ValueError: It is none.
    """
    url = urlsplit(address)
    if url.scheme not in {"http", "https"} or not url.hostname or url.port == 0:
        raise ValueError("expected an address such as http://127.0.0.1:3000 in SPARKWRIGHT_SERVICE_URL")
    return url


class _Line:
    """The connection of an exchange, for whoever waited in vain to cut."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_cut = False

    def hold(self, connected: socket.socket | None) -> None:
        with self._lock:
            self._socket = connected
            is_cut = self._is_cut
        if is_cut:
            self.cut()

    def cut(self) -> None:
        with self._lock:
            self._is_cut = True
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)


def _fetch(request: HttpRequest, deadline: float, tls: ssl.SSLContext | None, line: _Line) -> Answer:
    url = split_address(request.address)
    timeout_s = max(0.01, deadline - time.monotonic())
    connection = (
        http.client.HTTPSConnection(url.hostname or "", url.port, timeout=timeout_s, context=tls)
        if url.scheme == "https"
        else http.client.HTTPConnection(url.hostname or "", url.port, timeout=timeout_s)
    )
    try:
        connection.connect()
        line.hold(connection.sock)
        target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
        connection.request(request.method, target, request.payload, request.headers)
        response = connection.getresponse()
        text = bytearray()
        while chunk := response.read1(65536):
            text += chunk
            if len(text) > MAX_ANSWER_BYTES:
                raise ValueError("the answer is too long")
            if time.monotonic() > deadline:
                raise http.client.HTTPException("the answer is too slow")
        if response.length:
            raise http.client.IncompleteRead(bytes(text), response.length)
        return Answer(response.status, bytes(text), response.getheader("Retry-After", ""))
    finally:
        line.hold(None)
        connection.close()
