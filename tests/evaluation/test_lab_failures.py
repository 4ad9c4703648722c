"""The lab's failures in other words: what is exchanged, what stays, and how many of the unseen ones are named."""

from pathlib import Path

import pytest

from evaluation.benchmarks.lab_failures import Recorded, disturbed, load_wordings, recorded_runs, reworded, unseen
from evaluation.lab.catalogue import CATALOGUE
from evaluation.lab.truth import read_truths
from sparkwright.advisor.known_application import look_up
from sparkwright.diagnosis import rules
from sparkwright.diagnosis.cases import finer_cause
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES
from sparkwright.history.harvest.incremental import harvest
from sparkwright.lake import Lake

FAULTS = Path(__file__).parents[1] / "fixtures" / "faults"


@pytest.fixture(scope="module")
def lost_files(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A failure for which shuffle files went missing: many facts, of which some alone name the cause."""
    truth = next(
        one for one in read_truths(FAULTS, purpose="scoring", splits=("train",)) if one.variant == "fetch_files_gone"
    )
    lake = Lake(str(tmp_path_factory.mktemp("lake")))
    harvest(FAULTS / "eventlogs" / f"eventlog_v2_{truth.app_id}", None, lake)
    return Recorded(truth, look_up(lake, truth.app_id, None))


def test_every_cause_of_an_unseen_fault_has_other_words() -> None:
    wordings, herrings = load_wordings()
    unseen_causes = {
        finer_cause(name, fault.root_cause)
        for name, fault in CATALOGUE.items()
        if fault.split == "test" and fault.expected_status == "failed"
    }
    assert unseen_causes <= wordings.keys() <= ROOT_CAUSES.keys()
    assert all(of_cause and all(of_cause) for of_cause in wordings.values())
    assert {rules.diagnose([one]).cause.name for one in herrings}.isdisjoint(unseen_causes)


def test_rewording_leaves_no_fact_that_alone_names_the_cause_but_the_new_ones(lost_files: Recorded) -> None:
    wordings, _ = load_wordings()
    [wording] = wordings[lost_files.cause]
    changed = reworded(lost_files, wording).known.evidence
    old = {item.message for item in lost_files.known.evidence}
    new = [item.message for item in changed if item.message not in old]
    assert new == [item.message for item in wording]
    assert lost_files.cause not in {rules.diagnose([item]).cause.name for item in changed[len(wording) :]}
    assert len({item.evidence_id for item in changed}) == len(changed)


def test_disturbing_keeps_every_fact_and_is_the_same_every_time(lost_files: Recorded) -> None:
    _, herrings = load_wordings()
    once = disturbed(lost_files, herrings)
    assert once == disturbed(lost_files, herrings)
    told, before = ([item.message for item in run.known.evidence] for run in (once, lost_files))
    strange = {item.message for item in herrings}
    assert [message for message in told if message not in strange] == before[::-1]
    assert len(told) > len(before)


@pytest.mark.slow
def test_most_unseen_failures_are_named_in_other_words_and_few_are_called_something_else() -> None:
    parts = unseen([run for run in recorded_runs() if run.truth.expected_status == "failed"])
    runs = [run for part in parts.values() for run in part]
    assert len(runs) >= 100
    named = [(run.cause, run.named) for run in runs]
    assert sum(cause == name for cause, name in named) >= 0.9 * len(runs)
    assert sum(name not in (cause, "unknown") for cause, name in named) <= 0.03 * len(runs)
