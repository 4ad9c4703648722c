"""Language models as candidates: base and tuned, over all causes and over the retrieved ones.

Reading a case takes seconds on a small machine, so likelihoods are kept in a file: a stopped run can be resumed.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data_contracts.api.diagnosis import EvidenceItem
from evaluation.advice.bootstrap import Difference, paired_difference
from evaluation.advice.report import Column, Section
from evaluation.troubleshooter.candidates import PRODUCT, Candidate, by_weighing
from evaluation.troubleshooter.cases import PublicCase, thread_of
from evaluation.troubleshooter.fit import PRIOR
from evaluation.troubleshooter.verdicts import Answer, cost, verdict
from sparkwright.diagnosis.choosing import CandidateCauses, question_of, words_for
from sparkwright.diagnosis.judge import Judge, Model
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES, UNKNOWN
from sparkwright.diagnosis.version import ADAPTER, base_of, read_version, tokenizer_of
from sparkwright.diagnosis.weighing import Weights
from sparkwright.errors import ConfigError, reason
from sparkwright.llm.choices import softmax
from sparkwright.llm.engine import LanguageModel

NAMES = ("base", "base + retrieval", "LoRA", "LoRA + retrieval", "rules + bm25 + LoRA")
BASE, BASE_RETRIEVED, LORA, LORA_RETRIEVED, COMBINED = NAMES
CAUSES = tuple(name for name in ROOT_CAUSES if name != UNKNOWN.name)
_LIMIT_S = 600.0
_TUNED = "tuned"


@dataclass(frozen=True, slots=True)
class Likelihoods:
    """Log-likelihood of causes as the answer to a case.

    Attributes:
        model: The model to ask.
        adapter: The LoRA adapter to ask with; None for the base.
        max_chars: Limit on the facts, as in training.
        kept: Earlier answers, by key.
        file: File of the answers.
        name: Name of model and adapter in the keys.
    """

    model: LanguageModel
    adapter: str | None
    max_chars: int
    kept: dict[str, list[float]]
    file: Path
    name: str

    def of(self, items: Sequence[EvidenceItem], causes: Sequence[str] = CAUSES) -> dict[str, float]:
        """Return the likelihoods by cause; without facts, the model's baseline."""
        asked = question_of(items, self.max_chars)
        key = hashlib.sha256(f"{self.name}|{asked[0]['content']}|{tuple(causes)}".encode()).hexdigest()[:24]
        if key not in self.kept:
            self.kept[key] = self.model.score(asked, [words_for(name) for name in causes], self.adapter)
            with self.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, "scores": [round(one, 4) for one in self.kept[key]]}) + "\n")
        return dict(zip(causes, self.kept[key], strict=True))


def tuned_candidates(
    folder: Path,
    home: Path,
    kept: Path,
    fit_on: Sequence[PublicCase],
    only: Collection[str] = NAMES,
    tell: Callable[[str], None] = lambda _: None,
) -> dict[str, Candidate]:
    """Return base and LoRA, each over all causes and over the retrieved ones, and the tuned one with rules and BM25.

    Args:
        folder: Folder of a troubleshooter version, as the registry gives it.
        home: Where the packaged base is kept.
        kept: File of likelihoods; created if missing.
        fit_on: The validation split, or the part of it that there is time for.
        only: Names of the wanted candidates.
        tell: Called with progress messages.

    Raises:
        ConfigError: The file is damaged.
        SparkwrightError: The version cannot be loaded.
    """
    from sparkwright.llm.in_process import load_in_process

    version = read_version(folder)
    model = load_in_process(
        base_of(folder, version, home),
        {_TUNED: folder / ADAPTER},
        max_prompt_tokens=version.prompt_tokens,
        limit_s=_LIMIT_S,
        tokenizer=tokenizer_of(folder, version),
    )
    known = read_likelihoods(kept)
    kept.parent.mkdir(parents=True, exist_ok=True)
    weights = hashlib.sha256((folder / ADAPTER / "adapter_model.safetensors").read_bytes()).hexdigest()[:12]
    base, lora = (
        Likelihoods(model, adapter, version.prompt_chars, known, kept, f"{version.base_model}|{name}")
        for adapter, name in ((None, BASE), (_TUNED, weights))
    )
    retrieved = CandidateCauses()
    asked: dict[str, tuple[Model, tuple[str, ...]]] = {
        # The base prefers common words whatever it is asked; the tuned one learned how often each cause is right.
        BASE: (said_by(base, None, corrected=True), ("model",)),
        BASE_RETRIEVED: (said_by(base, retrieved, corrected=True), ("model",)),
        LORA: (said_by(lora, None), ("model",)),
        LORA_RETRIEVED: (said_by(lora, retrieved), ("model",)),
        COMBINED: (said_by(lora, retrieved), ("rules", "bm25", "model")),
    }
    candidates: dict[str, Candidate] = {}
    for name, (says, members) in asked.items():
        if name not in only:
            continue
        tell(f"{name}: fitted on {len(fit_on)} cases")
        full = Judge(Weights(members, PRIOR, 0.5, 0.8), model=says)
        candidates |= by_weighing(full, fit_on, {name: members})
    return candidates


