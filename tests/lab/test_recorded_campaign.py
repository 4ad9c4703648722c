"""The recorded campaigns are judged again from their logs: a truth that the logs do not show must not be there."""

from dataclasses import replace
from pathlib import Path

import pytest
import zstandard

from data_contracts.properties.spark import parse_size_bytes
from evaluation.lab.campaign import Campaign, Executors, History, Launch, launches
from evaluation.lab.catalogue import CATALOGUE
from evaluation.lab.observation import events, observe, segments
from evaluation.lab.truth import NO_FAULT, Truth, read_truths
from evaluation.lab.verdict import judge
from evaluation.lab.workloads import WORKLOADS
from sparkwright.errors import ConfigError, SplitCrossedError

EVERY_SPLIT = ("train", "validation", "test")


@pytest.fixture(scope="module", params=["campaign", "histories", "faults"])
def recorded(request: pytest.FixtureRequest) -> Path:
    return Path(__file__).parents[1] / "fixtures" / str(request.param)


@pytest.fixture(scope="module")
def truths(recorded: Path) -> list[Truth]:
    return read_truths(recorded, purpose="scoring", splits=EVERY_SPLIT)


def _event_log(recorded: Path, truth: Truth) -> Path:
    return recorded / "eventlogs" / f"eventlog_v2_{truth.app_id}"


def _launch(truth: Truth) -> Launch:
    """The launch that a truth is about, whichever campaign it was in."""
    heap = Executors(memory_mib=truth.executor_memory_bytes // 1024**2)
    if truth.workload in WORKLOADS:
        history = History(workload=truth.workload, scales=(float(truth.size),), executors=(heap,))
        [launch] = launches(Campaign(name="again", seed=0, budget_s=1, histories=(history,)))
    else:
        [launch] = launches(Campaign(name="again", seed=0, budget_s=1, faults=(truth.variant,)))
    return replace(launch, launch_id=truth.launch_id, metrics=truth.metrics, executors=heap)


def test_every_truth_follows_again_from_the_logs(recorded: Path, truths: list[Truth]) -> None:
    for truth in truths:
        drivers = recorded / "drivers"
        exit_code = int((drivers / f"{truth.launch_id}.exit").read_text(encoding="utf-8"))
        seen = observe(_event_log(recorded, truth), drivers / f"{truth.launch_id}.log", exit_code)
        again, why_not = judge(_launch(truth), seen)
        assert again is not None, f"{truth.launch_id}: {why_not}"
        assert again.model_dump(exclude={"seen", "proof"}) == truth.model_dump(exclude={"seen", "proof"})


def test_every_event_log_belongs_to_the_launch_that_its_properties_name(recorded: Path, truths: list[Truth]) -> None:
    assert {folder.name for folder in (recorded / "eventlogs").iterdir()} == {
        f"eventlog_v2_{truth.app_id}" for truth in truths
    }
    for truth in truths:
        properties = next(
            event["Spark Properties"]
            for event in events(_event_log(recorded, truth))
            if event["Event"] == "SparkListenerEnvironmentUpdate"
        )
        assert properties["spark.sparkwright.launchId"] == truth.launch_id
        assert properties["spark.sparkwright.workload"] == truth.workload
        assert properties["spark.sparkwright.origin"] == "lab"
        assert parse_size_bytes(properties["spark.executor.memory"]) == truth.executor_memory_bytes


def test_no_workload_and_no_variant_stands_in_two_splits(truths: list[Truth]) -> None:
    splits: dict[str, set[str]] = {}
    for truth in truths:
        splits.setdefault(truth.workload, set()).add(truth.split)
        splits.setdefault(truth.variant, set()).add(truth.split)
    assert all(len(found) == 1 for found in splits.values())


@pytest.mark.parametrize("recorded", ["faults"], indirect=True)
def test_every_recorded_fault_came_each_time_and_went_each_time_a_property_repaired_it(truths: list[Truth]) -> None:
    for truth in truths:
        repairs = 3 if CATALOGUE[truth.variant].repair else 0
        assert truth.proof is not None
        assert (truth.proof.unrepaired_count, truth.proof.shown_count) == (3, 3), truth.variant
        assert (truth.proof.repaired_count, truth.proof.passed_count) == (repairs, repairs), truth.variant


@pytest.mark.parametrize("recorded", ["faults"], indirect=True)
def test_a_failure_shows_the_symptom_of_its_own_cause_alone(recorded: Path, truths: list[Truth]) -> None:
    """What shows two has a reason that is known: ``judge`` or the watcher's words tell them apart."""
    both = {
        ("executor_heap_oom", "driver_heap_oom"),
        ("metaspace_oom", "driver_heap_oom"),
        ("container_memory_kill", "executor_lost"),
        ("permission_denied", "missing_input_path"),
    }
    for truth in truths:
        log = recorded / "drivers" / f"{truth.launch_id}.log"
        exit_code = int(log.with_suffix(".exit").read_text(encoding="utf-8"))
        seen = observe(_event_log(recorded, truth), log, exit_code)
        for fault in CATALOGUE.values():
            if fault.root_cause != truth.root_cause and fault.expected_status == truth.expected_status:
                shown = fault.symptom.seen_in(seen)
                assert not shown or (truth.root_cause, fault.root_cause) in both, (truth.variant, fault.variant, shown)


@pytest.mark.parametrize("recorded", ["campaign", "histories"], indirect=True)
def test_memory_is_seen_from_both_sides_of_the_need(truths: list[Truth]) -> None:
    histories = [truth for truth in truths if not truth.workload.startswith("fault_")]
    died = {truth.workload for truth in histories if truth.root_cause == "executor_heap_oom"}
    held = {truth.workload for truth in histories if truth.root_cause == NO_FAULT}
    assert len(died & held) >= 2


def test_training_is_refused_the_truths_to_score_on(recorded: Path) -> None:
    with pytest.raises(SplitCrossedError, match="scoring only"):
        read_truths(recorded, purpose="training", splits=EVERY_SPLIT)
    seen = read_truths(recorded, purpose="training", splits=("train", "validation"))
    assert seen
    assert {truth.split for truth in seen} == {"train", "validation"}


def test_a_folder_without_truths_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected truth files"):
        read_truths(tmp_path, purpose="scoring", splits=EVERY_SPLIT)


def test_a_truth_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "x.json").write_text('{"launch_id": 7', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"x\.json"):
        read_truths(tmp_path, purpose="scoring", splits=EVERY_SPLIT)


def test_the_recording_is_small_and_names_no_home_folder(recorded: Path) -> None:
    files = [file for file in recorded.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < 15_000_000
    for file in files:
        content = file.read_bytes()
        if file in segments(file.parent):
            content = zstandard.ZstdDecompressor().decompress(content, max_output_size=2**31)
        for trace in (b"/root/", b"/home/", b"/opt/"):
            assert trace not in content, f"{file.name}: {trace!r}"
