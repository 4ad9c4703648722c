"""The public failures: whole, named as the taxonomy of the field names them, and split by thread."""

import json
import os
import re
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from evaluation.troubleshooter import RECORDINGS, cases
from evaluation.troubleshooter.cases import PublicCase, read_cases, split_of, thread_of
from sparkwright.errors import ConfigError

REPOSITORY = Path(__file__).parents[2]
SHARED = Path(os.environ.get("SPARKWRIGHT_SHARED_DATA", REPOSITORY.parent / "shared" / "data")) / "failures"
SPLITS = ("train", "validation", "test")
PUBLIC_SERVICES = (
    "amazonaws.com",
    "blob.core.windows.net",
    "dfs.core.windows.net",
    "core.windows.net",
    "googleapis.com",
    "azuredatabricks.net",
    "docker.io",
    "gcr.io",
    "registry.k8s.io",
    "quay.io",
    "iam.gserviceaccount.com",
    "azuresynapse.net",
    "wiki.apache.org",
    "docs.databricks.com",
    "docs.delta.io",
    "spark-packages.org",
    "spark.apache.org",
)
"""Services whose names the software prints."""


@pytest.fixture(scope="module")
def recorded() -> dict[str, tuple[PublicCase, ...]]:
    return {split: read_cases(RECORDINGS / f"{split}.jsonl") for split in SPLITS}


@pytest.fixture
def line() -> dict[str, object]:
    return json.loads((RECORDINGS / "train.jsonl").read_text().splitlines()[0])


def test_every_case_stands_in_the_split_of_its_thread(recorded: dict[str, tuple[PublicCase, ...]]) -> None:
    for split, found in recorded.items():
        assert found
        assert {case.split for case in found} == {split}
    urls = {split: {thread_of(case.url) for case in found} for split, found in recorded.items()}
    assert not urls["train"] & urls["validation"] | urls["train"] & urls["test"] | urls["validation"] & urls["test"]
    ids = Counter(case.id for found in recorded.values() for case in found)
    assert [name for name, count in ids.items() if count > 1] == []


def test_a_cause_that_configuration_repairs_names_a_property(recorded: dict[str, tuple[PublicCase, ...]]) -> None:
    for case in (case for found in recorded.values() for case in found):
        assert not case.config_repairable or case.remedy_properties, case.id
        assert case.honest_unknown == (case.root_cause == cases.UNKNOWN), case.id
        assert not case.honest_unknown or case.needed_log, case.id
        assert case.cause_text and case.remedy_text, case.id
        assert case.root_cause not in case.acceptable, case.id
        assert all(name.startswith("spark.") for name in (*case.remedy_properties, *case.harmful_properties)), case.id


@pytest.mark.parametrize("field", ["family", "platform", "confidence"])
def test_the_card_counts_what_is_there(recorded: dict[str, tuple[PublicCase, ...]], field: str) -> None:
    card = (RECORDINGS / "README.md").read_text()
    (table,) = re.findall(rf"^\| {field} \|.*\n\|[-|]+\n((?:\|.*\n)+)", card, re.M)
    told = {cells[0]: cells[1:] for cells in (re.findall(r"\w+", row) for row in table.splitlines())}
    counted = {split: Counter(getattr(case, field) for case in found) for split, found in recorded.items()}
    names = set().union(*counted.values())
    assert told == {name: [str(counted[split][name]) for split in SPLITS] for name in names} | {
        "all": [str(len(recorded[split])) for split in SPLITS]
    }


def test_the_card_says_how_many(recorded: dict[str, tuple[PublicCase, ...]]) -> None:
    every = [case for found in recorded.values() for case in found]
    card = " ".join((RECORDINGS / "README.md").read_text().split())
    assert (
        f"{len(every)} failures of Apache Spark from {len({thread_of(case.url) for case in every})} public threads"
        in card
    )
    assert f"{len({case.root_cause for case in every})} of the 90 causes of the field" in card


def test_every_family_is_in_every_split(recorded: dict[str, tuple[PublicCase, ...]]) -> None:
    families = {split: {case.family for case in found} for split, found in recorded.items()}
    assert families["train"] == families["validation"] == families["test"]


