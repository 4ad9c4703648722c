"""What the lab knows about one fault before it happens."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from evaluation.lab.truth import Split

SCRIPTS = Path(__file__).resolve().parents[1] / "faults"


@dataclass(frozen=True, slots=True)
class Fault:
    """One variant of one root cause.

    Attributes:
        root_cause: Cause in the fixed taxonomy.
        script: Name of the file in ``faults/``; takes ``variant`` and the input folder.
        variant: Which part of the script.
        split: Where this variant belongs, wholly.
        knob: What repairs it: a Spark property, or ``code``, ``data``, ``environment``.
        proof: What the logs must say for the cause to count as having happened.
        inputs: Kind of input.
        scale: Scale of the input.
        executor_memory_mib: Heap of one executor.
        properties: Spark properties beside those of every run.
        expected_status: How the application has to end.
    """

    root_cause: str
    script: str
    variant: str
    split: Split
    knob: str
    proof: re.Pattern[str]
    inputs: str = "tpch"
    scale: float = 0.05
    executor_memory_mib: int = 640
    properties: dict[str, str] = field(default_factory=dict)
    expected_status: Literal["succeeded", "failed"] = "failed"

    @property
    def path(self) -> Path:
        """The script for spark-submit."""
        return SCRIPTS / f"{self.script}.py"
