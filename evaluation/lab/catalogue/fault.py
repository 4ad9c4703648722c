"""What the lab knows about one fault before it happens."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from evaluation.lab.host import Host
from evaluation.lab.symptom import Symptom
from evaluation.lab.truth import Enforcer, Split

SCRIPTS = Path(__file__).resolve().parents[1] / "faults"


@dataclass(frozen=True, slots=True)
class Fault:
    """One variant of one root cause.

    Attributes:
        root_cause: Cause in the fixed taxonomy.
        script: Name of the file in ``faults/``; takes ``variant`` and the input folder.
        variant: Which part of the script.
        split: The only split that this variant belongs to.
        knob: What repairs it: a Spark property, or ``code``, ``data``, ``environment``.
        symptom: What the logs must show for the cause to count as having happened.
        inputs: Kind of input.
        scale: Scale of the input.
        executor_memory_mib: Heap of one executor.
        executors_count: One executor of two cores, or two of one core: needed if one executor must outlive the other,
            or if one task alone must fill a heap.
        properties: Spark properties in addition to those of every run.
        repair: Spark properties that repair it, on top of the others; empty if no property does.
        expected_status: How the application must end.
        host: What the application runs on.
        enforced_by: What part of the lab makes it happen, if Spark alone does not.
        own_submit: Whether every run needs its own spark-submit, because it ends the driver or changes its JVM.
        limit_s: When the lab stops an unrepaired run; None for the campaign's limit, which always applies to repaired
            runs.
    """

    root_cause: str
    script: str
    variant: str
    split: Split
    knob: str
    symptom: Symptom
    inputs: str = "tpch"
    scale: float = 0.05
    executor_memory_mib: int = 640
    executors_count: Literal[1, 2] = 1
    properties: dict[str, str] = field(default_factory=dict)
    repair: dict[str, str] = field(default_factory=dict)
    expected_status: Literal["succeeded", "failed"] = "failed"
    host: Host = "cluster"
    enforced_by: Enforcer = "spark"
    own_submit: bool = False
    limit_s: float | None = None

    @property
    def path(self) -> Path:
        """The script for spark-submit."""
        return SCRIPTS / f"{self.script}.py"
