"""`sparkwright finetune`: from evidence to a registered troubleshooter, proposed as challenger."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress
from transformers.utils.logging import disable_progress_bar

from data_contracts.tables import Evidence
from sparkwright.diagnosis import scoring
from sparkwright.diagnosis.cases import Case, Split, lab_cases
from sparkwright.diagnosis.choosing import CandidateCauses, CauseChooser
from sparkwright.diagnosis.confirmed import confirmed_cases
from sparkwright.diagnosis.prompt import DEFAULT_MAX_CHARS
from sparkwright.diagnosis.version import BASE, SplitScores, TroubleshooterVersion
from sparkwright.lake import Lake
from sparkwright.llm.base import PACKAGED, base_source, check_base
from sparkwright.llm.in_process import InProcessModel
from sparkwright.registry import models, releases, tracking
from sparkwright.settings import Settings
from training.lora import adapter, checked_data, corpus, pairs, report, sources
from training.lora.checkpoint import checkpoint_of
from training.lora.config import STARTER, FinetuneConfig
from training.lora.sampling import examples_for
from training.lora.starter_base import build_starter, starter_folder

_VALIDATION: Split = "validation"
_TEST: Split = "test"


@dataclass(frozen=True, slots=True)
class Finetuned:
    """The result of a fine-tuning.

    Attributes:
        version: Version of the registered troubleshooter.
        release: The challenger that contains it.
        described: How it scored and how it must be asked.
        run_id: Its MLflow run.
    """

    version: str
    release: releases.Release
    described: TroubleshooterVersion
    run_id: str


def finetune(config: FinetuneConfig, where: Settings, truth_dir: Path, progress: Progress) -> Finetuned:
    """Train, score and register a troubleshooter; propose a release with it.

    Args:
        config: What to train.
        where: Lake, registry and cache.
        truth_dir: Folder of what the lab injected; if it does not exist, no failures of the lab are learned.
        progress: Shows each step.

    Raises:
        SparkwrightError: The base model, the truth or the registry is not as expected.
        CheckFailed: The cases break their contract.
    """
    # transformers' own progress bars would break ours.
    disable_progress_bar()
    lake = Lake(where.lake_uri)
    data = checked_data.checked(_cases(config, [*lab_cases(truth_dir, lake), *confirmed_cases(lake)]))
    cases = data.cases
    tables = {Evidence.table: lake.version(Evidence)} if lake.exists(Evidence) else {}
    client = tracking.connect(where)
    with tracking.training_run(client, "troubleshooter", report.parameters(config, cases), tables) as run:
        run.log_text(checked_data.data_card(data, config), "data_card.md")
        run.log_text("\n".join(map(json.dumps, data.table.to_pylist())) + "\n", "training_cases.jsonl")
        starter = _starter(config, where, run, progress) if config.base_model == STARTER else None
        base = adapter.load_base(str(starter or _base(config.base_model, where, progress)))
        examples = examples_for(
            base.tokenizer,
            sources.learnable(cases),
            pairs.noise_items(config.seed),
            config.pairs,
            config.lora.train_tokens,
            config.lora.batch_size,
            config.seed,
        )
        run.log_metrics(
            {"examples": float(len(examples)), "train_tokens": float(sum(len(one.ids) for one in examples))}
        )
        bar = progress.add_task("LoRA adapter", total=None)

        def on_step(step: int, steps: int, loss: float) -> None:
            run.log_metrics({"lora_loss": loss}, step=step)
            progress.update(bar, completed=step + 1, total=steps)

        checkpoint = checkpoint_of(
            where.home, config.model_dump_json(), (one.ids for one in examples), config.lora.checkpoint_steps
        )
        tuned, losses = adapter.train_adapter(base, examples, config.lora, config.seed, on_step, checkpoint)
        engine = CauseChooser(
            InProcessModel(tuned, base.tokenizer, config.pairs.prompt_tokens, config.answer_limit_s),
            config.pairs.prompt_chars,
            candidates=CandidateCauses(),
        )
        scores = _scores(engine, cases, progress)
        described = TroubleshooterVersion(
            form="choice",
            base_model=BASE if starter else config.base_model,
            prompt_chars=config.pairs.prompt_chars,
            prompt_tokens=config.pairs.prompt_tokens,
            # Decided without the test cases.
            prefer=scoring.preferred(scores[_VALIDATION].model, scores[_VALIDATION].rules),
            scores=scores,
        )
        card = report.model_card(config, described)
        report.log(run, described, losses, card)
        with tempfile.TemporaryDirectory() as work:
            folder = Path(work) / models.TROUBLESHOOTER
            folder.mkdir()
            adapter.write_version_folder(folder, tuned, base, starter, described)
            (folder / "README.md").write_text(card, encoding="utf-8")
            tags = {"base_model": config.base_model, "prefer": described.prefer}
            made = models.register_folder(client, models.TROUBLESHOOTER, run.run_id, folder, tags)
        checkpoint.remove()
        release = releases.propose(client, troubleshooter_version=made)
    return Finetuned(made, release, described, run.run_id)


def _cases(config: FinetuneConfig, from_lake: Sequence[Case]) -> list[Case]:
    """All cases to learn from and to score on."""
    settings, spark = config.pairs, corpus.pyspark_folder()
    made = [
        *pairs.scenario_cases("train", settings.variants_per_scenario, settings.noise_share, config.seed),
        *pairs.condition_cases(corpus.error_conditions(spark), settings.variants_per_condition, config.seed),
        *sources.known_cases(),
        *sources.documentation_cases(spark),
    ]
    for split in (_VALIDATION, _TEST):
        made += pairs.scenario_cases(split, settings.held_out_variants, settings.noise_share, config.seed)
    return [*made, *from_lake]


def _base(name: str, where: Settings, progress: Progress) -> str:
    """Where to load the base from; the packaged one is converted first if that was never done in this home."""
    bar = progress.add_task(f"base model {name}", total=1)
    source = base_source(name, where.home, lambda told: progress.update(bar, description=told))
    if name == PACKAGED:
        check_base(Path(source), whole=True)
    progress.update(bar, description=f"base model {name}", completed=1)
    return source


def _starter(config: FinetuneConfig, where: Settings, run: tracking.TrainingRun, progress: Progress) -> Path:
    """The folder of the starter base, built if this recipe was never built here."""
    folder = starter_folder(where.home, config.starter, config.seed)
    bar = progress.add_task("starter base", total=None)
    if not folder.exists():

        def on_step(step: int, steps: int, loss: float) -> None:
            run.log_metrics({"starter_loss": loss}, step=step)
            progress.update(bar, completed=step + 1, total=steps)

        build_starter(folder, config.starter, config.seed, on_step)
    else:
        progress.update(bar, description="starter base (cached)", total=1, completed=1)
    return folder


def _scores(engine: CauseChooser, cases: Sequence[Case], progress: Progress) -> dict[str, SplitScores]:
    """Score model and rules on validation and test cases, and separately on the lab's test cases."""
    groups = {
        _VALIDATION: [case for case in cases if case.split == _VALIDATION],
        _TEST: [case for case in cases if case.split == _TEST and case.origin == "scenario"],
        "test_lab": [case for case in cases if case.split == _TEST and case.origin == "lab"],
    }
    bar = progress.add_task("scoring", total=sum(map(len, groups.values())))
    return {
        name: SplitScores(
            model=scoring.evaluate_engine(engine, group, DEFAULT_MAX_CHARS, on_case=lambda: progress.advance(bar)),
            rules=scoring.evaluate_rules(group),
        )
        for name, group in groups.items()
        if group
    }
