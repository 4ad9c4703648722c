"""``sparkwright evaluate troubleshooter``."""

import argparse
import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from evaluation.troubleshooter import RECORDINGS
from sparkwright.errors import ConfigError, reason

if TYPE_CHECKING:
    from evaluation.advice.report import Report
    from evaluation.troubleshooter.candidates import Candidate
    from evaluation.troubleshooter.cases import PublicCase
    from evaluation.troubleshooter.figures import Figures
    from evaluation.troubleshooter.verdicts import Answer

TUNED = ("base", "base + retrieval", "LoRA", "LoRA + retrieval", "rules + bm25 + LoRA")
"""Candidates of --tuned; see :mod:`evaluation.troubleshooter.tuned`."""
_TRAIN, _VALIDATION = RECORDINGS / "train.jsonl", RECORDINGS / "validation.jsonl"
_WIDTH = 220
_EXPERIMENT = "diagnosis"


def troubleshooter_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``evaluate troubleshooter``."""
    parser.add_argument(
        "--cases",
        type=Path,
        metavar="FILE",
        default=_VALIDATION,
        help="failures whose cause is known, one JSON object per line (default: the project's own validation split)",
    )
    parser.add_argument(
        "--answers",
        type=Path,
        metavar="OUT",
        help="write the product's answers, by the cases' names; a mere symptom is written as an unknown cause",
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write all figures to this file")
    parser.add_argument("--html", type=Path, metavar="OUT", help="also write tables and plots as one page")
    parser.add_argument(
        "--only", action="append", metavar="CANDIDATE", help="candidates in addition to rules and product"
    )
    parser.add_argument(
        "--withhold",
        type=int,
        default=0,
        metavar="N",
        help="withhold five causes from marks, words and cases N times, and check whether answers become less certain",
    )
    parser.add_argument(
        "--tuned",
        type=Path,
        metavar="FOLDER",
        help="a troubleshooter version: also ask its base and its LoRA adapter, with and without retrieval (seconds a "
        "case)",
    )
    parser.add_argument(
        "--likelihoods",
        type=Path,
        metavar="FILE",
        help="with --tuned: where the language model's answers are kept, so that a run that is stopped goes on "
        "(default: likelihoods.jsonl in `evaluations` of the home)",
    )
    parser.add_argument(
        "--mlflow", action="store_true", help="log all figures to the tracking server (SPARKWRIGHT_TRACKING_URI)"
    )
    parser.add_argument(
        "--fit",
        action="store_true",
        help="first fit the weights on the validation split, choose by cost, and write the weights to ship",
    )


def troubleshooter_run(args: argparse.Namespace) -> int:
    """Run ``sparkwright evaluate troubleshooter``; return 3 if the product breaks the bounds of promotion."""
    from rich.console import Console

    from evaluation.troubleshooter.candidates import PRODUCT, RULES
    from evaluation.troubleshooter.cases import read_cases, thread_of
    from evaluation.troubleshooter.evaluate import evaluate
    from sparkwright.diagnosis.shipped import best_weights

    began = time.monotonic()
    cases = read_cases(args.cases)
    if not cases:
        raise ConfigError(f"expected cases in {args.cases}, found none")
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)  # a file has no width, and wide tables wrap at 80
    with Console(stderr=True).status("") as status:
        if args.fit:
            status.update("fitting")
            _fit()
        candidates, remake, notes = _candidates(args.only)
        if args.tuned:
            candidates = {**candidates, **_tuned(args, status.update)}
        report, answers, scored = evaluate(
            cases,
            candidates,
            settings={
                "cases": args.cases.name,
                "case_count": len(cases),
                "product": " + ".join(best_weights().members),
            },
            remake=remake,
            draws=args.withhold,
            tell=lambda name: status.update(name),
        )
    if args.tuned:
        from evaluation.troubleshooter.tuned import gains

        report = replace(report, sections=[*report.sections, gains(cases, answers)])
    for section in report.sections:
        console.print(section.table())
    objections = _objections(cases, scored[PRODUCT], scored[RULES])
    if not {thread_of(case.url) for case in cases}.isdisjoint(thread_of(one.url) for one in read_cases(_VALIDATION)):
        notes = [*notes, "product: its weights were fitted on the validation split; all other rows are cross-fitted"]
    report = replace(report, notes=[*notes, *(f"not fit for promotion: {one}" for one in objections)])
    for note in report.notes:
        console.print(note, highlight=False)
    console.print(f"{len(cases)} cases of {args.cases.name}, {time.monotonic() - began:.0f} s", highlight=False)
    _write(args, report, cases, answers[PRODUCT])
    if args.mlflow:
        from evaluation.advice.tracked import log_report

        log_report(report, _EXPERIMENT)
    return 3 if objections else 0


def _candidates(
    only: Sequence[str] | None,
) -> "tuple[Mapping[str, Candidate], Callable[[Collection[str]], Candidate], Sequence[str]]":
    """Return the candidates, a function that rebuilds the product, and notes for readers."""
    from evaluation.troubleshooter.candidates import MEMBERS, PRODUCT, RULES, by_product, by_rules, by_weighing
    from evaluation.troubleshooter.cases import read_cases
    from evaluation.troubleshooter.full import full_judge
    from sparkwright.diagnosis.shipped import is_available

    names = [*MEMBERS, *TUNED]
    if unknown := set(only or ()) - set(names):
        raise ConfigError(f"expected --only with one or more of {', '.join(names)}; got {', '.join(sorted(unknown))}")
    wanted = {name: who for name, who in MEMBERS.items() if not only or name in only}
    possible = {name: who for name, who in wanted.items() if is_available(who)}
    notes = [
        f"not asked, because the extra `embeddings` is not installed: {name}" for name in wanted if name not in possible
    ]
    members = tuple(dict.fromkeys(member for who in possible.values() for member in who))
    weighed = by_weighing(full_judge(members), read_cases(_VALIDATION), possible)
    return {RULES: by_rules, **weighed, PRODUCT: by_product()}, by_product, notes


def _tuned(args: argparse.Namespace, tell: Callable[[str], None]) -> "dict[str, Candidate]":
    from evaluation.troubleshooter.cases import read_cases, thread_of
    from evaluation.troubleshooter.tuned import tuned_candidates
    from sparkwright.settings import settings

    home = settings().home
    kept = args.likelihoods or home / "evaluations" / "likelihoods.jsonl"
    asked = {thread_of(case.url) for case in read_cases(args.cases)}
    validation = read_cases(_VALIDATION)
    # On a part of the validation split, weights are cross-fitted on that part only: reading a case takes seconds.
    part = [case for case in validation if thread_of(case.url) in asked] or list(validation)
    return tuned_candidates(args.tuned, home, kept, part, args.only or TUNED, tell)


def _fit() -> None:
    from evaluation.troubleshooter import ship
    from evaluation.troubleshooter.cases import read_cases

    ship.ship(read_cases(_TRAIN), read_cases(_VALIDATION))


def _objections(cases: "Sequence[PublicCase]", product: "Figures", rules: "Figures") -> list[str]:
    from evaluation import promotion
    from sparkwright.config import load_config

    config = load_config(promotion.PromotionConfig, Path(promotion.__file__).with_suffix(".yaml"), [])
    scores = promotion.AnswerScores(len(cases), product.wrong.value, product.cost.value, rules.cost.value)
    return promotion.answer_objections(scores, config)


def _write(
    args: argparse.Namespace, report: "Report", cases: "Sequence[PublicCase]", answers: "Sequence[Answer]"
) -> None:
    if args.json:
        report.write(args.json)
    if args.html:
        from evaluation.advice.page import write_page

        write_page(report, args.html)
    if args.answers:
        lines = (
            json.dumps({"id": case.id, "root_cause": given.root_cause, "properties": given.named})
            for case, given in zip(cases, answers, strict=True)
        )
        try:
            args.answers.write_text("\n".join(lines) + "\n", encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"expected to write {args.answers}: {reason(error)}") from error
