"""The global model: maps any workload's past and a candidate allocation to quantiles of the next run's requirement.

It knows no workload by name, so it answers for unseen ones too. The invariants hold by construction: quantiles do not
cross, and neither spill nor the risk of running out of memory grows with memory.

Shapes: B batch, T context, K candidates, A allocation features, R requirements, U usage features, Q quantiles.
Requirements are on the scale of :func:`sparkwright.features.windows.requirement_logs`.
"""

from itertools import pairwise
from statistics import NormalDist
from typing import NamedTuple, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from sparkwright.features.columns import ALLOCATION_FEATURES, REQUIREMENTS, USAGE_FEATURES
from sparkwright.features.lags import GENERAL, LAGS, Lags
from sparkwright.features.scaling import Scaler
from sparkwright.features.windows import ENOUGH, HEAP_OOM, History

_HEAP = ALLOCATION_FEATURES.index("executor_memory_bytes")
_CONCURRENT_TASKS = ALLOCATION_FEATURES.index("concurrent_tasks")
_INPUT = REQUIREMENTS.index("input_bytes")
_SPILL = REQUIREMENTS.index("disk_spilled_bytes")
_CLIP = 5.0
"""Standardised features are clipped here: an unprecedented value must not throw the network off."""
_PRIOR_RUNS = 2.0
"""Weight, in runs, of the usual spread within a workload, next to the workload's own runs."""
_SPILL_STEPS = (-1.5, -0.75, 0.0, 0.75, 1.5)
"""Where, in log heap relative to the usual heap, spill may drop."""
_LOG_2 = 0.693
_MAX_SHIFT, _PRIOR_SHIFT, _PRIOR_SPREAD = 1.5, 0.35, 0.5
"""Maximum and typical shift of log need (and of the log of its spread) by the network, and the initial spread."""


class Past(NamedTuple):
    """A :class:`~sparkwright.features.windows.History` and its :class:`~sparkwright.features.lags.Lags` as tensors."""

    allocation: Tensor  # [B, T, A]
    requirement: Tensor  # [B, T, R]
    usage: Tensor  # [B, T, U]
    memory: Tensor  # [B, T]
    length: Tensor  # [B]
    centre: Tensor  # [B, R] NaN where nothing is known
    lags: Tensor  # [B, R, L] distances from the centre
    general: Tensor  # [B, G]

    @classmethod
    def of(cls, history: History, lags: Lags) -> Self:
        """Wrap the same past, sharing memory."""
        centre = lags.centre.astype(np.float32)
        return cls(*(torch.from_numpy(values) for values in (*history[:5], centre, lags.lags, lags.general)))


class State(NamedTuple):
    """What the past says, before any candidate is considered."""

    summary: Tensor  # [B, S]
    anchor: Tensor  # [B, R] the level around which the next run is expected
    scale: Tensor  # [B, R] the usual distance from it
    allocation: Tensor  # [B, A] the usual allocation
    input_quantiles: Tensor  # [B, Q]
    need: Tensor  # [B] log heap needed, comparable with _NeedDistribution.per_task
    need_spread: Tensor  # [B]
    need_surprise: Tensor  # [B] how far both lie from the prior (negative log prior)


class Prediction(NamedTuple):
    """What K candidates would lead to."""

    quantiles: Tensor  # [B, K, R, Q] logarithms
    risk_score: Tensor  # [B, K] standard normal score: P(out of memory) is its CDF


