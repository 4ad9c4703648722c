"""What fine-tuning logs to MLflow: parameters, metrics, plots and the model card."""

from collections import Counter
from collections.abc import Sequence

from matplotlib.figure import Figure

from sparkwright.diagnosis.cases import Case
from sparkwright.diagnosis.scoring import DiagnosisReport
from sparkwright.diagnosis.version import TroubleshooterVersion
from sparkwright.llm.base import PACKAGED
from sparkwright.registry.tracking import TrainingRun
from training.lora.config import STARTER, FinetuneConfig

_SCORES = ("accuracy", "macro_f1", "valid_json_share", "citation_share", "cited_right_share")

_STARTER_LIMITS = """\
The base is the **starter**: a {layers}-layer, {width}-wide language model that was built on the spot. It has read only
the taxonomy's own descriptions, among lines of the error conditions, configuration documentation and docstrings of the
installed pyspark.

* It can: say which of a few retrieved root causes is the most likely for evidence that shares words with its training
  pairs. How often it is right is shown below, beside the rules.
* It cannot: converse, explain, reason about code or configuration, or be trusted with wordings and platforms that it
  never saw. It shows, in tests, that the whole path works.
"""
_OTHER_LIMITS = """\
The base is `{base}`. Its licence and limits are its own{card}; the adapter is only as good as the scores below. It says
which of at most ten retrieved causes is the most likely; it writes no text, and code cites the facts.
"""
_PACKAGED_CARD = " (SmolLM2-135M-Instruct: Apache-2.0, with the noise of 4 bits; its card lies beside it in the home)"


def parameters(config: FinetuneConfig, cases: Sequence[Case]) -> dict[str, object]:
    """The configuration as flat keys, and the number of cases by split and origin."""
    flat: dict[str, object] = {"base_model": config.base_model, "seed": config.seed}
    groups = {"pairs": config.pairs, "lora": config.lora}
    if config.base_model == STARTER:
        groups["starter"] = config.starter
    for name, group in groups.items():
        flat |= {f"{name}.{key}": value for key, value in group.model_dump().items()}
    counts = Counter((case.split, case.origin) for case in cases)
    return flat | {f"cases.{split}.{origin}": count for (split, origin), count in sorted(counts.items())}


def log(run: TrainingRun, described: TroubleshooterVersion, losses: Sequence[float], card: str) -> None:
    """Log metrics, plots and the card."""
    for split, scores in described.scores.items():
        for adviser, figures in (("model", scores.model), ("rules", scores.rules)):
            run.log_metrics({f"{split}.{adviser}.{name}": getattr(figures, name) for name in _SCORES})
    run.log_figure(_loss_curve(losses), "lora_loss.png")
    for split, scores in described.scores.items():
        run.log_figure(_by_cause(scores.model, scores.rules, split), f"f1_{split}.png")
    run.log_text(card, "model_card.md")
    run.log_text(described.model_dump_json(indent=2), "scores.json")


def model_card(config: FinetuneConfig, described: TroubleshooterVersion) -> str:
    """The model card in Markdown: what the model is, what it cannot do, how it scored beside the rules."""
    if config.base_model == STARTER:
        limits = _STARTER_LIMITS.format(layers=config.starter.layers, width=config.starter.hidden_size)
    else:
        limits = _OTHER_LIMITS.format(
            base=config.base_model, card=_PACKAGED_CARD if config.base_model == PACKAGED else ""
        )
    rows = [
        f"| {split} | {adviser} | {figures.case_count} | {figures.accuracy:.3f} | {figures.macro_f1:.3f} | "
        f"{figures.valid_json_share:.3f} | {figures.citation_share:.3f} |"
        for split, scores in described.scores.items()
        for adviser, figures in (("model", scores.model), ("rules", scores.rules))
    ]
    chosen = "this model's" if described.prefer == "llm" else "the rules'"
    return "\n".join(
        [
            "# Sparkwright troubleshooter",
            "",
            "Names the root cause of a failed Spark application from evidence.",
            "",
            limits,
            "## Scores",
            "",
            "`validation` and `test` hold scenarios whose wording was not trained on, `test_lab` real failures of the",
            "lab (its validation failures are in `validation`). The same people wrote scenarios and rules: on logs of",
            "other clusters both will do worse.",
            "",
            "| cases | adviser | count | accuracy | macro-F1 | valid JSON | citations hold |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
            f"Where model and rules differ, {chosen} answer counts; decided on the validation cases alone.",
            "",
        ]
    )


def _loss_curve(losses: Sequence[float]) -> Figure:
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(losses)
    axes.set(xlabel="step", ylabel="cross-entropy per answer token (nat)", yscale="log", title="LoRA training loss")
    return figure


def _by_cause(model: DiagnosisReport, rules: DiagnosisReport, split: str) -> Figure:
    names = [score.root_cause for score in model.per_cause]
    figure = Figure(figsize=(8, 0.35 * len(names) + 1.5), layout="constrained")
    axes = figure.add_subplot()
    places = range(len(names))
    axes.barh([place - 0.2 for place in places], [score.f1 for score in model.per_cause], 0.4, label="model")
    axes.barh([place + 0.2 for place in places], [score.f1 for score in rules.per_cause], 0.4, label="rules")
    axes.set_yticks(list(places), names)
    axes.set(xlabel="F1", xlim=(0, 1.02), title=f"F1 by root cause, {split} cases")
    axes.invert_yaxis()
    figure.legend(loc="outside lower right", ncols=2)
    return figure