def test_names_and_families_are_those_of_the_field(recorded: dict[str, tuple[PublicCase, ...]]) -> None:
    if not (SHARED / "causes.yaml").exists():
        pytest.skip("the names of the field's causes are not on this machine")
    family_of = {
        cause["name"]: cause["family"] for cause in yaml.safe_load((SHARED / "causes.yaml").read_text())["causes"]
    }
    for split, found in recorded.items():
        assert read_cases(RECORDINGS / f"{split}.jsonl", family_of) == found
        assert {case.id: case.family for case in found} == {case.id: family_of[case.root_cause] for case in found}


def test_no_thread_is_one_of_the_strangers(recorded: dict[str, tuple[PublicCase, ...]]) -> None:
    if not (SHARED / "cases.jsonl").exists():
        pytest.skip("the strangers' failures are not on this machine")
    theirs = {thread_of(url) for url in re.findall(r'"url": "([^"]+)"', (SHARED / "cases.jsonl").read_text())}
    assert theirs
    assert not theirs & {thread_of(case.url) for found in recorded.values() for case in found}


def test_hosts_and_addresses_are_invented(recorded: dict[str, tuple[PublicCase, ...]]) -> None:
    for case in (case for found in recorded.values() for case in found):
        text = "\n".join(item.message for item in case.evidence)
        for address in re.findall(r"\b(?:\d{1,3}\.){3}\d{1,3}\b", text):
            assert re.match(
                r"10\.|127\.|0\.0\.0\.0|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|192\.0\.2\.", address
            ), (
                case.id,
                address,
            )
        for host in re.findall(r"\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|edu|gov|io|cn|de|ru|it|su)\b(?![.$]\w)", text):
            named = host.lower()
            known = named.endswith(PUBLIC_SERVICES) or re.search(r"\bexample\.(com|net|org)$", named)
            assert known, (case.id, host)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"evidence": []}, "at least one record"),
        ({"evidence": [{"kind": "rumour", "message": "x"}]}, "kind"),
        ({"confidence": "certain"}, "confidence"),
        ({"url": None}, "url"),
        ({"root_cause": "bad_luck"}, "bad_luck"),
        ({"acceptable": ["bad_luck"]}, "bad_luck"),
        ({"remedy_properties": ["spark.x"], "harmful_properties": ["spark.x"]}, "spark.x"),
        ({"honest_unknown": True}, "honest unknown"),
        ({"url": "https://github.com/elsewhere/thread/issues/16", "split": "test"}, "belongs to"),
    ],
)
def test_a_line_that_is_no_case_is_named(
    line: dict[str, object], tmp_path: Path, change: dict[str, object], said: str
) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text("\n" + json.dumps(line | change) + "\n")
    names = {str(line["root_cause"]), *line["acceptable"], *line["symptom_only"]}  # type: ignore[misc]
    with pytest.raises(ConfigError, match=rf"cases\.jsonl:2: .*{said}"):
        read_cases(file, names)


def test_all_mistakes_come_at_once_and_other_fields_are_passed_over(line: dict[str, object], tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join([json.dumps(line | {"category": "memory"}), "not JSON", json.dumps(line)]))
    with pytest.raises(ConfigError) as raised:
        read_cases(file)
    told = str(raised.value).splitlines()
    assert [re.search(r":(\d+): ", each)[1] for each in told] == ["2", "3"]  # type: ignore[index]
    assert "every id once" in told[1]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.jsonl"):
        read_cases(tmp_path / "none.jsonl")


def test_a_case_comes_back_as_it_was_written(line: dict[str, object], tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(json.dumps(line))
    (case,) = read_cases(file)
    assert json.loads(json.dumps(asdict(case))) | line == json.loads(json.dumps(asdict(case)))


def test_a_thread_has_one_split_however_its_address_is_written() -> None:
    urls = [
        "https://github.com/a/b/issues/1",
        "http://www.github.com/a/b/issues/1/",
        "https://GitHub.com/a/b/issues/1#note",
    ]
    assert len({split_of(url) for url in urls}) == 1
    shares = Counter(split_of(f"https://example.org/{number}") for number in range(4000))
    assert shares["train"] / 4000 == pytest.approx(0.40, abs=0.03)
    assert shares["validation"] / 4000 == pytest.approx(0.25, abs=0.03)
