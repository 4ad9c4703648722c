"""Many decisions at once: what they ask of a forecaster goes to it in one call, which costs little more than one does.

A network this small spends its time between its layers, and boosters between their calls: forecasts of 16 workloads
together take a seventh of what they take one by one.
"""

import logging
from collections.abc import Callable, Sequence
from typing import TypeAlias

from data_contracts.api.recommendation import Forecast, HeapRisk, RunId
from data_contracts.fields.decision import NONE
from sparkwright.advisor.core import ForecastReply, ForecastRequest, model_risk, reply
from sparkwright.allocation.advise import Advice, Steps
from sparkwright.errors import SparkwrightError, reason
from sparkwright.spark.allocation import Allocation

Decide: TypeAlias = Callable[[bool], Steps]
"""How one request is decided, with a forecaster or without."""
Forecasts: TypeAlias = Callable[[str, Sequence[tuple[ForecastRequest, Allocation]]], Sequence[Forecast]]
"""The forecasts of the forecaster of a version, for each request under an allocation, in order."""
NewestOf: TypeAlias = Callable[[ForecastRequest], list[RunId]]
"""The ids of the last runs that the decision on a request rests on, newest first."""


logger = logging.getLogger("bentoml.sparkwright.advisor")


class _Open:
    """A decision that is being made; whatever goes wrong with it stays with it.

    Attributes:
        wanted: The allocation that it wants a forecast for; None once it is made.
        fault: Why there is no forecast, or no decision at all.
    """

    def __init__(self, asked: ForecastRequest, decide: Decide) -> None:
        self.asked, self._decide = asked, decide
        self.wanted: Allocation | None = None
        self.fault = ""
        self._advice: Advice | None = None
        self._start(with_forecast=asked.forecaster_version != NONE)

    def go_on(self, forecast: Forecast) -> None:
        """Take in the forecast that was wanted."""
        self._take(lambda: self._steps.send(forecast))

    def go_without(self, fault: str) -> None:
        """Decide by the evidence alone, from the beginning."""
        self.fault = fault
        self._start(with_forecast=False)

    def reply(self, risk_of: Callable[[float], HeapRisk], newest: NewestOf) -> ForecastReply:
        """The decision, once nothing is wanted any more; without one, why there is none."""
        if self._advice is None:
            return ForecastReply(fault=self.fault)
        asked = self.asked.model_copy(update={"forecaster_version": NONE}) if self.fault else self.asked
        return ForecastReply(recommendation=reply(asked, self._advice, risk_of, newest(asked)), fault=self.fault)

    def _start(self, *, with_forecast: bool) -> None:
        def first() -> Allocation:
            self._steps = self._decide(with_forecast)
            return next(self._steps)

        self._take(first)

    def _take(self, step: Callable[[], Allocation]) -> None:
        try:
            self.wanted = step()
        except StopIteration as done:
            self.wanted, self._advice = None, done.value
        except Exception as error:
            logger.exception("A decision failed, the others go on")
            self.wanted, self.fault = None, f"the advice failed: {reason(error)}"


def recommend_many(
    asked: Sequence[ForecastRequest],
    decide: Sequence[Decide],
    forecasts: Forecasts,
    risk_of: Callable[[float], HeapRisk] = model_risk,
    newest: NewestOf = lambda asked: [],
) -> list[ForecastReply]:
    """The decision on each request: by the evidence of its past runs, with a forecast where there is one.

    Args:
        asked: The requests.
        decide: How each of them is decided.
        forecasts: Asked for as many as possible at once. Where it raises a SparkwrightError, what killed earlier runs
            is known all the same: the reply rests on that, and says why there is no forecast. Where it raises anything
            else, one of the questions may be to blame: each is asked alone, and only that one goes without.
        risk_of: What is said of a P(death).
        newest: The last runs that a decision rests on.
    """
    decisions = [_Open(*both) for both in zip(asked, decide, strict=True)]
    while waiting := [(one, one.wanted) for one in decisions if one.wanted is not None]:
        for version in dict.fromkeys(one.asked.forecaster_version for one, _ in waiting):
            mine = [(one, wanted) for one, wanted in waiting if one.asked.forecaster_version == version]
            _forecast_all(version, mine, forecasts)
    return [one.reply(risk_of, newest) for one in decisions]


def _forecast_all(version: str, mine: Sequence[tuple[_Open, Allocation]], forecasts: Forecasts) -> None:
    try:
        answers = forecasts(version, [(one.asked, wanted) for one, wanted in mine])
    except SparkwrightError as error:
        for one, _ in mine:
            one.go_without(reason(error))
        return
    except Exception as error:
        if len(mine) > 1:
            for both in mine:
                _forecast_all(version, [both], forecasts)
            return
        logger.exception("A question cannot be forecast")
        mine[0][0].go_without(f"no forecast for this request: {reason(error)}")
        return
    for (one, _), answer in zip(mine, answers, strict=True):
        one.go_on(answer)
