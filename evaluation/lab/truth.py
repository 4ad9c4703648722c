"""Ground truth of the lab: what was injected, verified from the logs, and which split may see it."""

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
    """How often a fault was made again, and how often its repair held.

    Attributes:
        unrepaired_count: Runs of the fault as it is.
        shown_count: Those of them that ended as expected and showed the symptom.
        repaired_count: Runs of the same script with the properties that repair it.
        passed_count: Those of them that succeeded without the symptom.
        no_repair: Where the repair lies if no property does it; empty where one does.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    unrepaired_count: int
    shown_count: int
    repaired_count: int = 0
    passed_count: int = 0
    no_repair: Literal["", "code", "data", "environment"] = ""

    @property
    def reproduced(self) -> bool:
        """Whether the fault came every time."""
        return self.shown_count == self.unrepaired_count

    @property
    def proven(self) -> bool:
        """Whether the fault came every time and went every time that a property repaired it."""
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
        expected_status: How the application had to end.
        executor_memory_bytes: Heap of one executor.
        knob: What repairs it: a Spark property, or `code`, `data`, `environment`; empty for a good run.
        split: Which part of training and scoring may see it.
        verified: Always true in a file: an intended failure that the logs do not show is not written as truth.
        seen: The piece of the logs that proves the cause.
        metrics: How much evidence Spark was told to write.
        enforced_by: What made it happen; `spark` where nothing of the lab's had to.
        repeat: Which run of its variant it is, from 1, unrepaired and repaired apart.
        repaired: A fault's script under the properties that repair it: a good run, but no run of a recurring workload.
        proof: On the first run of a variant, once its repeats and repaired runs are in.
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
    """Writes one file, whole or not at all."""
    partial = folder / f".{truth.launch_id}.partial"
    partial.write_text(truth.model_dump_json(indent=1) + "\n", encoding="utf-8")
    partial.rename(folder / f"{truth.launch_id}.json")


def read_truths(campaign: Path, *, purpose: Literal["training", "scoring"], splits: Iterable[Split]) -> list[Truth]:
    """The truths of a campaign folder that belong to ``splits``, in the order of their launch ids.

    Raises:
        SplitCrossedError: ``purpose`` is training and ``splits`` names test.
        ConfigError: The folder holds no truths, or one that is not readable.
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
    """One truth.

    Raises:
        ConfigError: The file is none.
    """
    try:
        return Truth.model_validate_json(file.read_text(encoding="utf-8"))
    except (ValidationError, json.JSONDecodeError) as error:
        raise ConfigError(f"expected a truth of the lab in {file}: {error}") from error
