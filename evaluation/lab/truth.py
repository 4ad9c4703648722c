"""Ground truth of the lab: what was injected, verified from the logs, and the split that may use it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from sparkwright.errors import ConfigError, SplitCrossedError

Split = Literal["train", "validation", "test"]
Metrics = Literal["default", "full"]
"""How much Spark writes down: its own default settings, or everything it has."""
Enforcer = Literal["spark", "script", "watcher", "time_limit", "slow_node"]
"""What made it happen: Spark and the operating system alone; the job's own script, which kills, stops or deletes; or a
part of the lab that plays a cluster's role."""
NO_FAULT = "none"


class Proof(BaseModel):
    """How often a fault was reproduced, and how often its repair held.

    Attributes:
        unrepaired_count: Unrepaired runs of the fault.
        shown_count: Those that ended as expected and showed the symptom.
        repaired_count: Runs of the same script with the properties that repair it.
        passed_count: Those that succeeded without the symptom.
        no_repair: What else repairs it if no property does; empty if one does.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    unrepaired_count: int
    shown_count: int
    repaired_count: int = 0
    passed_count: int = 0
    no_repair: Literal["", "code", "data", "environment"] = ""

    @property
    def reproduced(self) -> bool:
        """Whether the fault was always reproduced."""
        return self.shown_count == self.unrepaired_count

    @property
    def proven(self) -> bool:
        """Whether the fault was always reproduced, and always removed by its repairing properties."""
        return self.reproduced and self.repaired_count > 0 and self.passed_count == self.repaired_count


class Truth(BaseModel):
    """What really happened in one run.

    Attributes:
        launch_id: Name of the launch; `spark.sparkwright.launchId` of the application.
        app_id: Application id as Spark knows it.
        workload: What was run.
        size: Scale of its input.
        root_cause: Cause in the fixed taxonomy; `none` for a good run.
        variant: The way in which the cause was produced; for histories the workload itself.
        expected_status: How the application was expected to end.
        executor_memory_bytes: Heap of one executor.
        knob: What repairs it: a Spark property, or `code`, `data`, `environment`; empty for a good run.
        split: Which part of training and scoring may use it.
        verified: Always true in a file: an intended failure that the logs do not show is not recorded as truth.
        seen: The piece of the logs that proves the cause.
        metrics: How much evidence Spark was told to write.
        enforced_by: What made it happen; `spark` if no part of the lab was needed.
        repeat: Number of the run within its variant, from 1, counted separately for unrepaired and repaired.
        repaired: Whether it is a fault's script with its repair: a good run, but not one of a recurring workload.
        proof: On the first run of a variant, once its repeats and repaired runs are complete.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    launch_id: str
    app_id: str
    workload: str
    size: str
    root_cause: str
    variant: str
    expected_status: Literal["succeeded", "failed"]
    executor_memory_bytes: int
    knob: str
    split: Split
    verified: bool
    seen: str
    metrics: Metrics = "full"
    enforced_by: Enforcer = "spark"
    repeat: int = 1
    repaired: bool = False
    proof: Proof | None = None


def write_truth(truth: Truth, folder: Path) -> None:
    """Write one file atomically."""
    partial = folder / f".{truth.launch_id}.partial"
    partial.write_text(truth.model_dump_json(indent=1) + "\n", encoding="utf-8")
    partial.rename(folder / f"{truth.launch_id}.json")


def read_truths(campaign: Path, *, purpose: Literal["training", "scoring"], splits: Iterable[Split]) -> list[Truth]:
    """Read the truths of a campaign folder that belong to ``splits``, ordered by launch id.

    Raises:
        SplitCrossedError: ``purpose`` is training and ``splits`` names test.
        ConfigError: The folder has no truths, or one that cannot be read.
    """
    wanted = set(splits)
    if purpose == "training" and "test" in wanted:
        raise SplitCrossedError(
            "expected training to ask for the splits train and validation; it asked for test, for scoring only"
        )
    files = sorted((campaign / "truth").glob("*.json"))
    if not files:
        raise ConfigError(f"expected truth files in {campaign / 'truth'}, found none; run sparkwright lab run")
    return [truth for truth in map(read_truth, files) if truth.split in wanted]


def read_truth(file: Path) -> Truth:
    """Read one truth.

    Raises:
        ConfigError: The file is not a truth.
    """
    try:
        return Truth.model_validate_json(file.read_text(encoding="utf-8"))
    except (ValidationError, json.JSONDecodeError) as error:
        raise ConfigError(f"expected a truth of the lab in {file}: {error}") from error
