"""The unseen phrasings of requirements and policies: every truth fits its schema, and the card counts what is there."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel, ConfigDict

from data_contracts.policy import BudgetMeasure, Policy, PolicyScope
from data_contracts.requirements import JobRequirements, RequirementField

RECORDINGS = Path(__file__).parents[2] / "evaluation" / "recordings"
CARD = RECORDINGS / "requirements" / "README.md"
FIELDS = get_args(RequirementField)
PARTS = ("scope", "bounds", "forbids", "requires", "budgets")
DESCRIBED = {"requirements": "development_d.jsonl", "policies": "development_d.jsonl"}
"""The files that the card and ``kinds.json`` describe."""
ASKING = {"ambiguous", "contradictory", "out_of_range"}
"""Kinds of text that must be asked back."""


class Phrasing(BaseModel):
    """One line of either file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: str
    language: str
    text: str
    asks: list[str]
    requirements: dict[str, Any] = {}
    policy: dict[str, Any] = {}


def read(name: str) -> list[Phrasing]:
    return [Phrasing.model_validate_json(line) for line in (RECORDINGS / name / DESCRIBED[name]).open(encoding="utf-8")]


def read_kinds(name: str) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = json.loads((RECORDINGS / name / "kinds.json").read_text(encoding="utf-8"))
    return kinds


def table(title: str) -> dict[str, tuple[int, ...]]:
    (rows,) = re.findall(rf"^\| {title} \|.*\n\|[-|]+\n((?:\|.*\n)+)", CARD.read_text(encoding="utf-8"), re.M)
    cells = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in rows.splitlines()]
    return {name: tuple(int(count) for count in counts) for name, *counts in cells}


def sizes(policy: dict[str, Any]) -> Iterator[str]:
    for bound in policy.get("bounds", {}).values():
        yield from (value for value in bound.values() if re.fullmatch(r"\d+[kmgt]", value))


@pytest.fixture(scope="module")
def requirements() -> list[Phrasing]:
    return read("requirements")


@pytest.fixture(scope="module")
def policies() -> list[Phrasing]:
    return read("policies")


@pytest.mark.parametrize(("name", "letter", "least"), [("requirements", "r", 330), ("policies", "p", 160)])
def test_every_phrasing_stands_once(name: str, letter: str, least: int) -> None:
    cases = read(name)
    assert len(cases) >= least
    assert [case.id for case in cases] == [f"{letter}{number:03d}" for number in range(1, len(cases) + 1)]
    assert [text for text, count in Counter(case.text.casefold() for case in cases).items() if count > 1] == []


def test_what_a_job_needs_is_written_as_the_schema_writes_it(requirements: list[Phrasing]) -> None:
    for case in requirements:
        parsed = JobRequirements.model_validate(case.requirements)
        assert parsed.model_dump(mode="json", exclude_none=True) == case.requirements, case.id
        assert set(case.asks) <= set(FIELDS), case.id
        assert not set(case.asks) & set(case.requirements), case.id
        assert len(set(case.asks)) == len(case.asks), case.id


def test_a_policy_is_written_as_the_schema_writes_it(policies: list[Phrasing]) -> None:
    for case in policies:
        if set(case.policy) - {"scope"}:
            whole = Policy.model_validate({"name": "phrasing", **case.policy})
            assert whole.model_dump(mode="json", exclude_unset=True, exclude={"name"}) == case.policy, case.id
        else:
            scope = PolicyScope.model_validate(case.policy.get("scope", {}))
            assert scope.model_dump(mode="json", exclude_unset=True) == case.policy.get("scope", {}), case.id
        assert set(case.policy) | set(case.asks) <= set(PARTS), case.id
        assert not set(case.asks) & set(case.policy), case.id
        for window in case.policy.get("scope", {}).get("windows", []):
            ZoneInfo(window["timezone"])
        for size in sizes(case.policy):
            assert size.endswith("t") or int(size[:-1]) % 1024, f"{case.id}: {size} has a larger unit"


@pytest.mark.parametrize("name", ["requirements", "policies"])
def test_what_is_asked_back_has_a_reason(name: str) -> None:
    kinds = read_kinds(name)
    cases = {case.id: case for case in read(name)}
    assert set(kinds) <= set(cases)
    for case in cases.values():
        of_case = set(kinds.get(case.id, []))
        assert bool(case.asks) == bool(of_case & ASKING), case.id
        assert ("nothing" in of_case) == (not case.asks and not case.requirements and not case.policy), case.id


def test_the_card_counts_fields(requirements: list[Phrasing]) -> None:
    said = Counter(field for case in requirements for field in case.requirements)
    asked = Counter(field for case in requirements for field in case.asks)
    assert table("field") == {field: (said[field], asked[field]) for field in FIELDS}
    assert min(said[field] for field in FIELDS) >= 45


def test_the_card_counts_parts_of_policies(policies: list[Phrasing]) -> None:
    said = Counter(part for case in policies for part in case.policy)
    asked = Counter(part for case in policies for part in case.asks)
    assert table("part") == {part: (said[part], asked[part]) for part in PARTS}
    scopes = Counter(key for case in policies for key in case.policy.get("scope", {}))
    assert table("scope") == {key: (scopes[key],) for key in PolicyScope.model_fields}
    measures = Counter(budget["measure"] for case in policies for budget in case.policy.get("budgets", []))
    assert table("measure") == {measure: (measures[measure],) for measure in get_args(BudgetMeasure)}


def test_the_card_counts_kinds_and_languages(requirements: list[Phrasing], policies: list[Phrasing]) -> None:
    kinds = [
        Counter(kind for of_case in read_kinds(name).values() for kind in of_case)
        for name in ("requirements", "policies")
    ]
    assert table("kind") == {kind: (kinds[0][kind], kinds[1][kind]) for kind in {*kinds[0], *kinds[1]}}
    languages = [Counter(case.language for case in cases) for cases in (requirements, policies)]
    told = {language: (languages[0][language], languages[1][language]) for language in {*languages[0], *languages[1]}}
    assert table("language") == told | {"all": (len(requirements), len(policies))}
