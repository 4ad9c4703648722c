"""Configuration of ``sparkwright train``: the schema of ``training/configs/temporal.yaml``."""

import math
from typing import Literal

from pydantic import Field, field_validator, model_validator

from sparkwright.config import Config
from sparkwright.errors import ConfigError
from sparkwright.features.submissions import check_region
from sparkwright.forecast.levels import check_levels
from sparkwright.forecast.scorer import MAX_LEAVES


class TemporalConfig(Config):
    """Settings for training the forecaster."""

    origins: tuple[Literal["cluster", "lab", "simulated"], ...] = Field(
        min_length=1, description="Origins of the runs to learn from."
    )
    min_run_count: int = Field(ge=20, description="Minimum number of usable runs; training refuses fewer.")
    train_ratio: float = Field(gt=0, lt=1, description="Oldest share of the runs, to fit on.")
    calibrate_ratio: float = Field(gt=0, lt=1, description="The next share, to stop, blend and calibrate on.")
    held_out_ratio: float = Field(ge=0, lt=0.5, description="Share of workloads held out, to measure cold starts.")

    region: str = Field(description="Region of the holidays: a country (DE), a part of it (DE-BY), or none.")
    context_length: int = Field(ge=1, le=256, description="Number of past runs of a workload to use.")
    network_length: int = Field(ge=1, le=256, description="How many of the newest the network reads one by one.")
    quantiles: tuple[float, ...] = Field(description="Levels, symmetric around 0.5, with 0.1 and 0.9.")
    hidden_size: int = Field(ge=4, le=1024, description="Width of the network.")
    dropout: float = Field(ge=0, lt=1, description="Dropout on the summary in training.")

    epochs: int = Field(ge=1, description="Maximum number of epochs; metrics are logged after each.")
    patience: int = Field(ge=1, description="Epochs, or trees, without a better loss after which fitting stops.")
    steps_per_epoch: int = Field(ge=1, description="Batches per epoch for a small fleet.")
    passes: float = Field(gt=0, description="How often all epochs together show each run of a large fleet.")
    max_steps_per_epoch: int = Field(ge=1, description="Maximum batches per epoch.")
    batch_size: int = Field(ge=1, description="Runs in a batch.")
    learning_rate: float = Field(gt=0, description="Peak of the cosine schedule.")
    weight_decay: float = Field(ge=0, description="AdamW's decay, on weight matrices only.")
    cold_ratio: float = Field(ge=0, le=1, description="Share of the training runs shown without a past.")
    told_ratio: float = Field(ge=0, le=1, description="Share of them shown with the size of their input.")
    risk_weight: float = Field(ge=0, description="Weight of the memory likelihood relative to the pinball loss.")

    tree_rounds: int = Field(ge=1, description="Maximum trees of a booster.")
    tree_learning_rate: float = Field(gt=0, le=1, description="How much of the error each tree corrects.")
    tree_leaves: int = Field(ge=2, le=MAX_LEAVES, description="Leaves of a tree.")
    tree_run_count: int = Field(ge=1, description="Maximum runs to fit boosters on, evenly spread over time.")

    prior_workload_count: int = Field(ge=1, description="Maximum workloads to fit the prior of need on.")
    prior_run_count: int = Field(ge=1, description="Maximum number of their first runs to use.")

    seed: int = Field(ge=0, description="Seed of all random numbers.")
    threads: int = Field(ge=1, description="CPU threads.")
    accelerator: Literal["auto", "cpu", "gpu"] = Field(description="auto uses a GPU if there is one.")

    @field_validator("quantiles")
    @classmethod
    def _usable_levels(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        check_levels(levels)
        return levels

    @field_validator("region")
    @classmethod
    def _known_region(cls, region: str) -> str:
        try:
            check_region(region)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return region

    def steps(self, run_count: int) -> int:
        """Batches per epoch for ``run_count`` training runs."""
        wanted = math.ceil(self.passes * run_count / (self.batch_size * self.epochs))
        return max(self.steps_per_epoch, min(wanted, self.max_steps_per_epoch))

    @model_validator(mode="after")
    def _leaves_runs_to_test(self) -> "TemporalConfig":
        if self.train_ratio + self.calibrate_ratio >= 1:
            raise ValueError("expected train_ratio + calibrate_ratio below 1: the rest is what the model is tested on")
        return self
