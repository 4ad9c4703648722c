"""Gradient-boosted quantiles of the next run, one booster per requirement and level, over lags and calendar.

Parsed on first use; LightGBM itself is needed only where they are fitted. They forecast the distance from a
centre, so they need no scale of their own, and are sorted by level, because separately fitted boosters may cross.

Source of the sorting: Chernozhukov, Fernandez-Val, Galichon, "Quantile and Probability Curves Without Crossing",
Econometrica 78 (2010).

Shapes: B batch, K candidates, A allocation features, R requirements, Q quantiles, F features of one requirement,
W features of all of them, P of which belong to the past.
"""

from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from sparkwright.errors import RegistryError
from sparkwright.features.columns import ALLOCATION_FEATURES, REQUIREMENTS
from sparkwright.features.lags import GENERAL, LAGS, Lags
from sparkwright.features.picking import of_each
from sparkwright.features.windows import Floats, History
from sparkwright.forecast.scorer import Scorer

Doubles = npt.NDArray[np.float64]

_FOLDER = "trees"
_INPUT, _WORK = REQUIREMENTS.index("input_bytes"), REQUIREMENTS.index("executor_run_time_ms")
_SPILL = REQUIREMENTS.index("disk_spilled_bytes")
_MEMORY = [ALLOCATION_FEATURES.index(f"executor_memory{name}_bytes") for name in ("", "_overhead")]
_PAST_WIDTH = len(REQUIREMENTS) * (1 + len(LAGS)) + len(GENERAL)
_WIDTH = _PAST_WIDTH + 2 * len(ALLOCATION_FEATURES)


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

    def quantiles(self, history: History, lags: Lags, candidates: Floats) -> Doubles:
        """Return quantiles ``[B, K, R, Q]`` for the candidates ``[B, K, A]``; NaN for requirements without a booster.

        Args:
            history: What was known.
            lags: Features of ``history``.
            candidates: The allocations.
        """
        found = self.of_allocations(history, lags, candidates)
        found[:, :, _INPUT] = self.of_input(lags)
        return found

    def of_allocations(self, history: History, lags: Lags, candidates: Floats) -> Doubles:
        """Return the same without the input, which stays NaN."""
        batch, size, _ = candidates.shape
        found = np.full((batch, size, len(REQUIREMENTS), self._level_count), np.nan)
        if self._for_allocations is not None:
            rows = feature_rows(lags, candidates, usual_allocation(history))
            names = [REQUIREMENTS.index(name) for name in self._texts_for_allocations]
            found[:, :, names] = self._centred(self._for_allocations, rows, lags, names).reshape(
                batch, size, len(names), self._level_count
            )
        return found

    def of_input(self, lags: Lags, told: npt.NDArray[np.bool_] | None = None) -> Doubles:
        """Return quantiles of the input ``[B, 1, Q]``, the same for any allocation; NaN without a booster.

        Args:
            lags: Features of the submissions.
            told: Whether the input size is known ``[B]``, so that it is not forecast and stays NaN; default: never.
        """
        asked = np.ones(len(lags.general), dtype=np.bool_) if told is None else ~told
        found = np.full((len(asked), 1, self._level_count), np.nan)
        if asked.any() and self._for_input is not None:
            some = Lags(lags.centre[asked], lags.lags[asked], lags.general[asked])
            found[asked] = self._centred(self._for_input, past_rows(some), some, [_INPUT])
        return found

    def _centred(self, scorer: Scorer, rows: Floats, lags: Lags, requirements: list[int]) -> Doubles:
        """Return the quantiles of some requirements ``[B * K, len(requirements), Q]``, ascending by level."""
        distances = scorer.predict(rows).reshape(len(rows), len(requirements), self._level_count)
        centre = np.repeat(centre_of(lags, self._usual)[:, requirements], len(rows) // len(lags.general), axis=0)
        return np.asarray(centre[..., None] + np.sort(distances, axis=-1))

    @cached_property
    def _for_input(self) -> Scorer | None:
        name = REQUIREMENTS[_INPUT]
        return _scorer({name: self.texts[name]}, _PAST_WIDTH) if name in self.texts else None

    @cached_property
    def _for_allocations(self) -> Scorer | None:
        return _scorer(self._texts_for_allocations, _WIDTH) if self._texts_for_allocations else None

    @property
    def _texts_for_allocations(self) -> dict[str, tuple[str, ...]]:
        return {name: texts for name, texts in self.texts.items() if name != REQUIREMENTS[_INPUT]}


def _scorer(texts: Mapping[str, tuple[str, ...]], width: int) -> Scorer:
    columns = [_columns_of(REQUIREMENTS.index(name)) for name, levels in texts.items() for _ in levels]
    try:
        return Scorer([text for levels in texts.values() for text in levels], columns, width)
    except (ValueError, KeyError, IndexError) as error:
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
    return np.ascontiguousarray(feature_rows(lags, candidates, usual)[:, _columns_of(requirement)])


def feature_rows(lags: Lags, candidates: Floats, usual: Floats) -> Floats:
    """Return the rows that the boosters of all requirements share ``[B * K, W]``."""
    asked = np.concatenate([candidates, candidates - usual[:, None]], axis=-1)
    past = np.repeat(past_rows(lags), candidates.shape[1], axis=0)
    return np.concatenate([past, asked.reshape(len(past), -1)], axis=1)


def past_rows(lags: Lags) -> Floats:
    """Return the part of them that is the same for any candidate, their first columns ``[B, P]``."""
    centre = lags.centre.astype(np.float32)
    return np.concatenate([centre, lags.lags.reshape(len(centre), -1), lags.general], axis=1)


@cache
def _columns_of(requirement: int) -> list[int]:
    """Return the columns of :func:`feature_rows` that one requirement's boosters read."""
    own = [requirement, *(one for one in (_INPUT, _WORK) if one != requirement and requirement != _INPUT)]
    past = [len(REQUIREMENTS) + len(LAGS) * one + lag for one in own for lag in range(len(LAGS))]
    columns = [requirement, *past, *range(_PAST_WIDTH - len(GENERAL), _PAST_WIDTH)]
    if requirement == _INPUT:
        return columns
    # Spill must never rise with memory, which quantile boosters cannot guarantee: hide memory from them.
    hidden = _MEMORY if requirement == _SPILL else []
    kept = [feature for feature in range(len(ALLOCATION_FEATURES)) if feature not in hidden]
    relative = [feature + len(ALLOCATION_FEATURES) for feature in kept]
    return [*columns, *(_PAST_WIDTH + feature for feature in (*kept, *relative))]
