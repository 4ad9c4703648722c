"""Run a plan of soft evidence; what ran before is not run again."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from data_contracts.tables import Oracle
from evaluation.lab.campaign import Launch
from evaluation.lab.manifest import Done, Manifest, open_folder
from evaluation.lab.run_session import run_session
from evaluation.lab.soft.plan import SoftPlan, soft_launches


def record_runs(
    plan: SoftPlan,
    oracles: Sequence[Oracle],
    out: Path,
    cache: Path,
    *,
    budget_s: float,
    tell: Callable[[Launch, Done], None],
) -> Manifest:
    """Run what fits into the budget and return the manifest.

    Args:
        plan: What to run.
        oracles: Measured needs; those without an edge are left out.
        out: Folder like a campaign's.
        cache: Folder of the generated inputs.
        budget_s: No run is started after this many seconds.
        tell: Called after each run.

    Raises:
        ConfigError: ``out`` holds something else.
        MissingProgramError: Java, pyspark or tpchgen-cli is not installed.
    """
    began = time.monotonic()
    manifest = open_folder(out, plan)
    left = [launch for launch in soft_launches(plan, oracles) if launch.launch_id not in manifest.done]
    if not left:
        return manifest
    max_mib = max(launch.executors.memory_mib for launch in left)
    with run_session(left[0], out, manifest, cache, limit_s=plan.limit_s, cores_count=1, memory_mib=max_mib) as run:
        for launch in left:
            if time.monotonic() - began > budget_s:
                break
            tell(launch, run(launch))
    return manifest
