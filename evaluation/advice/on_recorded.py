"""Replay policies on the lab's recorded runs: what they would have advised at each start, relative to the oracle."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from data_contracts.properties.spark import MIB
from evaluation.advice.bars import RECORDED, bars_section
from evaluation.advice.plots import Plot, Point
from evaluation.advice.policies import RULES, USER, Choice, Policy
from evaluation.advice.recorded import RecordedRun
from evaluation.advice.report import Column, Report, Section, decimals, percent

_FIGURES = (
    Column("policy", "policy"),
    Column("decisions", "decisions"),
    Column("heap_over_oracle", "heap/oracle p10 p50 p90", lambda value: " ".join(f"{one:.2f}" for one in value)),
    Column("below_count", "below oracle"),
    Column("below_unflagged_count", "unflagged of them"),
    Column("flagged_share", "flagged", percent),
    Column("claim_count", "claims"),
    Column("claimed", "claimed deaths", decimals(2)),
    Column("expected", "expected deaths", decimals(2)),
    Column("expected_claimed", "of those with a claim", decimals(2)),
)


@dataclass(frozen=True, slots=True)
class _Decided:
    one: RecordedRun
    choice: Choice

    @property
    def over_oracle(self) -> float:
        return self.choice.heap_bytes / self.one.case.oracle_bytes

    @property
    def flagged(self) -> bool:
        """Whether the answer itself says not to rely on it: a trial, or no stated risk."""
        return self.choice.trial or self.choice.claim is None

    @property
    def risk(self) -> float:
        """P(death) according to the measured curve."""
        return self.one.case.death_probability(self.choice.heap_bytes)


def on_recorded(
    runs: Sequence[RecordedRun], policies: Mapping[str, Policy], tell: Callable[[str], None] = lambda name: None
) -> Report:
    """Ask each policy for advice at the start of each run.

    Args:
        runs: Runs with an oracle.
        policies: By name; ``user`` stands for the heap that the run had.
        tell: Called with progress messages.
    """
    decided: dict[str, list[_Decided]] = {}
    for name, policy in policies.items():
        tell(name)
        decided[name] = [
            _Decided(one, Choice(one.run.heap_bytes) if name == USER else policy(one.observation())) for one in runs
        ]
    names = [name for name in policies if name not in RULES]
    each = [
        Column("run", "run"),
        Column("before_count", "runs before"),
        Column("oracle_mib", "oracle MiB"),
        *(
            Column(name, name, lambda value: f"{value['heap_over_oracle']:.2f}{'*' * value['flagged']}")
            for name in names
        ),
        Column("had", "had"),
    ]
    rows = [
        {
            "run": one.launch_id,
            "before_count": len(one.before),
            "oracle_mib": one.case.oracle_bytes // MIB,
            "had": f"{one.run.heap_bytes / one.case.oracle_bytes:.2f} {one.run.memory_verdict}",
            **{name: _shown(decided[name][at]) for name in names},
        }
        for at, one in enumerate(runs)
    ]
    figures = [_row(name, some) for name, some in decided.items()]
    title = f"Recorded runs of the lab, as of the start of each of {len(runs)}"
    return Report(
        "recorded",
        {"runs": [one.launch_id for one in runs]},
        [
            Section(title, _FIGURES, figures),
            Section("Advised heap over the oracle's; * flagged", each, rows),
            *bars_section([("recorded runs", lambda name: RECORDED, figures)]),
        ],
        (
            "real; flagged: called a trial, or without a stated risk; expected deaths by the measured curves; "
            f"{len({one.case.workload for one in runs})} workloads: the decisions are not independent; {USER}: what "
            "the run had",
        ),
        [_plot(title, {name: decided[name] for name in (USER, *names) if name in decided})],
    )


def _plot(title: str, decided: Mapping[str, Sequence[_Decided]]) -> Plot:
    series = {
        name: [Point(at, one.over_oracle, one.one.launch_id) for at, one in enumerate(some, 1)]
        for name, some in decided.items()
    }
    return Plot(title, "run", "heap / oracle", series, x_percent=False, y_percent=False, level=1.0)


def _shown(decided: _Decided) -> dict[str, Any]:
    return {
        "heap_over_oracle": decided.over_oracle,
        "heap_bytes": decided.choice.heap_bytes,
        "flagged": decided.flagged,
        "claim": decided.choice.claim,
        "risk": decided.risk,
    }


def _row(name: str, decided: Sequence[_Decided]) -> dict[str, Any]:
    ratios = [one.over_oracle for one in decided]
    below = [one for one in decided if one.over_oracle < 1]
    claims = [(one.choice.claim, one.risk) for one in decided if one.choice.claim is not None]
    return {
        "policy": name,
        "decisions": len(decided),
        "heap_over_oracle": [float(one) for one in np.quantile(ratios, (0.1, 0.5, 0.9))],
        "below_count": len(below),
        "below_unflagged_count": sum(not one.flagged for one in below),
        "flagged_share": sum(one.flagged for one in decided) / len(decided),
        "claim_count": len(claims),
        "claimed": sum(claim for claim, _ in claims),
        "expected": sum(one.risk for one in decided),
        "expected_claimed": sum(risk for _, risk in claims),
    }
