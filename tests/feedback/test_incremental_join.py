"""The hourly join leaves the tables that joining everything leaves, whatever comes when and wherever it is killed."""

import errno
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.tables import Application, Decision, Outcome, Run
from sparkwright.errors import LakeError
from sparkwright.feedback import checkpoint, decision_log, group_commit, incremental_join, log_pages
from sparkwright.feedback.checkpoint import alone
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.feedback.group_commit import Entry
from sparkwright.feedback.incremental_join import OVERLAP, Joined, join_outcomes
from sparkwright.lake import Lake
from tests.feedback.conftest import ALLOCATION
from tests.support.thorough import relaxed

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
STEPS = [
    *[("decide", number, number % 3 - 1) for number in range(8)],
    *[("report", number, 0) for number in range(2)],
    ("shadow", 0, 0),
    *[("run", number, verdict) for number in range(3) for verdict in ("enough", "heap_oom")],
    *[("application", number, heap) for number in range(3) for heap in ("1536m", "4g")],
    *[("pause", 300, None)] * 3,
    ("compact", Run, None),
    *[("join", None, None)] * 4,
    *[("killed join", write, None) for write in range(3)],
]
"""What happens, in any order: decisions of services with three clocks, and runs that are harvested again."""


class Killed(BaseException):
    """As a signal: nothing catches it."""


class Cluster:
    """A log and a lake whose clock the test moves."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.patch = patch
        self.now = START
        self.folder = folder
        self.url = f"sqlite:///{folder / 'decisions.db'}"
        self.log = DecisionLog(self.url)
        self.lake = Lake(str(folder / "lake"))
        self.skew = timedelta(0)
        for module in (decision_log, group_commit):
            patch.setattr(module, "changed_now", lambda: {"changed_at": self.now + self.skew})

    def join(self, *, full: bool = False) -> Joined:
        return join_outcomes(self.log, self.url, self.lake, self.folder / "feedback.json", self.now, full=full)

    def join_killed_at(self, write: int) -> None:
        """Kill a join before one of its writes: of decisions, of outcomes, of the checkpoint."""
        left = [write]

        def killed_before(written: Callable[..., object]) -> Callable[..., object]:
            def attempt(*values: object, **named: object) -> object:
                if not left[0]:
                    raise Killed
                left[0] -= 1
                return written(*values, **named)

            return attempt

        with self.patch.context() as patch:
            patch.setattr(Lake, "merge", killed_before(Lake.merge))
            patch.setattr(incremental_join, "save_checkpoint", killed_before(incremental_join.save_checkpoint))
            try:
                self.join()
            except Killed:
                return

    def tables(self) -> list[list[dict[str, object]]]:
        return [
            sorted(self.lake.read(table).to_pylist(), key=str) if self.lake.exists(table) else []
            for table in (Decision, Outcome)
        ]

    def tables_from_scratch(self) -> list[list[dict[str, object]]]:
        """What joining everything leaves in a lake that has only the harvest's tables."""
        other = Lake(str(self.folder / "other"))
        for table in (Run, Application):
            if self.lake.exists(table):
                other.replace_where(table, self.lake.read(table), [("app_id", "!=", "")])
        again = Cluster.__new__(Cluster)
        again.__dict__ = {**self.__dict__, "lake": other, "folder": self.folder / "again"}
        assert again.join(full=True).everything
        return again.tables()


def _apply(cluster: Cluster, step: tuple[str, object, object], make: tuple[Callable[..., object], ...]) -> None:
    decision, run, application = make
    kind, which, value = step
    own = {"decision_id": f"d{which}", "app_id": f"app-{which}"}
    cluster.now += timedelta(minutes=1)
    if kind == "decide" and cluster.log.find(own["decision_id"]) is None:
        cluster.skew = value * OVERLAP  # by the clock of one of three services
        cluster.log.write(decision(decision_id=own["decision_id"], decided_at=cluster.now + cluster.skew))
    elif kind == "report":
        cluster.log.report(own["decision_id"], own["app_id"], value)
    elif kind == "shadow":
        cluster.log.write_shadows([(own["decision_id"], json.dumps(value))])
    elif kind == "run":
        cluster.lake.merge(Run, [run(**own, memory_verdict=value)])
    elif kind == "application":
        made = application(ALLOCATION | {"spark.executor.memory": value}, **own)
        cluster.lake.merge(Application, [made])
    elif kind == "pause":
        cluster.now += timedelta(minutes=which)
    elif kind == "compact" and cluster.lake.exists(which):
        cluster.lake.open(which).optimize.compact()
    elif kind == "join":
        cluster.join()
    elif kind == "killed join":
        cluster.join_killed_at(which)


