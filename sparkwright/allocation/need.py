"""What heap a workload needs, as a posterior that every one of its runs updates.

Need is never observed, only bounded: a run that died of its heap needed more than it had, one that held needed no
more. The model::

    log need = level + log(1 - elasticity + elasticity * input / reference input) + noise,   noise ~ Logistic(0, scale)

with level, elasticity and scale of the workload's own: one part of the need stays, the other grows with the input, and
the elasticity is its share at the reference input. (A power of the input says too little where inputs surge.) All
three lie on a grid, so the posterior is exact, the same
every time, and of one size however many runs it has seen. P(death) at a heap is a weighted mean of logistic curves:
it never rises with the heap, by construction.

A workload changes: before each run some weight of the level leaks to its surroundings (a random walk) and a little to
anywhere (a new regime), so that evidence fades at the pace of the changes instead of at the end of a window.

Source: Gordon, Salmond, Smith, "Novel approach to nonlinear/non-Gaussian Bayesian state estimation", IEE Proceedings F
140 (1993), for the recursion; Arulampalam et al., "A tutorial on particle filters", IEEE Transactions on Signal
Processing 50 (2002), section III B, for its grid form.

Shapes: L levels, E elasticities, S noise scales, K inputs, H heaps.
"""

import math
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from sparkwright.allocation.inputs import Inputs
from sparkwright.allocation.need_prior import DEFAULT_PRIOR, ELASTICITIES, NOISE_SCALES, NeedPrior
from sparkwright.allocation.past import PastRun

Doubles = npt.NDArray[np.float64]
Spectrum = npt.NDArray[np.complex128]

STEP = 0.025
"""Of levels and heaps on the grid, on the logarithmic scale: a third of the narrowest noise's 10 to 90% range."""
_REACH = 3.0
"""How far levels reach around the anchor, in powers of e: a twentieth to twenty times the anchor's heap."""
_SHIFT_AT = 1.8
"""A heap so far from the anchor moves it."""
LEVELS: Doubles = np.linspace(-_REACH, _REACH, round(2 * _REACH / STEP) + 1)
_ELASTICITIES, _SCALES = np.array(ELASTICITIES), np.array(NOISE_SCALES)[:, None]
_PER_TASKS = 0.5
"""Power of the number of tasks that share a heap: between what they share (0) and what each has for itself (1)."""
_MOST_GROWTH, _LEAST_NEED = 5.0, 1e-3
_POINTS = 1024
"""Of the grid of needs: levels, and what inputs and noise add to them on either side, with room for all but 1e-6."""
_BELOW = (_POINTS - len(LEVELS)) // 2
_EDGES: Doubles = LEVELS[0] + STEP * (np.arange(_POINTS) - _BELOW - 0.5)
_ROWS = _POINTS * np.arange(len(ELASTICITIES))[:, None]
"""Where the wide grid of each elasticity begins, one after the other."""
_LEAST_WEIGHT = 1e-12


