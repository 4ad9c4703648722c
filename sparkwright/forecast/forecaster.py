"""The single inference path, shared by training's evaluation, the MLflow model and the service.

A forecaster is a folder: ``network.safetensors`` (weights), ``trees/`` (boosters of the requirements that use them)
and ``forecaster.json`` (:class:`ForecasterSpec`, everything else that inference needs).
"""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import torch
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from sparkwright.errors import ContractMismatchError, RegistryError
from sparkwright.features.columns import ALLOCATION_FEATURES, REQUIREMENT_UNITS, REQUIREMENTS, current_contract_hash
from sparkwright.features.lags import Lags, lags_of
from sparkwright.features.scaling import Scaler
from sparkwright.features.windows import Floats, History, encode_candidates
from sparkwright.forecast.blend import NETWORK, TREES, Blend
from sparkwright.forecast.calibration import widen
from sparkwright.forecast.input_sizes import sizes_bytes
from sparkwright.forecast.levels import check_levels
from sparkwright.forecast.network import Past, RequirementNetwork
from sparkwright.forecast.traced import Encoded, Traced, traced
from sparkwright.forecast.trees import Trees
from sparkwright.spark.allocation import Allocation

_INPUT = REQUIREMENTS.index("input_bytes")
_WEIGHTS, _SPEC = "network.safetensors", "forecaster.json"

Doubles = npt.NDArray[np.float64]


class ForecasterSpec(BaseModel):
    """Everything that inference needs besides the weights, and what the model was trained on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    context_length: int
    network_length: int
    """How many of the newest runs in the context the network reads individually."""
    region: str
    """Region whose holidays count; empty for none."""
    quantiles: tuple[float, ...]
    hidden_size: int
    scaler: Scaler
    blend: Blend
    warm_offsets: list[list[float]]
    """Conformal offsets ``[P, R]`` for workloads with a history."""
    told_offsets: list[list[float]]
    """The same, if the request states the input size."""
    cold_offsets: list[list[float]]
    """The same for unseen workloads."""
    input_errors: tuple[float, ...] = ()
    """Errors of its input forecasts, as kept by :mod:`sparkwright.forecast.input_sizes`; empty if the workloads' own
    histories predicted the large ones better."""
    columns: tuple[str, ...]
    contract_hash: str
    table_versions: dict[str, int]
    """Delta version of each table that was read."""
    heap_support_bytes: tuple[int, int]
    """Smallest and largest executor heap among the training runs."""
    trained_until: datetime
    """Runs that started later were used neither in training nor in calibration."""
    held_out_workloads: tuple[str, ...]
    """Workloads kept out of training altogether, to measure cold starts."""

    @model_validator(mode="after")
    def _symmetric(self) -> Self:
        check_levels(self.quantiles)
        return self


class Forecasts(NamedTuple):
    """B workloads x K candidates; quantiles in the requirement's own unit (ms or bytes)."""

    quantiles: Doubles  # [B, K, R, Q]
    oom_probability: Doubles  # [B, K]
    cold: npt.NDArray[np.bool_]  # [B]


@dataclass(slots=True)
class Outlook:
    """What is known of B workloads, each at its own moment, before an allocation is chosen.

    Attributes:
        history: Their runs.
        lags: Features of those runs.
        input_by_trees: The trees' forecast of the input ``[B, 1, Q]``; None until first requested.
        encoded: What the network makes of it; None until first requested.
    """

    history: History
    lags: Lags
    input_by_trees: Doubles | None = None
    encoded: Encoded | None = None

    def only(self, rows: Sequence[int]) -> "Outlook":
        """Return the workloads at these positions, in this order."""
        if list(rows) == list(range(len(self.history.length))):
            return self
        taken = np.asarray(rows, dtype=np.int64)
        lags = Lags(self.lags.centre[taken], self.lags.lags[taken], self.lags.general[taken])
        return Outlook(
            self.history.only(rows),
            lags,
            None if self.input_by_trees is None else self.input_by_trees[taken],
            None if self.encoded is None else self.encoded.only(torch.from_numpy(taken)),
        )


