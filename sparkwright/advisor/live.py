"""The advisor over a history in memory that goes on while it answers: what the service decides with."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from data_contracts.api.recommendation import Forecast, RunId
from data_contracts.fields.decision import NONE
from sparkwright.advisor.claims import Claims
from sparkwright.advisor.core import ForecastReply, ForecastRequest
from sparkwright.advisor.foreseen_inputs import inputs_after
from sparkwright.advisor.many import Decide, recommend_many
from sparkwright.advisor.need_fold import NeedFold
from sparkwright.advisor.run_ids import COLUMNS as ID_COLUMNS
from sparkwright.advisor.run_ids import RunIds
from sparkwright.advisor.trials import why_not_yet
from sparkwright.allocation.advise import InputsOf, Steps, advising
from sparkwright.allocation.inputs import expected
from sparkwright.allocation.known_runs import KnownRuns
from sparkwright.allocation.limits import DEFAULT_LIMITS, RiskLimits
from sparkwright.allocation.need import NeedPosterior
from sparkwright.allocation.need_prior import NeedPrior
from sparkwright.allocation.past import COLUMNS, PastRun, past_runs_of
from sparkwright.errors import LakeError, SparkwrightError, reason
from sparkwright.features.growing import Asked, GrowingHistory
from sparkwright.features.states import States
from sparkwright.features.stored_states import stored_states
from sparkwright.lake import Lake
from sparkwright.lake.changes import Changes
from sparkwright.spark.allocation import Allocation

if TYPE_CHECKING:
    from sparkwright.forecast.forecaster import Forecaster, Outlook

_HELD_WORKLOADS = 1_024
"""Workloads whose runs are kept as Python objects, about half a kilobyte each, and whose need in up to three states of
35 kB: those that were asked for last."""
_STORED_WORKLOADS = 2 * _HELD_WORKLOADS
"""States that are taken from the lake at the start, about 30 kB each."""
_KEPT_PRIORS = 2
"""That of the forecaster that is served and that of the one that takes its place, beside those that are needed."""

logger = logging.getLogger("bentoml.sparkwright.advisor")


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
        self._ids = RunIds()
        self._past = States(self._history, _AllRuns(), past_runs_of, most=_HELD_WORKLOADS)
        self._lake: Lake | None = None
        self._needs = {NONE: _Needs(self._history, NeedFold())}

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of ``runs`` that it reads."""
        return tuple(dict.fromkeys((*self._history.columns, *ID_COLUMNS)))

    def take_in(self, changes: Changes) -> None:
        """Go on with newer runs; may be called in another thread than :meth:`recommend`."""
        if changes.whole:
            self._history.load(changes.added)
        else:
            self._history.apply(changes.added, changes.removed)
        self._ids.take_in(changes)
        self._past.refresh()
        for needs in {id(one): one for one in self._needs.values()}.values():
            needs.states.refresh()

    def start_from(self, lake: Lake) -> None:
        """Go on from the states that the lake has of the workloads that ran last.

        Raises:
            LakeError: They cannot be read.
        """
        self._lake = lake
        for needs in self._needs.values():
            needs.start_from(lake)

    def believe(self, version: str, prior: NeedPrior, needed: Collection[str] = ()) -> None:
        """Where this forecaster is asked, begin with its prior of need; may be called in another thread.

        Args:
            version: Of the forecaster.
            prior: What the fleet's own runs made of the default.
            needed: Versions whose priors are kept, too, whatever else is loaded.
        """
        fold = NeedFold(prior)
        same = [one for one in self._needs.values() if one.fold.version == fold.version]
        needs = same[0] if same else _Needs(self._history, fold)
        if not same and self._lake is not None:
            try:
                needs.start_from(self._lake)
            except LakeError as error:
                logger.warning("The states of workloads are folded anew: %s", error)
        others = [one for one in self._needs if one not in {NONE, version, *needed}]
        kept = [NONE, *others[1 - _KEPT_PRIORS :], *(one for one in needed if one in self._needs)]
        # Replaced as a whole: requests read it while another thread loads.
        self._needs = {**{one: self._needs[one] for one in kept}, version: needs}

    def fold_ahead(self, asked: ForecastRequest) -> None:
        """Make what a decision reads of its workload, which may take long the first time.

        May be called in another thread than :meth:`recommend`.
        """
        self._past.of(asked.workload_id, asked.at)
        needs = self._needs.get(asked.forecaster_version, self._needs[NONE])
        needs.states.of(asked.workload_id, asked.at)

    def recommend(self, asked: Sequence[ForecastRequest]) -> list[ForecastReply]:
        """The decision on each request."""
        seen = self._seen(asked)
        inputs = self._inputs(asked, seen)
        decide: list[Decide] = [partial(self._decide, one, inputs.get(one.decision_id, expected)) for one in asked]
        return recommend_many(asked, decide, partial(self._forecasts, seen), self.claims.risk, self._newest)

    def _newest(self, asked: ForecastRequest) -> list[RunId]:
        return self._ids.of(asked.workload_id, asked.at, asked.request.platform)

    def _decide(self, asked: ForecastRequest, inputs_of: InputsOf, with_forecast: bool) -> Steps:
        past = self._past.of(asked.workload_id, asked.at).state
        needs = self._needs.get(asked.forecaster_version, self._needs[NONE])
        need = needs.states.of(asked.workload_id, asked.at).state
        limits = self.claims.limits(self._limits)
        if limits.allow_trials and (why := asked.no_trial or why_not_yet(asked.last_trial_at, past)):
            limits = replace(limits, allow_trials=False, notes=(*limits.notes, why))
        return advising(
            asked.request, past, with_forecast=with_forecast, limits=limits, posterior=need, inputs_of=inputs_of
        )

    def _seen(self, asked: Sequence[ForecastRequest]) -> "dict[str, _Seen]":
        """By forecaster, what it has seen of the workloads that it is asked about."""
        found = dict[str, _Seen]()
        for version in dict.fromkeys(one.forecaster_version for one in asked):
            mine = [one for one in asked if one.forecaster_version == version]
            if version == NONE:
                continue
            try:
                found[version] = self._look(version, mine)
            # Whatever it is, a decision that asks for a forecast looks again, for itself alone if need be, and says so.
            except Exception as error:
                logger.debug("No forecaster %s for %d decision(s): %s", version, len(mine), reason(error))
        return found

    def _look(self, version: str, asked: Sequence[ForecastRequest]) -> "_Seen":
        forecaster = self._forecaster(version)
        history = self._history.histories(_wanted(asked), forecaster.context_length)
        rows = {one.decision_id: row for row, one in enumerate(asked)}
        return _Seen(forecaster, forecaster.outlook(history), rows)

    def _inputs(self, asked: Sequence[ForecastRequest], seen: "Mapping[str, _Seen]") -> dict[str, InputsOf]:
        """By decision, what the workload may read: of those whose launcher does not know, where it is foreseen."""
        unknown = {one.decision_id for one in asked if not one.request.input_bytes}
        found = dict[str, InputsOf]()
        for one in seen.values():
            if unknown.isdisjoint(one.rows):
                continue
            try:
                inputs = inputs_after(one.forecaster, one.outlook)
            except SparkwrightError:
                continue  # the decision says so: it asks for a forecast, too
            found |= {name: inputs[row] for name, row in one.rows.items() if name in unknown}
        return found

    def _forecasts(
        self, seen: "Mapping[str, _Seen]", version: str, asked: Sequence[tuple[ForecastRequest, Allocation]]
    ) -> list[Forecast]:
        from sparkwright.forecast.answers import forecasts_of

        known = seen.get(version) or self._look(version, [one for one, _ in asked])
        outlook = known.outlook.only([known.rows[one.decision_id] for one, _ in asked])
        return forecasts_of(known.forecaster, outlook, [allocation for _, allocation in asked])


class _Seen(NamedTuple):
    """What a forecaster has seen of the workloads that are asked about.

    Attributes:
        rows: Where each decision's workload is in ``outlook``.
    """

    forecaster: "Forecaster"
    outlook: "Outlook"
    rows: dict[str, int]


def _wanted(asked: Sequence[ForecastRequest]) -> list[Asked]:
    return [Asked(one.workload_id, one.at, one.request.input_bytes, one.request.attempt) for one in asked]


class _Needs:
    """What is believed of the need of workloads, beginning with one prior."""

    def __init__(self, history: GrowingHistory, fold: NeedFold) -> None:
        self.fold = fold
        self.states: States[NeedPosterior | None, PastRun] = States(history, fold, past_runs_of, most=_HELD_WORKLOADS)

    def start_from(self, lake: Lake) -> None:
        stored = stored_states(lake, self.fold.version, most=_STORED_WORKLOADS)
        self.states.start_from(stored, self.fold.load)


class _AllRuns:
    """Every run as it is, which is what the allocation reads."""

    def initial(self) -> KnownRuns:
        return KnownRuns()

    def fold(self, state: KnownRuns, run: PastRun) -> KnownRuns:
        return state.and_then(run)
