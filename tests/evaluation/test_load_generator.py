"""The load generator counts what a service does, whatever that is."""

import socket
import threading
import time
from itertools import count

import pytest

from evaluation.benchmarks.load_generator import Answers, load
from sparkwright.errors import ServiceError
from tests.support.misbehaving_service import closed_port

__all__ = ["closed_port"]

ADVICE, FALLBACK = b'{"answered_by":"states"}', b'{"answered_by":"fallback"}'
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def answer(status: int, body: bytes) -> bytes:
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)


@pytest.fixture
def serve():
    """A service that does with its n-th request what it is told; a thread a connection."""
    listeners = []

    def start(behave) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        numbers = count()

        def one(connection: socket.socket) -> None:
            with connection:
                while connection.recv(4096):
                    given = behave(next(numbers))
                    if given is None:
                        return
                    for part in given:
                        connection.sendall(part)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return listener.getsockname()[1]

    yield start
    for listener in listeners:
        listener.close()


def test_every_answer_is_counted_as_what_it_is(serve):
    kinds = [answer(200, ADVICE), answer(200, FALLBACK), answer(503, b"{}")]
    seen = []

    def behave(number):
        seen.append(number)
        return [kinds[number % 3]]

    found = load(serve(behave), [REQUEST], 3, 0.5)
    assert len(found.took_s) == len(seen) > 30
    assert found.refused_count == pytest.approx(len(seen) / 3, abs=1)
    assert found.fallback_count == pytest.approx(len(seen) / 3, abs=1)
    assert found.advice_count + found.refused_count + found.fallback_count == len(seen)
    assert found.lost_count == 0
    assert found.seconds == pytest.approx(0.5, abs=0.1)


def test_an_answer_in_pieces_is_one_answer(serve):
    whole = answer(200, ADVICE)
    seen = []

    def behave(number):
        seen.append(number)
        return [whole[:5], whole[5:30], whole[30:-3], whole[-3:]]

    found = load(serve(behave), [REQUEST], 2, 0.3)
    assert found.advice_count == len(found.took_s) == len(seen)


def test_a_broken_connection_is_lost_and_another_goes_on(serve):
    found = load(serve(lambda number: None if number % 5 == 4 else [answer(200, ADVICE)]), [REQUEST], 2, 0.5)
    assert found.lost_count > 3
    assert found.advice_count == pytest.approx(4 * found.lost_count, abs=12)


def test_an_answer_that_never_comes_and_one_that_is_late_are_lost(serve):
    def behave(number):
        time.sleep(2.3 if number == 0 else 9)
        return [answer(200, ADVICE)]

    began_s = time.monotonic()
    found = load(serve(behave), [REQUEST], 2, 0.5)
    assert time.monotonic() - began_s < 4
    assert found.lost_count == 2


def test_nobody_there_is_told(closed_port):
    with pytest.raises(ServiceError, match="expected a service"):
        load(int(closed_port.rpartition(":")[2]), [REQUEST], 1, 0.1)


def test_quantiles_are_those_of_the_answers():
    found = Answers(took_s=[0.001 * number for number in range(100, 0, -1)])
    assert found.quantile_ms(0.5) == pytest.approx(51)
    assert found.quantile_ms(0.99) == pytest.approx(100)
    assert Answers().quantile_ms(0.5) == 0
