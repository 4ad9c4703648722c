"""Replay policies on simulated fleets in open and closed loop, by workload, so that differences are paired."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from evaluation.advice.bars import bars_section, fleet_bars
from evaluation.advice.bootstrap import change_of_sums, difference_of_shares, paired_difference
from evaluation.advice.claims import kept_ratio, kept_risk
from evaluation.advice.closed_loop import OPEN_FROM
from evaluation.advice.fleets import FleetKind
from evaluation.advice.learned import LIGHTGBM
from evaluation.advice.plots import Plot, frontier_plot, reliability_plot, tradeoff_plot
from evaluation.advice.policies import USER, Policy
from evaluation.advice.replaying import Sample, replayed
from evaluation.advice.report import Column, Report, Section, change, decimals, percent, ratio, signed_percent
from evaluation.advice.tally import Tally
from evaluation.lab.simulator.responses import Responses

FAMILIAR_ONLY = (
    "last heap",
    "last peak x1.2",
    "p95 of peaks +15%",
    "max of last 5, at most as asked",
    "max x (1 + 0.6/sqrt n)",
    LIGHTGBM,
)
"""Rules not replayed on fleets that no prior has seen: rules have no prior, and each takes minutes."""

_QUANTILES = (0.1, 0.5, 0.9)
_FIGURES = (
    Column("policy", "policy"),
    Column("attempts", "attempts"),
    Column(("death_share", "first_death_share", "late_first_death_share"), "deaths: all, first, last half", percent),
    Column(("trial_share", "trial_death_share"), "trials, died", percent),
    Column("claim_share", "claims", lambda value: f"{value:.0%}"),
    Column("died_over_claimed", "died / claimed", ratio),
    Column("unfinished", "lost"),
    Column("gib_h", "GiB-h", decimals(0)),
    Column("gib_h_against_user", "GiB-h against user", change),
    Column(("rounded_gib_h_against_user", "median_saving"), "rounded, median", signed_percent),
    Column("first_deaths_against_user", "first deaths against user", change),
    Column("late_heap_over_need", "heap/need", lambda value: " ".join(f"{one:.2f}" for one in value)),
)
_LOOPS = {"closed": "closed loop", "open": f"open loop, first tries of the last {1 - OPEN_FROM:.0%} of runs"}


def on_fleet(
    kinds: Sequence[FleetKind],
    policies: Mapping[str, Policy],
    responses: Responses,
    sample: Sample,
    *,
    tell: Callable[[str], None] = lambda name: None,
) -> Report:
    """Replay each policy on the same sample of fleets.

    Args:
        kinds: The fleets.
        policies: By name, including ``user``.
        responses: Response surface of the fleets.
        sample: How much of each fleet to replay.
        tell: Called with progress messages.
    """
    plots, judged = list[Plot](), []
    sections, claimed = list[Section](), {True: dict[str, list[Tally]](), False: dict[str, list[Tally]]()}
    counts = {}
    for kind in kinds:
        some = {name: one for name, one in policies.items() if kind.familiar or name not in FAMILIAR_ONLY}
        done = replayed(kind, some, responses, sample, tell)
        counts[kind.name] = len(done["closed"][USER])
        for loop, tallies in done.items():
            rows = [_row(name, of, tallies[USER]) for name, of in tallies.items()]
            sections.append(Section(f"Fleet {kind.name} ({kind.about}), {_LOOPS[loop]}", _FIGURES, rows))
        closed = sections[-2]
        judged.append((kind.name, fleet_bars(kind.familiar, kind.name == "constant"), closed.rows))
        axes = {
            "saved": "gib_h_against_user",
            "died": "first_death_share",
            "x": "GiB-h against user",
            "y": "first tries died",
        }
        plots += [
            tradeoff_plot(f"{kind.name}, closed loop", closed.rows, **axes),
            frontier_plot(f"{kind.name}, closed loop, by penalty", closed.rows, **axes),
        ]
        for name, of in done["closed"].items():
            claimed[kind.familiar].setdefault(name, []).extend(of)
    for familiar, about in (
        (True, "fleets like those that priors come from"),
        (False, "fleets that no prior has seen"),
    ):
        of_policies = {name: [one.claims for one in tallies] for name, tallies in claimed[familiar].items()}
        title = f"Kept risk, closed loop, {about}"
        sections += kept_risk(title, of_policies)
        plots += [reliability_plot(title, section.rows) for section in sections if section.title == title]
    sections += bars_section(judged)
    said = {
        "fleets": [kind.name for kind in kinds],
        "workloads": counts,
        "seeds": sample.seeds,
        "run_limit": sample.run_limit,
        "min_runs": sample.min_runs,
        "yarn_step_mib": sample.step_mib,
    }
    note = (
        "simulated; intervals are 95%, a bootstrap over the workloads of all seeds; lost: runs that no try finished; "
        f"rounded: containers up to multiples of {sample.step_mib:,} MiB; median: of the workloads' savings; "
        "heap/need: p10, median, p90 of the last half; last half: first tries"
    )
    return Report("fleet", said, sections, (note,), plots)


def _row(name: str, tallies: Sequence[Tally], own: Sequence[Tally]) -> dict[str, Any]:
    def total(figure: str) -> float:
        found: float = sum(getattr(one, figure) for one in tallies)
        return found

    def share(part: str, whole: str) -> float:
        return total(part) / max(1, total(whole))

    claims = [one.claims for one in tallies]
    claim_count = sum(map(len, claims))
    trials = total("trials")
    row: dict[str, Any] = {
        "policy": name,
        "attempts": total("attempts"),
        "death_share": share("deaths", "attempts"),
        "first_death_share": share("first_deaths", "first_tries"),
        "late_first_death_share": share("late_first_deaths", "late_first_tries"),
        "trial_share": share("trials", "attempts"),
        "trial_death_share": share("trial_deaths", "trials") if trials else None,
        "claim_share": claim_count / max(1, total("attempts")),
        "died_over_claimed": kept_ratio(claims) if claim_count else None,
        "unfinished": total("unfinished"),
        "gib_h": total("gib_s") / 3600,
        "rounded_gib_h": total("rounded_gib_s") / 3600,
        "dead_gib_share": share("dead_gib_s", "gib_s") if total("gib_s") else None,
        "gib_h_against_user": None,
        "rounded_gib_h_against_user": None,
        "median_saving": None,
        "first_deaths_against_user": None,
        "late_heap_over_need": [
            float(one) for one in np.quantile([ratio for one in tallies for ratio in one.late_ratios], _QUANTILES)
        ],
    }
    if name == USER:
        return row
    pairs = [(one, other) for one, other in zip(tallies, own, strict=True) if other.gib_s > 0]
    held = np.array([[one.gib_s, other.gib_s] for one, other in pairs])
    died = np.array(
        [[one.first_deaths, one.first_tries, other.first_deaths, other.first_tries] for one, other in pairs]
    )
    return row | {
        "gib_h_against_user": paired_difference([held], change_of_sums),
        "rounded_gib_h_against_user": total("rounded_gib_s") / sum(one.rounded_gib_s for one in own) - 1,
        "median_saving": float(np.median(held[:, 0] / held[:, 1]) - 1),
        "first_deaths_against_user": paired_difference([died.astype(float)], difference_of_shares),
    }