class RequirementNetwork(nn.Module):  # type: ignore[misc]  # torch has no types here
    """Encoder over past runs (GRU) and heads for each requirement and for memory need.

    Args:
        scaler: Statistics of the training runs.
        quantiles: Levels, ascending, 0.5 among them.
        hidden_size: Width of the encoder and the heads.
        dropout: Share of the summary dropped in training.
    """

    def __init__(self, scaler: Scaler, quantiles: tuple[float, ...], hidden_size: int, dropout: float) -> None:
        super().__init__()
        for name in Scaler.__slots__:
            self.register_buffer(name, torch.tensor(getattr(scaler, name), dtype=torch.float32), persistent=False)
        self.median = quantiles.index(0.5)
        features, requirements = len(ALLOCATION_FEATURES), len(REQUIREMENTS)
        step_width = 2 * requirements + features + len(USAGE_FEATURES) + 2
        self.encoder = nn.GRU(step_width, hidden_size, batch_first=True)
        self.unseen = nn.Parameter(torch.zeros(hidden_size))
        self.summarise = nn.Sequential(
            nn.Linear(hidden_size + (3 + len(LAGS)) * requirements + features + len(GENERAL) + 1, hidden_size),
            nn.GELU(),
            nn.Dropout(dropout),
        )
        self.register_buffer("general_units", torch.tensor(list(GENERAL.values())).T, persistent=False)
        self.input_head = _QuantileHead(hidden_size, hidden_size, 1, quantiles)
        self.work_head = _QuantileHead(hidden_size + 2 * features, hidden_size, requirements - 2, quantiles)
        self.spill_head = _QuantileHead(hidden_size + 2 * features, hidden_size, 1, quantiles)
        self.spill_drop = nn.Linear(hidden_size, len(_SPILL_STEPS))
        nn.init.constant_(self.spill_drop.bias, -2.0)
        self.register_buffer("spill_steps", torch.tensor(_SPILL_STEPS), persistent=False)
        self.need = _NeedDistribution(hidden_size)

    def encode(self, past: Past) -> State:
        """Encode the past."""
        anchor, scale, usual_allocation, count = self._levels(past)
        summary = self._summary(past, anchor, scale, usual_allocation, count)
        anchored = (anchor[:, None, _INPUT], scale[:, None, _INPUT])
        input_quantiles = self.input_head(summary, *anchored)[:, 0]
        need = self.need(summary, past, input_quantiles[:, self.median], anchor[:, _INPUT], self.heap_mean)
        return State(summary, anchor, scale, usual_allocation, input_quantiles, *need)

    def decode(self, state: State, candidates: Tensor) -> Prediction:
        """Predict what the candidates ``[B, K, A]`` would lead to."""
        size = candidates.shape[1]
        absolute = _tidy((candidates - self.allocation_mean) / self.allocation_std)
        relative = _tidy((candidates - state.allocation[:, None]) / self.allocation_std)
        summary = state.summary[:, None].expand(-1, size, -1)
        anchor = state.anchor[:, None].expand(-1, size, -1)
        scale = state.scale[:, None].expand(-1, size, -1)

        work = [index for index in range(len(REQUIREMENTS)) if index not in (_INPUT, _SPILL)]
        features = torch.cat([summary, absolute, relative], dim=-1)
        work_quantiles = self.work_head(features, anchor[..., work], scale[..., work])

        # The head must not see the heap: its effect on spill is the falling curve below.
        heapless = torch.ones(2 * len(ALLOCATION_FEATURES), device=candidates.device)
        heapless[[_HEAP, len(ALLOCATION_FEATURES) + _HEAP]] = 0.0
        features = torch.cat([summary, torch.cat([absolute, relative], dim=-1) * heapless], dim=-1)
        spill = self.spill_head(features, anchor[..., [_SPILL]], scale[..., [_SPILL]])
        spill = spill + self._spill_fall(state, candidates[..., _HEAP])[..., None, None]

        by_requirement: list[Tensor] = [torch.empty(0)] * len(REQUIREMENTS)
        for position, index in enumerate(work):
            by_requirement[index] = work_quantiles[..., position, :]
        by_requirement[_INPUT] = state.input_quantiles[:, None].expand(-1, size, -1)
        by_requirement[_SPILL] = spill[..., 0, :]

        # Need is a property of the executor's heap; how much depends on the tasks that share it.
        given = self.need.per_task(candidates[..., _HEAP], candidates[..., _CONCURRENT_TASKS])
        risk_score = (state.need[:, None] - given) / state.need_spread[:, None]
        return Prediction(torch.stack(by_requirement, dim=-2), risk_score)

    def forward(self, past: Past, candidates: Tensor) -> tuple[State, Prediction]:
        """Return state and prediction in one call."""
        state = self.encode(past)
        return state, self.decode(state, candidates)

    def _levels(self, past: Past) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return anchor, scale ``[B, R]``, usual allocation ``[B, A]`` and number of known values ``[B, R]``."""
        known = ~past.requirement.isnan()
        count = known.sum(dim=1)
        seen = count > 0
        anchor = torch.where(past.centre.isnan(), self.requirement_mean, past.centre)
        # A stated input size moves the anchor; the spread of a workload is measured around its usual level.
        usual = past.requirement.nanmean(dim=1, keepdim=True)
        deviation = torch.where(known, past.requirement - usual, 0.0).square().sum(dim=1)
        shrunk = (deviation + _PRIOR_RUNS * self.requirement_spread**2) / (count + _PRIOR_RUNS)
        scale = torch.where(seen, shrunk.sqrt(), self.requirement_std)

        typical_allocation = past.allocation.nanmedian(dim=1).values
        usual_allocation = torch.where(typical_allocation.isnan(), self.allocation_mean, typical_allocation)
        return anchor, scale.detach(), usual_allocation, count

    def _summary(self, past: Past, anchor: Tensor, scale: Tensor, usual_allocation: Tensor, count: Tensor) -> Tensor:
        distance = past.requirement - anchor[:, None]
        steps = torch.cat(
            [
                _tidy(distance / scale[:, None]),
                _tidy(distance / self.requirement_std),
                _tidy((past.allocation - usual_allocation[:, None]) / self.allocation_std),
                _tidy((past.usage - self.usage_mean) / self.usage_std),
                (past.memory == ENOUGH)[..., None].float(),
                (past.memory == HEAP_OOM)[..., None].float(),
            ],
            dim=-1,
        )
        states, _ = self.encoder(steps)
        # Runs are left-aligned and the GRU only looks backwards, so padding after the last run has no effect.
        newest = (past.length - 1).clamp(min=0)[:, None, None].expand(-1, 1, states.shape[-1])
        cold = (past.length == 0)[:, None]
        encoded = torch.where(cold, self.unseen, states.gather(1, newest).squeeze(1))
        levels = [
            _tidy((anchor - self.requirement_mean) / self.requirement_std),
            (scale / self.requirement_std).log(),
            count.float().log1p(),
            _tidy((usual_allocation - self.allocation_mean) / self.allocation_std),
            _tidy(past.lags / scale[..., None]).flatten(1),
            _tidy((past.general - self.general_units[0]) / self.general_units[1]),
            cold.float(),
        ]
        summary: Tensor = self.summarise(torch.cat([encoded, *levels], dim=-1))
        return summary

    def _spill_fall(self, state: State, heap: Tensor) -> Tensor:
        """Return how far spill is above its level at the usual heap ``[B, K]``; falls as ``heap`` (log bytes) grows."""
        weights = functional.softplus(self.spill_drop(state.summary))[:, None]
        distance = heap - state.allocation[:, None, _HEAP]
        steps = torch.sigmoid(4 * (self.spill_steps - distance[..., None])) - torch.sigmoid(4 * self.spill_steps)
        fall: Tensor = (weights * steps).sum(dim=-1) * state.scale[:, None, _SPILL]
        return fall


class _QuantileHead(nn.Module):  # type: ignore[misc]
    """Quantiles around an anchor in units of a scale: a median and positive distances from it."""

    def __init__(self, width: int, hidden_size: int, outputs: int, quantiles: tuple[float, ...]) -> None:
        super().__init__()
        self.median, self.levels, self.outputs = quantiles.index(0.5), len(quantiles), outputs
        self.layers = nn.Sequential(
            nn.Linear(width, hidden_size), nn.GELU(), nn.Linear(hidden_size, outputs * len(quantiles))
        )
        # Start as a normal distribution around the anchor: sensible before the first training step.
        scores = [NormalDist().inv_cdf(level) for level in quantiles]
        gaps = [0.5 * abs(high - low) for low, high in pairwise(scores)]
        start = torch.tensor(gaps).expm1().log()
        start = torch.cat([start[: self.median], torch.zeros(1), start[self.median :]])
        nn.init.normal_(self.layers[-1].weight, std=0.01)
        with torch.no_grad():
            self.layers[-1].bias.copy_(start.repeat(outputs))

    def forward(self, features: Tensor, anchor: Tensor, scale: Tensor) -> Tensor:
        """Return quantiles ``[..., O, Q]`` from features ``[..., F]``, anchor and scale ``[..., O]``."""
        raw = self.layers(features).unflatten(-1, (self.outputs, self.levels))
        centre = raw[..., self.median : self.median + 1]
        below = functional.softplus(raw[..., : self.median]).flip(-1).cumsum(-1).flip(-1)
        above = functional.softplus(raw[..., self.median + 1 :]).cumsum(-1)
        distances = torch.cat([centre - below, centre, centre + above], dim=-1)
        return anchor[..., None] + scale[..., None] * distances


class _NeedDistribution(nn.Module):  # type: ignore[misc]
    """Log-normal distribution of the heap a run needs, from its past and its forecast input, never from the candidate.

    Need is never observed: a run that died says "more than given", one that held says "no more than given". The
    smallest heap that held and the largest that died bound it. Concurrent tasks share a heap; ``share`` (0: all of the
    need is common, 1: all of it is per task) is learned, and heaps are compared after subtracting
    ``share x log(concurrent tasks)``.
    """

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.share = nn.Parameter(torch.zeros(()))
        self.growth = nn.Parameter(torch.tensor(-1.0))
        self.slack = nn.Parameter(torch.tensor([_LOG_2, _LOG_2, _LOG_2]).expm1().log())
        self.head = nn.Linear(hidden_size + 4, 2)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def per_task(self, heap: Tensor, concurrent_tasks: Tensor) -> Tensor:
        """Return log heap minus what the number of concurrent tasks explains."""
        return heap - torch.sigmoid(self.share) * concurrent_tasks

    def coefficients(self) -> list[nn.Parameter]:
        """Return the parameters shared by all workloads."""
        return [self.share, self.growth, self.slack]

    def negative_log_prior(self) -> Tensor:
        """Return the negative log prior of slack: half the heap, give or take a factor of two (1 sigma)."""
        slack = functional.softplus(self.slack)
        return 0.5 * ((slack - _LOG_2) / _LOG_2).square().sum()

    def forward(
        self, summary: Tensor, past: Past, input_forecast: Tensor, input_level: Tensor, heap_mean: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return location and spread ``[B]`` of log need, comparable with :meth:`per_task`, and their surprise."""
        allocation = past.allocation.nan_to_num()
        given = self.per_task(allocation[..., _HEAP], allocation[..., _CONCURRENT_TASKS])
        # A run that died did not read all its input: treat it as one with the usual input.
        read = torch.where(past.requirement[..., _INPUT].isnan(), input_level[:, None], past.requirement[..., _INPUT])
        more_input = (input_forecast[:, None] - read).clamp(-2.0, 2.0).detach()
        bound = given + torch.sigmoid(self.growth) * more_input

        held, died = past.memory == ENOUGH, past.memory == HEAP_OOM
        any_held, any_died = held.any(dim=1), died.any(dim=1)
        least = torch.where(any_held, torch.where(held, bound, torch.inf).amin(dim=1), 0.0)
        most = torch.where(any_died, torch.where(died, bound, -torch.inf).amax(dim=1), 0.0)
        below, above, unseen = functional.softplus(self.slack)
        between = any_held & any_died
        evidence = torch.stack(
            [
                held.sum(dim=1).float().log1p(),
                died.sum(dim=1).float().log1p(),
                between.float(),
                torch.where(between, least - most, 0.0).clamp(-2.0, 2.0).detach(),
            ],
            dim=-1,
        )
        shift, log_spread = (_MAX_SHIFT * torch.tanh(self.head(torch.cat([summary, evidence], dim=-1)))).unbind(-1)
        surprise = 0.5 * ((shift / _PRIOR_SHIFT).square() + (log_spread / _PRIOR_SHIFT).square())
        # Need lies below what held and above what died, whatever else the network makes of it.
        one_sided = torch.where(
            any_held,
            least - below * shift.exp(),
            torch.where(any_died, most + above * shift.exp(), heap_mean - unseen + shift),
        )
        location = torch.where(between, most + (least - most) * torch.sigmoid(2 * shift), one_sided)
        return location, _PRIOR_SPREAD * log_spread.exp(), surprise


def _tidy(values: Tensor) -> Tensor:
    """Replace unknown values by 0 (the usual) and clip extreme ones."""
    return values.nan_to_num(nan=0.0).clamp(-_CLIP, _CLIP)
