import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sparkwright.client.breaker import Breaker
from sparkwright.errors import CircuitOpenError, NoAnswerError, ProblemError, ServiceError


class Clock:
    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return Breaker("http://h (status)", 3, 10.0, clock)


def ask(breaker, error=None):
    with breaker.attempt():
        if error is not None:
            raise error


def fail(breaker, times=1, error=None):
    for _ in range(times):
        with pytest.raises(ServiceError):
            ask(breaker, error or NoAnswerError("gone"))


def test_after_so_many_failures_in_a_row_nobody_asks_and_the_error_says_so(breaker, clock):
    fail(breaker, 3)
    clock.now_s = 4.0
    with pytest.raises(
        CircuitOpenError, match=r"http://h \(status\): .* failed 3 times in a row; asked again in 6.0 s"
    ):
        ask(breaker)


def test_an_answer_in_between_starts_the_count_again(breaker):
    fail(breaker, 2)
    ask(breaker)
    fail(breaker, 2)
    ask(breaker)


def problem(status, retry_after_s=None):
    return ProblemError("no", status=status, detail="no", retry_after_s=retry_after_s)


@pytest.mark.parametrize("error", [problem(422), problem(404), problem(429, 1.0), problem(503, 1.0), problem(302)])
def test_a_refusal_is_no_failure(breaker, error):
    fail(breaker, 5, error)
    ask(breaker)


@pytest.mark.parametrize("error", [problem(500), problem(503), ServiceError("HTML"), NoAnswerError("late")])
def test_what_a_sound_service_would_not_answer_is_one(breaker, error):
    fail(breaker, 3, error)
    with pytest.raises(CircuitOpenError):
        ask(breaker)


def test_after_the_rest_one_tries_and_the_others_wait_for_what_becomes_of_it(breaker, clock):
    fail(breaker, 3)
    clock.now_s = 10.0
    with breaker.attempt(), pytest.raises(CircuitOpenError, match="one is trying"):
        ask(breaker)
    ask(breaker)


def test_a_try_that_fails_begins_another_rest(breaker, clock):
    fail(breaker, 3)
    clock.now_s = 11.0
    fail(breaker)
    clock.now_s = 20.0
    with pytest.raises(CircuitOpenError):
        ask(breaker)
    clock.now_s = 21.0
    ask(breaker)


def test_a_try_that_was_given_up_lets_another_one_try(breaker, clock):
    fail(breaker, 3)
    clock.now_s = 10.0
    with pytest.raises(KeyboardInterrupt):
        ask(breaker, KeyboardInterrupt())
    ask(breaker)


def test_of_many_threads_one_tries(breaker, clock):
    fail(breaker, 3)
    clock.now_s = 10.0
    inside, done = threading.Barrier(2), threading.Event()
    tried = []

    def try_it(number):
        try:
            with breaker.attempt():
                tried.append(number)
                inside.wait(5)
                done.wait(5)
        except CircuitOpenError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(try_it, number) for number in range(16)]
        inside.wait(5)
        while sum(one.done() for one in asked) < 15:
            pass
        done.set()
    assert sum(one.result() for one in asked) == len(tried) == 1


def test_a_forked_process_waits_for_no_thread_of_the_other_one(breaker, clock):
    fail(breaker, 3)
    clock.now_s = 10.0
    # As at the worst moment: another thread holds the lock, and one is trying.
    with breaker.attempt(), breaker._lock:
        child = os.fork()
        if child == 0:
            threading.Timer(5, os._exit, [1]).start()
            try:
                ask(breaker)
            except BaseException:
                os._exit(2)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
