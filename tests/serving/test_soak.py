"""Ten minutes of everything that a service is asked: its processes keep their size. ``SOAK_SECONDS=60`` tries it."""

import asyncio
import os

import pytest
from rich.console import Console

from evaluation.benchmarks.soak import Sizes, soak, table

SECONDS = float(os.environ.get("SOAK_SECONDS", "600"))
RATE = 30.0
MAX_GROWTH_BYTES = 24 * 2**20
"""From the second quarter to the last, in which each worker answers some 10,000 requests: 2.4 KiB each. Caches of texts
(4,096 of the rules) fill, and the allocator takes its share: 12 MiB were measured of one worker, 2 of the other."""
SHORTEST_S = 480.0
"""A shorter run tells nothing of memory: the first two minutes fill caches."""


def test_a_leak_shows_and_a_warm_up_does_not():
    leaking, warm = Sizes("leaking"), Sizes("warm")
    leaking.rss_bytes = [2**30 + 2**17 * second for second in range(600)]
    warm.rss_bytes = [2**30 + 2**20 * min(second, 100) + second % 7 for second in range(600)]
    assert leaking.growth("rss_bytes") > MAX_GROWTH_BYTES
    assert leaking.slope_bytes_per_min() == pytest.approx(60 * 2**17)
    assert abs(warm.growth("rss_bytes")) < 2**10
    assert abs(warm.slope_bytes_per_min()) < 2**10


@pytest.mark.slow
def test_memory_files_and_threads_stay_as_they_are(service):
    found = asyncio.run(soak(service.url, service.process.pid, SECONDS, RATE))
    Console(width=120).print(found.answers, table(found))
    answered = sum(count for name, count in found.answers.items() if name.endswith(" answered"))
    assert found.ended == []
    assert len(found.sizes) == 4, found.sizes  # supervisor, two workers, the language model's
    assert answered > 0.99 * sum(found.answers.values()), found.answers
    assert answered > 0.25 * RATE * SECONDS, found.answers  # a slow machine is no fault; one that stands still is
    for one in found.sizes.values():
        if SECONDS >= SHORTEST_S:
            assert one.growth("rss_bytes") < MAX_GROWTH_BYTES, (one.name, one.rss_bytes)
        assert one.growth("files") < 20, one
        assert one.growth("threads") < 20, one
