"""The prior belief about a workload's need before its first run: learned from a fleet, or the default below."""

from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
from pydantic import AliasChoices, Field, ValidationError, model_validator

from sparkwright.config import Config
from sparkwright.errors import RegistryError

Doubles = npt.NDArray[np.float64]

PRIOR_FILE = "need_prior.json"
"""File in a forecaster's folder: the prior learned from the same runs."""
ELASTICITIES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Shares of the need that may grow with the input, at the reference input."""
NOISE_SCALES = (0.02, 0.035, 0.06, 0.1, 0.18, 0.32)
"""Scales of the logistic noise of need, in log units."""


class LevelComponent(Config):
    """One normal component of the distribution of log(need / first heap)."""

    share: float = Field(gt=0, le=1)
    mean: float
    spread: float = Field(gt=0)


class NeedPrior(Config):
    """A fleet's prior, and how fast its workloads change."""

    levels: tuple[LevelComponent, ...] = Field(min_length=1)
    elasticity_shares: tuple[float, ...] = Field(description="One per entry of ELASTICITIES.")
    noise_shares: tuple[float, ...] = Field(description="One per entry of NOISE_SCALES.")
    walk: float = Field(gt=0, description="Standard deviation of the level's step from run to run, log units.")
    jump_probability: float = Field(ge=0, lt=1, description="P(a run starts a new regime).")
    jump_spread: float = Field(gt=0, description="Standard deviation of the level's jump into one, log units.")
    death_label_error: float = Field(gt=0, lt=0.5, description="P(labelled as died of the heap | held).")
    success_label_error: float = Field(gt=0, lt=0.5, description="P(labelled as held | died of the heap).")
    min_risk: float = Field(
        ge=0,
        lt=1,
        validation_alias=AliasChoices("min_risk", "least_risk"),  # the name in priors registered before 2026-12
        description="P(death) at any heap, however large.",
    )

    @model_validator(mode="after")
    def _fits_the_grid(self) -> Self:
        if len(self.elasticity_shares) != len(ELASTICITIES) or len(self.noise_shares) != len(NOISE_SCALES):
            raise ValueError(f"expected {len(ELASTICITIES)} elasticity_shares and {len(NOISE_SCALES)} noise_shares")
        return self

    def weights(self, levels: Doubles) -> Doubles:
        """Return weights ``[E, S, L]`` on a grid of levels ``[L]``, which are log(need / first heap)."""
        level = np.zeros_like(levels)
        for part in self.levels:
            density = np.exp(-0.5 * ((levels - part.mean) / part.spread) ** 2)
            level += part.share * density / density.sum()
        weights = np.array(self.elasticity_shares)[:, None, None] * np.array(self.noise_shares)[:, None] * level
        return np.asarray(weights / weights.sum())


DEFAULT_PRIOR = NeedPrior(
    levels=(
        LevelComponent(share=0.8, mean=-0.8, spread=0.6),
        LevelComponent(share=0.2, mean=-0.5, spread=1.2),
    ),
    elasticity_shares=(0.15, 0.1, 0.15, 0.25, 0.25, 0.1),
    noise_shares=(0.2, 0.33, 0.27, 0.12, 0.05, 0.03),
    walk=0.01,
    jump_probability=0.006,
    jump_spread=0.35,
    death_label_error=1e-3,
    success_label_error=1e-4,
    min_risk=2e-4,
)
"""Used until a fleet has a history: wide, because it is unknown how its people size. The noise is that of the 16 curves
measured in the lab (``sparkwright lab oracle``), with some weight on more."""


def save_prior(prior: NeedPrior, folder: Path) -> None:
    """Write the file that :func:`load_prior` reads."""
    (folder / PRIOR_FILE).write_text(prior.model_dump_json(indent=2) + "\n", encoding="utf-8")


def load_prior(folder: Path) -> NeedPrior:
    """Load the prior stored with a forecaster; the default if it was trained without one.

    Raises:
        RegistryError: The file is broken.
    """
    file = folder / PRIOR_FILE
    return read_prior(file) if file.exists() else DEFAULT_PRIOR


def read_prior(file: Path) -> NeedPrior:
    """Read the prior in a file, or in the folder of a forecaster.

    Raises:
        RegistryError: It is missing or broken.
    """
    file = file / PRIOR_FILE if file.is_dir() else file
    try:
        return NeedPrior.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise RegistryError(f"expected a prior of need in {file}: {error}; `sparkwright train` writes one") from error
