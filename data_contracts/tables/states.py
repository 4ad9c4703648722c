"""Summaries of each workload's runs."""

from typing import ClassVar

from data_contracts.column import Key, Meta
from data_contracts.fields import identity as i
from data_contracts.fields import state as s
from data_contracts.row import Row


class WorkloadState(Row):
    """All runs of one workload as summarised for advice: derived from `runs`, and rebuilt if it does not match them.

    It spares a starting service from reading every run; deleting the table loses nothing.
    """

    table: ClassVar[str] = "workload_states"

    workload_id: Key[i.WorkloadId]
    state_version: Meta[s.StateVersion]
    run_count: Meta[s.FoldedRunCount]
    last_ended_at: Meta[s.LastEndedAt]
    runs_digest: Meta[s.RunsDigest]
    state_base64: Meta[s.StateBase64]
