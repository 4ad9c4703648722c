"""Failures with a known root cause: what troubleshooters learn from and are scored on."""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from data_contracts.api.diagnosis import EvidenceItem
from data_contracts.tables import Evidence
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES
from sparkwright.errors import LakeError
from sparkwright.held_out import refuse_held_out
from sparkwright.lake import Lake

Split = Literal["train", "validation", "test"]
Origin = Literal["lab", "scenario", "site", "thread", "condition", "documentation"]
_ITEM_COLUMNS = tuple(EvidenceItem.model_fields)
_TRUTH_NAMES = ("app_id", "root_cause", "split", "workload")
_FINER = {"corrupt_records": "malformed_record", "fetch_files_corrupt": "shuffle_data_corruption"}
"""Variants of the lab for which the taxonomy has a finer name than the fault that they are variants of."""


@dataclass(frozen=True, slots=True)
class Case:
    """One failure.

    Attributes:
        case_id: The application's id, or the scenario's name and number.
        items: Its facts.
        root_cause: The truth.
        split: What it may be used for.
        origin: `lab`: a real failed application; `scenario`: written after real ones; `site`: confirmed by its people;
            `thread`: of a public thread, or a line as the software prints it; `condition`: an error condition of Spark;
            `documentation`: of a property of Spark, or of the taxonomy.
        cited: Evidence ids the diagnosis should rest on; empty where nobody knows.
    """

    case_id: str
    items: tuple[EvidenceItem, ...]
    root_cause: str
    split: Split
    origin: Origin
    cited: tuple[str, ...] = ()


def finer_cause(variant: str, root_cause: str) -> str:
    """The taxonomy's name of what a variant of the lab makes; it may be finer than the lab's own ``root_cause``."""
    return _FINER.get(variant, root_cause)


def lab_cases(truth_dir: Path, lake: Lake) -> list[Case]:
    """The failures of a lab campaign whose evidence is in the lake, in the order of their application ids.

    Args:
        truth_dir: Holds what the lab injected: one JSON file per launch. A folder that is not there has no cases.
        lake: The harvested campaign; an application without evidence is no case.

    Raises:
        LakeError: A truth file is none.
        SplitCrossedError: A truth lets training see what is only scored on.
    """
    if not truth_dir.is_dir() or not lake.exists(Evidence):
        return []
    facts: dict[str, list[EvidenceItem]] = defaultdict(list)
    for row in lake.read(Evidence, columns=["app_id", *_ITEM_COLUMNS]).to_pylist():
        facts[row.pop("app_id")].append(EvidenceItem.model_validate(row))
    cases = []
    for path in sorted(truth_dir.glob("*.json")):
        try:
            truth = json.loads(path.read_text(encoding="utf-8"))
            app_id, root_cause, split, workload = (truth[name] for name in _TRUTH_NAMES)
        except (ValueError, KeyError, TypeError) as error:
            raise LakeError(f"expected {', '.join(_TRUTH_NAMES)} in the lab's truth {path}: {error!r}") from error
        if split != "test":
            refuse_held_out([workload], f"the truth {path.name} of split {split}")
        root_cause = finer_cause(truth.get("variant", ""), root_cause)
        if root_cause in ROOT_CAUSES and app_id in facts:
            items = sorted(facts[app_id], key=lambda item: (len(item.evidence_id), item.evidence_id))
            cases.append(Case(app_id, tuple(items), root_cause, split, "lab"))
    return sorted(cases, key=lambda case: case.case_id)
