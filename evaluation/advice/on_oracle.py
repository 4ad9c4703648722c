"""Replay policies on the measured oracle: how often runs die, how many trials they make, and where they end."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from data_contracts.properties.spark import GIB
from data_contracts.tables import Oracle
from evaluation.advice.bars import ORACLE, bars_section
from evaluation.advice.bootstrap import Doubles, change_of_sums, difference_of_means, paired_difference
from evaluation.advice.claims import Claims, kept_risk
from evaluation.advice.oracle import TRIES, Followed, HeapCase, follow_cases
from evaluation.advice.plots import Plot, frontier_plot, reliability_plot, tradeoff_plot
from evaluation.advice.policies import USER, Policy
from evaluation.advice.processes import mapped
from evaluation.advice.report import Column, Report, Section, change, decimals, difference, percent
from evaluation.lab.simulator.responses import Responses

STARTS_BYTES = (2 * GIB, 7 * GIB // 2)
"""Heaps that the user requests, from the first recurrence to the last."""
RECURRENCES = 100
ENDS_WELL = (1.0, 1.3)
"""Heap of the last attempt over the oracle's."""

_ALONE = (
    Column("policy", "policy"),
    Column("attempts", "attempts"),
    Column("deaths_per_case", "deaths a case", decimals(2)),
    Column("late_death_share", "deaths in last half", percent),
    Column("trial_share", "trials", percent),
    Column("claim_share", "claims", lambda value: f"{value:.0%}"),
    Column("ends_well_share", "ends 1.0-1.3x", percent),
    Column("end_ratio_p50", "end p50", decimals(2)),
    Column("end_ratio_p90", "end p90", decimals(2)),
)
_BESIDE_USER = (
    Column("deaths_against_user", "deaths a case, against user", difference),
    Column("held_against_user", "heap of all attempts, against user", change),
)


def on_oracle(
    rows: Sequence[Oracle],
    policies: Mapping[str, Policy],
    responses: Responses,
    *,
    seeds: int,
    recurrences: int = RECURRENCES,
    jobs: int = 1,
    tell: Callable[[str], None] = lambda name: None,
) -> Report:
    """Replay each policy on every case; cases without a measured curve get their own table.

    Args:
        rows: The measured oracle; rows without an oracle heap are left out.
        policies: By name; differences are relative to ``user``, if included.
        responses: The lab's response surface.
        seeds: Number of random draws per case.
        recurrences: Recurrences per case.
        jobs: Number of processes.
        tell: Called with progress messages.
    """
    cases = [HeapCase.of(row) for row in rows if row.oracle_heap_bytes is not None]
    measured = [case for case in cases if case.half_bytes is not None]
    apart = [case for case in cases if case.half_bytes is None]
    plots, judged = list[Plot](), []
    sections, claimed = list[Section](), dict[str, list[Followed]]()
    for some, what in ((measured, "cases with a measured curve"), (apart, "case(s) without a curve: no heap died")):
        for start in STARTS_BYTES:
            if not some:
                continue
            done: dict[str, list[Followed]] = {name: [] for name in policies}
            plans = [(name, case) for name in policies for case in some]

            def followed(plan: tuple[str, HeapCase], start: int = start) -> list[Followed]:
                policy, case = policies[plan[0]], plan[1]
                limits = {"start_bytes": start, "recurrences": recurrences, "seeds": seeds}
                return follow_cases([case], policy, responses, **limits)

            for (name, case), of_case in zip(plans, mapped(followed, plans, jobs), strict=True):
                tell(f"{name} on {case.name}, from {start / GIB:g} GiB")
                done[name] += of_case
            title = f"Measured oracle, from {start / GIB:g} GiB: {len(some)} {what}"
            beside = some is measured and USER in done
            rows_of = [_row(name, of_cases, done[USER] if beside else None) for name, of_cases in done.items()]
            sections.append(Section(title, (*_ALONE, *(_BESIDE_USER if beside else ())), rows_of))
            if beside:
                axes = {
                    "saved": "held_against_user",
                    "died": "deaths_per_case",
                    "x": "heap against user",
                    "y": f"deaths a case in {recurrences} recurrences",
                }
                from_start = f"Measured oracle, from {start / GIB:g} GiB"
                plots += [
                    tradeoff_plot(from_start, rows_of, **axes),
                    frontier_plot(f"{from_start}, by penalty", rows_of, **axes),
                ]
            if some is measured:
                judged.append((title, lambda name: ORACLE, rows_of))
                for name, of_cases in done.items():
                    claimed.setdefault(name, []).extend(of_cases)
    of_policies = {name: claims_by_workload(of_cases, measured) for name, of_cases in claimed.items()}
    risk = kept_risk("Kept risk, cases with a measured curve", of_policies)
    sections += [*risk, *bars_section(judged)]
    plots += [reliability_plot(section.title, section.rows) for section in risk]
    settings = {"seeds": seeds, "recurrences": recurrences, "tries": TRIES, "starts_bytes": STARTS_BYTES}
    return Report(
        "oracle",
        settings | {"cases": [case.name for case in measured], "cases_without_curve": [case.name for case in apart]},
        sections,
        (
            "deaths count whether or not the attempt was called a trial; intervals are 95%, a paired bootstrap over "
            "the cases (9 workloads at one or two sizes: they are not independent)",
            "peaks and collections are the response surface's and seen at every attempt",
        ),
        plots,
    )


def _row(name: str, followed: Sequence[Followed], own: Sequence[Followed] | None) -> dict[str, Any]:
    ends = np.array([one.end_ratio for one in followed])
    attempts = sum(one.attempts for one in followed)
    low, high = ENDS_WELL
    row = {
        "policy": name,
        "attempts": attempts,
        "deaths_per_case": sum(one.deaths for one in followed) / len(followed),
        "late_death_share": sum(one.late_deaths for one in followed) / sum(one.late_attempts for one in followed),
        "trial_share": sum(one.trials for one in followed) / attempts,
        "claim_share": sum(len(one.claims) for one in followed) / attempts,
        "ends_well_share": float(np.mean((ends >= low) & (ends <= high))),
        "below_oracle_share": float(np.mean(ends < low)),
        "end_ratio_p50": float(np.quantile(ends, 0.5)),
        "end_ratio_p90": float(np.quantile(ends, 0.9)),
    }
    if own is None:
        return row
    if name == USER:
        return row | {"deaths_against_user": None, "held_against_user": None}
    return row | {
        "deaths_against_user": paired_difference([_by_case(followed, own, "deaths")], difference_of_means),
        "held_against_user": paired_difference([_by_case(followed, own, "held_bytes")], change_of_sums),
    }


def _by_case(followed: Sequence[Followed], own: Sequence[Followed], figure: str) -> Doubles:
    """Return means over the seeds ``[cases, 2]``: the policy's and the user's."""
    names = list(dict.fromkeys(one.case for one in followed))
    return np.array(
        [[np.mean([getattr(one, figure) for one in some if one.case == name]) for some in (followed, own)]
         for name in names]
    )  # fmt: skip


def claims_by_workload(followed: Sequence[Followed], cases: Sequence[HeapCase]) -> list[Claims]:
    """Group claims by workload: its sizes and their draws are not independent of each other."""
    workload_of = {case.name: case.workload for case in cases}
    return [
        [claim for one in followed if workload_of[one.case] == workload for claim in one.claims]
        for workload in dict.fromkeys(workload_of.values())
    ]
