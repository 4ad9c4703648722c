"""Fit the heap a workload needs, from runs that died of too little and runs that had enough: both are censored.

P(OOM) is a logistic curve over the logarithm of the heap, around the need: it never rises with memory.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from evaluation.lab.simulator.lab_runs import Doubles
from evaluation.lab.simulator.response import Codes, Coefficients, Form

NEED = Form(
    "log",
    size="input_per_executor_mib",
    features=(("log_concurrent_tasks", 0.0, 1.0), ("log_executors", 0.0, 1.0), ("log_partitions", -1.0, 0.0)),
)
"""Need in MiB. Executors share the input evenly; the coefficient of the executors captures what does not shrink with
them (a broadcast, a skewed key)."""

_USUAL_SPREAD, _MIN_SPREAD, _MAX_SPREAD = 0.06, 0.02, 0.3
_FLOOR_MIB, _USUAL_PER_MIB = 250.0, 5.0
_PULL = 0.7


@dataclass(frozen=True, slots=True)
class Need:
    """A fitted need.

    Attributes:
        coefficients: Coefficients of the heap at which half the runs die.
        spread: Width of the curve of P(OOM) on the scale of ``log(heap)``.
    """

    coefficients: Coefficients
    spread: float


def need_mib(coefficients: Doubles, size: Doubles, features: Doubles) -> Doubles:
    """Return the heap at which half the runs die ``[N]``."""
    return np.asarray(np.exp(NEED.eta(coefficients, size, features)))


def death_probability(heap_mib: Doubles, needed_mib: Doubles, spread: float) -> Doubles:
    """Return P(OOM) under each heap."""
    return np.asarray(expit((np.log(needed_mib) - np.log(heap_mib)) / spread))


def fit_need(
    heap_mib: Doubles, died: npt.NDArray[np.bool_], size: Doubles, features: Doubles, codes: Codes, workload_count: int
) -> Need:
    """Fit the most likely need; a workload that never died is only bounded from above, and stays near the usual."""
    count = NEED.intercept_count + len(NEED.features)
    usual = np.array([np.log(_FLOOR_MIB), np.log(_USUAL_PER_MIB), 0.3, 0.0, 0.0])
    low, high = NEED.bounds()
    pulls = np.array([2.5, _PULL, 3.0, 3.0, 3.0])
    sign = np.where(died, 1.0, -1.0)

    def loss(parameters: Doubles) -> tuple[float, Doubles]:
        table, spread = parameters[:-1].reshape(workload_count + 1, count), np.exp(parameters[-1])
        rows = table[codes + 1]
        margin = (NEED.eta(rows, size, features) - np.log(heap_mib)) / spread
        missed = expit(-sign * margin)
        by_row = (-sign * missed / spread)[:, None] * NEED.slopes(rows, size, features)
        gradient = np.zeros_like(table)
        np.add.at(gradient, codes + 1, by_row)
        away, own = (table[0] - usual) * pulls, (table[1:] - table[0]) * pulls
        gradient[1:] += own * pulls
        gradient[0] += away * pulls - (own * pulls).sum(0)
        narrow = np.log(spread / _USUAL_SPREAD)
        value = np.logaddexp(0, -sign * margin).sum() + ((away**2).sum() + (own**2).sum()) / 2 + 2 * narrow**2
        return float(value), np.append(gradient.ravel(), (sign * missed * margin).sum() + 4 * narrow)

    bounds = [*zip(low, high, strict=True)] * (workload_count + 1) + [(np.log(_MIN_SPREAD), np.log(_MAX_SPREAD))]
    begin = np.append(np.tile(np.clip(usual, low, high), workload_count + 1), np.log(_USUAL_SPREAD))
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 2000})
    table = found.x[:-1].reshape(workload_count + 1, count)
    return Need(Coefficients(table[0], table[1:]), float(np.exp(found.x[-1])))
