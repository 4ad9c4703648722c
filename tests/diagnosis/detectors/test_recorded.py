"""The detectors on what the lab recorded: slow faults that it made and proved, and runs in which it made none."""

from pathlib import Path

import pytest

from evaluation.benchmarks.slow_causes import RECORDED, Judged, judged_runs, score
from evaluation.lab.truth import read_truths
from sparkwright.advisor.local import diagnose
from sparkwright.diagnosis.detectors import load_thresholds
from sparkwright.history.harvest.incremental import harvest
from sparkwright.lake import Lake
from sparkwright.settings import Settings


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    return judged_runs(load_thresholds())


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_slow_faults_are_found_and_told_apart(judged: list[Judged], split: str) -> None:
    scores = score([one for one in judged if one.truth.split == split])
    assert sum(scores.found.values()) >= 6, "expected the recorded slow faults"
    precision, recall, f1 = scores.micro
    assert f1 >= 0.9, f"precision {precision:.2f}, recall {recall:.2f}"


def test_runs_without_a_fault_raise_an_alarm_at_most_once_in_fifty(judged: list[Judged]) -> None:
    scores = score(judged)
    assert scores.sound_runs > 150
    assert scores.sound_alarms <= scores.sound_runs / 50
    assert {cause for one in judged if one.is_sound for cause in one.names} <= {"gc_pressure"}


def test_a_diagnosis_of_a_run_that_succeeded_says_what_made_it_slow(home: Settings, tmp_path: Path) -> None:
    [truth] = [
        one
        for one in read_truths(RECORDED / "faults", purpose="scoring", splits=["train"])
        if one.variant == "few_shuffle"
    ]
    log = RECORDED / "faults" / "eventlogs" / f"eventlog_v2_{truth.app_id}"
    lake = Lake(str(tmp_path / "lake"))
    harvest(log, None, lake)
    of_log, of_lake = diagnose(str(log), lake.uri), diagnose(truth.app_id, lake.uri)
    assert of_log.slow == of_lake.slow
    assert [finding.cause for finding in of_log.slow] == ["too_few_partitions"]
    assert of_log.root_cause == "none"
