"""From runs to a calibrated forecaster; no registry, no files."""

import logging
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pytorch_lightning as pl
import torch

from sparkwright.features.columns import ALLOCATION_FEATURES, COLUMNS, REQUIREMENTS, current_contract_hash
from sparkwright.features.scaling import Scaler
from sparkwright.features.windows import HistoryIndex, Integers, RunArrays
from sparkwright.forecast.blend import untrusted
from sparkwright.forecast.forecaster import Forecaster, ForecasterSpec
from sparkwright.forecast.network import RequirementNetwork
from sparkwright.forecast.replay import Replay
from sparkwright.held_out import refuse_held_out
from training.temporal.calibrate import Worth, choose_blend, fit_naive, fit_offsets
from training.temporal.config import TemporalConfig
from training.temporal.data_module import RunsDataModule
from training.temporal.fit_inputs import InputWorth, fit_input_errors
from training.temporal.fit_need import FleetPrior, fit_need
from training.temporal.fit_trees import fit_trees
from training.temporal.lit_module import ForecasterModule
from training.temporal.split import Split, lab_workloads

_HEAP = ALLOCATION_FEATURES.index("executor_memory_bytes")


@dataclass(frozen=True, slots=True)
class Trained:
    """A forecaster, and what it was trained and tested on."""

    forecaster: Forecaster
    index: HistoryIndex
    split: Split
    test_metrics: dict[str, float]
    worth: dict[str, Worth]
    need: FleetPrior
    input_worth: InputWorth


def train_forecaster(
    index: HistoryIndex,
    split: Split,
    config: TemporalConfig,
    table_versions: Mapping[str, int],
    on_epoch: Callable[[int, Mapping[str, float]], None],
) -> Trained:
    """Fit, calibrate and test a forecaster on the parts of ``split``.

    Args:
        index: All runs.
        split: Which of them to learn from, calibrate on and test on.
        config: What to do; the same config, runs and threads give the same forecaster.
        table_versions: Delta version of each table that was read, kept with the model.
        on_epoch: Called after each epoch with its number and metrics.

    Raises:
        SplitCrossedError: ``split`` learns from, or calibrates on, workloads of the lab that are reserved for scoring.
    """
    refuse_held_out(lab_workloads(index.rows.take(split.learned)), "a forecaster's training")
    scaler = Scaler.fit(_take(index.arrays, split.train), index.workload_codes[split.train])
    _quiet()
    torch.set_num_threads(config.threads)
    pl.seed_everything(config.seed, workers=True, verbose=False)
    network = RequirementNetwork(scaler, config.quantiles, config.hidden_size, config.dropout)
    module = ForecasterModule(
        network,
        levels=config.quantiles,
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        risk_weight=config.risk_weight,
        total_steps=config.epochs * config.steps(len(split.train)),
        train_run_count=len(split.train),
    )
    replay = Replay(index, config.context_length)
    data = RunsDataModule(replay, split, scaler.input_slope, config)
    best = _BestEpoch(config.cold_ratio, config.patience)
    trainer = pl.Trainer(
        max_epochs=config.epochs,
        accelerator=config.accelerator,
        devices=1,
        # CUDA has no deterministic cumsum or median: Lightning then warns and goes on.
        deterministic="warn",
        gradient_clip_val=1.0,
        num_sanity_val_steps=0,
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=False,
        callbacks=[best, _EpochReport(on_epoch)],
    )
    trainer.validate(module, data, verbose=False)
    trainer.fit(module, data)
    best.restore(network)
    tested = {name: value for metrics in trainer.test(module, data, verbose=False) for name, value in metrics.items()}

    trees = fit_trees(replay, split, scaler, config)
    heaps = np.expm1(index.arrays.allocation[split.learned, _HEAP].astype(np.float64))
    naive = fit_naive(replay, split.train, config.quantiles)
    nothing = [[0.0] * len(REQUIREMENTS)] * (len(config.quantiles) // 2)
    spec = ForecasterSpec(
        context_length=config.context_length,
        network_length=config.network_length,
        region=config.region,
        quantiles=config.quantiles,
        hidden_size=config.hidden_size,
        scaler=scaler,
        blend=untrusted(naive),
        warm_offsets=nothing,
        told_offsets=nothing,
        cold_offsets=nothing,
        columns=COLUMNS,
        contract_hash=current_contract_hash(),
        table_versions=dict(table_versions),
        heap_support_bytes=(round(heaps.min()), round(heaps.max())),
        trained_until=split.trained_until,
        held_out_workloads=split.held_out_workloads,
    )
    raw = Forecaster(network.cpu().eval(), trees, spec)
    blend, without = choose_blend(raw, replay, split, naive)
    offsets, worth = fit_offsets(raw, replay, split, blend, without)
    calibrated = {f"{name}_offsets": values.tolist() for name, values in offsets._asdict().items()}
    spec = spec.model_copy(update={"blend": blend, **calibrated})
    errors, input_worth = fit_input_errors(Forecaster(network, trees, spec), replay, split)
    spec = spec.model_copy(update={"input_errors": errors})
    need = fit_need(index, split, config)
    return Trained(Forecaster(network, trees, spec), index, split, dict(tested), worth, need, input_worth)


class _BestEpoch(pl.Callback):
    """Keeps the weights of the epoch that was best on the stopping runs, and stops once patience runs out.

    The untrained network counts as epoch 0: it forecasts what the workload's past is like, which is hard to beat with
    few runs to learn from.
    """

    def __init__(self, cold_weight: float, patience: int) -> None:
        self._cold_weight, self._patience = cold_weight, patience
        self._loss, self._age, self._weights = float("inf"), 0, dict[str, torch.Tensor]()

    def on_validation_end(self, trainer: pl.Trainer, module: ForecasterModule) -> None:
        metrics = trainer.callback_metrics
        loss = float(metrics["stop_loss"]) + self._cold_weight * float(metrics.get("cold_stop_loss", 0.0))
        self._age += 1
        if loss < self._loss:
            self._loss, self._age = loss, 0
            self._weights = {name: value.clone() for name, value in module.network.state_dict().items()}
        trainer.should_stop = trainer.should_stop or self._age >= self._patience

    def restore(self, network: RequirementNetwork) -> None:
        """Restore the best weights."""
        network.load_state_dict(self._weights)


class _EpochReport(pl.Callback):
    def __init__(self, on_epoch: Callable[[int, Mapping[str, float]], None]) -> None:
        self._on_epoch = on_epoch

    def on_train_epoch_end(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
        metrics = {name: float(value) for name, value in trainer.callback_metrics.items()}
        self._on_epoch(trainer.current_epoch, metrics)


def _take(arrays: RunArrays, positions: Integers) -> RunArrays:
    return RunArrays(
        arrays.allocation[positions], arrays.requirement[positions], arrays.usage[positions], arrays.memory[positions]
    )


def _quiet() -> None:
    """Silence Lightning's notes on hardware and its advice, which would drown the progress bar."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    for message in (".*num_workers.*", ".*GPU.*", ".*IterableDataset.*", ".*litlogger.*", ".*LeafSpec.*"):
        warnings.filterwarnings("ignore", message=message)
