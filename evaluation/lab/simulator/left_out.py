"""How far a fit is off on runs and on workloads that it has not seen.

Shapes: N runs.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from evaluation.lab.simulator.lab_runs import Doubles
from evaluation.lab.simulator.need import Need
from evaluation.lab.simulator.response import Codes, Coefficients
from evaluation.lab.simulator.responses import Errors

Mask = npt.NDArray[np.bool_]
_PARTS = 10
_UNSEEN = -1


@dataclass(slots=True)
class LeftOut:
    """Runs that the others have to tell, and what these others make of all runs.

    Attributes:
        by: A tenth of the runs, or one workload.
        at: The runs that are left out ``[N]``.
        codes: Workloads as the others know them ``[N]``: -1 is one that none of them is of.
        need: What the others say of the needed heap.
        situation: Sizes and features as the others fit them.
        found: Coefficients of the others by response.
    """

    by: Literal["runs", "workloads"]
    at: Mask
    codes: Codes
    need: Need | None = None
    situation: dict[str, Doubles] = field(default_factory=dict)
    found: dict[str, Coefficients] = field(default_factory=dict)

    def peers(self, usable: Mask) -> Iterator[Mask]:
        """For each usable run left out the others of its workload; all others where there are none."""
        others = usable & ~self.at
        for code in self.codes[self.at & usable]:
            own = others & (self.codes == code)
            yield own if own.any() else others


_Tell = Callable[[LeftOut], Doubles]


def leave_out(codes: Codes) -> list[LeftOut]:
    """A tenth of the runs at a time, then one workload at a time.

    The tenths are dealt within each workload: what few runs of it show is not all left out at once.
    """
    drawn = np.random.default_rng(0).permutation(len(codes))
    parts = np.empty(len(codes), int)
    parts[drawn[np.argsort(codes[drawn], kind="stable")]] = np.arange(len(codes)) % _PARTS
    groups: list[LeftOut] = []
    for labels, by in ((parts, "runs"), (codes, "workloads")):
        for label in np.unique(labels):
            at = labels == label
            groups.append(LeftOut(by, at, np.where(np.isin(codes, codes[~at]), codes, _UNSEEN)))
    return groups


def errors_on(
    scale: Literal["log", "logit", "nats"],
    usable: Mask,
    left_out: Sequence[LeftOut],
    told: _Tell,
    usual: _Tell,
    loss: Callable[[Doubles, Mask], Doubles],
) -> Errors:
    """Mean losses on what was left out.

    Args:
        scale: Of the losses.
        usable: Runs that show the response ``[N]``; only these are told and learned from.
        left_out: Groups of runs.
        told: What the fit to the others says of the usable runs of a group.
        usual: What is usual among the others, for the same runs.
        loss: Of predictions of the runs of a mask.
    """
    missed: dict[str, list[Doubles]] = {"runs": [], "naive_runs": [], "workloads": [], "naive_workloads": []}
    for group in left_out:
        at = usable & group.at
        if at.any() and (usable & ~group.at).any():
            missed[group.by].append(loss(told(group), at))
            missed[f"naive_{group.by}"].append(loss(usual(group), at))
    means = {name: round(float(np.concatenate(found).mean()), 4) if found else None for name, found in missed.items()}
    return Errors(scale=scale, run_count=int(usable.sum()), **means)
