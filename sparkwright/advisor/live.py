"""The advisor over a history in memory that goes on while it answers: what the service decides with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

from data_contracts.api import Forecast
from sparkwright.advisor.claims import Claims
from sparkwright.advisor.core import ForecastReply, ForecastRequest
from sparkwright.advisor.many import Decide, recommend_many
from sparkwright.advisor.need_fold import NeedFold
from sparkwright.advisor.trials import why_not_yet
from sparkwright.allocation.advise import advising
from sparkwright.allocation.limits import DEFAULT_LIMITS, RiskLimits
from sparkwright.allocation.past import COLUMNS, PastRun, past_runs_of
from sparkwright.features.growing import Asked, GrowingHistory
from sparkwright.features.states import States
from sparkwright.features.stored_states import stored_states
from sparkwright.lake import Lake
from sparkwright.lake_changes import Changes
from sparkwright.spark.allocation import Allocation

if TYPE_CHECKING:
    from sparkwright.forecast.forecaster import Forecaster

_HELD_WORKLOADS = 1_024
"""Workloads whose runs are kept as Python objects, about half a kilobyte each, and whose need in up to three states of
35 kB: those that were asked for last."""
_STORED_WORKLOADS = 2 * _HELD_WORKLOADS
"""States that are taken from the lake at the start, about 30 kB each."""


class LiveAdvisor:
    """Decides by the runs that it was told of, with the forecasters that it is given.

    Args:
        forecaster: The forecaster of a version. It may raise a SparkwrightError: the evidence then decides alone.
        limits: What the owner allows.

    Attributes:
        claims: What earlier claims were worth; may be set in another thread.
    """

    def __init__(self, forecaster: "Callable[[str], Forecaster]", limits: RiskLimits = DEFAULT_LIMITS) -> None:
        self._forecaster = forecaster
        self._limits = limits
        self.claims = Claims()
        self._history = GrowingHistory(COLUMNS)
        self._past = States(self._history, _AllRuns(), past_runs_of, most=_HELD_WORKLOADS)
        self._need_fold = NeedFold()
        self._needs = States(self._history, self._need_fold, past_runs_of, most=_HELD_WORKLOADS)

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
        self._needs.refresh()

    def start_from(self, lake: Lake) -> None:
        """Go on from the states that the lake has of the workloads that ran last.

        Raises:
            LakeError: They cannot be read.
        """
        fold = self._need_fold
        self._needs.start_from(stored_states(lake, fold.version, most=_STORED_WORKLOADS), fold.load)

    def recommend(self, asked: Sequence[ForecastRequest]) -> list[ForecastReply]:
        """The decision on each request."""
        return recommend_many(asked, [self._decide(one) for one in asked], self._forecasts, self.claims.risk)

    def _decide(self, asked: ForecastRequest) -> Decide:
        known = self._past.of(asked.workload_id, asked.at).state
        past = known.runs[: known.count]
        need = self._needs.of(asked.workload_id, asked.at).state
        limits = self.claims.limits(self._limits)
        if limits.allow_trials and (why := asked.no_trial or why_not_yet(asked.last_trial_at, past)):
            limits = replace(limits, allow_trials=False, notes=(*limits.notes, why))
        return lambda with_forecast: advising(
            asked.request, past, with_forecast=with_forecast, limits=limits, posterior=need
        )

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
