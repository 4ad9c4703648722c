"""The command `sparkwright finetune`."""

import argparse
from pathlib import Path

_CONFIG = Path(__file__).parent.parent / "configs" / "lora.yaml"


def finetune_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `sparkwright finetune`."""
    parser.add_argument("--config", type=Path, default=_CONFIG, help="what to train (default: %(default)s)")
    parser.add_argument(
        "--set",
        dest="overrides",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override one value of the configuration, such as --set base_model=Qwen/Qwen2.5-0.5B-Instruct",
    )
    parser.add_argument(
        "--truth",
        type=Path,
        help="folder of what the lab injected (default: `truth` beside SPARKWRIGHT_EVENT_LOG_DIR)",
    )


def finetune_run(args: argparse.Namespace) -> int:
    """Fine-tune, register and propose; print the result as a table.

    Raises:
        ConfigError: The configuration is wrong, or ``--truth`` is not a folder.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn

    from data_contracts.tables import Evidence
    from sparkwright.config import load_config
    from sparkwright.errors import ConfigError
    from sparkwright.lake import Lake
    from sparkwright.progress import AnnouncedProgress
    from sparkwright.registry.reach import refuse_unreachable
    from sparkwright.settings import settings
    from sparkwright.stores import folder_beside
    from training.lora.config import FinetuneConfig

    config = load_config(FinetuneConfig, args.config, args.overrides)
    if args.truth and not args.truth.is_dir():
        raise ConfigError(
            f"expected --truth with a folder of the lab's truths, there is none at {args.truth}: "
            "give the `truth` folder of a campaign, or omit --truth"
        )
    where = settings()
    refuse_unreachable(where)
    where.make_home()
    truth_dir = args.truth or folder_beside(where.event_log_dir, where.home) / "truth"
    notes = Console(stderr=True)
    if not truth_dir.is_dir() and not Lake(where.lake_uri).exists(Evidence):
        notes.print(
            f"no evidence in the lake {where.lake_uri} (`sparkwright harvest` fills it) and no truth in {truth_dir}: "
            "learning only from scenarios, known failures and Spark's own texts, which takes minutes",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with AnnouncedProgress(*columns, console=notes) as progress:
        loading = progress.add_task("loading torch, transformers and peft", total=1)
        from training.lora.train import finetune

        progress.update(loading, completed=1)
        made = finetune(config, where, truth_dir, progress)
    from rich.table import Table

    table = Table("cases", "adviser", "count", "accuracy", "macro-F1", "valid JSON", title="root causes")
    for split, scores in made.described.scores.items():
        for adviser, figures in (("model", scores.model), ("rules", scores.rules)):
            table.add_row(
                split,
                adviser,
                str(figures.case_count),
                f"{figures.accuracy:.3f}",
                f"{figures.macro_f1:.3f}",
                f"{figures.valid_json_share:.3f}",
            )
    console = Console()
    console.print(table)
    decides = "model" if made.described.prefer == "llm" else "rules"
    console.print(f"where the two differ, the {decides} decide{'s' if decides == 'model' else ''}")
    # Not through rich, which would wrap the line: a DAG takes its last word.
    print(f"troubleshooter version {made.version} ({config.base_model}), proposed in release {made.release.version}")
    return 0
