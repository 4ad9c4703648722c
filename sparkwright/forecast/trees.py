"""Gradient-boosted quantiles of the next run, one booster per requirement and level, over lags and calendar.

Parsed on first use, so LightGBM is needed only by a forecaster that uses them. They forecast the distance from a
centre, so they need no scale of their own, and are sorted by level, because separately fitted boosters may cross.

Source of the sorting: Chernozhukov, Fernandez-Val, Galichon, "Quantile and Probability Curves Without Crossing",
Econometrica 78 (2010).

Shapes: B batch, K candidates, A allocation features, R requirements, Q quantiles, F features of one requirement.
"""

from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from sparkwright.errors import RegistryError
from sparkwright.features.columns import ALLOCATION_FEATURES, REQUIREMENTS
from sparkwright.features.lags import Lags
from sparkwright.features.picking import of_each
from sparkwright.features.windows import Floats, History
from sparkwright.forecast.packed import packed

if TYPE_CHECKING:
    from lightgbm import Booster

Doubles = npt.NDArray[np.float64]

_FOLDER = "trees"
_INPUT, _WORK = REQUIREMENTS.index("input_bytes"), REQUIREMENTS.index("executor_run_time_ms")
_SPILL = REQUIREMENTS.index("disk_spilled_bytes")
_MEMORY = [ALLOCATION_FEATURES.index(f"executor_memory{name}_bytes") for name in ("", "_overhead")]


class Trees:
    """The boosters of some requirements.

    Args:
        texts: For each requirement, by name, the boosters in LightGBM's text format, one per level, ascending.
        level_count: How many levels there are.
        usual: Typical value of each requirement ``[R]``, for workloads of which nothing is known.
    """

    def __init__(self, texts: Mapping[str, tuple[str, ...]], level_count: int, usual: Doubles) -> None:
        self.texts, self._level_count, self._usual = dict(texts), level_count, usual

    @classmethod
    def load(cls, folder: Path, requirements: tuple[str, ...], level_count: int, usual: Doubles) -> Self:
        """Load the boosters that :meth:`save` wrote.

        Raises:
            OSError: One is missing.
        """
        return cls(
            {
                name: tuple(_path(folder, name, level).read_text(encoding="utf-8") for level in range(level_count))
                for name in requirements
            },
            level_count,
            usual,
        )

    def save(self, folder: Path) -> None:
        """Write ``trees/<requirement>-<level index>.txt`` for each booster."""
        for name, texts in self.texts.items():
            for level, text in enumerate(texts):
                path = _path(folder, name, level)
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")

    def only(self, requirements: tuple[str, ...]) -> "Trees":
        """Return only the boosters of ``requirements``."""
        return Trees({name: self.texts[name] for name in requirements}, self._level_count, self._usual)

    def quantiles(
        self,
        history: History,
        lags: Lags,
        candidates: Floats,
        only: Collection[str] = REQUIREMENTS,
        told: npt.NDArray[np.bool_] | None = None,
    ) -> Doubles:
        """Return quantiles ``[B, K, R, Q]`` for the candidates ``[B, K, A]``; NaN for requirements without a booster.

        Args:
            history: What was known.
            lags: Features of ``history``.
            candidates: The allocations.
            only: Requirements to forecast.
            told: Whether the input size is known ``[B]``, so that it is not forecast and stays NaN; default: never.
        """
        batch, size, _ = candidates.shape
        levels = self._level_count
        found = np.full((batch, size, len(REQUIREMENTS), levels), np.nan)
        usual = usual_allocation(history)
        for name in self.texts.keys() & set(only):
            requirement = REQUIREMENTS.index(name)
            # The input is the same whatever the candidate.
            asked = candidates[:, :1] if requirement == _INPUT else candidates
            rows = tree_features(requirement, lags, asked, usual)
            if requirement == _INPUT and told is not None and told.any():
                if not told.all():
                    distances = self._boosters[name].predict(rows[~told], num_threads=1).reshape(-1, 1, levels)
                    centre = centre_of(lags, self._usual)[~told, None, requirement, None]
                    found[~told, :, requirement] = centre + np.sort(distances, axis=-1)
                continue
            distances = self._boosters[name].predict(rows, num_threads=1)
            distances = np.sort(distances.reshape(batch, asked.shape[1], levels), axis=-1)
            found[:, :, requirement] = centre_of(lags, self._usual)[:, None, requirement, None] + distances
        return found

    @cached_property
    def _boosters(self) -> "dict[str, Booster]":
        if not self.texts:
            return {}
        from lightgbm import Booster
        from lightgbm.basic import LightGBMError

        try:
            return {name: Booster(model_str=packed(texts)) for name, texts in self.texts.items()}
        except (LightGBMError, ValueError) as error:
            raise RegistryError(f"expected boosters as LightGBM writes them in {_FOLDER}/: {error}") from error


def _path(folder: Path, requirement: str, level: int) -> Path:
    return folder / _FOLDER / f"{requirement}-{level}.txt"


def centre_of(lags: Lags, usual: Doubles) -> Doubles:
    """Return the origin of distances ``[B, R]``: the workload's own centre, or what is usual."""
    return np.where(np.isnan(lags.centre), usual, lags.centre)


def usual_allocation(history: History) -> Floats:
    """Return the median allocation of the past ``[B, A]``; NaN if none is known."""
    ascending = np.sort(history.allocation, axis=1)  # NaN last
    count = (~np.isnan(history.allocation)).sum(axis=1)
    middle = of_each(ascending, np.maximum((count - 1) // 2, 0))
    return np.where(count > 0, middle, np.float32(np.nan))


def tree_features(requirement: int, lags: Lags, candidates: Floats, usual: Floats) -> Floats:
    """Return the features of one requirement's boosters ``[B * K, F]``.

    Args:
        requirement: Its position in ``REQUIREMENTS``.
        lags: Features of the submissions.
        candidates: Allocations ``[B, K, A]``.
        usual: The usual allocation ``[B, A]``.
    """
    own = [requirement, *(one for one in (_INPUT, _WORK) if one != requirement and requirement != _INPUT)]
    past = [lags.centre[:, [requirement]].astype(np.float32), *(lags.lags[:, one] for one in own), lags.general]
    rows = np.repeat(np.concatenate(past, axis=1), candidates.shape[1], axis=0)
    if requirement == _INPUT:
        return rows
    kept = np.ones(candidates.shape[2], dtype=bool)
    # Spill must never rise with memory, which quantile boosters cannot guarantee: hide memory from them.
    kept[_MEMORY] = requirement != _SPILL
    asked = [candidates[..., kept], (candidates - usual[:, None])[..., kept]]
    return np.concatenate([rows, np.concatenate(asked, axis=-1).reshape(len(rows), -1)], axis=1)
