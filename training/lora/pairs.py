"""Evidence with its diagnosis: what the adapter learns from, and the held-out cases it is scored on.

Two sources: scenarios (``scenarios.yaml``, each filled with varied values) and Spark's own error conditions, whose
SQLSTATE says what kind of error they are.
"""

import dataclasses
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast, get_args

import yaml

from data_contracts.api.diagnosis import EvidenceItem
from data_contracts.fields.execution import EvidenceKind
from sparkwright.diagnosis.cases import Case, Split
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES
from sparkwright.errors import ConfigError
from training.lora import fillers
from training.lora.corpus import ErrorCondition

SCENARIOS = Path(__file__).with_name("scenarios.yaml")
_NOISE = "noise"
_SQL_STATES = {
    "22003": "arithmetic_overflow",
    "22012": "arithmetic_overflow",
    "22007": "cast_error",
    "22018": "cast_error",
    "42501": "permission_denied",
    "42K02": "missing_class",
    "42K03": "missing_input_path",
    "42601": "analysis_error",
    "42702": "analysis_error",
    "42703": "analysis_error",
    "42704": "analysis_error",
    "42803": "analysis_error",
    "42809": "analysis_error",
    "42K09": "analysis_error",
    "42P01": "analysis_error",
    "46103": "missing_class",
    "53200": "execution_memory_exhausted",
}
"""Root cause by SQLSTATE, for states that mean only one cause."""
_OWN_CAUSE = {
    "CAST_OVERFLOW": "cast_error",
    "CAST_OVERFLOW_IN_TABLE_INSERT": "cast_error",
    "UNRESOLVED_TABLE_PATH": "analysis_error",
}
_PLACEHOLDER = re.compile(r"<[A-Za-z0-9]+>")

Scenario = tuple[tuple[bool, str, str, str], ...]
"""Facts of one scenario: (whether the diagnosis rests on it, kind, exception class, message)."""


def scenario_cases(split: Split, variants: int, noise_share: float, seed: int, path: Path = SCENARIOS) -> list[Case]:
    """``variants`` cases of each scenario in a split, each with its own values, noise and order of facts.

    Raises:
        ConfigError: The file names an unknown cause or kind of fact.
    """
    scenarios, noise = read_scenarios(path)
    rng = random.Random(f"{seed}-{split}")
    cases = []
    for cause, by_split in scenarios.items():
        for number, scenario in enumerate(by_split.get(split, ())):
            for variant in range(variants):
                facts = list(scenario)
                if rng.random() < noise_share:
                    facts += rng.sample(noise, rng.randint(1, 2))
                rng.shuffle(facts)
                cases.append(_case(f"{cause}-{split}-{number}-{variant}", cause, split, facts, rng))
    return cases


def condition_cases(conditions: Sequence[ErrorCondition], variants: int, seed: int) -> list[Case]:
    """``variants`` training cases of each error condition that means only one root cause."""
    rng = random.Random(seed)
    cases = []
    for condition in conditions:
        cause = _OWN_CAUSE.get(condition.name) or _SQL_STATES.get(condition.sql_state)
        if cause is None:
            continue
        for variant in range(variants):
            message = _PLACEHOLDER.sub(lambda _: fillers.name(rng), condition.message)
            at_analysis = cause == "analysis_error"
            kind = "driver_log" if at_analysis else rng.choice(["task_failure", "sql_failure"])
            text = f"[{condition.name}] {message} SQLSTATE: {condition.sql_state}"
            fact = (True, kind, fillers.spark_exception(rng, at_analysis=at_analysis), text)
            made = _case(f"{condition.name}-{variant}", cause, "train", [fact], rng)
            cases.append(dataclasses.replace(made, origin="condition"))
    return cases


def drop_words_of(case: Case, share: float, rng: random.Random) -> Case:
    """The case with random words dropped from its facts, ``share`` of them on average, a different share each time.

    Words that are missing in one pair are present in the next, so that no single word decides.
    """
    dropped = rng.uniform(0, 2 * share)
    return dataclasses.replace(case, items=tuple(_with_dropped_words(item, dropped, rng) for item in case.items))


def noise_items(seed: int, path: Path = SCENARIOS) -> list[EvidenceItem]:
    """Facts that also occur in healthy applications, each filled once.

    Raises:
        ConfigError: The file names an unknown cause or kind of fact.
    """
    rng = random.Random(f"{seed}-noise")
    return list(_items(read_scenarios(path)[1], rng))


def _with_dropped_words(item: EvidenceItem, share: float, rng: random.Random) -> EvidenceItem:
    lines = (" ".join(word for word in line.split(" ") if rng.random() >= share) for line in item.message.split("\n"))
    exception_class = "" if rng.random() < share else item.exception_class
    return item.model_copy(update={"message": "\n".join(lines) or item.message, "exception_class": exception_class})


def read_scenarios(path: Path) -> tuple[dict[str, dict[Split, list[Scenario]]], list[tuple[bool, str, str, str]]]:
    """Scenarios by cause and split, and the noise.

    Raises:
        ConfigError: The file names an unknown cause or kind of fact.
    """
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    noise = [_fact(text, path) for text in written.pop(_NOISE)]
    unknown = set(written) - set(ROOT_CAUSES)
    if unknown:
        raise ConfigError(f"expected root causes of the taxonomy in {path}, got {', '.join(sorted(unknown))}")
    return {
        cause: {
            split: [tuple(_fact(text, path) for text in scenario) for scenario in found]
            for split, found in by_split.items()
        }
        for cause, by_split in written.items()
    }, noise


def _fact(text: str, path: Path) -> tuple[bool, str, str, str]:
    kind, exception_class, message = text.split("|", 2)
    ground = kind.startswith("*")
    kind = kind.removeprefix("*")
    if kind not in get_args(get_args(EvidenceKind)[0]):
        raise ConfigError(f"expected a kind of evidence before the first | in {path}, got {kind!r}")
    return ground, kind, exception_class, message


def _case(
    case_id: str, cause: str, split: Split, facts: Sequence[tuple[bool, str, str, str]], rng: random.Random
) -> Case:
    items = tuple(_items(facts, rng))
    ground = tuple(item.evidence_id for item, fact in zip(items, facts, strict=True) if fact[0])
    return Case(case_id, items, cause, split, "scenario", ground)


def _items(facts: Sequence[tuple[bool, str, str, str]], rng: random.Random) -> Iterator[EvidenceItem]:
    for number, (_, kind, exception_class, message) in enumerate(facts, start=1):
        yield EvidenceItem(
            evidence_id=f"e{number}",
            kind=cast(EvidenceKind, kind),
            source="scenario",
            exception_class=fillers.fill(exception_class, rng),
            message=fillers.fill(message, rng)[:4000],
            occurrence_count=rng.choice([1, 1, 1, 2, 4, 12]),
        )
