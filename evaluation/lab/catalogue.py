"""The faults of the lab: how each is made, what proves that it happened, what repairs it, which split it belongs to."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from evaluation.lab.observation import HEAP_OOM
from evaluation.lab.truth import Split

FAULTS = Path(__file__).with_name("faults")


@dataclass(frozen=True, slots=True)
class Fault:
    """One variant of one root cause.

    Attributes:
        root_cause: Cause in the fixed taxonomy.
        script: For spark-submit; takes the variant's function and the input folder.
        function: Which part of the script.
        proof: What the logs must say for the cause to count as having happened.
        knob: What repairs it: a Spark property, or ``code``, ``data``, ``environment``.
        split: Where this variant belongs, wholly.
        inputs: Kind of input.
        scale: Scale of the input.
        executor_memory_mib: Heap of one executor.
        properties: Spark properties beside those of every run.
        expected_status: How the application has to end.
    """

    root_cause: str
    script: Path
    function: str
    proof: re.Pattern[str]
    knob: str
    split: Split
    inputs: str = "tpch"
    scale: float = 0.05
    executor_memory_mib: int = 640
    properties: dict[str, str] = field(default_factory=dict)
    expected_status: Literal["succeeded", "failed"] = "failed"


CATALOGUE: dict[str, Fault] = {
    "heap_collect_list": Fault(
        "executor_heap_oom", FAULTS / "heap.py", "collect_list", HEAP_OOM, "spark.executor.memory", "train", "clicks"
    ),
    "missing_parquet": Fault(
        "missing_input_path", FAULTS / "missing_path.py", "parquet", re.compile("PATH_NOT_FOUND"), "data", "train"
    ),
}
