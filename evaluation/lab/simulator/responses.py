"""The fitted responses as one small file, so that the simulator runs without the lab."""

from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from evaluation.lab.simulator.response import Coefficients
from evaluation.lab.simulator.shapes import Shape
from sparkwright.errors import ConfigError
from sparkwright.held_out import refuse_held_out

RESPONSES = Path(__file__).with_name("responses.json")


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Errors(_Kept):
    """Mean absolute errors on the link scale: of the fit, and of the workload's (or the overall) median for comparison.

    Nothing about the left-out runs is known: the inputs of a response are fitted without them, too. The exception is
    whether a workload shows an optional response at all. None if there was nothing to score on.

    Attributes:
        scale: ``log``: 0.1 is about 10 %; ``logit`` of a share; ``nats``: log loss of the deaths.
        runs: Error on left-out runs, in ten parts.
        naive_runs: Error of the workload's own median there.
        workloads: Error on left-out workloads, one at a time.
        naive_workloads: Error of the median of all others there.
    """

    scale: Literal["log", "logit", "nats"]
    run_count: int
    runs: float | None
    naive_runs: float | None
    workloads: float | None
    naive_workloads: float | None


class Response(_Kept):
    """One response.

    Attributes:
        shared: Coefficients of an unseen workload.
        own: Coefficients by workload.
        noise: Spread of the residuals, on the link scale.
        absent: Workloads that show none of it.
    """

    shared: tuple[float, ...]
    own: dict[str, tuple[float, ...]]
    noise: float
    absent: tuple[str, ...] = ()
    errors: Errors

    def of(self, workload: str) -> np.ndarray:
        """Return the coefficients of a workload."""
        return np.array(self.own.get(workload, self.shared))


class Responses(_Kept):
    """All responses, and what they were fitted to.

    Attributes:
        spark: Version of the Spark that ran.
        fitted_on: Day of the fit.
        run_count: Number of real runs.
        death_count: Those that died of their heap.
        last_run_at: Start of the last one, which together with the counts identifies the runs.
        support: Range seen of each size and of memory; beyond it, responses are extrapolated.
        need: The heap at which half the runs die; its noise is the spread of P(OOM).
        responses: The others by name.
        spill_to_disk: Bytes on disk of a spilled byte of memory.
        died_gc_ratio: Share of garbage collection in runs that died.
        died_heap_ratio: Median peak over given heap of runs that died: one large request can be the last.
        lost_executor_share: Deaths that took the executor along.
        shapes: Stages by workload.
    """

    spark: str
    fitted_on: date
    run_count: int
    death_count: int
    last_run_at: str
    support: dict[str, tuple[float, float]]
    need: Response
    responses: dict[str, Response]
    spill_to_disk: float
    died_gc_ratio: float
    died_heap_ratio: float
    lost_executor_share: float
    shapes: dict[str, Shape]

    @property
    def workloads(self) -> tuple[str, ...]:
        """Lab workloads that a simulated one may imitate."""
        return tuple(self.shapes)


def load_responses(path: Path = RESPONSES) -> Responses:
    """Read the responses in a file.

    Raises:
        ConfigError: The file is missing, or of another kind.
        SplitCrossedError: It includes a workload that is held out for scoring.
    """
    try:
        responses = Responses.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"expected fitted responses in {path}, found none: run sparkwright lab fit") from None
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise ConfigError(
            f"expected responses as sparkwright lab fit writes them in {path}: {where}: {fault['msg']}"
        ) from error
    refuse_held_out(responses.workloads, f"the responses in {path.name}")
    return responses


def kept(
    names: tuple[str, ...], found: Coefficients, noise: float, errors: Errors, absent: tuple[str, ...]
) -> Response:
    """Round coefficients for storage: five digits are more than is known."""
    return Response(
        shared=_rounded(found.shared),
        own={name: _rounded(own) for name, own in zip(names, found.own, strict=True)},
        noise=round(noise, 5),
        absent=absent,
        errors=errors,
    )


def _rounded(values: np.ndarray) -> tuple[float, ...]:
    return tuple(round(float(value), 5) for value in values)
