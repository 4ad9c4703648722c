"""One forecaster trained on made-up runs, shared by the tests of this room."""

from pathlib import Path

import pytest

from sparkwright.config import load_config
from sparkwright.features.windows import HistoryIndex
from tests.support.simulated_runs import as_table, simulated_runs
from training.temporal.config import TemporalConfig
from training.temporal.split import Split, split_by_time
from training.temporal.train import Trained, train_forecaster

CONFIG = Path(__file__).parents[2] / "training" / "configs" / "temporal.yaml"


@pytest.fixture(scope="session")
def config() -> TemporalConfig:
    small = ["origins=[simulated]", "epochs=8", "hidden_size=24", "context_length=8", "batch_size=64"]
    return load_config(TemporalConfig, CONFIG, small)


@pytest.fixture(scope="session")
def index() -> HistoryIndex:
    return HistoryIndex(as_table(simulated_runs(workload_count=20, runs_each=25, seed=11)))


@pytest.fixture(scope="session")
def split(index: HistoryIndex) -> Split:
    return split_by_time(index, train_ratio=0.7, calibrate_ratio=0.15, held_out_ratio=0.3, min_run_count=40)


@pytest.fixture(scope="session")
def trained(index: HistoryIndex, split: Split, config: TemporalConfig) -> Trained:
    return train_forecaster(index, split, config, {"runs": 5}, lambda number, metrics: None)