@relaxed(6)
@given(steps=st.permutations(STEPS))
def test_the_same_tables_as_from_scratch(steps, decision, run, application) -> None:
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        cluster = Cluster(Path(name), patch)
        # So many that what the steps change is a small part of the tables.
        others = [{"decision_id": f"other-{number}", "app_id": f"other-{number}"} for number in range(200)]
        cluster.lake.merge(Run, [run(**own) for own in others])
        cluster.lake.merge(Application, [application(ALLOCATION, **own) for own in others])
        cluster.join()
        for step in steps:
            _apply(cluster, step, (decision, run, application))
        cluster.join()
        found = cluster.tables()
        assert found == cluster.tables_from_scratch()
        cluster.log.close()


@pytest.mark.parametrize(
    "changes",
    [
        [("run", 0, "heap_oom")],
        [("application", 0, "4g")],
        [("decide", 1, 0)],  # of a run that was harvested first
        [("decide", 2, 0), ("run", 2, "enough"), ("application", 2, "4g")],
        [("decide", 3, -1)],  # by the clock of a service that is behind
    ],
)
def test_what_changes_after_the_overlap_is_joined(tmp_path, monkeypatch, decision, run, application, changes) -> None:
    cluster, make = Cluster(tmp_path, monkeypatch), (decision, run, application)
    others = [{"decision_id": f"other-{number}", "app_id": f"other-{number}"} for number in range(50)]
    cluster.lake.merge(Run, [run(**own) for own in others])
    cluster.lake.merge(Application, [application(ALLOCATION, **own) for own in others])
    steps = [("decide", 0, 0), ("run", 0, "enough"), ("application", 0, "1536m")]
    steps += [("run", 1, "enough"), ("application", 1, "1536m"), ("run", 3, "enough"), ("application", 3, "1536m")]
    for step in [*steps, ("pause", 300, None), ("decide", 9, 1)]:
        _apply(cluster, step, make)
    cluster.join()
    before = cluster.tables()
    for step in changes:
        _apply(cluster, step, make)
    assert not cluster.join().everything
    assert cluster.tables() != before
    assert cluster.tables() == cluster.tables_from_scratch()


def test_only_what_is_new_is_read(tmp_path, monkeypatch, decision, run, application) -> None:
    cluster, make = Cluster(tmp_path, monkeypatch), (decision, run, application)
    old = [{"decision_id": f"old-{number}", "app_id": f"old-{number}"} for number in range(50)]
    cluster.log.write_all([Entry(decision(decision_id=one["decision_id"])) for one in old])
    cluster.lake.merge(Run, [run(**one) for one in old])
    cluster.lake.merge(Application, [application({}, **one) for one in old])
    assert cluster.join()[:4] == (50, 50, 50, True)
    for number in range(2):
        cluster.now += 2 * OVERLAP
        for step in (("decide", number, 0), ("run", number, "enough"), ("application", number, "1536m")):
            _apply(cluster, step, make)
        cluster.join()
    cluster.now += 2 * OVERLAP
    assert cluster.join()[:4] == (1, 1, 1, False), "only the last decision lies in the overlap"
    assert cluster.join(full=True)[:4] == (52, 52, 52, True)


def test_a_report_long_after_its_decision_reaches_the_lake(tmp_path, monkeypatch, decision) -> None:
    cluster = Cluster(tmp_path, monkeypatch)
    cluster.log.write(decision(decision_id="old"))
    cluster.join()
    cluster.now += timedelta(days=30)
    cluster.log.write(decision(decision_id="new"))
    cluster.join()
    cluster.log.report("old", "app-3", 137)
    assert cluster.join().decision_count == 2
    reported = cluster.lake.read(Decision, filters=[("decision_id", "=", "old")]).to_pylist()
    assert [(one["reported_app_id"], one["reported_exit_code"]) for one in reported] == [("app-3", 137)]


def test_a_decision_of_an_earlier_version_that_still_runs_is_read(tmp_path, monkeypatch, decision) -> None:
    cluster = Cluster(tmp_path, monkeypatch)
    cluster.log.write(decision(decision_id="new"))
    cluster.join()
    monkeypatch.setattr(group_commit, "changed_now", dict)
    cluster.log.write(decision(decision_id="old", decided_at=cluster.now))
    assert cluster.join()[:4] == (2, 0, 0, False)


