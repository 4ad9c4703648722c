import time

import pytest

from sparkwright.client.exchange import exchange
from sparkwright.errors import ServiceError


def ask(url, timeout_s=0.5):
    started = time.monotonic()
    try:
        return exchange(url, "/v1/recommend", {"app_name": "a"}, timeout_s)
    finally:
        assert time.monotonic() - started < timeout_s + 1.5


def raw(text: bytes):
    def answer(connection):
        connection.recv(65536)
        connection.sendall(text)

    return answer


def drip(head: bytes):
    def answer(connection):
        connection.recv(65536)
        connection.sendall(head)
        while True:
            connection.sendall(b" ")
            time.sleep(0.05)

    return answer


def test_an_object_is_returned(misbehaving_service):
    url = misbehaving_service(raw(b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}'))
    assert ask(url) == {"a": 1}


def test_a_closed_port_is_an_error_at_once(closed_port):
    with pytest.raises(ServiceError, match="refused"):
        ask(closed_port)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda connection: time.sleep(5), id="silent"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{"), id="dripping body"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nX-Long:"), id="dripping headers"),
    ],
)
def test_a_service_that_does_not_finish_is_left_at_the_deadline(misbehaving_service, answer):
    with pytest.raises(ServiceError, match=r"within|time|slow"):
        ask(misbehaving_service(answer))


def test_a_name_that_is_not_resolved_is_left_at_the_deadline():
    with pytest.raises(ServiceError):
        ask("http://no-such-host.invalid:3000", timeout_s=1.0)


def flood(connection):
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n[")
    while True:
        connection.sendall(b"1," * 65536)


@pytest.mark.parametrize(
    "answer",
    [
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xff\xfe"),
        raw(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 2\r\n\r\n{}"),
        raw(b"SSH-2.0-OpenSSH_9\r\n"),
        raw(b""),
        flood,
    ],
)
def test_garbage_is_an_error(misbehaving_service, answer):
    with pytest.raises(ServiceError):
        ask(misbehaving_service(answer), timeout_s=2.0)


def test_a_refusal_names_the_field(misbehaving_service):
    body = b'{"status": 422, "detail": "properties/spark.executor.memory: expected a size", "errors": []}'
    head = f"HTTP/1.1 422 Unprocessable Entity\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with pytest.raises(ServiceError, match=r"422: properties/spark\.executor\.memory: expected a size"):
        ask(misbehaving_service(raw(head + body)))


@pytest.mark.parametrize("url", ["ftp://x", "127.0.0.1:3000", "", "http://", "http://h:port"])
def test_an_address_that_is_none_is_an_error(url):
    with pytest.raises(ServiceError):
        ask(url)
