"""A whole fine-tuning that takes seconds: a model so small that it learns nothing, made and registered for real."""

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.running_service import installation

CAMPAIGN = Path(__file__).parent / "fixtures" / "campaign"
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
class Tuned:
    """An installation in which one troubleshooter is registered."""

    home: Path
    version: str
    folder: Path
    run_id: str


@cache
def tuned_troubleshooter() -> Tuned:
    """An installation in which `sparkwright finetune` ran over the recorded campaign; made once for all rooms."""
    from rich.progress import Progress

    from sparkwright.config import load_config
    from sparkwright.history.harvest import harvest
    from sparkwright.lake import Lake
    from sparkwright.registry import models, tracking
    from training.lora.config import FinetuneConfig
    from training.lora.train import finetune

    work = Path(tempfile.mkdtemp(prefix="sparkwright-tuned-"))
    atexit.register(shutil.rmtree, work, ignore_errors=True)
    shipped = Path(__file__).parents[1] / "training" / "configs" / "lora.yaml"
    config = load_config(FinetuneConfig, shipped, [f"{key}={value}" for key, value in TINY.items()])
    with installation(work / "home") as where:
        harvest(CAMPAIGN / "eventlogs", CAMPAIGN / "drivers", Lake(where.lake_uri))
        with Progress(disable=True) as progress:
            made = finetune(config, where, CAMPAIGN / "truth", progress)
        folder = models.download(tracking.connect(where), models.TROUBLESHOOTER, made.version)
    return Tuned(work / "home", made.version, folder, made.run_id)
