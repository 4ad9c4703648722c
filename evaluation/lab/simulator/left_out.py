"""The errors of a fit on unseen runs and workloads.

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
    """A group of left-out runs, and the fit of the other runs.

    Attributes:
        by: Whether the group is a tenth of the runs, or one workload.
        at: The left-out runs ``[N]``.
        codes: Workloads as known to the others ``[N]``: -1 if none of them is of it.
        need: The others' fit of the needed heap.
        situation: Sizes and features as fitted by the others.
        found: The others' coefficients by response.
    """

    by: Literal["runs", "workloads"]
    at: Mask
    codes: Codes
    need: Need = field(init=False)
    situation: dict[str, Doubles] = field(default_factory=dict)
    found: dict[str, Coefficients] = field(default_factory=dict)

    def peers(self, usable: Mask) -> Iterator[Mask]:
        """Yield, for each usable left-out run, the others of its workload; all others if there are none."""
        others = usable & ~self.at
        for code in self.codes[self.at & usable]:
            own = others & (self.codes == code)
            yield own if own.any() else others


_Tell = Callable[[LeftOut], Doubles]


def leave_out(codes: Codes) -> list[LeftOut]:
    """Leave out a tenth of the runs at a time, then one workload at a time.

    The tenths are dealt within each workload, so that the few runs of one are never all left out at once.
    """
    drawn = np.random.default_rng(0).permutation(len(codes))
    parts = np.empty(len(codes), int)
    parts[drawn[np.argsort(codes[drawn], kind="stable")]] = np.arange(len(codes)) % _PARTS
    groups: list[LeftOut] = []
    kinds: tuple[tuple[Codes, Literal["runs", "workloads"]], ...] = ((parts, "runs"), (codes, "workloads"))
    for labels, by in kinds:
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
    """Return mean losses on what was left out.

    Args:
        scale: Scale of the losses.
        usable: Runs that show the response ``[N]``; only these are predicted and learned from.
        left_out: Groups of runs.
        told: Predicts the usable runs of a group by the fit to the others.
        usual: Predicts the same runs by what is usual among the others.
        loss: Loss of predictions for the runs of a mask.
    """
    missed: dict[str, list[Doubles]] = {"runs": [], "naive_runs": [], "workloads": [], "naive_workloads": []}
    for group in left_out:
        at = usable & group.at
        if at.any() and (usable & ~group.at).any():
            missed[group.by].append(loss(told(group), at))
            missed[f"naive_{group.by}"].append(loss(usual(group), at))
    means = {name: round(float(np.concatenate(found).mean()), 4) if found else None for name, found in missed.items()}
    return Errors(scale=scale, run_count=int(usable.sum()), **means)