@pytest.mark.parametrize("lost", ["decisions", "outcomes", "feedback.json"])
def test_everything_is_joined_after_a_table_or_the_checkpoint_was_lost(
    tmp_path, monkeypatch, decision, run, application, lost
) -> None:
    cluster = Cluster(tmp_path, monkeypatch)
    cluster.log.write(decision())
    cluster.lake.merge(Run, [run()])
    cluster.lake.merge(Application, [application(ALLOCATION)])
    cluster.join()
    before = cluster.tables()
    assert not cluster.join().everything
    if lost == "feedback.json":
        (tmp_path / lost).write_text("{")
    else:
        shutil.rmtree(tmp_path / "lake" / lost)
    assert cluster.join().everything
    assert cluster.tables() == before


def test_a_checkpoint_that_cannot_be_written_is_told_and_leaves_no_file(tmp_path, monkeypatch, decision) -> None:
    cluster = Cluster(tmp_path, monkeypatch)
    (tmp_path / "feedback.json").mkdir()
    cluster.join()
    files = {path.name for path in tmp_path.iterdir()}
    assert not cluster.join().kept
    assert {path.name for path in tmp_path.iterdir()} == files
    assert not [name for name in files if "new" in name or name.startswith("tmp")]


def test_nothing_is_passed_over_after_the_clock_of_a_join_was_ahead(
    tmp_path, monkeypatch, decision, run, application
) -> None:
    cluster, make = Cluster(tmp_path, monkeypatch), (decision, run, application)
    true_now = cluster.now
    cluster.now += timedelta(days=30)
    _apply(cluster, ("decide", 0, 0), make)
    cluster.join()
    cluster.now = true_now + 2 * OVERLAP
    for step in (("decide", 1, 0), ("run", 1, "enough"), ("application", 1, "1536m")):
        _apply(cluster, step, make)
    assert cluster.join().everything
    assert cluster.tables() == cluster.tables_from_scratch()


@pytest.mark.parametrize(
    ("name", "value"),
    [("written_at", "0001-01-01T00:00:00Z"), ("written_at", "2026-11-30T00:00:00"), ("runs", -1), ("runs", 2**80)],
)
def test_everything_is_joined_where_the_checkpoint_cannot_be_true(
    tmp_path, monkeypatch, decision, run, application, name, value
) -> None:
    cluster = Cluster(tmp_path, monkeypatch)
    cluster.log.write(decision())
    cluster.lake.merge(Run, [run()])
    cluster.lake.merge(Application, [application(ALLOCATION)])
    cluster.join()
    kept = json.loads((tmp_path / "feedback.json").read_text())
    kept[name] = [kept["runs"][0], value] if name == "runs" else value
    (tmp_path / "feedback.json").write_text(json.dumps(kept))
    assert cluster.join().everything


def test_a_join_beside_another_is_refused(tmp_path, monkeypatch) -> None:
    cluster = Cluster(tmp_path, monkeypatch)
    with alone(tmp_path / "feedback.json"), pytest.raises(LakeError, match="one is running"):
        cluster.join()
    assert cluster.join().kept


def test_pages_end_in_the_middle_of_decisions_of_one_moment(tmp_path, monkeypatch, decision) -> None:
    cluster = Cluster(tmp_path, monkeypatch)
    monkeypatch.setattr(log_pages, "_PAGE_ROWS", 3)
    for number in range(7):
        cluster.log.write(decision(decision_id=f"d{number}"))
    for since in (None, START):
        pages = [[one.decision_id for one in page.decisions] for page in cluster.log.pages(since)]
        assert pages == [["d0", "d1", "d2"], ["d3", "d4", "d5"], ["d6"]]


def test_a_home_that_cannot_be_written_only_loses_the_checkpoint(tmp_path, monkeypatch) -> None:
    def read_only(*_: object, **__: object) -> object:
        raise OSError(errno.EROFS, "Read-only file system")

    cluster = Cluster(tmp_path, monkeypatch)
    monkeypatch.setattr(checkpoint.Path, "mkdir", read_only)
    with alone(tmp_path / "home" / "feedback.json"):
        pass
    monkeypatch.undo()
    assert cluster.join().kept