def said_by(likelihoods: Likelihoods, candidates: CandidateCauses | None, *, corrected: bool = False) -> Model:
    """Return a model of the probability of each cause, or of each retrieved one.

    Args:
        likelihoods: The model's likelihoods.
        candidates: Retrieves causes; None for all of them.
        corrected: Subtract the model's baseline without any facts.
    """

    def says(items: Sequence[EvidenceItem], thread: str) -> Mapping[str, float]:
        names = CAUSES if candidates is None else candidates.of(items, thread=thread)
        if not names:
            return {}
        scores = likelihoods.of(items, names)
        usual = likelihoods.of(()) if corrected else dict.fromkeys(CAUSES, 0.0)
        return dict(zip(names, softmax([scores[name] - usual[name] for name in names]), strict=True))

    return says


def read_likelihoods(kept: Path) -> dict[str, list[float]]:
    """Read earlier answers, by key; a last line that was cut off is ignored.

    Raises:
        ConfigError: Another line is invalid.
    """
    if not kept.exists():
        return {}
    found: dict[str, list[float]] = {}
    lines = kept.read_text(encoding="utf-8").splitlines(keepends=True)
    for number, line in enumerate(lines, start=1):
        if not line.endswith("\n"):
            continue
        try:
            one = json.loads(line)
            found[one["key"]] = [float(score) for score in one["scores"]]
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError(
                f"expected likelihoods in {kept}, line {number} has {reason(error)}: remove the file to begin anew"
            ) from error
    return found


def gains(cases: Sequence[PublicCase], answers: Mapping[str, Sequence[Answer]]) -> Section:
    """Return what tuning, retrieval and the model add, each paired by case; 95% intervals over threads."""
    pairs = (
        (COMBINED, PRODUCT),
        (LORA_RETRIEVED, PRODUCT),
        (LORA, BASE),
        (LORA_RETRIEVED, BASE_RETRIEVED),
        (BASE_RETRIEVED, BASE),
        (LORA_RETRIEVED, LORA),
    )
    rows = []
    for one, other in pairs:
        if not {one, other} <= answers.keys():
            continue
        right = [[verdict(case, given.best) == "right" for case, given in zip(cases, answers[name], strict=True)]
                 for name in (one, other)]  # fmt: skip
        shown = [[verdict(case, given.root_cause) == "right" for case, given in zip(cases, answers[name], strict=True)]
                 for name in (one, other)]  # fmt: skip
        costs = [[cost(case, given) for case, given in zip(cases, answers[name], strict=True)] for name in (one, other)]
        rows.append(
            {
                "compared": f"{one} - {other}",
                "best": _difference(cases, right),
                "right": _difference(cases, shown),
                "cost": _difference(cases, costs),
            }
        )
    columns = (
        Column("compared", "compared"),
        Column("best", "likeliest cause right", Difference.as_percent),
        Column("right", "shown and right", Difference.as_percent),
        Column("cost", "score a case", _as_cost),
    )
    return Section("What a language model adds; 95% intervals over threads", columns, rows)


def _as_cost(found: Difference) -> str:
    return f"{found.value:+.2f} ({found.low:+.2f}, {found.high:+.2f})"


def _difference(cases: Sequence[PublicCase], columns: Sequence[Sequence[float]]) -> Difference:
    by_thread: dict[str, list[tuple[float, float]]] = {}
    for case, one, other in zip(cases, *columns, strict=True):
        by_thread.setdefault(thread_of(case.url), []).append((float(one), float(other)))
    table = np.array([(sum(a - b for a, b in found), len(found)) for found in by_thread.values()], np.float64)
    return paired_difference([table], lambda strata: float(strata[0][:, 0].sum() / strata[0][:, 1].sum()))
