"""What the adapter learns from besides scenarios and the lab: known failures, documentation, the taxonomy's words."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from data_contracts.api.diagnosis import EvidenceItem
from sparkwright.diagnosis.cases import Case, Origin
from sparkwright.diagnosis.retrieval.corpus import shipped_documents
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES, UNKNOWN
from training.lora import corpus

_PROPERTY = re.compile(r"spark\.[a-zA-Z0-9.]+")
_DOC_CHARS = 300


def known_cases() -> list[Case]:
    """The training split of the project's collected failures, and lines as the software prints them, with their causes.

    These are the texts that retrieval compares with (``known_cases.jsonl``); no validation or test case is among them.
    """
    return [
        _case(f"known-{number}", one.text, one.cause, "thread")
        for number, one in enumerate(shipped_documents())
        if one.cause in ROOT_CAUSES
    ]


def documentation_cases(pyspark_folder: Path) -> list[Case]:
    """The taxonomy's description of each cause, and Spark's of each property that repairs only one cause.

    Args:
        pyspark_folder: Folder of the installed pyspark, whose classes hold the documentation.
    """
    described = [
        _case(f"taxonomy-{cause.name}", f"{cause.title}. {cause.explanation}", cause.name, "documentation")
        for cause in ROOT_CAUSES.values()
        if cause is not UNKNOWN
    ]
    repaired = [
        (name, cause.name)
        for cause in ROOT_CAUSES.values()
        for name in dict.fromkeys(found for knob in cause.knobs for found in _PROPERTY.findall(knob))
    ]
    times = Counter(name for name, _ in repaired)
    documented = dict(corpus.configuration_docs(pyspark_folder))
    return described + [
        _case(f"property-{name}", f"{name}: {documented[name][:_DOC_CHARS]}", cause, "documentation")
        for name, cause in repaired
        if times[name] == 1 and name in documented
    ]


def learnable(cases: Sequence[Case]) -> list[Case]:
    """The cases of the training split with a known cause: unknown ones teach nothing."""
    return [case for case in cases if case.split == "train" and case.root_cause != UNKNOWN.name]


def fact(text: str, source: str = "") -> EvidenceItem:
    """A text as the only fact of a case."""
    return EvidenceItem(evidence_id="e1", kind="driver_log", source=source, message=text[:4000])


def _case(case_id: str, text: str, cause: str, origin: Origin) -> Case:
    return Case(case_id, (fact(text, origin),), cause, "train", origin)
