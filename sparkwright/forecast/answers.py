"""A forecaster's numbers as the answer that goes out."""

from collections.abc import Callable

from data_contracts import api
from sparkwright.features.columns import REQUIREMENTS
from sparkwright.features.windows import History
from sparkwright.forecast.forecaster import Forecaster
from sparkwright.spark.allocation import Allocation

_LEVELS = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


def forecast_of(forecaster: Forecaster, history: History) -> Callable[[Allocation], api.Forecast]:
    """What the next run of the workload with this history needs, under an allocation.

    Its risk of running out of memory is left out: under advice that is followed it was off several times over.
    """
    positions = [forecaster.quantiles.index(level) for level in _LEVELS.values()]

    def forecast(candidate: Allocation) -> api.Forecast:
        values = forecaster.forecast(history, [candidate]).quantiles[0, 0][:, positions].tolist()
        return api.Forecast.model_validate(
            {name: dict(zip(_LEVELS, row, strict=True)) for name, row in zip(REQUIREMENTS, values, strict=True)}
        )

    return forecast
