import pytest

from sparkwright.client.attempts import Attempts
from sparkwright.errors import CircuitOpenError, NoAnswerError, ProblemError, ServiceError


def attempts(limit=10, timeout_s=100.0, now=None, share=1.0):
    now = now or [0.0]
    return Attempts(limit, timeout_s, clock=lambda: now[0], uniform=lambda low, high: low + share * (high - low))


def problem(status, retry_after_s=None):
    return ProblemError("no", status=status, detail="no", retry_after_s=retry_after_s)


def test_waits_double_up_to_a_bound():
    trying = attempts()
    assert [trying.wait_s(NoAnswerError("gone")) for _ in range(7)] == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]


def test_clients_that_failed_together_do_not_come_again_together():
    waits = {Attempts(2, 100.0).wait_s(NoAnswerError("gone")) for _ in range(50)}
    assert len(waits) > 40
    assert all(0 <= wait <= 0.1 for wait in waits)


@pytest.mark.parametrize("status", [429, 503])
def test_the_service_says_when_to_come_again(status):
    assert attempts(share=0.0).wait_s(problem(status, 3.0)) == 3.0
    assert attempts().wait_s(problem(status, 3.0)) == pytest.approx(3.1)


def test_who_would_come_too_late_does_not_wait():
    assert attempts(timeout_s=2.0).wait_s(problem(503, 60.0)) is None
    now = [0.0]
    trying = attempts(timeout_s=2.0, now=now)
    now[0] = 1.9
    assert trying.wait_s(NoAnswerError("gone")) is None


@pytest.mark.parametrize(
    "error",
    [problem(500), problem(422), problem(404), problem(401), ServiceError("HTML"), CircuitOpenError("open", 1.0)],
)
def test_what_does_not_pass_is_not_repeated(error):
    assert attempts().wait_s(error) is None


def test_the_last_attempt_is_the_last_one():
    trying = attempts(limit=3)
    assert [trying.wait_s(NoAnswerError("gone")) is None for _ in range(3)] == [False, False, True]


def test_the_time_left_is_never_below_nothing():
    now = [0.0]
    trying = attempts(timeout_s=2.0, now=now)
    now[0] = 0.5
    assert trying.left_s == 1.5
    now[0] = 9.0
    assert trying.left_s == 0.0
