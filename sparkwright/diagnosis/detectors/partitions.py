"""Work cut into too few or too many pieces, and input of many small files."""

import math

from sparkwright.diagnosis.detectors.metrics import StageMetrics
from sparkwright.diagnosis.detectors.signs import Sign, View
from sparkwright.diagnosis.detectors.words import is_on, number
from sparkwright.spark.figures import seconds, size

_MIB = 1024**2
_OPEN_COST = "spark.sql.files.openCostInBytes"
_MAX_SPLIT = "spark.sql.files.maxPartitionBytes"
_SHUFFLE_PARTITIONS = 200  # Spark's default
_MIN_SPLITS = "spark.sql.files.minPartitionNum"

HOW_FEW = (
    "the longest task less the time that the stage needs with its work spread over all cores, no more than the time "
    "cores stood idle"
)
HOW_MANY = (
    "the tasks beyond those that the bytes and the cores ask for, each at the median's duration (where they read "
    "nothing, at the time around their run), spread over the cores"
)


def too_few(stage: StageMetrics, view: View) -> Sign | None:
    """Fewer tasks than cores that could have run them, because a setting says so, or for a long time."""
    limits = view.thresholds
    slots = view.timeline.slots(stage)
    count, longest = stage.succeeded_task_count, stage.longest_task_ms
    if not count or not longest or count > slots - 1:
        return None
    lost = min(longest - stage.occupied_ms / slots, view.timeline.idle_ms(stage))
    wanted = math.ceil(slots * limits.tasks_per_core.value)
    finer = _cut_finer(stage, view, wanted)
    # Pieces as small as Spark merges are not worth cutting; what reads nothing is cut by its parallelism alone.
    tiny = stage.read_bytes / count < limits.tiny_task_bytes.value
    if (tiny and "spark.default.parallelism" not in finer) or (not finer and lost < 1000 * limits.min_uncut_s.value):
        return None
    fact = (
        f"{count:,} task{'s' * (count > 1)} on {slots:.0f} cores, the longest {seconds(longest)}, "
        f"reading {size(stage.read_bytes)} in all" + ("" if finer else "; no setting cut it so")
    )
    return Sign("too_few_partitions", stage, lost, fact, finer)


def _cut_finer(stage: StageMetrics, view: View, wanted: int) -> dict[str, str]:
    """The setting that keeps the pieces few, with a value that does not; empty where the query or the file does."""
    shuffled = stage.shuffle_read_bytes >= stage.input_bytes and stage.shuffle_read_bytes > 0
    if stage.sql_execution_id is None:
        name = "spark.default.parallelism"
        return {name: str(wanted)} if number(view.properties, name, wanted) < wanted else {}
    if shuffled:
        name = "spark.sql.shuffle.partitions"
        return {name: str(wanted)} if number(view.properties, name, _SHUFFLE_PARTITIONS) <= stage.task_count else {}
    if _MAX_SPLIT in view.properties and stage.input_bytes > wanted * _MIB:
        return {_MAX_SPLIT: f"{math.ceil(stage.input_bytes / wanted / _MIB)}m"}
    return {}


def too_many(stage: StageMetrics, view: View) -> Sign | None:
    """Many tasks with next to nothing to do; those that read files are told apart as small files."""
    limits = view.thresholds
    count, p50 = stage.succeeded_task_count, stage.task_duration_p50_ms
    if p50 is None or count < limits.many_tasks.value:
        return None
    slots = view.timeline.slots(stage)
    of_files = stage.input_bytes > stage.shuffle_read_bytes
    small_bytes = limits.small_file_bytes.value if of_files else limits.tiny_task_bytes.value
    small_ms = limits.small_file_task_ms.value if of_files else limits.tiny_task_ms.value
    piece_bytes = limits.split_bytes.value if of_files else limits.partition_bytes.value
    if p50 > small_ms or stage.read_bytes / count > small_bytes:
        return None
    wanted = math.ceil(max(slots * limits.tasks_per_core.value, stage.read_bytes / piece_bytes))
    spare = max(0, count - wanted)
    # What reads nothing may compute all the same: there only what starting and ending a task takes is lost.
    per_task = p50 if stage.read_bytes else min(p50, (stage.occupied_ms - stage.executor_run_time_ms) / count)
    lost = min(spare * per_task / slots, view.timeline.wall_ms(stage))
    fact = (
        f"{count:,} tasks read {size(stage.read_bytes / count)} each, median {seconds(p50)}; {wanted:,} would do for "
        f"{slots:.0f} cores"
    )
    if of_files:
        return Sign("small_files", stage, lost, fact, _pack_files(view, wanted))
    return Sign("too_many_partitions", stage, lost, fact, _cut_coarser(stage, view, wanted))


def _pack_files(view: View, wanted: int) -> dict[str, str]:
    """Take back a setting that keeps Spark from putting small files together."""
    found = {}
    if _OPEN_COST in view.properties:
        found[_OPEN_COST] = "4m"  # Spark's default
    if _MIN_SPLITS in view.properties:
        found[_MIN_SPLITS] = str(wanted)
    return found


def _cut_coarser(stage: StageMetrics, view: View, wanted: int) -> dict[str, str]:
    if stage.sql_execution_id is None:
        return {"spark.default.parallelism": str(wanted)}
    if not stage.shuffle_read_bytes:
        return {}
    names = ("spark.sql.adaptive.enabled", "spark.sql.adaptive.coalescePartitions.enabled")
    off = {name: "true" for name in names if not is_on(view.properties, name, True)}
    return off or {"spark.sql.shuffle.partitions": str(wanted)}
