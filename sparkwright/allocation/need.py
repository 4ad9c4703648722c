"""The heap that a workload needs, as a posterior updated by each of its runs.

Need is never observed, only bounded: a run that died of its heap needed more than it had, one that held needed no
more. The model::

    log need = level + log(1 - elasticity + elasticity * input / reference input) + noise,   noise ~ Logistic(0, scale)

with the workload's own level, elasticity and scale: one part of the need is constant, the other grows with the input,
and the elasticity is the latter's share at the reference input. (A power of the input predicts too little when inputs
surge.) All three lie on a grid, so the posterior is exact, deterministic, and of constant size however many runs it has
seen. P(death) at a heap is a weighted mean of logistic curves: by construction it never rises with the heap.

A workload changes: before each run some weight of the level leaks to its neighbourhood (a random walk) and a little to
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
"""Log spacing of levels and heaps on the grid: a third of the narrowest noise's 10 to 90% range."""
_REACH = 3.0
"""How far levels extend around the anchor, in log units: from a twentieth to twenty times the anchor's heap."""
_SHIFT_AT = 1.8
"""Log distance from the anchor at which a heap moves it."""
LEVELS: Doubles = np.linspace(-_REACH, _REACH, round(2 * _REACH / STEP) + 1)
_ELASTICITIES, _SCALES = np.array(ELASTICITIES), np.array(NOISE_SCALES)[:, None]
_PER_TASKS = 0.5
"""Exponent of the number of tasks that share a heap: between all shared (0) and all per task (1)."""
_MAX_GROWTH, _MIN_NEED = 5.0, 1e-3
_POINTS = 1024
"""Size of the grid of needs: levels plus what inputs and noise add on either side, with room for all but 1e-6."""
_BELOW = (_POINTS - len(LEVELS)) // 2
_EDGES: Doubles = LEVELS[0] + STEP * (np.arange(_POINTS) - _BELOW - 0.5)
_ROWS = _POINTS * np.arange(len(ELASTICITIES))[:, None]
"""Offset of each elasticity's wide grid, laid out one after another."""
_MIN_WEIGHT = 1e-12


