"""Decide the next run, as a pure function of earlier runs, so that a killed oracle resumes where it was."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from evaluation.lab.campaign import Case
from evaluation.lab.oracle.fit import Interval, slow_down
from evaluation.lab.oracle.plan import OraclePlan, Trial

_GENEROUS_FAILURES = 2  # by bad luck, not by memory
Ending = Literal["good", "oom", "other"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one trial ended.

    Attributes:
        ending: ``other`` is any failure but an OOM, including a time limit.
        busy_ms: Busy time of a core for its tasks: processor time plus garbage collection.
        run_ms: Wall time of its tasks.
    """

    trial: Trial
    ending: Ending
    busy_ms: float = 0.0
    run_ms: float = 0.0


class Evidence:
    """Everything that is known of one case, and what follows for each heap of the grid.

    Args:
        plan: Grid and rules.
        case: The case.
        outcomes: Outcomes of the runs so far, in any order.
    """

    def __init__(self, plan: OraclePlan, case: Case, outcomes: Sequence[Outcome]) -> None:
        self._plan, self._case = plan, case
        self._rules, self._heaps = plan.rules, plan.grid.heaps_mib
        self.generous_mib = plan.grid.generous_mib
        self.outcomes = list(outcomes)

    def at(self, heap_mib: int, *, rounds: bool = False) -> list[Outcome]:
        """Return the outcomes at one heap; with ``rounds``, without those of the search."""
        return [
            one
            for one in self.outcomes
            if one.trial.heap_mib == heap_mib and (one.trial.round_number > 0 or not rounds)
        ]

    def failed(self, heap_mib: int) -> int:
        """Return how many runs at this heap failed, for whatever reason."""
        return sum(one.ending != "good" for one in self.at(heap_mib))

    def _pairs(self, heap_mib: int) -> list[tuple[Outcome, Outcome]]:
        """Return good runs at this heap, each paired with the good run at the generous heap of its round."""
        generous = {one.trial.round_number: one for one in self.at(self.generous_mib, rounds=True)}
        return [
            (one, beside)
            for one in self.at(heap_mib, rounds=True)
            if (beside := generous.get(one.trial.round_number)) and one.ending == beside.ending == "good"
        ]

    def slow_down(self, heap_mib: int, *, clock: bool = False) -> Interval | None:
        """Return how much slower good runs at this heap are than their rounds' generous ones; None without pairs."""
        pairs = self._pairs(heap_mib)
        times = [(one.run_ms, other.run_ms) if clock else (one.busy_ms, other.busy_ms) for one, other in pairs]
        return slow_down(times, self._plan.seed) if times else None

    def too_small(self, heap_mib: int) -> bool:
        """Return whether this heap, judged on its own, cannot be the oracle."""
        if self.failed(heap_mib):
            return True
        slower, pairs = self.slow_down(heap_mib), len(self._pairs(heap_mib))
        limit = self._rules.slow_down_limit
        if slower is None or pairs < self._rules.min_pairs:
            return self._slow_in_search(heap_mib)
        return slower.low > limit or (pairs >= self._rules.max_repeats and slower.high > limit)

    def _slow_in_search(self, heap_mib: int) -> bool:
        own = [one for one in self.at(heap_mib) if one.trial.round_number == 0]
        generous = [one for one in self.at(self.generous_mib) if one.trial.round_number == 0]
        return bool(own and generous) and own[0].busy_ms > self._rules.search_slow_down * generous[0].busy_ms

    @cached_property
    def edge(self) -> int:
        """Index of the smallest heap above all that are too small; the length of the grid if there is none."""
        return max((number for number, heap in enumerate(self._heaps) if self.too_small(heap)), default=-1) + 1

    @property
    def edge_mib(self) -> int | None:
        """The heap at the edge; None if every heap of the grid is too small."""
        return self._heaps[self.edge] if self.edge < len(self._heaps) else None

    @property
    def insufficient_mib(self) -> int | None:
        """The largest heap shown to be too small; None if there is none."""
        return self._heaps[self.edge - 1] if self.edge else None

    def is_settled(self, heap_mib: int) -> bool:
        """Return whether this heap fulfils the requirements of an oracle."""
        slower = self.slow_down(heap_mib)
        return (
            not self.failed(heap_mib)
            and len(self._pairs(heap_mib)) >= self._rules.repeats
            and slower is not None
            and slower.high <= self._rules.slow_down_limit
        )

    @property
    def hopeless(self) -> bool:
        """Whether the generous heap itself fails, so that there is nothing to compare with."""
        ran = self.at(self.generous_mib)
        return bool(ran) and (ran[0].ending != "good" or self.failed(self.generous_mib) > _GENEROUS_FAILURES)

    def next_trial(self) -> Trial | None:
        """Return the next run; None if the case is settled or cannot be."""
        if not self.at(self.generous_mib):
            return Trial(0, self.generous_mib)
        if self.hopeless:
            return None
        return self._bisection() or self._next_of_round()

    def _bisection(self) -> Trial | None:
        low, high = -1, len(self._heaps)
        while high - low > 1:
            middle = (low + high) // 2
            heap = self._heaps[middle]
            found = [one for one in self.at(heap) if one.trial.round_number == 0]
            if not found:
                return Trial(0, heap)
            if found[0].ending != "good" or self._slow_in_search(heap):
                low = middle
            else:
                high = middle
        return None

    def _next_of_round(self) -> Trial | None:
        number = max(one.trial.round_number for one in self.outcomes)
        for current in (max(number, 1), number + 1):
            before = [one for one in self.outcomes if one.trial.round_number < current]
            members = Evidence(self._plan, self._case, before)._members()
            random.Random(f"{self._plan.seed}-{self._case.name}-{current}").shuffle(members)
            ran = {one.trial.heap_mib for one in self.outcomes if one.trial.round_number == current}
            for heap in members:
                if heap not in ran:
                    return Trial(current, heap)
        return None

    def _members(self) -> list[int]:
        """Return the heaps that the next round needs, including the generous one; empty if nothing is open."""
        rules = self._rules
        wanted = []
        for distance, repeats in ((1, rules.below_repeats), (2, rules.below_repeats // 2)):
            if 0 <= self.edge - distance < len(self._heaps):
                heap = self._heaps[self.edge - distance]
                ran = len(self.at(heap, rounds=True))
                if ran < repeats or (ran < rules.repeats and 0 < self.failed(heap) < rules.below_failures):
                    wanted.append(heap)
        if self.edge_mib is not None and not self.is_settled(self.edge_mib):
            wanted.append(self.edge_mib)
        above = self.edge + 1
        if above < len(self._heaps) and len(self.at(self._heaps[above], rounds=True)) < rules.above_repeats:
            wanted.append(self._heaps[above])
        return [*wanted, self.generous_mib] if wanted else []