class Forecaster:
    """Quantiles of the next run's requirement and the risk of running out of memory, for candidate allocations.

    Args:
        network: The trained network.
        trees: Boosters, at least for the requirements whose blend uses them.
        spec: Everything else.
    """

    def __init__(self, network: RequirementNetwork, trees: Trees, spec: ForecasterSpec) -> None:
        self._network, self._trees = network.eval(), trees
        self.spec = spec
        self._offsets = np.array([spec.warm_offsets, spec.told_offsets, spec.cold_offsets])
        self._slopes = np.asarray(spec.scaler.input_slope)
        self._network_requirements = spec.blend.requirements_of(NETWORK)

    @cached_property
    def _traced(self) -> Traced:
        return traced(self._network)

    @property
    def contract_hash(self) -> str:
        """Hash of the contract of the columns that the model was trained on."""
        return self.spec.contract_hash

    @property
    def context_length(self) -> int:
        """How many past runs of a workload are used."""
        return self.spec.context_length

    @property
    def quantiles(self) -> tuple[float, ...]:
        """The levels of the last axis of :attr:`Forecasts.quantiles`."""
        return self.spec.quantiles

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load the forecaster in ``folder``.

        Raises:
            RegistryError: A file is missing or broken.
            ContractMismatchError: The meaning of the columns it reads has changed.
        """
        try:
            values = json.loads((folder / _SPEC).read_text(encoding="utf-8"))
            given, expected = values.get("contract_hash"), current_contract_hash()
            if given != expected:
                raise ContractMismatchError(
                    f"expected a forecaster for the contract {expected}, got one for {given} in {folder}: the meaning "
                    "of the columns it reads has changed; train again with `sparkwright train`"
                )
            spec = ForecasterSpec.model_validate(values)
            network = RequirementNetwork(spec.scaler, spec.quantiles, spec.hidden_size, dropout=0.0)
            network.load_state_dict(load_file(folder / _WEIGHTS))
            usual = np.asarray(spec.scaler.requirement_mean)
            trees = Trees.load(folder, spec.blend.requirements_of(TREES), len(spec.quantiles), usual)
        except (OSError, ValidationError, AttributeError, ValueError, RuntimeError, SafetensorError) as error:
            raise RegistryError(f"expected a forecaster ({_WEIGHTS}, {_SPEC}) in {folder}: {error}") from error
        return cls(network, trees, spec)

    def save(self, folder: Path) -> None:
        """Write the folder that :meth:`load` reads, atomically."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as work:
            made = Path(work) / folder.name
            made.mkdir()
            save_file({name: value.contiguous() for name, value in self._network.state_dict().items()}, made / _WEIGHTS)
            self._trees.only(self.spec.blend.requirements_of(TREES)).save(made)
            (made / _SPEC).write_text(self.spec.model_dump_json(indent=2) + "\n", encoding="utf-8")
            made.replace(folder)

    def forecast(self, history: History, candidates: Sequence[Allocation]) -> Forecasts:
        """Forecast each of K candidates for the single workload (B = 1) with this ``history``.

        ``history`` comes from :meth:`sparkwright.features.windows.HistoryIndex.history`, which cuts it at the moment
        of the decision.
        """
        return self.predict(history, encode_candidates(candidates)[None])

    def predict(self, history: History, candidates: Floats) -> Forecasts:
        """Forecast B workloads, each with K candidates ``[B, K, A]`` as allocation features."""
        lags = lags_of(history, self._slopes, self.spec.region)
        network, risk_score = self._by_network(history, lags, candidates)
        quantiles = self._answer(history, network, self._trees.quantiles(history, lags, candidates))
        return Forecasts(quantiles, torch.special.ndtr(risk_score).numpy(), history.length == 0)

    def outlook(self, history: History) -> Outlook:
        """Return what is known of B workloads, ready to be forecast for one allocation after another."""
        return Outlook(history, lags_of(history, self._slopes, self.spec.region))

    def requirements(self, seen: Outlook, candidates: Floats) -> Doubles:
        """Return only the quantiles of :meth:`predict`; skip the network if it does not contribute."""
        trees = self._trees.of_allocations(seen.history, seen.lags, candidates)
        trees[:, :, _INPUT] = self._input_by_trees(seen)
        network = np.full_like(trees, np.nan)
        if self._network_requirements:
            network = self._traced.decode(self._encoded(seen), torch.from_numpy(candidates)).double().numpy()
        return self._answer(seen.history, network, trees)

    def input_quantiles(self, seen: Outlook) -> Doubles:
        """Return quantiles of the input in bytes ``[B, Q]``: those of :meth:`predict`, without computing the rest."""
        unsaid = np.full((len(seen.history.length), 1, len(ALLOCATION_FEATURES)), np.nan, dtype=np.float32)
        trees = np.full((*unsaid.shape[:2], len(REQUIREMENTS), len(self.quantiles)), np.nan)
        trees[:, :, _INPUT] = self._input_by_trees(seen)
        network = np.full_like(trees, np.nan)
        if REQUIREMENTS[_INPUT] in self._network_requirements:
            network[:, 0, _INPUT] = self._encoded(seen).input_quantiles.double().numpy()
        return np.asarray(self._answer(seen.history, network, trees)[:, 0, _INPUT])

    def input_sizes(self, seen: Outlook) -> Doubles | None:
        """Return possible sizes of the next input in bytes ``[B, K]``, with probabilities ``input_sizes.WEIGHTS``.

        None if its input forecasts are no better than the workloads' own histories.
        """
        if not self.spec.input_errors:
            return None
        return sizes_bytes(self.input_quantiles(seen), self.quantiles, self.spec.input_errors)

    def _encoded(self, seen: Outlook) -> Encoded:
        if seen.encoded is None:
            seen.encoded = self._traced.encode(Past.of(seen.history.recent(self.spec.network_length), seen.lags))
        return seen.encoded

    def _input_by_trees(self, seen: Outlook) -> Doubles:
        """Return the trees' forecast of the input ``[B, 1, Q]``, the same for any allocation; NaN if it was told."""
        if seen.input_by_trees is None:
            told = ~np.isnan(seen.history.submitted.input_log)
            seen.input_by_trees = self._trees.of_input(seen.lags, told)
        return seen.input_by_trees

    def _answer(self, history: History, network: Doubles, trees: Doubles) -> Doubles:
        """Return quantiles ``[B, K, R, Q]`` in ms and bytes, from those of network and trees."""
        told = ~np.isnan(history.submitted.input_log)
        past = history.requirement.astype(np.float64)
        logs = self.spec.blend.quantiles(network, trees, past, told)
        # A past with nothing but failures is uninformative: use the offsets of unseen workloads.
        uninformed = np.asarray(np.isnan(past).all(axis=1))
        group = np.where(uninformed, 2, told[:, None].astype(np.int64))
        offsets = self._offsets[group, :, np.arange(len(REQUIREMENTS))]  # [B, R, P]
        logs = widen(logs, np.moveaxis(offsets, -1, 0)[:, :, None])
        logs[told, :, _INPUT] = history.submitted.input_log[told][:, None, None]
        return own_units(logs)

    def members(self, history: History, candidates: Floats) -> dict[str, Doubles]:
        """Return each learned member's own quantiles ``[B, K, R, Q]``, on the scale of ``requirement_logs``."""
        lags = lags_of(history, self._slopes, self.spec.region)
        network, _ = self._by_network(history, lags, candidates)
        return {NETWORK: network, TREES: self._trees.quantiles(history, lags, candidates)}

    def _by_network(self, history: History, lags: Lags, candidates: Floats) -> tuple[Doubles, torch.Tensor]:
        past = Past.of(history.recent(self.spec.network_length), lags)
        with torch.inference_mode():
            prediction = self._network(past, torch.from_numpy(candidates))[1]
            return prediction.quantiles.double().numpy(), prediction.risk_score.double()


def own_units(logs: Doubles) -> Doubles:
    """Convert requirements ``[..., R, Q]`` from the scale of ``requirement_logs`` to ms and bytes."""
    return np.asarray(np.expm1(logs.clip(min=0.0)) * np.array(REQUIREMENT_UNITS)[:, None])