@dataclass(frozen=True, slots=True)
class NeedPosterior:
    """Belief about one workload's need after some runs.

    Attributes:
        prior: Belief before the first run.
        weights: ``[E, S, L]`` for the next run, including possible changes until then; they sum to 1.
        anchor_log_bytes: Logarithm of the heap that level 0 stands for.
        tasks: Number of tasks sharing a heap to which levels refer.
        reference_log_input: Logarithm of the input to which levels refer; None until a run had an input.
        run_count: Informative runs: those that held, or died of their heap.
    """

    prior: NeedPrior
    weights: Doubles
    anchor_log_bytes: float
    tasks: int
    reference_log_input: float | None = None
    run_count: int = 0

    @classmethod
    def before(cls, prior: NeedPrior, heap_bytes: int, tasks: int) -> "NeedPosterior":
        """Return the belief before any run.

        Args:
            prior: The fleet's prior.
            heap_bytes: Heap of the first run or request: people size by what they know.
            tasks: Tasks that share it.
        """
        return cls(prior, prior.weights(LEVELS), math.log(heap_bytes), tasks)

    @classmethod
    def of(cls, runs: Sequence[PastRun], prior: NeedPrior = DEFAULT_PRIOR) -> "NeedPosterior | None":
        """Return the belief after all ``runs``, oldest first; None if there are none."""
        state: NeedPosterior | None = None
        for run in runs:
            state = (state or cls.before(prior, run.heap_bytes, run.tasks)).after(run)
        return state

    def after(self, run: PastRun) -> "NeedPosterior":
        """Return the belief after one more run; one that neither held nor died of its heap changes nothing."""
        died = run.memory_verdict == "heap_oom"
        if not died and not run.held:
            return self
        here = self.with_tasks(run.tasks)._near(math.log(run.heap_bytes))
        if here.reference_log_input is None and run.input_bytes > 0:
            here = replace(here, reference_log_input=math.log(run.input_bytes))
        seen = here.if_seen(run.heap_bytes, run.input_bytes, died=died)
        return replace(seen, weights=_changed(seen.weights, self.prior), run_count=self.run_count + 1)

    def if_seen(self, heap_bytes: float, input_bytes: float, *, died: bool) -> "NeedPosterior":
        """Return the belief once a run with the same tasks held or died with this heap and input, before any change."""
        grown = self._growth(np.array([input_bytes]))[..., None]
        z = LEVELS + grown - (math.log(heap_bytes) - self.anchor_log_bytes)
        dies = _sigmoid(z / _SCALES)
        told = self.prior.death_label_error * (1 - dies) + (1 - self.prior.success_label_error) * dies
        weights = self.weights * (told if died else 1 - told)
        return replace(self, weights=weights / weights.sum())

    def with_tasks(self, tasks: int) -> "NeedPosterior":
        """Return the same belief for another number of tasks sharing a heap."""
        if tasks == self.tasks:
            return self
        shift = _PER_TASKS * math.log(tasks / self.tasks)
        return replace(self, anchor_log_bytes=self.anchor_log_bytes + shift, tasks=tasks)

    def death_probability(self, heaps_bytes: Sequence[int] | Doubles, inputs: Inputs) -> Doubles:
        """Return P(death) ``[H]`` of the next run at each heap, averaged over its possible inputs."""
        edges, above = self._next_need(inputs)
        at = np.log(np.asarray(heaps_bytes, dtype=np.float64)) - self.anchor_log_bytes
        risk = np.interp(at, edges, above)
        # The model is not the world: occasionally something kills a run, whatever the heap.
        return np.asarray(self.prior.min_risk + (1 - self.prior.min_risk) * risk)

    def _next_need(self, inputs: Inputs) -> tuple[Doubles, Doubles]:
        """Return ascending edges between the points of the wide grid, and P(need > edge) of the next run ``[_POINTS]``.

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
        # Position 0 is the lowest level; what lies below it wrapped around to the end of the ring.
        need = np.maximum(np.concatenate([need[-_BELOW:], need[:-_BELOW]]), 0.0)
        above = np.cumsum(need[::-1])[::-1]
        return _EDGES, above / above[0]

    def _growth(self, input_bytes: Doubles) -> Doubles:
        """Return what inputs ``[K]`` add to the level, by elasticity ``[E, K]``; an unknown input (0) adds nothing."""
        if self.reference_log_input is None:
            return np.zeros((len(ELASTICITIES), len(input_bytes)))
        usual = math.exp(self.reference_log_input)
        factor = np.where(input_bytes > 0, input_bytes, usual) / usual
        grown = np.log(1 + _ELASTICITIES[:, None] * (factor - 1) + _MIN_NEED)
        return np.asarray(np.minimum(np.maximum(grown, -_MAX_GROWTH), _MAX_GROWTH))

    def _near(self, log_bytes: float) -> "NeedPosterior":
        """Return the same belief with an anchor near this heap; weight that leaves the grid collects at its edge."""
        distance = log_bytes - self.anchor_log_bytes
        if abs(distance) <= _SHIFT_AT:
            return self
        steps = round(distance / STEP)
        moved = np.zeros_like(self.weights)
        for level, position in enumerate(np.clip(np.arange(len(LEVELS)) - steps, 0, len(LEVELS) - 1)):
            moved[..., position] += self.weights[..., level]
        return replace(self, weights=moved, anchor_log_bytes=self.anchor_log_bytes + steps * STEP)


class _Remembered:
    """Cache of a function of an array, for as long as the array lives: a belief is queried more often than it changes.

    Args:
        compute: Function of an array that never changes.
        max_count: Maximum number of results kept, of 49 kB each.
    """

    def __init__(self, compute: Callable[[Doubles], Spectrum], max_count: int) -> None:
        self._compute, self._max_count = compute, max_count
        # Keyed by the array's address; a dying array removes its entry before its address can be reused.
        self._kept: OrderedDict[int, tuple[weakref.ref[Doubles], Spectrum]] = OrderedDict()

    def of(self, array: Doubles) -> Spectrum:
        """Return the result for this array."""
        key = id(array)
        kept = self._kept.get(key)
        if kept is not None and kept[0]() is array:
            return kept[1]
        result = self._compute(array)
        self._kept[key] = weakref.ref(array, lambda _: self._kept.pop(key, None)), result
        if len(self._kept) > self._max_count:
            self._kept.popitem(last=False)
        return result


def _with_noise(weights: Doubles) -> Spectrum:
    """Return Fourier transforms of level and noise combined, by elasticity ``[E, F]``."""
    return np.asarray((np.fft.rfft(weights, _POINTS) * _noise()).sum(axis=1))


_of_level = _Remembered(_with_noise, max_count=1_024)


def _changed(weights: Doubles, prior: NeedPrior) -> Doubles:
    """Return the belief about the next run, allowing for changes of the workload since the last one."""
    moved = weights @ _kernel(prior.walk, prior.jump_probability, prior.jump_spread)
    return np.asarray(np.maximum(moved, _MIN_WEIGHT / weights.size))


@lru_cache(maxsize=8)
def _kernel(walk: float, jump_probability: float, jump_spread: float) -> Doubles:
    """Return the transition matrix of levels from one run to the next ``[L, L]``; rows sum to 1."""
    distance = LEVELS[:, None] - LEVELS
    moves = [(1 - jump_probability, walk), (jump_probability, jump_spread)]
    kernel = np.zeros_like(distance)
    for share, spread in moves:
        one = np.exp(-0.5 * (distance / spread) ** 2)
        kernel += share * one / one.sum(axis=1, keepdims=True)
    return kernel


@lru_cache(maxsize=1)
def _noise() -> Spectrum:
    """Return Fourier transforms of the noise on the wide grid ``[S, F]``."""
    at = STEP * np.fft.fftfreq(_POINTS, 1 / _POINTS)
    mass = _sigmoid((at + STEP / 2) / _SCALES) - _sigmoid((at - STEP / 2) / _SCALES)
    return np.fft.rfft(mass / mass.sum(axis=1, keepdims=True))


def _sigmoid(z: Doubles) -> Doubles:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * z)))
