"""The advisor over a history that goes on: each answer rests on the runs that there were, however they came."""

from datetime import timedelta

import pyarrow as pa

from data_contracts.api.properties import SparkProperties
from data_contracts.api.recommendation import RecommendRequest
from data_contracts.properties.spark import parse_size_bytes
from data_contracts.tables import Run
from sparkwright.advisor.core import ForecastRequest, prepare
from sparkwright.advisor.live import LiveAdvisor, _AllRuns
from sparkwright.advisor.need_fold import NeedFold
from sparkwright.allocation.need_prior import DEFAULT_PRIOR, LevelComponent
from sparkwright.allocation.past import COLUMNS, past_runs, past_runs_of
from sparkwright.errors import RegistryError
from sparkwright.features.stored_states import update_states
from sparkwright.features.windows import HistoryIndex
from sparkwright.forecast.input_sizes import WEIGHTS
from sparkwright.lake import Lake
from sparkwright.lake.changes import Changes
from sparkwright.lake.rows import readable_schema
from tests.support.random_forecaster import random_forecaster
from tests.support.simulated_runs import GIB, START, as_table, simulated_run

NOW = START + timedelta(days=400)


def advisor() -> LiveAdvisor:
    def none(version: str):
        raise AssertionError("nobody asked for a forecast")

    return LiveAdvisor(none)


def changes(live: LiveAdvisor, added: list[Run], removed: list[Run], *, whole: bool = False) -> Changes:
    tables = [
        pa.Table.from_pylist([vars(run) for run in runs], schema=readable_schema(Run, live.columns))
        for runs in (added, removed)
    ]
    return Changes(*tables, whole)


def asked(name: str, at=NOW) -> ForecastRequest:
    properties = SparkProperties.model_validate({"spark.executor.memory": "2g"})
    request = RecommendRequest(app_name="x", workload=name, platform="standalone", properties=properties)
    return prepare(request, at)


def heap_bytes(live: LiveAdvisor, name: str) -> int:
    (reply,) = live.recommend([asked(name)])
    return parse_size_bytes(reply.recommendation.allocation["spark.executor.memory"])


def test_a_death_counts_as_soon_as_it_is_told_and_no_longer_than_it_stands():
    live = advisor()
    held = [simulated_run("a", number, executor_memory_bytes=2 * GIB) for number in range(3)]
    live.take_in(changes(live, held, [], whole=True))
    before = heap_bytes(live, "a")
    died = simulated_run("a", 3, executor_memory_bytes=2 * GIB, memory_verdict="heap_oom", status="failed")
    live.take_in(changes(live, [died], []))
    assert heap_bytes(live, "a") > 2 * GIB
    mended = simulated_run("a", 3, executor_memory_bytes=2 * GIB)
    live.take_in(changes(live, [mended], [died]))
    assert heap_bytes(live, "a") == before <= 2 * GIB


def test_what_had_not_ended_at_the_moment_is_not_looked_at():
    live = advisor()
    live.take_in(changes(live, [simulated_run("a", number) for number in range(5)], [], whole=True))
    replies = live.recommend([asked("a", START + timedelta(hours=2)), asked("a"), asked("b")])
    assert [reply.recommendation.observed_run_count for reply in replies] == [2, 5, 0]


def test_states_that_share_a_list_stay_what_they_were():
    fold = _AllRuns()
    rows = [simulated_run("a", number, executor_memory_bytes=(1 + number) * GIB) for number in range(4)]
    runs = past_runs(as_table(rows))
    states = [fold.initial()]
    for run in runs[:3]:
        states.append(fold.fold(states[-1], run))
    again, other = fold.fold(states[1], runs[1]), fold.fold(states[1], runs[3])
    for state, expected in (
        (states[3], runs[:3]),
        (again, runs[:2]),
        (other, [runs[0], runs[3]]),
        (states[1], runs[:1]),
    ):
        assert list(state) == expected
        assert state.facts.heap_bytes.tolist() == [run.heap_bytes for run in expected]


def test_the_need_goes_on_from_the_states_of_the_lake(tmp_path, monkeypatch):
    lake = Lake(str(tmp_path / "lake"))
    runs = [simulated_run("a", number, executor_memory_bytes=4 * GIB) for number in range(20)]
    lake.merge(Run, runs)
    update_states(lake, NeedFold(), past_runs_of, COLUMNS)
    newest = simulated_run("a", 20, executor_memory_bytes=3 * GIB)
    anew, live = advisor(), advisor()
    live.start_from(lake)
    for one in (anew, live):
        one.take_in(changes(one, [*runs, newest], [], whole=True))
    folds = []
    fold = NeedFold.fold
    monkeypatch.setattr(NeedFold, "fold", lambda self, *both: folds.append(1) or fold(self, *both))
    (mine,) = live.recommend([asked("a")])
    assert len(folds) == 1
    (theirs,) = anew.recommend([asked("a")])
    assert len(folds) == 22
    assert mine.recommendation.risk == theirs.recommendation.risk is not None
    assert mine.recommendation.allocation == theirs.recommendation.allocation


def test_each_forecaster_decides_with_its_own_prior_and_goes_on_from_its_own_states(tmp_path, monkeypatch):
    lake = Lake(str(tmp_path / "lake"))
    runs = [simulated_run("a", number, executor_memory_bytes=4 * GIB) for number in range(20)]
    lake.merge(Run, runs)
    generous = DEFAULT_PRIOR.model_copy(update={"levels": (LevelComponent(share=1.0, mean=-2.0, spread=0.2),)})
    update_states(lake, NeedFold(generous), past_runs_of, COLUMNS)

    def broken(version: str):
        raise RegistryError("expected a forecaster, found none")

    live = LiveAdvisor(broken)
    live.start_from(lake)
    live.take_in(changes(live, runs, [], whole=True))

    def risk(version: str) -> float:
        (reply,) = live.recommend([asked("a").model_copy(update={"forecaster_version": version})])
        return reply.recommendation.risk.probability

    usual = risk("none")
    assert risk("7") == usual
    folds = []
    fold = NeedFold.fold
    monkeypatch.setattr(NeedFold, "fold", lambda self, *both: folds.append(1) or fold(self, *both))
    live.believe("7", generous)
    assert risk("7") < usual
    assert not folds
    assert risk("none") == risk("8") == usual
    for version in ("8", "9"):
        live.believe(version, DEFAULT_PRIOR)
    # Of versions with a prior the last two are kept.
    assert risk("7") == risk("9") == usual


def test_a_surge_that_the_forecaster_foresees_is_weighed_unless_the_launcher_knows_better():
    runs = [
        simulated_run("a", number, executor_memory_bytes=4 * GIB, input_bytes=(1 + number % 3) * GIB)
        for number in range(20)
    ]
    index = HistoryIndex(as_table(runs))
    calm, surge = (
        random_forecaster(index, (0.1, 0.5, 0.9), noise=0.0, input_errors=(errors,) * len(WEIGHTS))
        for errors in (0.0, 3.0)
    )
    live = LiveAdvisor({"calm": calm, "surge": surge}.__getitem__)
    live.take_in(changes(live, runs, [], whole=True))

    def risks(**known: int) -> list[float]:
        one = asked("a")
        one = one.model_copy(update={"request": one.request.model_copy(update=known)})
        replies = live.recommend(
            [
                one.model_copy(update={"forecaster_version": version, "decision_id": version})
                for version in ("calm", "surge")
            ]
        )
        return [reply.recommendation.risk.probability for reply in replies]

    without, foreseen = risks()
    assert foreseen > 2 * without
    assert len({*risks(input_bytes=2 * GIB)}) == 1
