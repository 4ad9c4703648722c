from pathlib import Path

import pytest

from evaluation.lab.campaign import CAMPAIGNS, Campaign, launches
from evaluation.lab.catalogue import CATALOGUE, NOT_COVERED
from evaluation.lab.commands import parse_budget_s
from evaluation.lab.workloads import WORKLOADS
from sparkwright.config import load_config
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES, SLOWDOWNS
from sparkwright.errors import ConfigError
from sparkwright.held_out import held_out

SHIPPED = sorted(CAMPAIGNS.glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_campaign_plans_the_same_launches_every_time_and_each_once(path: Path) -> None:
    campaign = load_config(Campaign, path, [])
    plan = launches(campaign)
    assert plan == launches(campaign)
    assert len({launch.launch_id for launch in plan}) == len(plan)
    assert campaign.name == path.stem


def test_every_workload_grows_through_its_three_sizes() -> None:
    plan = launches(load_config(Campaign, CAMPAIGNS / "histories.yaml", []))
    for name, workload in WORKLOADS.items():
        scales = [launch.scale for launch in plan if launch.workload == name]
        assert set(workload.scales) <= set(scales), name
        assert scales == sorted(scales), name


def test_every_workload_and_fault_names_a_script_a_person_can_submit() -> None:
    for script in [workload.script for workload in WORKLOADS.values()] + [fault.path for fault in CATALOGUE.values()]:
        assert "spark-submit " + script.name in script.read_text(encoding="utf-8")


def test_each_root_cause_is_made_in_at_least_three_variants_and_in_every_split() -> None:
    causes = {fault.root_cause for fault in CATALOGUE.values()}
    assert len(causes) >= 25
    for cause in causes:
        found = [fault for fault in CATALOGUE.values() if fault.root_cause == cause]
        assert len({(fault.script, fault.variant) for fault in found}) >= 3, cause
        assert {fault.split for fault in found} == {"train", "validation", "test"}, cause


def test_what_is_not_covered_is_told_with_the_reason() -> None:
    told = (Path(__file__).parents[2] / "docs" / "lab.md").read_text(encoding="utf-8")
    for what, why in NOT_COVERED.items():
        assert f"| {what} | {why} |" in told


def test_every_cause_that_the_lab_makes_has_its_words_in_the_taxonomy() -> None:
    assert {fault.root_cause for fault in CATALOGUE.values()} <= {*ROOT_CAUSES, *SLOWDOWNS}
    for fault in CATALOGUE.values():
        assert (fault.expected_status == "succeeded") == (fault.root_cause in SLOWDOWNS), fault.variant


def test_what_repairs_a_fault_is_a_property_that_is_set_or_lies_elsewhere() -> None:
    for name, fault in CATALOGUE.items():
        if fault.repair:
            assert fault.knob in fault.repair, name
            changed = {key: value for key, value in fault.repair.items() if fault.properties.get(key) != value}
            assert changed == fault.repair, name
        else:
            assert fault.knob in ("code", "data", "environment"), name


def test_the_campaign_of_proofs_has_every_fault_once() -> None:
    campaign = load_config(Campaign, CAMPAIGNS / "proof.yaml", [])
    assert sorted(campaign.faults) == sorted(CATALOGUE)
    assert (campaign.proofs, campaign.metrics) == (3, "half")


def test_what_is_only_scored_on_stands_in_the_file_that_training_obeys() -> None:
    assert held_out().workloads == {name for name, workload in WORKLOADS.items() if workload.split == "test"}
    assert held_out().variants == {name for name, fault in CATALOGUE.items() if fault.split == "test"}


def test_a_campaign_with_an_unknown_workload_says_which_are_known(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "name: mine\nseed: 1\nbudget_s: 10\n"
        "histories: [{workload: sorting, scales: [1], executors: [{memory_mib: 64}]}]\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as fault:
        load_config(Campaign, path, [])
    assert "word_count" in str(fault.value)
    assert "greater than or equal to 512" in str(fault.value)


def test_a_campaign_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="expected histories or faults"):
        launches(Campaign(name="empty", seed=1, budget_s=1))


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("4m", 240), ("1h", 3600)])
def test_a_budget_is_read_with_its_unit(text: str, seconds: int) -> None:
    assert parse_budget_s(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "soon", "4 min", "-1m"])
def test_a_budget_that_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="expected --budget"):
        parse_budget_s(text)
