"""Stages that work by way of the disk, or that spend their time collecting garbage."""

from data_contracts.properties.spark import parse_size_bytes
from sparkwright.diagnosis.detectors.metrics import StageMetrics
from sparkwright.diagnosis.detectors.signs import Sign, View
from sparkwright.diagnosis.taxonomy.repairs.amounts import double_executor_memory
from sparkwright.spark.figures import seconds, size

HOW_SPILL = (
    "the spilled rows, as large as they were in memory, at the rate at which a core writes and reads them again, "
    "spread over the cores that had tasks"
)
HOW_GC = "the tasks' time in garbage collection beyond its usual share of their run time, spread over the cores"


def spill(stage: StageMetrics, view: View) -> Sign | None:
    """Rows that did not fit into the memory of a task."""
    limits = view.thresholds
    if not stage.disk_spilled_bytes:
        return None
    handled = max(stage.input_bytes, stage.shuffle_read_bytes, stage.shuffle_write_bytes, 1)
    if stage.memory_spilled_bytes < limits.spill_ratio.value * handled:
        return None
    busy = max(1.0, min(view.timeline.slots(stage), stage.task_count))
    lost = min(
        stage.memory_spilled_bytes / limits.spill_bytes_per_s.value * 1000 / busy, view.timeline.wall_ms(stage) / 2
    )
    fact = (
        f"{size(stage.memory_spilled_bytes)} of rows in memory went to disk as {size(stage.disk_spilled_bytes)} and "
        f"back; the stage handled {size(handled)} in {stage.task_count:,} tasks"
    )
    return Sign("excessive_spill", stage, lost, fact, _more_heap(view))


def collecting(stage: StageMetrics, view: View) -> Sign | None:
    """Much of the run time in garbage collection."""
    limits = view.thresholds
    share = stage.jvm_gc_time_ms / max(1, stage.executor_run_time_ms)
    if share < limits.gc_share.value:
        return None
    busy = max(1.0, min(view.timeline.slots(stage), stage.task_count))
    lost = (stage.jvm_gc_time_ms - limits.usual_gc_share.value * stage.executor_run_time_ms) / busy
    fact = f"{share:.0%} of {seconds(stage.executor_run_time_ms)} of run time went into garbage collection"
    return Sign("gc_pressure", stage, lost, fact, _more_heap(view))


def _more_heap(view: View) -> dict[str, str]:
    """Twice the heap, where that is no heap of a size that brings its own trouble."""
    doubled = double_executor_memory(view.properties)
    sizes = [parse_size_bytes(value) for value in doubled.values()]
    return doubled if all(found <= view.thresholds.max_heap_bytes.value for found in sizes) else {}
