"""How much of files a task reads, and how objects travel."""

from data_contracts.properties.spark import MIB, parse_size_bytes
from sparkwright.configuration.setting import ConfigSetting, Seen
from sparkwright.spark.figures import seconds, size

MAX_SPLIT = "spark.sql.files.maxPartitionBytes"
SERIALIZER = "spark.serializer"

_DEFAULT_SPLIT = "128MB"
_MIN_SPLIT_BYTES = 16 * MIB
_MAX_SPLIT_BYTES = 512 * MIB
_FULL = 0.6
"""Tasks that read so much of the limit on average are cut by it: the last piece of a file is smaller."""
_MANY = 8
"""Tasks a core from which on fewer and larger ones are worth a thought."""
_SHORT_MS = 1000
_JAVA = "org.apache.spark.serializer.JavaSerializer"
_KRYO = "org.apache.spark.serializer.KryoSerializer"
_MIN_ROWS_BYTES = 16 * MIB
_MIN_ROWS_SHARE = 0.25


def max_partition_bytes(seen: Seen) -> ConfigSetting:
    """Smaller pieces of files where tasks of full ones spilled, larger where they are many and over at once."""
    now = seen.properties.get(MAX_SPLIT, _DEFAULT_SPLIT)
    try:
        limit = parse_size_bytes(now, default_unit="b")
    except ValueError:
        return ConfigSetting(MAX_SPLIT, now, None, "unknown", "what is in force is no size")
    scans = seen.scans
    if not scans:
        return ConfigSetting(MAX_SPLIT, now, None, "unknown", "no SQL stage of the runs seen read files")
    full = [stage for stage in scans if stage.input_bytes / max(1, stage.succeeded_task_count) >= _FULL * limit]
    if not full:
        most = max(scans, key=lambda stage: stage.input_bytes / max(1, stage.succeeded_task_count))
        each = size(most.input_bytes / max(1, most.succeeded_task_count))
        why = "no scan is cut by it: Spark cuts smaller pieces for the cores itself"
        return ConfigSetting(MAX_SPLIT, now, None, "kept", why, (f"stage {most.stage_id}: {each} a task",))
    spilled = [stage for stage in full if stage.disk_spilled_bytes > 0]
    if spilled and limit // 2 >= _MIN_SPLIT_BYTES:
        worst = max(spilled, key=lambda stage: stage.disk_spilled_bytes)
        fact = (
            f"stage {worst.stage_id}: tasks of {size(worst.input_bytes / max(1, worst.succeeded_task_count))} spilled"
        )
        fact += f" {size(worst.disk_spilled_bytes)} in all"
        why = "a task that reads half as much holds half as much"
        return ConfigSetting(MAX_SPLIT, now, f"{limit // 2 // MIB}m", "advised", why, (fact,))
    many = [
        stage
        for stage in full
        if stage.succeeded_task_count > _MANY * seen.slots()
        and stage.task_duration_p75_ms is not None
        and stage.task_duration_p75_ms < _SHORT_MS
    ]
    if many and not spilled and 2 * limit <= _MAX_SPLIT_BYTES:
        most = max(many, key=lambda stage: stage.succeeded_task_count)
        fact = f"stage {most.stage_id}: {most.succeeded_task_count:,} tasks, three of four over within "
        fact += seconds(most.task_duration_p75_ms or 0)
        why = "half as many tasks read the same, each long enough to be worth its start"
        return ConfigSetting(MAX_SPLIT, now, f"{2 * limit // MIB}m", "advised", why, (fact,))
    return ConfigSetting(MAX_SPLIT, now, None, "kept", "tasks cut by it neither spilled nor were over at once")


def serializer(seen: Seen) -> ConfigSetting:
    """Kryo, where much of what is shuffled are objects of RDDs: SQL has a format of its own."""
    now = seen.properties.get(SERIALIZER, _JAVA)
    written = sum(stage.shuffle_write_bytes for stage in seen.stages)
    objects = sum(stage.shuffle_write_bytes for stage in seen.stages if stage.sql_execution_id is None)
    if not seen.stages:
        return ConfigSetting(SERIALIZER, now, None, "unknown", "no stage of a run was seen")
    facts = (f"{size(objects)} of {size(written)} shuffled are of RDDs",)
    if now != _JAVA:
        return ConfigSetting(SERIALIZER, now, None, "kept", "it is not Java's", facts)
    if objects < _MIN_ROWS_BYTES or objects < _MIN_ROWS_SHARE * written:
        return ConfigSetting(SERIALIZER, now, None, "kept", "hardly anything that it writes is shuffled", facts)
    why = "objects are written smaller and sooner; Python's rows are bytes already, which neither makes better"
    return ConfigSetting(SERIALIZER, now, _KRYO, "advised", why, facts)
