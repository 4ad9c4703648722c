import dataclasses
import random
from collections import Counter
from pathlib import Path

import pytest

from data_contracts.api.diagnosis import EvidenceItem
from sparkwright.config import load_config
from sparkwright.diagnosis.cases import Case
from sparkwright.errors import CheckFailed
from training.lora import corpus, sources
from training.lora.checked_data import checked, data_card
from training.lora.config import FinetuneConfig
from training.lora.pairs import noise_items, scenario_cases
from training.lora.vary import points_to, vary

CONFIG = Path(__file__).parents[2] / "training" / "configs" / "lora.yaml"


def case(message: str, cause: str = "disk_full", split: str = "train", name: str = "a") -> Case:
    item = EvidenceItem(evidence_id="e1", kind="task_failure", source="test", message=message)
    return Case(name, (item,), cause, split, "scenario")


@pytest.mark.parametrize("seed", range(3))
def test_a_varied_case_points_to_the_same_causes(seed: int) -> None:
    rng = random.Random(seed)
    noise = noise_items(seed)
    cases = [*scenario_cases("train", 1, 0.0, seed), *sources.known_cases()[seed::20]]
    varied = [vary(one, rng, noise) for one in cases]
    assert [points_to(one) for one in varied] == [points_to(one) for one in cases]
    assert [one.root_cause for one in varied] == [one.root_cause for one in cases]
    assert sum(one.items != other.items for one, other in zip(cases, varied, strict=True)) > len(cases) / 2


def test_versions_and_paths_become_others() -> None:
    given = case("Spark 3.5.1 on /data/orders/part-0.parquet: No space left on device")
    made = {vary(given, random.Random(seed)).items[0].message for seed in range(30)}
    assert len(made) > 20
    assert not all("/data/orders/part-0.parquet" in one for one in made)
    assert all("No space left on device" in one for one in made)


def test_a_red_herring_that_spells_out_another_cause_is_not_mixed_in() -> None:
    herring = EvidenceItem(
        evidence_id="e9", kind="task_failure", source="x", message="java.lang.OutOfMemoryError: Java heap space"
    )
    given = case("java.io.IOException: No space left on device")
    for seed in range(20):
        assert herring.message not in [item.message for item in vary(given, random.Random(seed), [herring]).items]


def test_documentation_of_a_property_stands_for_the_one_cause_that_it_repairs() -> None:
    found = sources.documentation_cases(corpus.pyspark_folder())
    properties = {one.case_id: one for one in found if one.case_id.startswith("property-")}
    assert len(properties) >= 10
    assert properties["property-spark.sql.broadcastTimeout"].root_cause == "broadcast_timeout"
    assert all(one.case_id.removeprefix("property-") in one.items[0].message for one in properties.values())
    assert "property-spark.executor.memory" not in properties  # it repairs several


def test_the_words_of_a_held_out_case_are_not_trained_on() -> None:
    same = "No space left on device"
    data = checked([case(same), case("Disk quota exceeded", name="b"), case(same, split="test", name="c")])
    assert [one.case_id for one in data.cases] == ["b", "c"]
    assert (data.shared_count, data.silent_count) == (1, 0)
    card = data_card(data, load_config(FinetuneConfig, CONFIG, []))
    assert "| scenario | 1 | 0 | 1 |" in card
    assert "from training 1 with the" in card


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (dataclasses.replace(case("No space left on device"), root_cause=""), "root_cause"),
        (dataclasses.replace(case("No space left on device"), origin="rumour"), "origin"),
        (dataclasses.replace(case("No space left on device"), case_id="x" * 300), "case_id"),
    ],
)
def test_a_case_that_breaks_its_contract_stops_the_training(broken: Case, said: str) -> None:
    with pytest.raises(CheckFailed, match=f"nothing was trained:\n.*{said}"):
        checked([case("Disk quota exceeded", name="b"), broken])
    with pytest.raises(CheckFailed, match="nothing was trained"):
        checked([case("one", name="b"), case("two", name="b")])


def test_the_known_cases_name_nearly_every_cause_and_no_name_is_unknown() -> None:
    counted = Counter(one.root_cause for one in sources.known_cases())
    assert len(counted) >= 88
    assert "unknown" not in counted
