"""A fault with its repeats and its repaired runs: what is planned, what is judged, what they prove together."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.lab.campaign import Campaign, Launch, launches
from evaluation.lab.catalogue import CATALOGUE
from evaluation.lab.manifest import FOLDERS, Done, Manifest, sweep
from evaluation.lab.observation import Observation, Task
from evaluation.lab.proof import proofs
from evaluation.lab.record import record
from evaluation.lab.runner import judge_again, run_campaign
from evaluation.lab.truth import NO_FAULT, Proof, read_truth, write_truth
from evaluation.lab.verdict import judge
from sparkwright.errors import ConfigError

CAMPAIGN = Campaign(
    name="tried", seed=1, budget_s=1, proofs=3, metrics="half", faults=("heap_collect_list", "cast_date")
)
PLAN = {launch.launch_id: launch for launch in launches(CAMPAIGN)}
FIRST = "tried-fault_heap_collect_list"
OOM = "task: ExceptionFailure java.lang.OutOfMemoryError: Java heap space"


def _ended(exit_code: int, *messages: str) -> Observation:
    return Observation(exit_code, "", app_id="app-1", complete=True, messages=list(messages))


def test_a_fault_is_run_three_times_as_it_is_and_three_times_repaired_where_a_property_repairs_it() -> None:
    heap = [launch for launch in PLAN.values() if launch.variant == "heap_collect_list"]
    assert [(launch.repaired, launch.repeat) for launch in heap] == [(r, n) for r in (False, True) for n in (1, 2, 3)]
    assert {launch.properties.get("spark.executor.memory") for launch in heap if launch.repaired} == {"3g"}
    assert not any("spark.executor.memory" in launch.properties for launch in heap if not launch.repaired)
    assert [launch.repaired for launch in PLAN.values() if launch.variant == "cast_date"] == [False] * 3


def test_what_waits_in_vain_is_ended_soon_and_a_repaired_run_is_not() -> None:
    faults = ("starved_memory",)
    plan = launches(Campaign(name="starved", seed=1, budget_s=1, proofs=2, faults=faults))
    assert [(launch.repaired, launch.limit_s is None) for launch in plan] == [(False, False)] * 2 + [(True, True)] * 2


def test_what_is_quoted_of_a_log_ends_with_whole_words() -> None:
    seen = _ended(1, f"{'x' * 90} /a/home/of/somebody TypeError at /a/home/{'y' * 200}")
    assert seen.find(re.compile("TypeError")) == "/a/home/of/somebody TypeError at"


def test_only_the_first_run_pays_for_a_driver_of_its_own_unless_the_fault_ends_drivers() -> None:
    assert [launch.own_submit for launch in PLAN.values() if launch.variant == "heap_collect_list"] == [True] + [
        False
    ] * 5
    ends_drivers = launches(Campaign(name="tried", seed=1, budget_s=1, proofs=2, faults=("driver_heap_collect",)))
    assert all(launch.own_submit for launch in ends_drivers)


def test_half_of_the_runs_of_every_fault_write_what_spark_writes_by_default() -> None:
    metrics = [launch.metrics for launch in PLAN.values() if launch.variant == "heap_collect_list"]
    assert metrics in (["default", "full"] * 3, ["full", "default"] * 3)
    firsts = launches(Campaign(name="tried", seed=1, budget_s=1, metrics="half", faults=tuple(CATALOGUE)))
    assert 0.35 < sum(launch.metrics == "default" for launch in firsts) / len(firsts) < 0.65
    assert {launch.metrics for launch in launches(CAMPAIGN.model_copy(update={"metrics": "full"}))} == {"full"}


@pytest.mark.parametrize(
    ("exit_code", "message", "verified"), [(0, "", True), (1, "", False), (0, OOM, False), (1, OOM, False)]
)
def test_a_repair_holds_where_the_run_succeeds_without_the_symptom(
    exit_code: int, message: str, verified: bool
) -> None:
    truth, why_not = judge(PLAN[f"{FIRST}-repaired1"], _ended(exit_code, *[message] * bool(message)))
    assert (truth is not None, why_not == "") == (verified, verified)
    if truth is not None:
        assert (truth.root_cause, truth.repaired, truth.knob) == (NO_FAULT, True, "")
        assert truth.executor_memory_bytes == 3 * 1024**3


def _all(verified: bool) -> dict[str, bool]:
    return dict.fromkeys(PLAN, verified)


def test_a_fault_and_its_repair_are_proven_when_every_run_says_so() -> None:
    found = {first.variant: proof for first, proof in proofs(list(PLAN.values()), _all(True))}
    assert found["heap_collect_list"] == Proof(unrepaired_count=3, shown_count=3, repaired_count=3, passed_count=3)
    assert found["heap_collect_list"].proven
    assert found["cast_date"] == Proof(unrepaired_count=3, shown_count=3, no_repair="code")
    assert (found["cast_date"].reproduced, found["cast_date"].proven) == (True, False)


@pytest.mark.parametrize("launch_id", [f"{FIRST}-r2", f"{FIRST}-repaired3"])
def test_one_run_that_says_no_is_no_proof(launch_id: str) -> None:
    found = {first.variant: proof for first, proof in proofs(list(PLAN.values()), _all(True) | {launch_id: False})}
    assert not found["heap_collect_list"].proven


def test_nothing_is_proven_before_every_run_is_in() -> None:
    verified = _all(True)
    del verified[f"{FIRST}-repaired3"]
    assert [first.variant for first, _ in proofs(list(PLAN.values()), verified)] == ["cast_date"]


def _campaign_folder(out: Path, launch: Launch) -> Path:
    """A campaign that was killed between its last run and the writing of the proof."""
    for name in FOLDERS:
        (out / name).mkdir(parents=True)
    truth, _ = judge(launch, _ended(1, OOM))
    assert truth is not None
    write_truth(truth, out / "truth")
    manifest = Manifest.open(out, CAMPAIGN)
    for launch_id in PLAN:
        manifest.add(launch_id, Done("verified", launch.root_cause, "", "", 1.0))
    return out / "truth" / f"{launch.launch_id}.json"


def test_a_proof_that_a_killed_lab_did_not_write_is_written_when_it_goes_on(tmp_path: Path) -> None:
    file = _campaign_folder(tmp_path, PLAN[FIRST])
    assert read_truth(file).proof is None
    run_campaign(CAMPAIGN, tmp_path, tmp_path / "cache", budget_s=1, tell=lambda *_: None)
    proof = read_truth(file).proof
    assert proof is not None
    assert proof.proven
    before = file.stat().st_mtime_ns
    run_campaign(CAMPAIGN, tmp_path, tmp_path / "cache", budget_s=1, tell=lambda *_: None)
    assert file.stat().st_mtime_ns == before


def test_what_ran_is_judged_again_by_what_the_lab_knows_now(tmp_path: Path) -> None:
    file = _campaign_folder(tmp_path, PLAN[FIRST])
    for launch_id in PLAN:
        (tmp_path / "drivers" / f"{launch_id}.log").write_text("nothing was said\n", encoding="utf-8")
        (tmp_path / "drivers" / f"{launch_id}.exit").write_text("1\n", encoding="utf-8")
    manifest = judge_again(CAMPAIGN, tmp_path)
    assert {line.state for line in manifest.done.values()} == {"unverified"}
    assert not file.exists()


def test_a_fault_that_is_run_again_loses_what_ran_before_and_nothing_else_does(tmp_path: Path) -> None:
    file = _campaign_folder(tmp_path, PLAN[FIRST])
    manifest = Manifest.open(tmp_path, CAMPAIGN)
    manifest.forget(launch_id for launch_id, launch in PLAN.items() if launch.variant == "heap_collect_list")
    assert {PLAN[launch_id].variant for launch_id in Manifest.read(tmp_path).done} == {"cast_date"}
    sweep(tmp_path, Manifest.read(tmp_path))
    assert not file.exists()


def test_a_folder_of_something_else_is_not_swept(tmp_path: Path) -> None:
    precious = tmp_path / "eventlogs" / "app-1"
    precious.mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"found files in eventlogs and no manifest\.json"):
        run_campaign(CAMPAIGN, tmp_path, tmp_path / "cache", budget_s=1, tell=lambda *_: None)
    with pytest.raises(ConfigError, match=r"expected a campaign folder with a manifest\.json"):
        judge_again(CAMPAIGN, tmp_path)
    assert precious.is_dir()


def test_a_folder_that_is_not_there_is_not_made_by_judging_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a campaign folder"):
        judge_again(CAMPAIGN, tmp_path / "mistyped")
    assert not (tmp_path / "mistyped").exists()


def test_a_recording_replaces_no_campaign(tmp_path: Path) -> None:
    _campaign_folder(tmp_path / "ran", PLAN[FIRST])
    with pytest.raises(ConfigError, match="the target comes last"):
        record([tmp_path / "ran"], tmp_path / "ran", tmp_path)
    assert (tmp_path / "ran" / "manifest.json").exists()


def test_a_run_without_its_slow_node_proves_neither_the_fault_nor_the_repair() -> None:
    campaign = Campaign(name="tried", seed=1, budget_s=1, proofs=1, faults=("node_scoring",))
    for launch in launches(campaign):
        assert "did not" in judge(launch, _ended(0))[1]
    repaired = launches(campaign)[-1]
    assert judge(repaired, _ended(0, "lab: executor 0: runs a tenth of the time"))[0] is not None


def test_a_slow_run_has_one_cause() -> None:
    [launch] = launches(Campaign(name="tried", seed=1, budget_s=1, faults=("few_rdd",)))
    lone = Task(0, "0", True, 5000, 0, 0, 0, 0)
    seen = Observation(0, "", app_id="app-1", complete=True, tasks=[lone])
    assert judge(launch, seen)[0] is not None
    spilled = replace(lone, memory_spilled_bytes=200 * 1024**2, disk_spilled_bytes=1)
    truth, why_not = judge(launch, replace(seen, tasks=[spilled]))
    assert truth is None
    assert "expected it to suffer of too_few_partitions alone: MiB spilled" in why_not


def test_what_the_lab_itself_did_is_in_the_truth() -> None:
    launch = replace(PLAN[FIRST], enforced_by="watcher", metrics="default", repeat=2)
    truth, _ = judge(launch, _ended(1, OOM))
    assert truth is not None
    assert (truth.enforced_by, truth.metrics, truth.repeat) == ("watcher", "default", 2)
