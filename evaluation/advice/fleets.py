"""The fleets on which advice is replayed, by name: how each differs from the shipped one.

``drifting`` and ``constant`` are the kinds that priors are fitted to. No prior has seen the others: users give far less
or far more than usual, needs scatter differently or jump with the input, or the verdicts of runs are wrong.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from evaluation.lab.simulator.settings import FLEET, FleetSettings
from sparkwright.config import load_config
from sparkwright.errors import ConfigError

Doubles = npt.NDArray[np.float64]

LOGISTIC_QUARTILE, STUDENT_QUARTILE = math.log(3), 0.8165
"""Upper quartiles of the standard logistic and of Student's t with two degrees of freedom."""


@dataclass(frozen=True, slots=True)
class FleetKind:
    """A fleet to replay advice on.

    Attributes:
        name: Name for ``--fleet``.
        about: What is different, in words.
        familiar: Whether priors are fitted to fleets of this kind.
        overrides: Overrides of ``fleet.yaml``, in the syntax of ``--set``.
        noise: Log spread of the need from try to try; None for the fitted one.
        tails: Distribution of that noise: ``logistic`` as fitted, or ``student`` with the same quartiles and two
            degrees of freedom.
        step: Factor by which the need jumps when the input passes a threshold, flat in between; 1 for no step.
        unseen_deaths: Share of deaths recorded as failures with enough memory.
        false_deaths: Share of other failures recorded as deaths.
    """

    name: str
    about: str
    familiar: bool = False
    overrides: tuple[str, ...] = ()
    noise: float | None = None
    tails: Literal["logistic", "student"] = "logistic"
    step: float = 1.0
    unseen_deaths: float = 0.0
    false_deaths: float = 0.0

    def settings(self, seed: int = 0) -> FleetSettings:
        """Return the fleet's settings; ``seed`` is added to the shipped one."""
        settings = load_config(FleetSettings, FLEET, [*self.overrides])
        return settings.model_copy(update={"name": self.name.replace("-", ""), "seed": settings.seed + seed})

    def scattered(self, noise: float, shape: tuple[int, int], dice: np.random.Generator) -> Doubles:
        """Return the factor on its run's need for each try; the median is 1."""
        width = noise if self.noise is None else self.noise
        if self.tails == "logistic":
            return np.exp(width * dice.logistic(size=shape))
        return np.exp(np.clip(width * LOGISTIC_QUARTILE / STUDENT_QUARTILE * dice.standard_t(2, size=shape), -2, 2))

    def shaped(self, need: Doubles, dice: np.random.Generator) -> Doubles:
        """Apply this fleet's steps to needs ``[R]``; they never decrease."""
        if self.step == 1 or not len(need):
            return need
        offset, width = dice.random(), math.log(self.step)
        return np.exp((np.ceil(np.log(need) / width - offset) + offset) * width)


_STILL = (
    "growth_per_week.mean=0", "growth_per_week.spread=0", "daily_amplitude=0", "weekend_drop=0", "input_noise=0",
    "surge.probability=0", "code_changes_per_10_weeks=0", "weeks=20",
)  # fmt: skip

FLEETS = {
    kind.name: kind
    for kind in (
        FleetKind("drifting", "the shipped fleet: inputs grow and surge, code changes", familiar=True),
        FleetKind("constant", "input and need of a workload stay as they are", familiar=True, overrides=_STILL),
        FleetKind("tight", "users give 1.2 times the need", overrides=("over_provision.median=1.2",)),
        FleetKind("generous", "users give 3 times the need", overrides=("over_provision.median=3",)),
        FleetKind("quiet", "need scatters by 0.01 from try to try", noise=0.01),
        FleetKind("noisy", "need scatters by 0.15 from try to try", noise=0.15),
        FleetKind(
            "heavy-tails",
            "need scatters with Student's tails (two degrees of freedom), inputs surge four times as often",
            overrides=("surge.probability=0.032",),
            tails="student",
        ),
        FleetKind("steps", "need jumps by 1.6 where the input passes a threshold", step=1.6),
        FleetKind(
            "wrong-labels",
            "one death in ten is recorded as a failure with memory enough, three other failures in ten as deaths",
            unseen_deaths=0.1,
            false_deaths=0.3,
        ),
    )
}
"""By name, familiar ones first."""


def chosen(names: Sequence[str] | None) -> list[FleetKind]:
    """Return fleets by name; all if none is named.

    Raises:
        ConfigError: A fleet does not exist.
    """
    if unknown := set(names or ()) - FLEETS.keys():
        raise ConfigError(f"expected --fleet with one or more of {', '.join(FLEETS)}; got {', '.join(sorted(unknown))}")
    return [FLEETS[name] for name in names or FLEETS]
