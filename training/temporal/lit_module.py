"""What training minimises: pinball loss of the requirements and the censored likelihood of memory need."""

import pytorch_lightning as pl
import torch
from torch import Tensor

from sparkwright.features.windows import ENOUGH, HEAP_OOM
from sparkwright.forecast.network import RequirementNetwork
from training.temporal.data_module import Batch

_PRIOR_WEIGHT = 0.1
"""A run that held says little about need, so this limits how far it moves the belief about its workload's slack."""


def pinball(quantiles: Tensor, actual: Tensor, levels: Tensor) -> Tensor:
    """Pinball loss ``[...]``, mean over the last axis Q of ``quantiles`` ``[..., Q]`` against ``actual`` ``[...]``.

    Source: Koenker and Bassett, "Regression Quantiles", Econometrica 46 (1978), equation 2.1.
    """
    error = actual[..., None] - quantiles
    return torch.maximum(levels * error, (levels - 1) * error).mean(dim=-1)


def censored_log_loss(risk_score: Tensor, memory: Tensor) -> Tensor:
    """Negative log likelihood ``[B]``: a death says need > given, a run that held says need <= given, others nothing.

    ``risk_score`` is (need - given) / spread, so P(need > given) is its standard normal CDF.
    """
    died = -torch.special.log_ndtr(risk_score)
    held = -torch.special.log_ndtr(-risk_score)
    return torch.where(memory == HEAP_OOM, died, torch.where(memory == ENOUGH, held, 0.0))


class ForecasterModule(pl.LightningModule):
    """Trains a :class:`RequirementNetwork`.

    Args:
        network: The network to train.
        levels: Its quantile levels.
        learning_rate: Peak of the cosine schedule.
        weight_decay: Decay of the weight matrices.
        risk_weight: Weight of the memory likelihood.
        total_steps: Length of the schedule.
        train_run_count: Number of training runs, which the prior on memory need is weighed against.
    """

    def __init__(
        self,
        network: RequirementNetwork,
        *,
        levels: tuple[float, ...],
        learning_rate: float,
        weight_decay: float,
        risk_weight: float,
        total_steps: int,
        train_run_count: int,
    ) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("levels", torch.tensor(levels), persistent=False)
        self._learning_rate, self._weight_decay, self._risk_weight = learning_rate, weight_decay, risk_weight
        self._total_steps, self._train_run_count = total_steps, train_run_count

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """The loss of one batch."""
        return self._losses(batch, "train")

    def validation_step(self, batch: Batch, _: int, dataloader_idx: int = 0) -> None:
        """Log the losses on the runs that decide when to stop, and on unseen workloads."""
        self._losses(batch, "cold_stop" if dataloader_idx else "stop")

    def test_step(self, batch: Batch, _: int, dataloader_idx: int = 0) -> None:
        """Log the losses on the test runs, and on unseen workloads."""
        self._losses(batch, "cold_test" if dataloader_idx else "test")

    def configure_optimizers(self) -> dict[str, object]:
        """AdamW with a cosine schedule; only matrices decay, and the few global coefficients learn ten times faster."""
        coefficients = self.network.need.coefficients()
        chosen = set(map(id, coefficients))
        rest = [parameter for parameter in self.network.parameters() if id(parameter) not in chosen]
        groups = [
            {"params": [parameter for parameter in rest if parameter.ndim > 1], "weight_decay": self._weight_decay},
            {"params": [parameter for parameter in rest if parameter.ndim <= 1], "weight_decay": 0.0},
            {"params": coefficients, "weight_decay": 0.0},
        ]
        rates = [self._learning_rate, self._learning_rate, 10 * self._learning_rate]
        optimizer = torch.optim.AdamW(groups, lr=self._learning_rate)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr=rates, total_steps=self._total_steps, pct_start=0.1
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _losses(self, batch: Batch, part: str) -> Tensor:
        state, prediction = self.network(batch.past, batch.candidates)
        known = ~batch.requirement.isnan()
        actual = torch.where(known, batch.requirement, 0.0)
        # In units of the workload's usual spread, so that a steady job counts as much as an erratic one. The unit
        # depends only on the past, so the minimum is still at the true quantiles.
        errors = pinball(prediction.quantiles[:, 0], actual, self.levels) / state.scale
        requirement_loss = (errors * known).sum() / known.sum().clamp(min=1)
        judged = (batch.memory != 0).sum().clamp(min=1)
        risk_loss = censored_log_loss(prediction.risk_score[:, 0], batch.memory).sum() / judged
        # Without a prior, a history without deaths would teach that no heap is too small.
        prior = self.network.need.negative_log_prior() / self._train_run_count
        prior = prior + _PRIOR_WEIGHT * state.need_surprise.mean()
        loss = requirement_loss + self._risk_weight * (risk_loss + prior)
        values = {"pinball_loss": requirement_loss, "memory_log_loss": risk_loss, "loss": loss}
        self.log_dict(
            {f"{part}_{name}": value.detach() for name, value in values.items()},
            on_step=False,
            on_epoch=True,
            batch_size=len(batch.memory),
            add_dataloader_idx=False,
        )
        return loss
