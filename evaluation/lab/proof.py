"""What the runs of a fault prove together: that it is always reproduced, and that its repair always removes it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from evaluation.lab.campaign import Launch
from evaluation.lab.catalogue import CATALOGUE
from evaluation.lab.truth import Proof


def proofs(plan: Sequence[Launch], verified: Mapping[str, bool]) -> Iterator[tuple[Launch, Proof]]:
    """Yield the first run of each repeated variant whose runs are complete, and what they prove.

    Args:
        plan: Launches of a campaign.
        verified: Whether a launch that has run showed what it was meant to.
    """
    variants: dict[str, list[Launch]] = defaultdict(list)
    for launch in plan:
        if launch.variant in CATALOGUE:
            variants[launch.variant].append(launch)
    for variant, found in variants.items():
        unrepaired = [launch for launch in found if not launch.repaired]
        repaired = [launch for launch in found if launch.repaired]
        if len(unrepaired) > 1 and all(launch.launch_id in verified for launch in found):
            fault = CATALOGUE[variant]
            yield (
                min(unrepaired, key=lambda launch: launch.repeat),
                Proof(
                    unrepaired_count=len(unrepaired),
                    shown_count=sum(verified[launch.launch_id] for launch in unrepaired),
                    repaired_count=len(repaired),
                    passed_count=sum(verified[launch.launch_id] for launch in repaired),
                    no_repair="" if fault.repair else fault.knob,
                ),
            )