@dataclass(frozen=True, slots=True)
class NeedPosterior:
    """Belief about one workload's need after some runs.

    Attributes:
        prior: What was believed before the first.
        weights: ``[E, S, L]`` for the next run: what may change until then is in them. They add up to 1.
        anchor_log_bytes: Logarithm of the heap that level 0 stands for.
        tasks: Tasks sharing a heap that levels are for.
        reference_log_input: Logarithm of the input that levels are for; None until a run had an input.
        run_count: Runs that said anything: that held, or died of their heap.
    """

    prior: NeedPrior
    weights: Doubles
    anchor_log_bytes: float
    tasks: int
    reference_log_input: float | None = None
    run_count: int = 0

    @classmethod
    def before(cls, prior: NeedPrior, heap_bytes: int, tasks: int) -> "NeedPosterior":
        """The belief before any run.

        Args:
            prior: Of the fleet.
            heap_bytes: Of the first run or request: people size by what they know.
            tasks: Tasks that share it.
        """
        return cls(prior, prior.weights(LEVELS), math.log(heap_bytes), tasks)

    @classmethod
    def of(cls, runs: Sequence[PastRun], prior: NeedPrior = DEFAULT_PRIOR) -> "NeedPosterior | None":
        """The belief after all ``runs``, oldest first; None where there are none."""
        state: NeedPosterior | None = None
        for run in runs:
            state = (state or cls.before(prior, run.heap_bytes, run.tasks)).after(run)
        return state

    def after(self, run: PastRun) -> "NeedPosterior":
        """The belief after one more run; one that neither held nor died of its heap says nothing."""
        died = run.memory_verdict == "heap_oom"
        if not died and not run.held:
            return self
        here = self.with_tasks(run.tasks)._near(math.log(run.heap_bytes))
        if here.reference_log_input is None and run.input_bytes > 0:
            here = replace(here, reference_log_input=math.log(run.input_bytes))
        seen = here.if_seen(run.heap_bytes, run.input_bytes, died=died)
        return replace(seen, weights=_changed(seen.weights, self.prior), run_count=self.run_count + 1)

    def if_seen(self, heap_bytes: float, input_bytes: float, *, died: bool) -> "NeedPosterior":
        """The belief once a run with the same tasks has held or died with this heap and input, before any change."""
        grown = self._growth(np.array([input_bytes]))[..., None]
        z = LEVELS + grown - (math.log(heap_bytes) - self.anchor_log_bytes)
        dies = _sigmoid(z / _SCALES)
        told = self.prior.death_label_error * (1 - dies) + (1 - self.prior.success_label_error) * dies
        weights = self.weights * (told if died else 1 - told)
        return replace(self, weights=weights / weights.sum())

    def with_tasks(self, tasks: int) -> "NeedPosterior":
        """The same belief for another number of tasks that share a heap."""
        if tasks == self.tasks:
            return self
        shift = _PER_TASKS * math.log(tasks / self.tasks)
        return replace(self, anchor_log_bytes=self.anchor_log_bytes + shift, tasks=tasks)

    def death_probability(self, heaps_bytes: Sequence[int] | Doubles, inputs: Inputs) -> Doubles:
        """P(death) ``[H]`` of the next run at each heap, whatever its input turns out to be."""
        edges, above = self._next_need(inputs)
        at = np.log(np.asarray(heaps_bytes, dtype=np.float64)) - self.anchor_log_bytes
        risk = np.interp(at, edges, above)
        # The model is not the world: something kills now and then, whatever the heap.
        return np.asarray(self.prior.least_risk + (1 - self.prior.least_risk) * risk)

    def _next_need(self, inputs: Inputs) -> tuple[Doubles, Doubles]:
        """P(need > edge) ``[_POINTS]`` of the next run at edges between the points of the wide grid, ascending.

        Level, effect of the input and noise are independent given elasticity and scale, so the distribution of their
        sum is a convolution.
        """
        shift = self._growth(inputs.input_bytes) / STEP
        whole = np.floor(shift).astype(int)
        rest = shift - whole
        # Negative steps wrap, as the FFT does.
        places = np.concatenate([_ROWS + whole % _POINTS, _ROWS + (whole + 1) % _POINTS], axis=None)
        shares = np.concatenate([inputs.weights * (1 - rest), inputs.weights * rest], axis=None)
        moves = np.bincount(places, shares, _POINTS * len(ELASTICITIES)).reshape(-1, _POINTS)
        need = np.fft.irfft((_of_level.of(self.weights) * np.fft.rfft(moves)).sum(axis=0), _POINTS)
        # Position 0 is the lowest level; the upper half of the ring is what lies below it.
        need = np.maximum(np.concatenate([need[-_BELOW:], need[:-_BELOW]]), 0.0)
        above = np.cumsum(need[::-1])[::-1]
        return _EDGES, above / above[0]

    def _growth(self, input_bytes: Doubles) -> Doubles:
        """What inputs ``[K]`` add to the level of each elasticity ``[E, K]``; an unknown input (0) adds nothing."""
        if self.reference_log_input is None:
            return np.zeros((len(ELASTICITIES), len(input_bytes)))
        usual = math.exp(self.reference_log_input)
        factor = np.where(input_bytes > 0, input_bytes, usual) / usual
        grown = np.log(1 + _ELASTICITIES[:, None] * (factor - 1) + _LEAST_NEED)
        return np.asarray(np.minimum(np.maximum(grown, -_MOST_GROWTH), _MOST_GROWTH))

    def _near(self, log_bytes: float) -> "NeedPosterior":
        """The same belief with an anchor near this heap: what leaves the grid gathers at its edge."""
        distance = log_bytes - self.anchor_log_bytes
        if abs(distance) <= _SHIFT_AT:
            return self
        steps = round(distance / STEP)
        moved = np.zeros_like(self.weights)
        for level, position in enumerate(np.clip(np.arange(len(LEVELS)) - steps, 0, len(LEVELS) - 1)):
            moved[..., position] += self.weights[..., level]
        return replace(self, weights=moved, anchor_log_bytes=self.anchor_log_bytes + steps * STEP)


