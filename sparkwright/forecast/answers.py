"""Turn a forecaster's numbers into the API's answer."""

from collections.abc import Callable, Sequence
from datetime import datetime

from data_contracts.api import recommendation
from sparkwright.features.columns import REQUIREMENTS
from sparkwright.features.windows import History, HistoryIndex, encode_candidates
from sparkwright.forecast.forecaster import Doubles, Forecaster, Outlook
from sparkwright.spark.allocation import Allocation

_LEVELS = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


def history_of(
    forecaster: Forecaster,
    index: HistoryIndex,
    workload_id: str,
    at: datetime,
    request: recommendation.RecommendRequest,
) -> History:
    """Return what the forecaster may see when a run of ``workload_id`` is submitted at ``at``.

    Includes the input size and attempt number from the request.
    """
    length, told = forecaster.context_length, request.input_bytes
    return index.history(workload_id, at, length, input_bytes=told, attempt=request.attempt)


def forecast_of(forecaster: Forecaster, history: History) -> Callable[[Allocation], recommendation.Forecast]:
    """Return a function that forecasts the next run of the workload with this history, for a given allocation.

    The risk of running out of memory is left out: under followed advice it was off by several times.
    """
    seen = forecaster.outlook(history)
    return lambda candidate: forecasts_of(forecaster, seen, [candidate])[0]


def forecasts_of(
    forecaster: Forecaster, seen: Outlook, candidates: Sequence[Allocation]
) -> list[recommendation.Forecast]:
    """Forecast B workloads at once, each under one allocation."""
    positions = [forecaster.quantiles.index(level) for level in _LEVELS.values()]
    values = forecaster.requirements(seen, encode_candidates(candidates)[:, None])[:, 0][..., positions]
    return [
        recommendation.Forecast.model_validate(
            {name: dict(zip(_LEVELS, row, strict=True)) for name, row in zip(REQUIREMENTS, rows, strict=True)}
        )
        for rows in values.tolist()
    ]


def input_quantiles(forecaster: Forecaster, history: History) -> tuple[tuple[float, ...], Doubles]:
    """Return levels ``[Q]`` and quantiles ``[Q]``, in bytes, of the next run's input; the same for every allocation.

    If the request states the size, every quantile equals it.
    """
    return forecaster.quantiles, forecaster.input_quantiles(forecaster.outlook(history))[0]
