"""The one inference path: training's evaluation, the MLflow model and the service all ask here.

A forecaster is a folder: ``network.safetensors`` (weights) and ``forecaster.json`` (:class:`ForecasterSpec`, all
else that inference needs).
"""

import json
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import torch
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from sparkwright.errors import ContractMismatchError, RegistryError
from sparkwright.features.columns import REQUIREMENT_UNITS, current_contract_hash
from sparkwright.features.scaling import Scaler
from sparkwright.features.windows import Floats, History, encode_candidates
from sparkwright.forecast.blend import Blend
from sparkwright.forecast.calibration import widen
from sparkwright.forecast.levels import check_levels
from sparkwright.forecast.network import Past, RequirementNetwork
from sparkwright.spark.allocation import Allocation

_WEIGHTS, _SPEC = "network.safetensors", "forecaster.json"

Doubles = npt.NDArray[np.float64]


class ForecasterSpec(BaseModel):
    """All that inference needs beside the weights, and what the model was made from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    context_length: int
    quantiles: tuple[float, ...]
    hidden_size: int
    scaler: Scaler
    blend: Blend
    warm_offsets: list[list[float]]
    """Conformal offsets ``[P, R]`` for workloads with a history."""
    cold_offsets: list[list[float]]
    """The same for unseen workloads."""
    columns: tuple[str, ...]
    contract_hash: str
    table_versions: dict[str, int]
    """Delta version of each table that was read."""
    heap_support_bytes: tuple[int, int]
    """Least and largest executor heap among the training runs."""
    trained_until: datetime
    """Runs that started later were seen neither in training nor in calibration."""
    held_out_workloads: tuple[str, ...]
    """Workloads that were kept out of training altogether, to measure cold starts."""

    @model_validator(mode="after")
    def _symmetric(self) -> Self:
        check_levels(self.quantiles)
        return self


class Forecasts(NamedTuple):
    """B workloads x K candidates; quantiles in the requirement's own unit (ms or bytes)."""

    quantiles: Doubles  # [B, K, R, Q]
    oom_probability: Doubles  # [B, K]
    cold: npt.NDArray[np.bool_]  # [B]


class Forecaster:
    """Quantiles of the next run's requirement and the risk of dying of memory, for candidate allocations.

    Args:
        network: The trained network.
        spec: Everything else.
    """

    def __init__(self, network: RequirementNetwork, spec: ForecasterSpec) -> None:
        self._network = network.eval()
        self.spec = spec
        self._warm = np.asarray(spec.warm_offsets)
        self._cold = np.asarray(spec.cold_offsets)

    @property
    def contract_hash(self) -> str:
        """Hash of what the columns meant that the model was trained on."""
        return self.spec.contract_hash

    @property
    def context_length(self) -> int:
        """How many past runs of a workload are looked at."""
        return self.spec.context_length

    @property
    def quantiles(self) -> tuple[float, ...]:
        """The levels of the last axis of :attr:`Forecasts.quantiles`."""
        return self.spec.quantiles

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The forecaster in ``folder``.

        Raises:
            RegistryError: A file is missing or broken.
            ContractMismatchError: The columns it reads mean something else now.
        """
        try:
            values = json.loads((folder / _SPEC).read_text(encoding="utf-8"))
            given, expected = values.get("contract_hash"), current_contract_hash()
            if given != expected:
                raise ContractMismatchError(
                    f"expected a forecaster for the contract {expected}, got one for {given} in {folder}: the columns "
                    "it reads mean something else now; train again with `sparkwright train`"
                )
            spec = ForecasterSpec.model_validate(values)
            network = RequirementNetwork(spec.scaler, spec.quantiles, spec.hidden_size, dropout=0.0)
            network.load_state_dict(load_file(folder / _WEIGHTS))
        except (OSError, ValidationError, AttributeError, ValueError, RuntimeError, SafetensorError) as error:
            raise RegistryError(f"expected a forecaster ({_WEIGHTS}, {_SPEC}) in {folder}: {error}") from error
        return cls(network, spec)

    def save(self, folder: Path) -> None:
        """Write the folder that :meth:`load` reads; it appears as a whole or not at all."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as work:
            made = Path(work) / folder.name
            made.mkdir()
            save_file({name: value.contiguous() for name, value in self._network.state_dict().items()}, made / _WEIGHTS)
            (made / _SPEC).write_text(self.spec.model_dump_json(indent=2) + "\n", encoding="utf-8")
            made.replace(folder)

    def forecast(self, history: History, candidates: Sequence[Allocation]) -> Forecasts:
        """What each of K candidates would lead to, for the one workload (B = 1) whose past ``history`` is.

        ``history`` comes from :meth:`sparkwright.features.windows.HistoryIndex.history`, which cuts it at the moment
        of the decision.
        """
        return self.predict(history, encode_candidates(candidates)[None])

    def predict(self, history: History, candidates: Floats) -> Forecasts:
        """The forecasts for B workloads, each with K candidates ``[B, K, A]`` as allocation features."""
        with torch.inference_mode():
            prediction = self._network(Past.of(history), torch.from_numpy(candidates))[1]
            probability = torch.special.ndtr(prediction.risk_score.double()).numpy()
            network = prediction.quantiles.double().numpy()
        logs = self.spec.blend.quantiles(network, history.requirement.astype(np.float64))
        # A past of failures only says nothing about a requirement: as wide as for an unseen workload.
        uninformed = np.asarray(np.isnan(history.requirement).all(axis=1))
        logs = np.where(uninformed[:, None, :, None], widen(logs, self._cold), widen(logs, self._warm))
        quantiles = np.expm1(logs.clip(min=0.0)) * np.array(REQUIREMENT_UNITS)[:, None]
        return Forecasts(quantiles, probability, history.length == 0)
