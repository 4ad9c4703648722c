"""Targets for the advice, set before it was built: each next to the figure reached, met or not."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.advice.bootstrap import Difference
from evaluation.advice.learned import FOREST, LIGHTGBM
from evaluation.advice.plots import setting_of
from evaluation.advice.policies import RULES
from evaluation.advice.report import Column, Section, percent, signed_percent

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bound on one figure of a policy's row.

    Attributes:
        about: What is required.
        figure: Reads the figure from the row; None if there is nothing to judge.
        most: Upper bound, or None.
        least: Lower bound, or None.
        shown: Formats the figure for people.
    """

    about: str
    figure: Callable[[Row], float | None]
    most: float | None = None
    least: float | None = None
    shown: Callable[[float], str] = percent

    def row(self, policy: str, row: Row) -> dict[str, Any]:
        """Return the bar next to the figure reached."""
        value = self.figure(row)
        bound = self.most if self.most is not None else self.least
        assert bound is not None
        met = None if value is None else value <= bound if self.most is not None else value >= bound
        return {
            "bar": self.about,
            "policy": policy,
            "asked": f"{'at most' if self.most is not None else 'at least'} {self.shown(bound)}",
            "reached": None if value is None else self.shown(value),
            "met": "nothing to judge" if met is None else "met" if met else "missed",
            "value": value,
        }


def figure(key: str) -> Callable[[Row], float | None]:
    """Return a reader of a figure by its key; of an interval, the estimate."""

    def read(row: Row) -> float | None:
        value = row[key]
        return value.value if isinstance(value, Difference) else value

    return read


def plain(value: float) -> str:
    """Format with two decimals."""
    return f"{value:.2f}"


def whole(value: float) -> str:
    """Format as a count."""
    return f"{value:.0f}"


ORACLE = (
    Bar("deaths a case over all recurrences", figure("deaths_per_case"), most=1.5, shown=plain),
    Bar("deaths in the last half", figure("late_death_share"), most=0.005),
    Bar("trials among attempts", figure("trial_share"), most=0.15),
    Bar("cases that end at 1.0 to 1.3 x the oracle", figure("ends_well_share"), least=0.75),
    Bar("p90 of the ends over the oracle", figure("end_ratio_p90"), most=1.5, shown=plain),
)
RECORDED = (
    Bar("answers below the oracle, of 16", figure("below_count"), most=3, shown=whole),
    Bar("flagged answers", figure("flagged_share"), most=0.25),
)
TOLD = (
    Bar("told the input: GiB-h against user", figure("gib_h_against_user"), most=-0.35, shown=signed_percent),
    Bar("told the input: first tries that die", figure("first_death_share"), most=0.015),
)
UNTOLD = (
    Bar("input not known: GiB-h against user", figure("gib_h_against_user"), most=-0.20, shown=signed_percent),
    Bar("input not known: first tries that die", figure("first_death_share"), most=0.02),
)
CLAIMING = (Bar("decisions with a claim", figure("claim_share"), least=0.6),)
CONSTANT = (Bar("need constant: first tries that die in the last half", figure("late_first_death_share"), most=0.002),)
FOREIGN = (Bar("deaths over the claim", figure("died_over_claimed"), most=1.5, shown=plain),)
START = (
    Bar("by start: waste against max peak x1.2", figure("waste_against_max_peak"), most=0.0, shown=signed_percent),
    Bar("by start: failures over those of max peak x1.2", figure("failures_over_max_peak"), most=1.0, shown=plain),
    Bar("by start: workflows with no more of either", figure("better_workflow_count"), least=4, shown=whole),
)
COMPLETION = (
    *(Bar(one.about.replace("start", "completion"), one.figure, one.most, one.least, one.shown) for one in START),
    Bar("by completion: total waste over that of max peak x1.2", figure("total_against_max_peak_ratio"), most=0.54,
        shown=plain),
    Bar("by completion: tasks that fail", figure("failure_share"), most=0.0045),
)  # fmt: skip

_COLUMNS = (
    Column("where", "where"),
    Column("bar", "bar"),
    Column("policy", "policy"),
    Column("asked", "asked"),
    Column("reached", "reached"),
    Column("met", ""),
)


def fleet_bars(familiar: bool, constant: bool) -> Callable[[str], Sequence[Bar]]:
    """Return the bars of a fleet by name of the policy; policies told the input are named ``..., hint``."""
    if not familiar:
        return lambda name: FOREIGN
    if constant:
        return lambda name: CONSTANT
    return lambda name: (*(TOLD if "hint" in name else UNTOLD), *CLAIMING)


def bars_section(judged: Sequence[tuple[str, Callable[[str], Sequence[Bar]], Sequence[Row]]]) -> list[Section]:
    """Return the table of all bars for our own policies, as a list; empty if none was replayed.

    Args:
        judged: Environment, bars by name of the policy, and rows by policy.
    """
    rows = [{"where": where, **row} for where, bars, of in judged for row in _rows(bars, of)]
    return [Section("Bars, set beforehand", _COLUMNS, rows)] if rows else []


def _rows(bars: Callable[[str], Sequence[Bar]], of: Sequence[Row]) -> Iterator[dict[str, Any]]:
    for row in of:
        name = row["policy"]
        if name not in RULES and name not in (LIGHTGBM, FOREST) and not setting_of(name)[1]:
            yield from (bar.row(name, row) for bar in bars(name))
