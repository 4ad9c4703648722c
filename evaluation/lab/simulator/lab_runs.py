"""The lab's real runs as arrays: what each was given, the size of its whole input, and its outcome.

Shapes: N runs.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.properties.spark import MIB
from data_contracts.tables import Run, Source
from sparkwright.errors import ConfigError
from sparkwright.held_out import held_out, without_faults
from sparkwright.lake import Lake

Doubles = npt.NDArray[np.float64]
_MULTIPLES = (2, 3, 4)
_SAME = 0.03
_MIN_INPUT_BYTES = MIB


@dataclass(frozen=True, slots=True)
class LabRuns:
    """Runs that succeeded or died of their heap.

    Attributes:
        names: Workloads.
        codes: Position of each run's workload in ``names`` ``[N]``.
        columns: Columns of ``runs`` as numbers ``[N]``; NaN if not measured.
        input_mib: The whole input ``[N]``; a run that died read part of it, or parts of it more than once.
        died: Whether the run died of its heap ``[N]``.
        app_ids: Application id of the run ``[N]``.
    """

    names: tuple[str, ...]
    codes: npt.NDArray[np.int64]
    columns: dict[str, Doubles]
    input_mib: Doubles
    died: npt.NDArray[np.bool_]
    app_ids: tuple[str, ...]

    def __getitem__(self, name: str) -> Doubles:
        """One column."""
        return self.columns[name]

    @property
    def heap_mib(self) -> Doubles:
        """Heap of one executor."""
        return self["executor_memory_bytes"] / MIB

    @property
    def concurrent_tasks(self) -> Doubles:
        """Tasks that share the heap of one executor."""
        return np.asarray(np.maximum(1, self["executor_cores_count"] // self["task_cpus_count"]))

    @property
    def slot_count(self) -> Doubles:
        """Tasks that run at once."""
        return np.asarray(self.concurrent_tasks * np.maximum(1, self["executor_count"]))


def read_lab_runs(lake: Lake) -> LabRuns:
    """Read the real runs of a lake that responses may be fitted to.

    Left out are injected faults, runs that failed for other reasons than their heap, those that read next to nothing
    (their need does not come from their input), and what the lab holds out for scoring: models learn from what is made
    with these responses.

    Raises:
        LakeError: The lake has no runs.
        ConfigError: None of its runs is suitable.
    """
    table = without_faults(lake.read(Run, filters=pc.field("origin") == "lab"))
    fit = pc.is_in(table["memory_verdict"], pa.array(["enough", "heap_oom"]))
    table = table.filter(pc.and_(fit, pc.greater_equal(table["input_bytes"], _MIN_INPUT_BYTES)))
    scored = pc.is_in(table["workload_id"], pa.array(sorted(held_out().workload_ids)))
    table = table.filter(pc.invert(scored)).sort_by([("workload_id", "ascending"), ("started_at", "ascending")])
    if not table.num_rows:
        raise ConfigError(
            f"expected runs with origin lab in {lake.uri} that are not held out; harvest a campaign of the lab first"
        )
    columns = {
        name: pc.cast(column, pa.float64()).to_numpy()
        for name, column in zip(table.column_names, table.columns, strict=True)
        if pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
    }
    workloads = table["workload_id"].to_pylist()
    names = tuple(sorted(set(workloads)))
    codes = np.array([names.index(name) for name in workloads])
    died = np.array([verdict == "heap_oom" for verdict in table["memory_verdict"].to_pylist()])
    app_ids = tuple(table["app_id"].to_pylist())
    scales = _scales(lake, workloads, app_ids)
    input_mib = whole_inputs(columns["input_bytes"] / MIB, codes, died, scales)
    return LabRuns(names, codes, columns, input_mib, died, app_ids)


def whole_inputs(
    input_mib: Doubles, codes: npt.NDArray[np.int64], died: npt.NDArray[np.bool_], scales: Sequence[str]
) -> Doubles:
    """Return the input of each run, counted once: a run that died read part of it, or all of it two to four times.

    Such a run has the input of the good runs of its workload and scale; if the scale is unknown, that of another run of
    its workload of which it read a whole multiple.
    """
    whole = input_mib.copy()
    for position in np.flatnonzero(died):
        same = (codes == codes[position]) & ~died & (np.array(scales) == scales[position])
        if scales[position] and same.any():
            whole[position] = np.median(input_mib[same])
            continue
        others = np.unique(input_mib[(codes == codes[position]) & (input_mib < 0.9 * input_mib[position])])
        for multiple in _MULTIPLES:
            near = others[np.abs(input_mib[position] / (multiple * others) - 1) < _SAME]
            if near.size:
                whole[position] = near[0]
                break
    return whole


def _scales(lake: Lake, workloads: Sequence[str], app_ids: Sequence[str]) -> list[str]:
    """Return the input scale named in each run's launch id, such as ``histories-sort-0.2-07``."""
    sources = lake.read(Source, columns=["app_id", "launch_id"]).to_pylist() if lake.exists(Source) else []
    launches = {source["app_id"]: source["launch_id"] or "" for source in sources}
    found = (
        re.search(rf"-{re.escape(workload)}-(\d+(?:\.\d+)?)-", launches.get(app_id, ""))
        for workload, app_id in zip(workloads, app_ids, strict=True)
    )
    return [match[1] if match else "" for match in found]
