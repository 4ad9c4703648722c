"""Cases, and how their answers are scored."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data_contracts.requirements import JobRequirements, RequirementField, UnderstoodRequirements
from sparkwright.errors import ConfigError, reason

FIELDS: tuple[RequirementField, ...] = get_args(RequirementField)
_PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
}
_SPANS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_RELATIVE_TOLERANCE = 1e-6
_SHARE_TOLERANCE = 1e-3  # a third is written 0.333


class Case(BaseModel):
    """A text and its meaning."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    language: str
    text: str
    requirements: JobRequirements
    asks: list[RequirementField] = Field(default=[], description="Fields that must be asked back.")


@dataclass
class Tally:
    """Counts of one field, or of all fields in one language.

    Attributes:
        right: Correct decisions: the value, the question, or neither if the text says nothing about the field.
        decisions: All decisions: fields of a case that the case or the answer says something about.
        said: Values in the cases.
        given: Values in the answers.
        agreed: Values that are the same in both.
        asks: Fields that must be asked back.
        asked: Those that were asked back.
        needless: Fields asked back needlessly.
    """

    right: int = 0
    decisions: int = 0
    said: int = 0
    given: int = 0
    agreed: int = 0
    asks: int = 0
    asked: int = 0
    needless: int = 0

    def add(self, *, expected: Any, asks: bool, value: Any, asked: bool, is_same: bool) -> None:
        """Count one field of one case."""
        if expected is None and value is None and not asks and not asked:
            return
        self.decisions += 1
        self.right += asks == asked and is_same
        self.said += expected is not None
        self.given += value is not None
        self.agreed += expected is not None and is_same
        self.asks += asks
        self.asked += asks and asked
        self.needless += asked and not asks

    def figures(self) -> dict[str, float | int | None]:
        """Return the counts and derived figures; None if there was nothing to count."""
        return {
            "decisions": self.decisions,
            "right": _share(self.right, self.decisions),
            "precision": _share(self.agreed, self.given),
            "recall": _share(self.agreed, self.said),
            "asks": self.asks,
            "asked_back": _share(self.asked, self.asks),
            "needless_asks": self.needless,
        }


@dataclass
class Scores:
    """All counts over all cases."""

    cases: int = 0
    exact: int = 0
    total: Tally = field(default_factory=Tally)
    fields: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in FIELDS})
    languages: dict[str, Tally] = field(default_factory=dict)

    def figures(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {
            "cases": self.cases,
            "exact_cases": _share(self.exact, self.cases),
            **self.total.figures(),
            "fields": {name: tally.figures() for name, tally in self.fields.items()},
            "languages": {name: tally.figures() for name, tally in sorted(self.languages.items())},
        }


def read_cases(path: Path) -> list[Case]:
    """Read the cases of a file, one JSON object per line.

    Raises:
        ConfigError: The file cannot be read, or a line is not a case; the message names the first.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"expected cases in {path}: {reason(error)}") from error
    cases: list[Case] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                cases.append(Case.model_validate_json(line))
            except ValidationError as error:
                first = error.errors(include_input=False)[0]
                where = ".".join(map(str, first["loc"])) or "line"
                raise ConfigError(
                    f"{path}:{number}: expected id, language, text, requirements, asks: {where}: {first['msg']}"
                ) from error
    if not cases:
        raise ConfigError(f"expected at least one case in {path}, got none")
    return cases


def score(
    cases: Sequence[Case], understand: Callable[[str], UnderstoodRequirements]
) -> tuple[Scores, list[dict[str, Any]]]:
    """Return the counts, and the answer to each case as written to a file."""
    scores, answers = Scores(), []
    for case in cases:
        understood = understand(case.text)
        expected = case.requirements.model_dump(mode="json", exclude_none=True)
        got = understood.requirements.model_dump(mode="json", exclude_none=True)
        asked = {one.field for one in understood.questions}
        wrong = []
        for name in FIELDS:
            same = is_same(name, expected.get(name), got.get(name))
            counted: dict[str, Any] = {
                "expected": expected.get(name),
                "asks": name in case.asks,
                "value": got.get(name),
                "asked": name in asked,
                "is_same": same,
            }
            for tally in (scores.total, scores.fields[name], scores.languages.setdefault(case.language, Tally())):
                tally.add(**counted)
            if not same or (name in case.asks) != (name in asked):
                wrong.append(name)
        scores.cases += 1
        scores.exact += not wrong
        answers.append({"id": case.id, "requirements": got, "asks": sorted(asked), "wrong": wrong})
    return scores, answers


def is_same(name: str, one: Any, other: Any) -> bool:
    """Return whether two values of a field mean the same: schedules by times, numbers within a small tolerance."""
    if one is None or other is None:
        return one is other
    if name == "schedule":
        return cron_moments(one) == cron_moments(other)
    return _is_close(one, other, _SHARE_TOLERANCE if name in ("growth", "max_risk") else _RELATIVE_TOLERANCE)


def _is_close(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_is_close(one[key], other[key], tolerance) for key in one)
    if isinstance(one, bool) or isinstance(other, bool) or isinstance(one, str):
        return bool(one == other)
    return math.isclose(one, other, rel_tol=tolerance)


def cron_moments(schedule: str) -> tuple[frozenset[int] | str, ...]:
    """Return the values a cron text allows, by field; fields, or a whole text, that cannot be parsed stay text."""
    fields = _PRESETS.get(schedule, schedule).split()
    if len(fields) != len(_SPANS):
        return (schedule,)
    moments: list[frozenset[int] | str] = []
    for text, (low, high) in zip(fields, _SPANS, strict=True):
        values = _values(text, low, high)
        if values is not None and high == 7:
            values = frozenset(value % 7 for value in values)
        moments.append(text if values is None else values)
    return tuple(moments)


def _values(text: str, low: int, high: int) -> frozenset[int] | None:
    values: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            first, last = str(low), str(high)
        elif not last:
            last = str(high) if step else first
        if not (first.isdecimal() and last.isdecimal() and (not step or step.isdecimal())):
            return None
        if not low <= int(first) <= int(last) <= high or step == "0":
            return None
        values.update(range(int(first), int(last) + 1, int(step or 1)))
    return frozenset(values)


def write_answers(path: Path, answers: Sequence[Mapping[str, Any]]) -> None:
    """Write one JSON object per line.

    Raises:
        ConfigError: The file cannot be written.
    """
    try:
        path.write_text("".join(json.dumps(answer, ensure_ascii=False) + "\n" for answer in answers), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"expected to write answers to {path}: {reason(error)}") from error


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
