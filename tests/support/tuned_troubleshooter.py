"""A whole fine-tuning that takes seconds: a model so small that it learns nothing, made and registered for real."""

import argparse
import atexit
import contextlib
import io
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.running_service import installation

CAMPAIGN = Path(__file__).parents[1] / "fixtures" / "campaign"
TINY = {
    "base_model": "starter",
    "starter.vocab_size": 600,
    "starter.hidden_size": 64,
    "starter.intermediate_size": 64,
    "starter.layers": 1,
    "starter.attention_heads": 1,
    "starter.readings": 64,
    "starter.read_tokens": 48,
    "pairs.variants_per_scenario": 1,
    "pairs.variants_per_condition": 0,
    "lora.train_tokens": 12000,
    "lora.batch_size": 16,
    "lora.learning_rate": 0.004,
}


@dataclass(frozen=True)
class Tuned:
    """An installation in which one troubleshooter is registered."""

    home: Path
    version: str
    folder: Path
    run_id: str
    printed: str


@cache
def tuned_troubleshooter() -> Tuned:
    """An installation in which `sparkwright finetune` ran over the recorded campaign; made once for all rooms."""
    from sparkwright.history.harvest.incremental import harvest
    from sparkwright.lake import Lake
    from sparkwright.registry import models, releases, tracking
    from training.lora.args import finetune_arguments, finetune_run

    work = Path(tempfile.mkdtemp(prefix="sparkwright-tuned-"))
    atexit.register(shutil.rmtree, work, ignore_errors=True)
    parser = argparse.ArgumentParser()
    finetune_arguments(parser)
    words = [f"--set={key}={value}" for key, value in TINY.items()]
    with installation(work / "home") as where:
        harvest(CAMPAIGN / "eventlogs", None, Lake(where.lake_uri))
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            finetune_run(parser.parse_args([*words, f"--truth={CAMPAIGN / 'truth'}"]))
        client = tracking.connect(where)
        proposed = releases.by_alias(client, "challenger")
        assert proposed is not None
        version = proposed.troubleshooter_version
        folder = models.download(client, models.TROUBLESHOOTER, version)
        run_id = client.get_model_version(models.TROUBLESHOOTER, version).run_id
    return Tuned(work / "home", version, folder, run_id, printed.getvalue())
