"""Many decisions at once: what they ask of a forecaster goes to it in one call, which costs little more than one does.

A network this small spends its time between its layers, and boosters between their calls: forecasts of 16 workloads
together take a seventh of what they take one by one.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from data_contracts import api
from data_contracts.api import HeapRisk
from data_contracts.fields.decision import NONE
from sparkwright.advisor.core import ForecastReply, ForecastRequest, model_risk, reply
from sparkwright.allocation.advise import Advice, Steps
from sparkwright.errors import SparkwrightError, reason
from sparkwright.spark.allocation import Allocation

Decide: TypeAlias = Callable[[bool], Steps]
"""How one request is decided, with a forecaster or without."""
Forecasts: TypeAlias = Callable[[str, Sequence[tuple[ForecastRequest, Allocation]]], Sequence[api.Forecast]]
"""The forecasts of the forecaster of a version, for each request under an allocation, in order."""


class _Open:
    """A decision that is being made.

    Attributes:
        wanted: The allocation that it wants a forecast for; None once it is made.
        fault: Why there is no forecast.
    """

    def __init__(self, asked: ForecastRequest, decide: Decide) -> None:
        self.asked, self._decide = asked, decide
        self.wanted: Allocation | None = None
        self.fault = ""
        self._advice: Advice | None = None
        self._start(with_forecast=asked.forecaster_version != NONE)

    def go_on(self, forecast: api.Forecast) -> None:
        """Take in the forecast that was wanted."""
        try:
            self.wanted = self._steps.send(forecast)
        except StopIteration as done:
            self.wanted, self._advice = None, done.value

    def go_without(self, fault: str) -> None:
        """Decide by the evidence alone, from the beginning."""
        self.fault = fault
        self._start(with_forecast=False)

    def reply(self, risk_of: Callable[[float], HeapRisk]) -> ForecastReply:
        """The decision, once nothing is wanted any more."""
        assert self._advice is not None
        asked = self.asked.model_copy(update={"forecaster_version": NONE}) if self.fault else self.asked
        return ForecastReply(recommendation=reply(asked, self._advice, risk_of), fault=self.fault)

    def _start(self, *, with_forecast: bool) -> None:
        self._steps = self._decide(with_forecast)
        try:
            self.wanted = next(self._steps)
        except StopIteration as done:
            self.wanted, self._advice = None, done.value


def recommend_many(
    asked: Sequence[ForecastRequest],
    decide: Sequence[Decide],
    forecasts: Forecasts,
    risk_of: Callable[[float], HeapRisk] = model_risk,
) -> list[ForecastReply]:
    """The decision on each request: by the evidence of its past runs, with a forecast where there is one.

    Args:
        asked: The requests.
        decide: How each of them is decided.
        forecasts: Asked for as many as possible at once. Where it raises a SparkwrightError, what killed earlier runs
            is known all the same: the reply rests on that, and says why there is no forecast.
        risk_of: What is said of a P(death).
    """
    decisions = [_Open(*both) for both in zip(asked, decide, strict=True)]
    while waiting := [(one, one.wanted) for one in decisions if one.wanted is not None]:
        for version in dict.fromkeys(one.asked.forecaster_version for one, _ in waiting):
            mine = [(one, wanted) for one, wanted in waiting if one.asked.forecaster_version == version]
            try:
                answers = forecasts(version, [(one.asked, wanted) for one, wanted in mine])
            except SparkwrightError as error:
                for one, _ in mine:
                    one.go_without(reason(error))
                continue
            for (one, _), answer in zip(mine, answers, strict=True):
                one.go_on(answer)
    return [one.reply(risk_of) for one in decisions]
