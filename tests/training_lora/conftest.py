"""A whole fine-tuning that takes seconds: a model so small that it learns nothing, made and registered for real."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sparkwright.settings import Settings
from tests.running_service import installation

TINY = {
    "starter.vocab_size": 600,
    "starter.hidden_size": 64,
    "starter.intermediate_size": 64,
    "starter.layers": 1,
    "starter.attention_heads": 1,
    "starter.readings": 64,
    "starter.read_tokens": 48,
    "pairs.variants_per_scenario": 1,
    "pairs.variants_per_condition": 0,
    "lora.epochs": 1,
}


@dataclass(frozen=True)
class Installed:
    """An installation with one registered troubleshooter."""

    where: Settings
    version: str
    folder: Path
    run_id: str


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """An installation in which `sparkwright finetune` ran, scored on the recorded campaign, too."""
    from rich.progress import Progress

    from sparkwright.config import load_config
    from sparkwright.history.harvest import harvest
    from sparkwright.lake import Lake
    from sparkwright.registry import models, tracking
    from training.lora.config import FinetuneConfig
    from training.lora.train import finetune

    campaign = Path(__file__).parents[1] / "fixtures" / "campaign"
    shipped = Path(__file__).parents[2] / "training" / "configs" / "lora.yaml"
    config = load_config(FinetuneConfig, shipped, [f"{key}={value}" for key, value in TINY.items()])
    with installation(tmp_path_factory.mktemp("tuned") / "home") as where:
        harvest(campaign / "eventlogs", campaign / "drivers", Lake(where.lake_uri))
        with Progress(disable=True) as progress:
            made = finetune(config, where, campaign / "truth", progress)
        folder = models.download(tracking.connect(where), models.TROUBLESHOOTER, made.version)
        yield Installed(where, made.version, folder, made.run_id)
