"""Many decisions at once: what they ask of a forecaster goes to it in one call, which costs little more than one does.

A forecast of one workload takes 2.6 ms, of 16 together 0.4 ms each: a network this small spends its time between its
layers. The allocation asks in the middle of its work, so it is run until it asks, and again once the answer is there:
it is a pure function, and cheap.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from data_contracts import api
from data_contracts.fields.decision import NONE
from sparkwright.advisor.core import ForecastReply, ForecastRequest, reply
from sparkwright.allocation.advise import advise
from sparkwright.allocation.past import PastRun
from sparkwright.errors import SparkwrightError, reason
from sparkwright.spark.allocation import Allocation

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
    past: Sequence[PastRun]
    alone: Forecasts | None = None
    """Where to ask at once, because nobody else asks."""
    known: dict[Allocation, api.Forecast] = field(default_factory=dict)
    fault: str = ""

    def forecast(self, allocation: Allocation) -> api.Forecast:
        """The forecast under an allocation, where it is known.

        Raises:
            _NotYetKnown: It is not, and others ask, too.
        """
        if allocation not in self.known:
            if self.alone is None:
                raise _NotYetKnown(allocation)
            (self.known[allocation],) = self.alone(self.asked.forecaster_version, [(self.asked, allocation)])
        return self.known[allocation]


def recommend_many(
    asked: Sequence[ForecastRequest],
    past: Sequence[Sequence[PastRun]],
    forecasts: Forecasts,
    *,
    allow_trials: bool = False,
) -> list[ForecastReply]:
    """The decision on each request: by the evidence of its past runs, with a forecast where there is one.

    Args:
        asked: The requests.
        past: For each of them every run of its workload that had ended, oldest first.
        forecasts: Asked for as many as possible at once. Where it raises a SparkwrightError, what killed earlier runs
            is known all the same: the reply rests on that, and says why there is no forecast.
        allow_trials: Whether a heap below the proven one may be advised.
    """
    alone = forecasts if len(asked) == 1 else None
    waiting = [_Open(*both, alone) for both in zip(asked, past, strict=True)]
    replies: dict[int, ForecastReply] = {}
    while len(replies) < len(waiting):
        wanted: dict[str, list[tuple[_Open, Allocation]]] = {}
        for number, one in enumerate(waiting):
            if number in replies:
                continue
            try:
                replies[number] = _decided(one, allow_trials=allow_trials)
            except _NotYetKnown as question:
                wanted.setdefault(one.asked.forecaster_version, []).append((one, question.allocation))
            except SparkwrightError as error:
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


def _decided(one: _Open, *, allow_trials: bool) -> ForecastReply:
    without = bool(one.fault) or one.asked.forecaster_version == NONE
    advice = advise(one.asked.request, one.past, None if without else one.forecast, allow_trials=allow_trials)
    asked = one.asked.model_copy(update={"forecaster_version": NONE}) if one.fault else one.asked
    return ForecastReply(recommendation=reply(asked, advice), fault=one.fault)
