"""The advisor over a history in memory that goes on while it answers: what the service decides with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from data_contracts.api import Forecast
from sparkwright.advisor.core import ForecastReply, ForecastRequest
from sparkwright.advisor.many import Decide, recommend_many
from sparkwright.allocation.advise import advise
from sparkwright.allocation.past import COLUMNS, PastRun, past_runs_of
from sparkwright.features.growing import Asked, GrowingHistory
from sparkwright.features.states import States
from sparkwright.lake_changes import Changes
from sparkwright.spark.allocation import Allocation

if TYPE_CHECKING:
    from sparkwright.forecast.forecaster import Forecaster

_HELD_WORKLOADS = 1_024
"""Workloads whose runs are kept as Python objects, about half a kilobyte each: those that were asked for last."""


class LiveAdvisor:
    """Decides by the runs that it was told of, with the forecasters that it is given.

    Args:
        forecaster: The forecaster of a version. It may raise a SparkwrightError: the evidence then decides alone.
        allow_trials: Whether a heap below the proven one may be advised.
    """

    def __init__(self, forecaster: "Callable[[str], Forecaster]", *, allow_trials: bool = False) -> None:
        self._forecaster = forecaster
        self._allow_trials = allow_trials
        self._history = GrowingHistory(COLUMNS)
        self._past = States(self._history, _AllRuns(), past_runs_of, most=_HELD_WORKLOADS)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of ``runs`` that it reads."""
        return self._history.columns

    def take_in(self, changes: Changes) -> None:
        """Go on with newer runs; may be called in another thread than :meth:`recommend`."""
        if changes.whole:
            self._history.load(changes.added)
        else:
            self._history.apply(changes.added, changes.removed)
        self._past.refresh()

    def recommend(self, asked: Sequence[ForecastRequest]) -> list[ForecastReply]:
        """The decision on each request."""
        return recommend_many(asked, [self._decide(one) for one in asked], self._forecasts)

    def _decide(self, asked: ForecastRequest) -> Decide:
        known = self._past.of(asked.workload_id, asked.at).state
        past = known.runs[: known.count]
        return lambda forecast: advise(asked.request, past, forecast, allow_trials=self._allow_trials)

    def _forecasts(self, version: str, asked: Sequence[tuple[ForecastRequest, Allocation]]) -> list[Forecast]:
        from sparkwright.forecast.answers import forecasts_of

        forecaster = self._forecaster(version)
        wanted = [Asked(one.workload_id, one.at, one.request.input_bytes, one.request.attempt) for one, _ in asked]
        histories = self._history.histories(wanted, forecaster.context_length)
        return forecasts_of(forecaster, histories, [allocation for _, allocation in asked])


@dataclass(frozen=True, slots=True)
class _FirstRuns:
    runs: list[PastRun]
    count: int


class _AllRuns:
    """Every run as it is, which is what the allocation reads."""

    def __init__(self) -> None:
        self._lock = Lock()

    def initial(self) -> _FirstRuns:
        return _FirstRuns([], 0)

    def fold(self, state: _FirstRuns, run: PastRun) -> _FirstRuns:
        # One list for all states of a workload, which each knows how many first runs of are its own.
        runs, count = state.runs, state.count
        with self._lock:
            if len(runs) == count:
                runs.append(run)
            elif runs[count] != run:
                runs = [*runs[:count], run]
        return _FirstRuns(runs, count + 1)
