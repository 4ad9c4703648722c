"""Print the judgement for people."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from data_contracts.tables import Certificate, DeathWatch
from sparkwright.feedback.judge import Judgement
from sparkwright.feedback.savings import Savings


def show_judgement(judgement: Judgement) -> None:
    """Print how the decisions of the champion fared."""
    table = Table(title="Decisions of the champion, by their outcomes", show_header=False)
    rows = {
        "outcomes": f"{judgement.outcome_count}, {judgement.applied_count} applied in every property",
        "duration between p10 and p90": _covered(judgement.covered_ratio, judgement.scored_count),
        "duration over its p50, median": f"{judgement.median_error_ratio:.2f}" if judgement.median_error_ratio else "-",
        "memory advice": f"{judgement.memory_advice_count} judged, {judgement.died_count} died",
        "trials among them": f"{judgement.trial_count}, {judgement.trial_died_count} died",
        "retrain": "; ".join(judgement.reasons) or "no",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    Console().print(table)


def show_claims(certificates: Sequence[Certificate], watch: DeathWatch, found: Savings) -> None:
    """Print how the claims of all decisions held up, whether a stop is in force, and what advice saves."""
    table = Table("claimed P(death)", "decisions", "workloads", "claimed", "died", "95% bound", "certified")
    table.title = "Claims, by the outcomes of all decisions"
    for one in certificates:
        table.add_row(
            f"{one.claim_above_probability:.1%} to {one.claim_to_probability:.1%}",
            str(one.decision_count),
            str(one.workload_count),
            f"{one.expected_death_count:.1f}",
            str(one.died_count),
            f"{one.death_bound_probability:.1%}" if one.decision_count else "-",
            "yes" if one.certified else "no",
        )
    console = Console()
    console.print(table)
    console.print(watch_line(watch), highlight=False)
    console.print(savings_line(found), highlight=False)


def watch_line(watch: DeathWatch) -> str:
    """Return a sentence on whether deaths exceed the claims."""
    seen = (
        f"{watch.died_count} death(s), {watch.expected_death_count:.1f} claimed, in {watch.decision_count} decision(s)"
    )
    if watch.stopped_at is None:
        return f"deaths against claims: {seen}: no more than chance explains"
    return (
        f"deaths against claims: {seen}: STOPPED at {watch.stopped_at:%Y-%m-%d %H:%M} UTC: no trials, no heap below "
        "what held or was asked for, half the risk; `sparkwright feedback clear` ends the stop"
    )


def savings_line(found: Savings) -> str:
    """Return a sentence on what advice saves."""
    if found.saved_ratio is None:
        return "savings: no workload has runs both with advice and held back (SPARKWRIGHT_HOLD_BACK)"
    told = f"savings: {found.saved_ratio:+.1%} of memory x time"
    if found.bounds is not None:
        told += f" (90% interval {found.bounds[0]:+.1%} to {found.bounds[1]:+.1%})"
    return (
        f"{told}, {found.advised_count} run(s) with advice against {found.held_back_count} held back, of "
        f"{found.workload_count} workload(s)"
    )


def _covered(ratio: float | None, count: int) -> str:
    return "-" if ratio is None else f"{ratio:.0%} of {count} (nominal 80%)"
