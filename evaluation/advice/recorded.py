"""The lab's recorded runs as an environment: what would have been advised at the start of each, from earlier runs.

Requests are as in the oracle's measurement: one executor of one core, no heap set. The oracle of the workload and size
scores the answer. Only runs of workloads at a size with an oracle are asked about; earlier runs are all of the
workload's, whatever their size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.api.properties import SparkProperties
from data_contracts.api.recommendation import RecommendRequest
from data_contracts.tables import Oracle, Run
from evaluation.advice.oracle import HeapCase
from evaluation.advice.policies import Observation
from evaluation.lab.truth import read_truths
from sparkwright.allocation.past import PastRun, past_runs
from sparkwright.errors import ConfigError
from sparkwright.lake import Lake

_ONE_EXECUTOR = {"spark.executor.cores": "1", "spark.executor.instances": "1"}


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """One run whose oracle was measured.

    Attributes:
        launch_id: Name of the launch.
        case: Its workload at its size, with the measured curve.
        run: The run itself.
        before: Runs of the workload that had ended when it started, oldest first.
    """

    launch_id: str
    case: HeapCase
    run: PastRun
    before: Sequence[PastRun]

    def observation(self) -> Observation:
        """What a policy observes at its start; a policy told the input knows what the run read."""
        workload = self.case.workload
        request = RecommendRequest(
            app_name=workload,
            workload=workload,
            platform="standalone",
            properties=SparkProperties.model_validate(_ONE_EXECUTOR),
        )
        at, needed = self.run.started_at, self.case.needed_bytes
        return Observation(request, workload, self.before, at, needed, input_bytes=self.run.input_bytes)


def recorded_runs(folders: Sequence[Path], oracle: Sequence[Oracle]) -> list[RecordedRun]:
    """Return the runs of campaign folders that have an oracle, ordered by start.

    Args:
        folders: Each with ``eventlogs`` and ``truth``; harvested into a temporary lake.
        oracle: The measured rows.

    Raises:
        ConfigError: A folder is not one of the lab's, or no run has an oracle.
    """
    cases = {
        (row.workload_id, row.input_scale): HeapCase.of(row) for row in oracle if row.oracle_heap_bytes is not None
    }
    truths = {
        truth.app_id: truth
        for folder in folders
        for truth in read_truths(folder, purpose="scoring", splits=("train", "validation", "test"))
        if (truth.workload, truth.size) in cases
    }
    rows = _harvested(folders)
    found = []
    for workload in sorted({truth.workload for truth in truths.values()}):
        own = rows.filter(pc.field("workload_id") == workload).sort_by([("ended_at", "ascending")])
        runs = past_runs(own)
        for app_id in own["app_id"].to_pylist():
            if app_id not in truths:
                continue
            (run,) = past_runs(own.filter(pc.field("app_id") == app_id))
            before = [one for one in runs if one.ended_at <= run.started_at]
            truth = truths[app_id]
            found.append(RecordedRun(truth.launch_id, cases[truth.workload, truth.size], run, before))
    if not found:
        names = ", ".join(str(folder) for folder in folders)
        raise ConfigError(f"expected runs in {names} of a workload and size that the oracle has, found none")
    return sorted(found, key=lambda one: one.run.started_at)


def _harvested(folders: Sequence[Path]) -> pa.Table:
    from sparkwright.history.harvest.incremental import harvest
    from sparkwright.stores import place

    with TemporaryDirectory(prefix="sparkwright-") as home:
        lake = Lake(home)
        for folder in folders:
            harvest(place(str(folder / "eventlogs")), None, lake)
        return lake.read(Run)
