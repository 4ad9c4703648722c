"""Replay policies on tasks of scientific workflows: memory wasted after the first runs, and tasks killed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

import numpy as np

from evaluation.advice.bars import COMPLETION, START, bars_section
from evaluation.advice.bootstrap import Doubles, change_of_sums, difference_of_shares, paired_difference
from evaluation.advice.claims import kept_risk
from evaluation.advice.plots import Plot, reliability_plot, tradeoff_plot
from evaluation.advice.policies import MAX_PEAK, USER, Policy
from evaluation.advice.processes import mapped
from evaluation.advice.report import Column, Report, Section, change, percent
from evaluation.advice.tasks import FIRST_RUNS, FLOOR_BYTES, Order, Task, Wasted, replay

_BARS = {"start": START, "completion": COMPLETION}


def on_tasks(
    workflows: Mapping[str, Sequence[Task]],
    policies: Mapping[str, Policy],
    *,
    floor_bytes: int = FLOOR_BYTES,
    jobs: int = 1,
    tell: Callable[[str], None] = lambda name: None,
) -> Report:
    """Return what each policy wastes in each workflow, by order of start and of completion.

    Args:
        workflows: Tasks by workflow.
        policies: By name, including ``user``.
        floor_bytes: Minimum for every task, whatever the policy.
        jobs: Number of processes.
        tell: Called with progress messages.
    """
    sections, plots, judged = list[Section](), list[Plot](), []
    for order in get_args(Order):
        done: dict[str, list[list[Wasted]]] = {name: [] for name in policies}
        plans = [(name, workflow) for name in policies for workflow in workflows]

        def replayed(plan: tuple[str, str], order: Order = order) -> list[Wasted]:
            return replay(workflows[plan[1]], policies[plan[0]], order, floor_bytes)

        for (name, workflow), wasted in zip(plans, mapped(replayed, plans, jobs), strict=True):
            tell(f"{name} on {workflow}, by order of {order}")
            done[name].append(wasted)
        rows = [_row(name, wasted, [*workflows], done) for name, wasted in done.items()]
        sections.append(Section(f"Workflow tasks, by order of {order}", _columns([*workflows]), rows))
        axes = {
            "saved": "waste_against_user",
            "died": "failure_share",
            "x": "waste against user",
            "y": "tasks killed at first",
        }
        plots.append(tradeoff_plot(f"Workflow tasks, by order of {order}", rows, **axes))
        claims = {name: [one.claims for some in wasted for one in some] for name, wasted in done.items()}
        risk = kept_risk(f"Kept risk, first tries of tasks by order of {order}", claims)
        sections += risk
        judged.append((f"by order of {order}", lambda name, bars=_BARS[order]: bars, rows))
        plots += [reliability_plot(section.title, section.rows) for section in risk]
    sections += bars_section(judged)
    return Report(
        "sizey",
        {
            "first_runs": FIRST_RUNS,
            "floor_bytes": floor_bytes,
            "tasks": {name: len(tasks) for name, tasks in workflows.items()},
        },
        sections,
        (
            "of each workflow: GB-h wasted after the first runs, and share of tasks whose first try was killed; "
            "against others: geometric mean over the workflows",
            "intervals are 95%, a paired bootstrap over the processes of each workflow; need is observed here",
        ),
        plots,
    )


def _columns(names: Sequence[str]) -> list[Column]:
    return [
        Column("policy", "policy"),
        *(Column(name, name, _wasted) for name in names),
        Column("failure_share", "all failures", percent),
        Column("waste_against_user", "waste against user", change),
        Column("failures_against_user", "failures against user", change),
        Column("waste_against_max_peak", f"waste against {MAX_PEAK}", change),
        Column("total_against_max_peak_ratio", "total / same", lambda value: f"{value:.2f}"),
    ]


def _wasted(value: Mapping[str, float]) -> str:
    return f"{value['wasted_gb_h']:,.0f} {value['failure_share']:.2%}"


def _row(
    name: str, wasted: Sequence[Sequence[Wasted]], workflows: Sequence[str], done: Mapping[str, list[list[Wasted]]]
) -> dict[str, Any]:
    row: dict[str, Any] = {"policy": name}
    for workflow, some in zip(workflows, wasted, strict=True):
        tasks = sum(one.tasks for one in some)
        row[workflow] = {
            "wasted_gb_h": sum(one.wasted_gb_h for one in some),
            "failure_share": sum(one.failures for one in some) / max(1, tasks),
            "kills": sum(one.kills for one in some),
            "tasks": tasks,
        }
    every = [one for some in wasted for one in some]
    row["failure_share"] = sum(one.failures for one in every) / max(1, sum(one.tasks for one in every))
    own, by_peak = done[USER], done.get(MAX_PEAK)
    row["waste_against_user"] = row["failures_against_user"] = None
    row["waste_against_max_peak"] = row["total_against_max_peak_ratio"] = row["failures_over_max_peak"] = None
    row["better_workflow_count"] = None
    if name != USER:
        row["waste_against_user"] = paired_difference(_side_by_side(wasted, own, ["wasted_gb_h"]), change_of_sums)
        shares = _side_by_side(wasted, own, ["failures", "tasks"])
        row["failures_against_user"] = paired_difference(shares, difference_of_shares)
    if by_peak is not None and name != MAX_PEAK:
        row["waste_against_max_peak"] = paired_difference(
            _side_by_side(wasted, by_peak, ["wasted_gb_h"]), change_of_sums
        )
        total = sum(one.wasted_gb_h for some in by_peak for one in some)
        row["total_against_max_peak_ratio"] = sum(one.wasted_gb_h for one in every) / total
        failures = sum(one.failures for some in by_peak for one in some)
        row["better_workflow_count"] = sum(
            sum(one.wasted_gb_h for one in ours) <= sum(one.wasted_gb_h for one in theirs)
            and sum(one.failures for one in ours) <= sum(one.failures for one in theirs)
            for ours, theirs in zip(wasted, by_peak, strict=True)
        )
        row["failures_over_max_peak"] = sum(one.failures for one in every) / failures if failures else None
    return row


def _side_by_side(
    wasted: Sequence[Sequence[Wasted]], base: Sequence[Sequence[Wasted]], figures: Sequence[str]
) -> list[Doubles]:
    """Return an array ``[processes, 2 x figures]`` per workflow: the policy's, then the base's."""
    return [
        np.array([[getattr(one, figure) for one in pair for figure in figures] for pair in zip(*both, strict=True)])
        for both in zip(wasted, base, strict=True)
    ]
