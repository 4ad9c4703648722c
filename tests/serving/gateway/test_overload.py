"""How many are let in, and who is too late, by what answers took of late."""

import asyncio
import statistics
import time

import pytest

from evaluation.benchmarks.open_connections import ask_all, opened
from evaluation.benchmarks.serve_load import request_bytes
from serving.gateway import overload
from serving.gateway.overload import OPEN_LIMIT, Pace

KNOWN = {"app_name": "many", "platform": "standalone", "properties": {"spark.executor.memory": "2g"}}
LAUNCHER_WAITS_S = 2.0


def test_a_slow_process_lets_in_as_many_as_it_answers_in_time():
    pace = Pace()
    assert pace.places <= OPEN_LIMIT
    for _ in range(50):
        pace.took(16 * 0.020, 16)
    assert pace.each_s == pytest.approx(0.020, rel=1e-3)
    assert pace.places == 35
    for _ in range(50):
        pace.took(16 * 0.002, 16)
    assert pace.places == OPEN_LIMIT


def test_one_slow_answer_closes_nobody_out_and_is_forgotten():
    pace = Pace()
    pace.took(3.0, 1)
    assert pace.places >= 16
    for _ in range(600):
        pace.took(0.004, 1)
    assert pace.places > 150


def test_who_would_be_answered_too_late_is_late_before_it():
    pace = Pace()
    pace.each_s = 0.02
    assert not pace.is_late(0.0, 0.7, 16)
    assert pace.is_late(0.0, 0.9, 16)
    assert not pace.is_late(0.0, 0.9, 1)


def test_however_slow_it_was_whoever_has_just_come_is_asked():
    pace = Pace()
    pace.took(100.0, 16)
    assert not pace.is_late(0.0, 0.7, 16)


def test_a_request_came_when_its_head_was_read():
    async def later():
        overload.ARRIVED_S.set(time.monotonic() - 1)
        await asyncio.sleep(0)
        return time.monotonic() - overload.arrived_s()

    assert asyncio.run(later()) >= 1
    assert time.monotonic() - overload.arrived_s() < 0.5


@pytest.mark.slow
def test_of_two_thousand_that_ask_at_once_none_is_answered_too_late(service):
    """Some are advised, the others refused; the launcher's two seconds hold for both, again and again."""
    host, port = service.url.removeprefix("http://").split(":")
    request = request_bytes(host, "/v1/recommend", KNOWN)
    with opened(host, int(port), 2_000) as connections:
        for _ in range(3):
            answers = ask_all(connections, request)
            kinds = [one.kind for one in answers]
            assert set(kinds) <= {"advice", "fallback", "refused"}, statistics.multimode(kinds)
            assert len([one for one in kinds if one != "refused"]) >= 32
            assert max(one.came_s - one.sent_s for one in answers) < LAUNCHER_WAITS_S
