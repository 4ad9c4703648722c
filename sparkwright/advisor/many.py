"""Many decisions at once: what they ask of a forecaster goes to it in one call, which costs little more than one does.

A network this small spends its time between its layers, and so do boosters: forecasts of 16 workloads together take a
fifth of what they take one by one. The allocation asks in the middle of its work, so it is run until it asks, and again
once the answer is there: it is a pure function, and cheap.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from data_contracts import api
from data_contracts.fields.decision import NONE
from sparkwright.advisor.core import ForecastReply, ForecastRequest, reply
from sparkwright.allocation.advise import Advice, ForecastOf
from sparkwright.errors import SparkwrightError, reason
from sparkwright.spark.allocation import Allocation

Decide: TypeAlias = Callable[[ForecastOf | None], Advice]
"""The allocation for one request, with a forecaster or without; it may be called several times."""
Forecasts: TypeAlias = Callable[[str, Sequence[tuple[ForecastRequest, Allocation]]], Sequence[api.Forecast]]
"""The forecasts of the forecaster of a version, for each request under an allocation, in order."""


class _NotYetKnown(Exception):  # noqa: N818  # nothing went wrong
    """The forecast under this allocation has to be asked for first."""

    def __init__(self, allocation: Allocation) -> None:
        self.allocation = allocation


@dataclass(slots=True)
class _Open:
    """A decision that is being made."""

    asked: ForecastRequest
    decide: Decide
    alone: Forecasts | None
    """Where to ask at once, because nobody else asks."""
    known: dict[Allocation, api.Forecast] = field(default_factory=dict)
    fault: str = ""

    def decided(self) -> ForecastReply:
        """The reply.

        Raises:
            _NotYetKnown: It waits for a forecast.
        """
        without = bool(self.fault) or self.asked.forecaster_version == NONE
        advice = self.decide(None if without else self._forecast)
        asked = self.asked.model_copy(update={"forecaster_version": NONE}) if self.fault else self.asked
        return ForecastReply(recommendation=reply(asked, advice), fault=self.fault)

    def _forecast(self, allocation: Allocation) -> api.Forecast:
        if allocation not in self.known:
            if self.alone is None:
                raise _NotYetKnown(allocation)
            (self.known[allocation],) = self.alone(self.asked.forecaster_version, [(self.asked, allocation)])
        return self.known[allocation]


def recommend_many(
    asked: Sequence[ForecastRequest], decide: Sequence[Decide], forecasts: Forecasts
) -> list[ForecastReply]:
    """The decision on each request: by the evidence of its past runs, with a forecast where there is one.

    Args:
        asked: The requests.
        decide: How each of them is decided.
        forecasts: Asked for as many as possible at once. Where it raises a SparkwrightError, what killed earlier runs
            is known all the same: the reply rests on that, and says why there is no forecast.
    """
    alone = forecasts if len(asked) == 1 else None
    waiting = [_Open(*both, alone) for both in zip(asked, decide, strict=True)]
    replies: dict[int, ForecastReply] = {}
    while len(replies) < len(waiting):
        wanted: dict[str, list[tuple[_Open, Allocation]]] = {}
        for number, one in enumerate(waiting):
            if number in replies:
                continue
            try:
                replies[number] = one.decided()
            except _NotYetKnown as question:
                wanted.setdefault(one.asked.forecaster_version, []).append((one, question.allocation))
            except SparkwrightError as error:
                if one.fault:
                    raise
                one.fault = reason(error)
        for version, questions in wanted.items():
            try:
                answers = forecasts(version, [(one.asked, allocation) for one, allocation in questions])
            except SparkwrightError as error:
                for one, _ in questions:
                    one.fault = reason(error)
                continue
            for (one, allocation), answer in zip(questions, answers, strict=True):
                one.known[allocation] = answer
    return [replies[number] for number in range(len(waiting))]
