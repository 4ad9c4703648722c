"""Latent needs of simulated runs: for scoring only; nothing that learns or forecasts imports this."""

from typing import ClassVar

from data_contracts.column import Key, Meta
from data_contracts.fields import identity as i
from data_contracts.fields import simulation as s
from data_contracts.row import Row
from data_contracts.tables.history import Application


class LatentNeed(Row):
    """What a simulated run really needed, which no log reveals: for scoring only, never a feature or a label."""

    table: ClassVar[str] = "latent_needs"
    belongs_to: ClassVar[type[Row] | None] = Application

    app_id: Key[i.AppId]
    attempt_id: Key[i.AttemptId]
    workload_id: Meta[i.WorkloadId]
    needed_heap_bytes: Meta[s.NeededHeapBytes]
    median_needed_heap_bytes: Meta[s.MedianNeededHeapBytes]
    whole_input_bytes: Meta[s.WholeInputBytes]
    queue_wait_ms: Meta[s.QueueWaitMs]
    retry_count: Meta[s.RetryCount]
    code_change_count: Meta[s.CodeChangeCount]
    is_surge: Meta[s.IsSurge]
    like_workload: Meta[s.LikeWorkload]
    fleet: Meta[s.FleetStamp]
