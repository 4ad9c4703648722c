"""Failures from public threads, one JSON object per line, as frozen dataclasses."""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from data_contracts.fields.execution import EvidenceKind
from sparkwright.errors import ConfigError

Split = Literal["train", "validation", "test"]

_TRAIN_UP_TO, _VALIDATION_UP_TO = 0.40, 0.65
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PublicEvidence:
    """One record around a failure, as the software prints it.

    Attributes:
        kind: What sort of record it is.
        message: Its text; ids, hosts, paths and sizes are invented.
        exception_class: Class of the exception, if there is one.
    """

    kind: EvidenceKind
    message: str
    exception_class: str | None = None


@dataclass(frozen=True, slots=True)
class PublicCase:
    """One failure whose cause was established in a public thread.

    Attributes:
        id: Name of the case within its file.
        url: The thread.
        platform: Where it ran: ``yarn``, ``kubernetes``, ``databricks``, ...; ``unknown`` if not stated.
        spark_version: As given in the thread, or ``unknown``.
        evidence: At least one record.
        root_cause: The truth; ``unknown`` if the records prove nothing.
        family: Family of the truth.
        confidence: ``high``: a maintainer, an accepted answer, a fix or a vendor said so; ``medium``: the reporter or
            the message itself.
        honest_unknown: The records prove nothing: ``unknown`` is the right answer.
        config_repairable: A Spark property repairs it: one of ``remedy_properties``.
        acceptable: Other causes that count as right.
        symptom_only: Causes that only name a consequence: neither right nor wrong.
        remedy_properties: Spark properties that repair it.
        harmful_properties: Spark properties whose change is useless or harmful here.
        properties: Spark properties the application ran with, as far as the thread gives them.
        cause_text: The cause in our own words.
        remedy_text: The remedy in our own words.
        needed_log: What log would reveal an unknown truth.
        split: What the case may be used for; missing in files that are not split.
    """

    id: str
    url: str
    platform: str
    spark_version: str
    evidence: tuple[PublicEvidence, ...]
    root_cause: str
    family: str
    confidence: Literal["high", "medium"]
    honest_unknown: bool = False
    config_repairable: bool = False
    acceptable: tuple[str, ...] = ()
    symptom_only: tuple[str, ...] = ()
    remedy_properties: tuple[str, ...] = ()
    harmful_properties: tuple[str, ...] = ()
    properties: dict[str, str] = field(default_factory=dict)
    cause_text: str = ""
    remedy_text: str = ""
    needed_log: str | None = None
    split: Split | None = None


def read_cases(path: Path, names: Collection[str] | None = None) -> tuple[PublicCase, ...]:
    """Read the cases of a file, in order; other fields are ignored.

    Args:
        path: JSON lines.
        names: Causes that a case may name; ``None`` accepts every name.

    Raises:
        ConfigError: The file is missing, or lines are not cases; names every one as ``file:line``.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: expected a file of cases in JSON lines, got {error}; name another file") from error
    cases: list[PublicCase] = []
    faults: list[str] = []
    line_of: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = msgspec.json.decode(line, type=PublicCase)
        except msgspec.MsgspecError as error:
            faults.append(f"{path}:{number}: {error}")
            continue
        faults += (f"{path}:{number}: {fault}" for fault in _faults(case, names))
        if case.id in line_of:
            faults.append(f"{path}:{number}: expected every id once, {case.id} is also on line {line_of[case.id]}")
        line_of[case.id] = number
        cases.append(case)
    if faults:
        raise ConfigError("\n".join(faults))
    return tuple(cases)


def thread_of(url: str) -> str:
    """Return the thread behind an address, ignoring scheme, fragment and trailing slash."""
    return re.sub(r"^https?://(www\.)?", "", url.split("#", 1)[0].strip().lower()).rstrip("/")


def split_of(url: str) -> Split:
    """Return the split of a thread: 40% train, 25% validation, 35% test, by a hash of its address: nobody chooses.

    A thread that somebody read while mending stands in train whatever its hash says.
    """
    share = int.from_bytes(hashlib.sha256(thread_of(url).encode()).digest()[:8], "big") / 2**64
    if share < _TRAIN_UP_TO:
        return "train"
    return "validation" if share < _VALIDATION_UP_TO else "test"


def _faults(case: PublicCase, names: Collection[str] | None) -> list[str]:
    """Return the contradictions in a case."""
    faults = []
    if not case.evidence:
        faults.append("expected at least one record of evidence, got none")
    if names is not None:
        told = (case.root_cause, *case.acceptable, *case.symptom_only)
        faults += (f"expected a cause of the taxonomy, got {name!r}" for name in told if name not in names)
    if case.root_cause in case.symptom_only:
        faults.append(f"{case.root_cause} cannot be the cause and only a symptom of it")
    if case.honest_unknown and case.root_cause != UNKNOWN:
        faults.append(f"an honest unknown has the cause {UNKNOWN!r}, got {case.root_cause!r}")
    both = sorted({*case.remedy_properties} & {*case.harmful_properties})
    if both:
        faults.append(f"a property repairs or harms, not both: {', '.join(both)}")
    if case.split not in (None, "train", split_of(case.url)):  # what was read for mending may only be trained on
        faults.append(f"the thread belongs to {split_of(case.url)}, not to {case.split}")
    return faults
