"""What the runs of each workload amount to."""

from typing import ClassVar

from data_contracts.column import Key, Meta
from data_contracts.fields import identity as i
from data_contracts.fields import state as s
from data_contracts.row import Row


class WorkloadState(Row):
    """All runs of one workload as the advice sums them up: derived from `runs`, and made anew wherever it does not fit.

    It spares a service that starts the reading of every run; deleting the table loses nothing.
    """

    table: ClassVar[str] = "workload_states"

    workload_id: Key[i.WorkloadId]
    state_version: Meta[s.StateVersion]
    run_count: Meta[s.FoldedRunCount]
    last_ended_at: Meta[s.LastEndedAt]
    runs_digest: Meta[s.RunsDigest]
    state_base64: Meta[s.StateBase64]
