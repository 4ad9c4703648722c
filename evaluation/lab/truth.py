"""Ground truth of the lab: what was injected, verified from the logs, and which split may see it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from sparkwright.errors import ConfigError, SplitCrossedError

Split = Literal["train", "validation", "test"]
NO_FAULT = "none"


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
    truths = []
    for file in files:
        try:
            truths.append(Truth.model_validate_json(file.read_text(encoding="utf-8")))
        except (ValidationError, json.JSONDecodeError) as error:
            raise ConfigError(f"expected a truth of the lab in {file}: {error}") from error
    return [truth for truth in truths if truth.split in wanted]
