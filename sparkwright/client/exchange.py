"""The service as a launcher sees it: one JSON exchange that ends by a deadline, whatever the other side does."""

import http.client
import json
import queue
import signal
import threading
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from sparkwright.errors import ServiceError, reason

_MAX_ANSWER_BYTES = 4 * 1024**2

Json = Mapping[str, object]


def exchange(service_url: str, path: str, body: Json | None, timeout_s: float, api_key: str = "") -> dict[str, object]:
    """The JSON object the service answers: to a POST of ``body``, or to a GET where there is none.

    Name look-up, connect, and an answer that drips in byte by byte all count against ``timeout_s``: the work is done
    in a thread that is left behind when the time is over. Proxies are not used and redirects not followed.

    Args:
        service_url: Where the service is.
        path: What is asked.
        body: What is sent.
        timeout_s: Seconds for all of it.
        api_key: Shown as a bearer token, where there is one; no error tells it.

    Raises:
        ServiceError: No answer in time, no connection, a status other than 200, or no JSON object.
    """
    address = f"{service_url.rstrip('/')}{path}"
    payload = None if body is None else json.dumps(body).encode()
    answers: queue.SimpleQueue[tuple[int, bytes] | Exception] = queue.SimpleQueue()

    def work() -> None:
        # The launcher waits for signals in another thread; one that is delivered here would kill it.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            answers.put(_fetch(address, payload, time.monotonic() + timeout_s, api_key))
        except (OSError, http.client.HTTPException, ValueError) as error:
            answers.put(error)

    threading.Thread(target=work, daemon=True, name="sparkwright-exchange").start()
    try:
        answer = answers.get(timeout=timeout_s)
    except queue.Empty:
        raise ServiceError(f"{address}: expected an answer within {timeout_s:g} s, got none") from None
    if isinstance(answer, ConnectionRefusedError):
        raise ServiceError(
            f"{address}: connection refused: start the service with sparkwright serve, or say where it is with "
            "SPARKWRIGHT_SERVICE_URL"
        ) from answer
    if isinstance(answer, Exception):
        raise ServiceError(f"{address}: {reason(answer)}") from answer
    status, text = answer
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if status != http.client.OK:
        raise ServiceError(f"{address}: answered {status}: {_fault(document) or _start(text)}")
    if not isinstance(document, dict):
        raise ServiceError(f"{address}: expected a JSON object, got {_start(text)}")
    return document


def _fetch(address: str, payload: bytes | None, deadline: float, api_key: str) -> tuple[int, bytes]:
    url = urlsplit(address)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise ValueError("expected an address such as http://127.0.0.1:3000 in SPARKWRIGHT_SERVICE_URL")
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname, url.port, timeout=max(0.01, deadline - time.monotonic()))
    try:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if api_key:
            headers["Authorization"] = f"Bearer {api_key}"
        connection.request("GET" if payload is None else "POST", url.path, payload, headers)
        response = connection.getresponse()
        text = b""
        while chunk := response.read1(65536):
            text += chunk
            if len(text) > _MAX_ANSWER_BYTES or time.monotonic() > deadline:
                raise ValueError("the answer is too long or too slow")
        if response.length:
            raise http.client.IncompleteRead(text, response.length)
        return response.status, text
    finally:
        connection.close()


def _fault(document: object) -> str:
    """What a refusal says: the detail of a problem (RFC 9457)."""
    detail = document.get("detail") if isinstance(document, dict) else None
    return detail[:2000] if isinstance(detail, str) else ""


def _start(text: bytes) -> str:
    return repr(text[:120].decode("utf-8", errors="replace"))