class _Remembered:
    """What is computed of an array, for as long as the array lives: a belief is asked more often than it changes.

    Args:
        compute: Of an array that never changes.
        most: Results that are kept, of 49 kB each.
    """

    def __init__(self, compute: Callable[[Doubles], Spectrum], most: int) -> None:
        self._compute, self._most = compute, most
        # By the array's address. One that goes takes its entry along before another one can have that address.
        self._kept: OrderedDict[int, tuple[weakref.ref[Doubles], Spectrum]] = OrderedDict()

    def of(self, array: Doubles) -> Spectrum:
        """What is computed of this array."""
        key = id(array)
        kept = self._kept.get(key)
        if kept is not None and kept[0]() is array:
            return kept[1]
        result = self._compute(array)
        self._kept[key] = weakref.ref(array, lambda _: self._kept.pop(key, None)), result
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return result


def _with_noise(weights: Doubles) -> Spectrum:
    """Fourier transforms of level and noise together, for each elasticity ``[E, F]``."""
    return np.asarray((np.fft.rfft(weights, _POINTS) * _noise()).sum(axis=1))


_of_level = _Remembered(_with_noise, most=1_024)


def _changed(weights: Doubles, prior: NeedPrior) -> Doubles:
    """The belief about the next run: what the workload may have changed since the last one."""
    moved = weights @ _kernel(prior.walk, prior.jump_probability, prior.jump_spread)
    return np.asarray(np.maximum(moved, _LEAST_WEIGHT / weights.size))


@lru_cache(maxsize=8)
def _kernel(walk: float, jump_probability: float, jump_spread: float) -> Doubles:
    """How levels move from one run to the next ``[L, L]``; rows add up to 1."""
    distance = LEVELS[:, None] - LEVELS
    moves = [(1 - jump_probability, walk), (jump_probability, jump_spread)]
    kernel = np.zeros_like(distance)
    for share, spread in moves:
        one = np.exp(-0.5 * (distance / spread) ** 2)
        kernel += share * one / one.sum(axis=1, keepdims=True)
    return kernel


@lru_cache(maxsize=1)
def _noise() -> Spectrum:
    """Fourier transforms of the noise on the wide grid ``[S, F]``."""
    at = STEP * np.fft.fftfreq(_POINTS, 1 / _POINTS)
    mass = _sigmoid((at + STEP / 2) / _SCALES) - _sigmoid((at - STEP / 2) / _SCALES)
    return np.fft.rfft(mass / mass.sum(axis=1, keepdims=True))


def _sigmoid(z: Doubles) -> Doubles:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * z)))
