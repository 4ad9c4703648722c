"""An answer names the runs that it rests on: the newest of the workload, whatever came and went."""

from datetime import timedelta

from data_contracts.api.recommendation import MAX_NAMED_RUNS, RecommendRequest
from data_contracts.arrow import schema
from data_contracts.tables import Run
from sparkwright.advisor.core import prepare
from sparkwright.advisor.live import LiveAdvisor
from sparkwright.advisor.local import recommend
from sparkwright.advisor.run_ids import RunIds, newest_ids
from sparkwright.lake import Lake
from sparkwright.lake.changes import Changes
from tests.support.simulated_runs import START, as_table, simulated_run

LATER = START + timedelta(days=365)
NONE = schema(Run).empty_table()


def table(*runs):
    return as_table(list(runs)) if runs else NONE


def run(number, workload="nightly", **changes):
    return simulated_run(workload, number, **changes)


def named(ids, workload="nightly", at=LATER, platform="standalone"):
    return [int(one.app_id.rsplit("-", 1)[1]) for one in ids.of(workload, at, platform)]


def known(*runs):
    ids = RunIds()
    ids.take_in(Changes(table(*runs), NONE, whole=True))
    return ids


def test_the_newest_are_named_first_and_no_more_than_a_few_of_any_number():
    ids = known(*(run(number) for number in (3, 1, 2)), *(run(number, "other") for number in range(50)))
    assert named(ids) == [3, 2, 1]
    assert named(ids, "other") == list(range(49, 49 - MAX_NAMED_RUNS, -1))
    assert named(ids, "unseen") == []


def test_a_run_that_had_not_ended_and_one_of_another_kind_are_not_named():
    ids = known(run(0), run(1), run(2, platform="local", executor_count=1), run(3, ended_at=None))
    assert named(ids) == [1, 0]
    assert named(ids, platform="local") == [2]
    assert named(ids, at=START + timedelta(minutes=30)) == [0]


def test_runs_that_come_late_go_or_are_written_anew_are_taken_in():
    ids = known(run(5), run(9))
    ids.take_in(Changes(table(run(7)), NONE, whole=False))
    assert named(ids) == [9, 7, 5]
    ids.take_in(Changes(table(run(5), run(7)), table(run(5), run(7), run(9)), whole=False))
    assert named(ids) == [7, 5]
    ids.take_in(Changes(table(run(7, attempt_id="2")), NONE, whole=False))
    assert named(ids) == [7, 7, 5]
    ids.take_in(Changes(table(run(1)), NONE, whole=True))
    assert named(ids) == [1]


def test_an_answer_names_its_runs_and_their_window():
    advisor = LiveAdvisor(lambda version: None)
    rows = table(*(run(number) for number in range(20)))
    advisor.take_in(Changes(rows.select(list(advisor.columns)), NONE.select(list(advisor.columns)), whole=True))
    asked = [
        prepare(RecommendRequest(app_name="x", workload=name, platform="standalone")) for name in ("nightly", "new")
    ]
    first, cold = (reply.recommendation for reply in advisor.recommend(asked))
    assert first.observed_run_count == 20
    assert [one.app_id for one in first.evidence.newest] == [
        f"app-nightly-{19 - number:06d}" for number in range(MAX_NAMED_RUNS)
    ]
    assert first.evidence.first_ended_at == START + timedelta(seconds=60)
    assert first.evidence.last_ended_at == START + timedelta(hours=19, seconds=60)
    assert cold.evidence is None


def test_without_a_service_the_answer_names_them_too(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    lake.merge(Run, [run(number) for number in range(3)])
    request = {"app_name": "x", "workload": "nightly", "platform": "standalone"}
    newest = recommend(request, lake.uri).evidence.newest
    assert [one.app_id for one in newest] == ["app-nightly-000002", "app-nightly-000001", "app-nightly-000000"]
    assert newest == newest_ids(lake.read(Run), LATER, "standalone")
    assert recommend({**request, "workload": "new"}, lake.uri).evidence is None
