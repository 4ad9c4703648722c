"""Compare candidates on the same cases, and analyse the product."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from evaluation.advice.bootstrap import Difference
from evaluation.advice.plots import Plot, Point
from evaluation.advice.report import Column, Report, Section, decimals
from evaluation.troubleshooter import figures as f
from evaluation.troubleshooter.candidates import PRODUCT, RULES, Candidate
from evaluation.troubleshooter.cases import PublicCase
from evaluation.troubleshooter.stress import Grounding, Withholding, grounding, withholding
from evaluation.troubleshooter.verdicts import VERDICTS, Answer, verdict


def _share(value: Difference) -> str:
    return f"{value.value:.1%} ({100 * value.low:.0f}-{100 * value.high:.0f})"


def _cost(value: Difference) -> str:
    return f"{value.value:+.2f} ({value.low:.2f}, {value.high:.2f})"


def _percent(value: float) -> str:
    return f"{value:.1%}"


if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_FIGURES = (
    Column("candidate", "candidate"),
    Column("right", "right", _share),
    Column("symptom_only", "symptom", _percent),
    Column("unknown", "unknown", _percent),
    Column("wrong", "wrong", _share),
    Column("macro_f1", "macro F1", decimals(2)),
    Column("cost", "cost", _cost),
    Column("cost_gain", "over rules", _cost),
    Column("harmful", "harmful", _percent),
    Column("wrong_with_properties", "with properties", _percent),
    Column("repaired", "repaired", _percent),
    Column("computed", "with value", _percent),
    Column("unknown_kept", "honest kept", _percent),
    Column("calibration_error", "ECE", decimals(3)),
    Column("seconds", "max s", decimals(2)),
)


def evaluate(
    cases: Sequence[PublicCase],
    candidates: Mapping[str, Candidate],
    *,
    settings: Mapping[str, Any],
    remake: Callable[[Collection[str]], Candidate] | None = None,
    draws: int = 0,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Report, dict[str, list[Answer]], dict[str, f.Figures]]:
    """Evaluate the candidates; return the report, and answers and figures by candidate.

    Args:
        cases: At least one.
        candidates: By name, including ``rules`` and ``product``.
        settings: What was run, for the report.
        remake: Rebuilds the product without some causes.
        draws: How often five causes are withheld; 0 to skip that.
        tell: Called with the name of each candidate before it is asked.
    """
    answers: dict[str, list[Answer]] = {}
    for name, candidate in candidates.items():
        tell(name)
        answers[name] = [candidate(case) for case in cases]
    scored = {name: f.figures(cases, given, answers[RULES]) for name, given in answers.items()}
    product = answers[PRODUCT]
    sections = [
        Section(
            f"Who answers, on {len(cases)} cases; 95% intervals over threads",
            _FIGURES,
            [{"candidate": name} | _row(one) for name, one in scored.items()],
        ),
        _families(cases, product),
        _calibration(cases, product),
        _confusion(cases, product),
    ]
    tell("what the product rests on")
    sections.append(_grounding(grounding(cases, product, candidates[PRODUCT])))
    if draws and remake is not None:
        tell("causes nobody heard of")
        found = withholding(cases, remake, draws)
        if found is not None:
            sections.append(_withheld(found))
    report = Report(
        f"{len(cases)} failures of {settings['cases']}",
        settings,
        sections,
        plots=[_curves(cases, {name: answers[name] for name in answers if name != RULES})],
        title="Who answers why an application failed",
    )
    return report, answers, scored


def _curves(cases: Sequence[PublicCase], answers: Mapping[str, Sequence[Answer]]) -> Plot:
    """Plot the calibration of all candidates that state a confidence."""
    series = {
        name: [Point(one.confidence, one.right, f"{one.case_count} cases") for one in f.calibration(cases, given)]
        for name, given in answers.items()
    }
    return Plot(
        "Confidence of the likeliest cause, and how often it is right",
        "confidence",
        "right",
        series,
        diagonal=True,
        joined=True,
    )


def _families(cases: Sequence[PublicCase], answers: Sequence[Answer]) -> Section:
    by_family: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for case, given in zip(cases, answers, strict=True):
        by_family[case.family][verdict(case, given.root_cause)] += 1
    rows = [
        {"family": name, "cases": found.total(), **{one: found[one] for one in VERDICTS}}
        for name, found in sorted(by_family.items())
    ]
    return Section("Product, per family", [Column(key, key.replace("_", " ")) for key in rows[0]], rows)


def _calibration(cases: Sequence[PublicCase], answers: Sequence[Answer]) -> Section:
    columns = (
        Column("case_count", "cases"),
        Column("confidence", "confidence", _percent),
        Column("right", "right", _percent),
    )
    rows = [_row(one) for one in f.calibration(cases, answers)]
    return Section("Product, confidence of the likeliest cause beside how often it is right", columns, rows)


def _confusion(cases: Sequence[PublicCase], answers: Sequence[Answer]) -> Section:
    found = Counter(
        (case.root_cause, given.root_cause, verdict(case, given.root_cause))
        for case, given in zip(cases, answers, strict=True)
        if verdict(case, given.root_cause) != "right"
    )
    order = {one: number for number, one in enumerate(reversed(VERDICTS))}
    rows = [
        {"root_cause": truth, "answered": said, "verdict": one.replace("_", " "), "cases": count}
        for (truth, said, one), count in sorted(found.items(), key=lambda pair: (order[pair[0][2]], -pair[1], pair[0]))
    ]
    columns = [Column(key, key.replace("_", " ")) for key in ("root_cause", "answered", "verdict", "cases")]
    return Section("Product, confusion: what was not right", columns, rows)


def _grounding(found: Grounding) -> Section:
    columns = (
        Column("shown", "causes shown"),
        Column("cited", "cite a fact", _percent),
        Column("decisive", "gone without what they cite", _percent),
        Column("poorer_count", "cases with a fact taken away"),
        Column("poorer_wrong", "of these wrong", _percent),
    )
    return Section("Product, what its answers rest on", columns, [_row(found)])


def _withheld(found: Withholding) -> Section:
    columns = (
        Column("draws", "draws"),
        Column("auroc", "AUROC of abstention", decimals(3)),
        Column("low", "2.5%", decimals(3)),
        Column("high", "97.5%", decimals(3)),
        Column("named", "withheld, but a cause was shown", _percent),
    )
    title = "Product, five causes withheld from marks, words and cases"
    return Section(title, columns, [_row(found)])


def _row(found: "DataclassInstance") -> dict[str, Any]:
    return {field.name: getattr(found, field.name) for field in fields(found)}
