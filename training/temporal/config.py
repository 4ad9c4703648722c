"""What ``sparkwright train`` can be told: ``training/configs/temporal.yaml`` laid under ``--set`` overrides."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from sparkwright.config import Config
from sparkwright.forecast.levels import check_levels


class TemporalConfig(Config):
    """Settings of the forecaster's training."""

    origins: tuple[Literal["cluster", "lab", "simulated"], ...] = Field(
        min_length=1, description="Origins of the runs to learn from."
    )
    least_run_count: int = Field(ge=20, description="With fewer usable runs training refuses.")
    train_ratio: float = Field(gt=0, lt=1, description="Oldest share of the runs, to fit the network on.")
    calibrate_ratio: float = Field(gt=0, lt=1, description="The share after it, to calibrate intervals on.")
    held_out_ratio: float = Field(ge=0, lt=0.5, description="Share of the workloads kept out, to measure cold starts.")

    context_length: int = Field(ge=1, le=256, description="Past runs of a workload the network looks at.")
    quantiles: tuple[float, ...] = Field(description="Levels, symmetric around 0.5, with 0.1 and 0.9.")
    hidden_size: int = Field(ge=4, le=1024, description="Width of the network.")
    dropout: float = Field(ge=0, lt=1, description="Share of the summary dropped in training.")

    epochs: int = Field(ge=1, description="Rounds; metrics are logged after each.")
    patience: int = Field(ge=1, description="Rounds without a better calibration loss after which training stops.")
    steps_per_epoch: int = Field(ge=1, description="Batches a round has.")
    batch_size: int = Field(ge=1, description="Runs in a batch.")
    learning_rate: float = Field(gt=0, description="Highest rate of the cosine schedule.")
    weight_decay: float = Field(ge=0, description="AdamW's decay of the weight matrices.")
    cold_ratio: float = Field(ge=0, le=1, description="Share of the training runs shown without any past.")
    risk_weight: float = Field(ge=0, description="Weight of the memory likelihood beside the pinball loss.")
    seed: int = Field(ge=0, description="Seed of everything random.")
    threads: int = Field(ge=1, description="CPU threads.")
    accelerator: Literal["auto", "cpu", "gpu"] = Field(description="auto takes a GPU where there is one.")

    @field_validator("quantiles")
    @classmethod
    def _usable_levels(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        check_levels(levels)
        return levels

    @model_validator(mode="after")
    def _leaves_runs_to_test(self) -> "TemporalConfig":
        if self.train_ratio + self.calibrate_ratio >= 1:
            raise ValueError("expected train_ratio + calibrate_ratio below 1: the rest is what the model is tested on")
        return self
