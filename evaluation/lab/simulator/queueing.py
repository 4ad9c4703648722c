"""Queueing: queues with a limited number of cores, first come, first served.

A waiting run has its application but no executors, as in YARN's client mode: waiting is part of its duration.

Shapes: A attempts of all workloads.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.lab.simulator.lab_runs import Doubles
from evaluation.lab.simulator.outcomes import Whole


@dataclass(frozen=True, slots=True)
class Claims:
    """What the attempts of one workload request from its queue, in order.

    Attributes:
        queue: Name of the queue.
        at_ms: When a first attempt is submitted ``[A]``; later ones follow the previous attempt.
        number: Number of the try within its run, from 0 ``[A]``.
        delay_ms: Pause before a later try ``[A]``.
        cores: Cores that it holds ``[A]``.
        length_ms: How long it holds them ``[A]``.
    """

    queue: str
    at_ms: Whole
    number: Whole
    delay_ms: Whole
    cores: Whole
    length_ms: Whole


def granted(claims: Sequence[Claims], cores_per_queue: dict[str, int]) -> list[tuple[Whole, Whole]]:
    """Return, per workload, when its attempts were submitted and how long they waited, in milliseconds ``[A]``."""
    submitted = [np.zeros(len(claim.at_ms), np.int64) for claim in claims]
    waited = [np.zeros(len(claim.at_ms), np.int64) for claim in claims]
    coming: list[tuple[int, int, int]] = [
        (int(at_ms), number, position)
        for number, claim in enumerate(claims)
        for position, at_ms in enumerate(claim.at_ms)
        if claim.number[position] == 0
    ]
    heapq.heapify(coming)
    free = dict(cores_per_queue)
    held: dict[str, list[tuple[int, int]]] = {queue: [] for queue in cores_per_queue}
    last_ms = dict.fromkeys(cores_per_queue, 0)
    while coming:
        at_ms, number, position = heapq.heappop(coming)
        claim = claims[number]
        queue = claim.queue
        wanted = min(int(claim.cores[position]), cores_per_queue[queue])
        start_ms = max(at_ms, last_ms[queue])
        while held[queue] and (held[queue][0][0] <= start_ms or free[queue] < wanted):
            end_ms, cores = heapq.heappop(held[queue])
            start_ms, free[queue] = max(start_ms, end_ms), free[queue] + cores
        end_ms = start_ms + int(claim.length_ms[position])
        free[queue] -= wanted
        last_ms[queue] = start_ms
        heapq.heappush(held[queue], (end_ms, wanted))
        submitted[number][position], waited[number][position] = at_ms, start_ms - at_ms
        after = position + 1
        if after < len(claim.number) and claim.number[after] > 0:
            heapq.heappush(coming, (end_ms + int(claim.delay_ms[after]), number, after))
    return list(zip(submitted, waited, strict=True))


def seconds(values: Doubles) -> Whole:
    """Convert seconds to whole milliseconds."""
    return np.round(values * 1000).astype(np.int64)
