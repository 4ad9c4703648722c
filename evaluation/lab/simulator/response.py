"""One response of workloads to input and allocation, fitted with as few parameters as possible.

On its link scale a response is ``log(e^a + e^b size) + sum of g x feature`` if it has a size (so it is affine in the
input times powers of the rest, which extrapolates), else ``a + sum of g x feature``. Each workload has its own
coefficients, shrunk towards the shared ones, the more the fewer runs it has (ridge). Bounds enforce physics: garbage
collection never grows with memory.

Shapes: N runs, W workloads, K coefficients, F features.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares
from scipy.special import expit, logit

from evaluation.lab.simulator.lab_runs import Doubles

Codes = npt.NDArray[np.int64]
_LEAST, _MOST = -12.0, 25.0
_INTERCEPT_PULL, _FEATURE_PULL, _SHARED_PULL = 0.15, 0.6, 0.02
_NEAR_ONE = 0.005


@dataclass(frozen=True, slots=True)
class Form:
    """What a response depends on.

    Attributes:
        link: ``log`` for amounts, ``logit`` for shares.
        unit: Unit of the logarithmic scale: differences between amounts below it do not matter.
        size: The size in which it is affine; empty for none.
        features: Features with lower and upper bounds of their coefficients.
        optional: Whether a workload may have none of it, whatever its input: no shuffle, no Python.
    """

    link: Literal["log", "logit"]
    unit: float = 1.0
    size: str = ""
    features: tuple[tuple[str, float, float], ...] = ()
    optional: bool = False

    @property
    def intercept_count(self) -> int:
        """Number of leading coefficients that do not belong to a feature."""
        return 2 if self.size else 1

    def linked(self, values: Doubles) -> Doubles:
        """Convert values to the link scale."""
        if self.link == "log":
            return np.asarray(np.log(values / self.unit + 1))
        return np.asarray(logit(np.clip(values, _NEAR_ONE, 1 - _NEAR_ONE)))

    def unlinked(self, eta: Doubles) -> Doubles:
        """Convert values from the link scale."""
        amounts = self.link == "log"
        return np.asarray(self.unit * np.maximum(0, np.exp(np.minimum(eta, 40)) - 1) if amounts else expit(eta))

    def eta(self, coefficients: Doubles, size: Doubles, features: Doubles) -> Doubles:
        """Return the response ``[N]`` on the link scale: coefficients ``[N, K]``, size ``[N]``, features ``[N, F]``."""
        first = coefficients[:, 0]
        if self.size:
            first = np.logaddexp(first, coefficients[:, 1] + np.log(size))
        return np.asarray(first + (coefficients[:, self.intercept_count :] * features).sum(1))

    def slopes(self, coefficients: Doubles, size: Doubles, features: Doubles) -> Doubles:
        """Return derivatives of :meth:`eta` by the coefficients ``[N, K]``."""
        ones = np.ones((len(coefficients), 1))
        if not self.size:
            return np.hstack([ones, features])
        by_size = expit(coefficients[:, 1] + np.log(size) - coefficients[:, 0])[:, None]
        return np.hstack([1 - by_size, by_size, features])

    def start(self, eta: Doubles, size: Doubles) -> Doubles:
        """Return initial coefficients ``[K]``."""
        middle = float(np.median(eta))
        per_size = float(np.median(eta - np.log(size)))
        intercepts = [middle - np.log(2), per_size - np.log(2)] if self.size else [middle]
        return np.array([*intercepts, *(np.clip(0.0, low, high) for _, low, high in self.features)])

    def bounds(self) -> tuple[Doubles, Doubles]:
        """Return lower and upper bounds of each coefficient ``[K]``."""
        low = [_LEAST] * self.intercept_count + [low for _, low, _ in self.features]
        high = [_MOST] * self.intercept_count + [high for _, _, high in self.features]
        return np.array(low), np.array(high)

    def pulls(self) -> Doubles:
        """Return how strongly each coefficient of a workload is shrunk to the shared one ``[K]``."""
        return np.array([_INTERCEPT_PULL] * self.intercept_count + [_FEATURE_PULL] * len(self.features))


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Fitted coefficients.

    Attributes:
        shared: Coefficients of an unseen workload ``[K]``.
        own: Coefficients of each workload ``[W, K]``.
    """

    shared: Doubles
    own: Doubles

    def of(self, codes: Codes) -> Doubles:
        """Return the coefficients of each run ``[N, K]``; code -1 stands for an unseen workload."""
        return np.vstack([self.own, self.shared])[codes]


def fit_response(
    form: Form, eta: Doubles, size: Doubles, features: Doubles, codes: Codes, workload_count: int
) -> Coefficients:
    """Fit the coefficients to ``eta``, by robust least squares."""
    count = form.intercept_count + len(form.features)
    start = form.start(eta, size)
    low, high = form.bounds()
    pulls = form.pulls()

    def unpacked(parameters: Doubles) -> Doubles:
        return parameters.reshape(workload_count + 1, count)

    def residuals(parameters: Doubles) -> Doubles:
        table = unpacked(parameters)
        missed = form.eta(table[codes + 1], size, features) - eta
        return np.concatenate([missed, ((table[1:] - table[0]) * pulls).ravel(), (table[0] - start) * _SHARED_PULL])

    def jacobian(parameters: Doubles) -> Doubles:
        table = unpacked(parameters)
        rows = np.zeros((len(eta) + workload_count * count + count, parameters.size))
        columns = (codes[:, None] + 1) * count + np.arange(count)
        rows[np.arange(len(eta))[:, None], columns] = form.slopes(table[codes + 1], size, features)
        own = len(eta) + np.arange(workload_count * count)
        rows[own, count + np.arange(workload_count * count)] = np.tile(pulls, workload_count)
        rows[own, np.tile(np.arange(count), workload_count)] = -np.tile(pulls, workload_count)
        rows[len(eta) + workload_count * count + np.arange(count), np.arange(count)] = _SHARED_PULL
        return rows

    begin = np.tile(start, workload_count + 1)
    bounds = np.tile(low, workload_count + 1), np.tile(high, workload_count + 1)
    begin = np.clip(begin, bounds[0] + 1e-9, bounds[1] - 1e-9)
    found = least_squares(
        residuals, begin, jacobian, bounds, loss="soft_l1", f_scale=0.5, ftol=1e-5, xtol=1e-5, max_nfev=200
    )
    table = unpacked(found.x)
    return Coefficients(table[0], table[1:])
