"""Write what ships of the judge: the condensed known cases, and the weights of the chosen candidates."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import yaml

import sparkwright.diagnosis
from data_contracts.api.diagnosis import EvidenceItem
from evaluation.advice.bootstrap import difference_of_means, paired_difference
from evaluation.troubleshooter.candidates import MEMBERS, by_weighing
from evaluation.troubleshooter.cases import PublicCase, thread_of
from evaluation.troubleshooter.fit import items_of, signalled, weights_of
from evaluation.troubleshooter.full import full_judge
from evaluation.troubleshooter.names import our_names
from evaluation.troubleshooter.regression import train_regression
from evaluation.troubleshooter.verdicts import Answer, cost
from sparkwright.diagnosis import shipped
from sparkwright.diagnosis.retrieval import corpus
from sparkwright.diagnosis.retrieval.corpus import Document
from sparkwright.diagnosis.retrieval.words import text_of
from sparkwright.diagnosis.weighing import Weights

_MARKS = Path(__file__).parents[2] / "tests" / "diagnosis" / "marks.yaml"
"""The lines on which the marks are tested: what the software prints for each cause, in several wordings."""
_FOLDER = Path(sparkwright.diagnosis.__file__).parent


def write_known_cases(cases: Sequence[PublicCase], marks: Path = _MARKS, folder: Path = _FOLDER) -> int:
    """Write the packaged texts that failures are compared with; return their number.

    Args:
        cases: Cases of the training split; honest unknowns are left out, because they have no cause.
        marks: What the software prints for each cause, according to its own sources.
        folder: Folder of the package.
    """
    texts = []
    for cause, lines in yaml.safe_load(marks.read_text(encoding="utf-8")).items():
        texts += [Document(cause, text_of([_printed(line)])) for line in lines["says"]]
    for case in cases:
        names = our_names(case.root_cause)
        if names and not case.honest_unknown:
            texts.append(Document(names[0], text_of(items_of(case)), thread_of(case.url)))
    lines = [json.dumps(asdict(one)) for one in dict.fromkeys(texts)]
    (folder / "retrieval" / corpus.CASES).write_text("\n".join(lines) + "\n", encoding="utf-8")
    corpus.shipped_documents.cache_clear()
    return len(lines)


def _printed(line: str) -> EvidenceItem:
    """Parse ``kind|message`` or ``kind|exception class|message``."""
    kind, *name, message = line.split("|", 2) if line.count("|") > 1 else line.split("|", 1)
    said = {"kind": kind, "exception_class": name[0] if name else "", "message": message}
    return EvidenceItem.model_validate({"evidence_id": "e1", "source": "printed", **said})


def write_weights(chosen: Sequence[Weights], folder: Path = _FOLDER) -> None:
    """Write the weights that ship, the best first."""
    content = [
        {
            "members": one.members,
            "weights": {name: round(value, 3) for name, value in one.weights.items()},
            "show_from": round(one.show_from, 4),
            "repair_from": round(one.repair_from, 4),
        }
        for one in chosen
    ]
    (folder / shipped.WEIGHTS).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    shipped.forget()


def choose(cases: Sequence[PublicCase], answers: Mapping[str, Sequence[Answer]]) -> list[str]:
    """Return the candidates to ship: the best without embeddings by mean cost, preceded by one with embeddings, if any.

    Embeddings take 0.2 s per answer, so they must be better beyond chance. Vectors of the corpus do not ship, so
    neither does ``nearest``.
    """
    best: dict[bool, str] = {}
    for name, members in MEMBERS.items():
        extra = "regression" in members
        if "nearest" in members:
            continue
        if extra not in best or _cost(cases, answers[name]) > _cost(cases, answers[best[extra]]):
            best[extra] = name
    base, embedded = best[False], best[True]
    costs = np.array([[_cost([case], [one]), _cost([case], [other])]
                      for case, one, other in zip(cases, answers[embedded], answers[base], strict=True)])  # fmt: skip
    return [embedded, base] if paired_difference([costs], difference_of_means).low > 0 else [base]


def _cost(cases: Sequence[PublicCase], answers: Sequence[Answer]) -> float:
    return sum(cost(case, answer) for case, answer in zip(cases, answers, strict=True)) / len(cases)


def ship(train: Sequence[PublicCase], validation: Sequence[PublicCase], folder: Path = _FOLDER) -> list[str]:
    """Fit, choose and write what ships; return the names of the chosen, the best first."""
    write_known_cases(train, folder=folder)
    full = full_judge(tuple(dict.fromkeys(member for who in MEMBERS.values() for member in who)))
    candidates = by_weighing(full, validation)
    answers = {name: [candidate(case) for case in validation] for name, candidate in candidates.items()}
    chosen = choose(validation, answers)
    known = signalled(validation, full)
    (folder / shipped.REGRESSION).unlink(missing_ok=True)
    if any("regression" in MEMBERS[name] for name in chosen):
        train_regression().write(folder / shipped.REGRESSION)
    write_weights([weights_of(known, MEMBERS[name]) for name in chosen], folder)
    return chosen
