"""Shuffle partitions, adaptive execution and skewed joins, from what stages read of shuffles."""

import math

from data_contracts.spark_catalogue import version_key
from data_contracts.spark_properties import MIB
from sparkwright.configuration.setting import ConfigSetting, Seen
from sparkwright.diagnosis.detectors.words import is_on, number
from sparkwright.spark.figures import size

PARTITIONS = "spark.sql.shuffle.partitions"
ADAPTIVE = "spark.sql.adaptive.enabled"
SKEW_JOIN = "spark.sql.adaptive.skewJoin.enabled"

_DEFAULT_PARTITIONS = 200
_ADAPTIVE_SINCE = (3, 2, 0)
"""The version that turned adaptive execution on by default (SPARK-33679): before, it was an experiment."""
_PIECE_BYTES = 64 * MIB
"""``spark.sql.adaptive.advisoryPartitionSizeInBytes``: what adaptive execution merges partitions up to."""
_TASKS_PER_CORE = 2
_HEADROOM = 2.0
"""How much more than the largest shuffle that was seen is expected, before pieces outgrow ``_PIECE_BYTES``."""
_WORTH = 2
"""Fewer partitions are advised where they are fewer than one in so many."""

_NO_SHUFFLE = "no SQL stage of the runs seen read a shuffle"


def shuffle_partitions(seen: Seen) -> ConfigSetting:
    """As many as the cores and the largest shuffle ask for; never fewer where a task has spilled.

    With adaptive execution, too: it merges what reducers read, but each mapper still cuts its rows into that many.
    """
    now = number(seen.properties, PARTITIONS, _DEFAULT_PARTITIONS)
    shuffled = seen.shuffled
    if not shuffled:
        return ConfigSetting(PARTITIONS, str(now), None, "unknown", _NO_SHUFFLE)
    adaptive = is_on(seen.properties, ADAPTIVE, True)
    counts = {stage.task_count for stage in shuffled}
    if max(counts) > now or (not adaptive and now not in counts):
        why = f"the stages that read shuffles had {_span(counts)} tasks, so the code sets it where it runs"
        return ConfigSetting(PARTITIONS, str(now), None, "unknown", why)
    largest = max(shuffled, key=lambda stage: stage.shuffle_read_bytes)
    slots = seen.slots()
    wanted = max(_TASKS_PER_CORE * slots, math.ceil(_HEADROOM * largest.shuffle_read_bytes / _PIECE_BYTES))
    facts = [
        f"the largest of {len(shuffled)} shuffles read in {len(seen.runs)} run(s) is "
        f"{size(largest.shuffle_read_bytes)} (stage {largest.stage_id}): {size(largest.shuffle_read_bytes / now)} in "
        f"each of {now} partitions",
        f"{slots} task(s) ran at once at most",
    ]
    spilled = sum(stage.disk_spilled_bytes for stage in shuffled)
    if wanted > now:
        value = str(min(2 * now, wanted))
        why = f"pieces of at most {size(_PIECE_BYTES)} where the shuffle doubles; one step at most doubles"
        return ConfigSetting(PARTITIONS, str(now), value, "advised", why, tuple(facts))
    if spilled:
        facts.append(f"{size(spilled)} were spilled by stages that read shuffles")
        why = "fewer partitions would make the pieces larger that did not fit into memory"
        return ConfigSetting(PARTITIONS, str(now), None, "kept", why, tuple(facts))
    if _WORTH * wanted > now:
        return ConfigSetting(PARTITIONS, str(now), None, "kept", "it fits the shuffles and the cores", tuple(facts))
    cut = sum(stage.task_count for stage in seen.sql_stages if stage.shuffle_write_bytes > 0)
    if adaptive:
        facts.append(f"{cut:,} tasks cut their rows into {now} pieces each, which were merged again")
    else:
        small = [stage for stage in shuffled if stage.task_count == now]
        facts.append(f"{len(small)} stage(s) ran {now} tasks each, adaptive execution is off")
    why = f"{_TASKS_PER_CORE} tasks a core and pieces of at most {size(_PIECE_BYTES)} where the shuffle doubles"
    return ConfigSetting(PARTITIONS, str(now), str(wanted), "advised", why, tuple(facts))


def adaptive_execution(seen: Seen, spark_version: str) -> ConfigSetting:
    """On, where SQL shuffles and the Spark version has it by default."""
    version = version_key(spark_version)
    default = version is not None and version >= _ADAPTIVE_SINCE
    on = is_on(seen.properties, ADAPTIVE, default)
    now = "true" if on else "false"
    shuffled = seen.shuffled
    if not shuffled:
        return ConfigSetting(ADAPTIVE, now, None, "unknown", _NO_SHUFFLE)
    pieces = max(shuffled, key=lambda stage: stage.task_count)
    facts = (
        f"stage {pieces.stage_id}: {pieces.task_count:,} tasks read {size(pieces.read_bytes / max(1, pieces.task_count))}"
        " each",
    )
    if on:
        return ConfigSetting(ADAPTIVE, now, None, "kept", "it is on", facts)
    if not default:
        why = f"Spark {spark_version or '(unknown version)'} does not have it on by default, which 3.2 was the first to"
        return ConfigSetting(ADAPTIVE, now, None, "unknown", why, facts)
    why = "pieces are merged, and joins chosen again, by the sizes that shuffles really had"
    return ConfigSetting(ADAPTIVE, now, "true", "advised", why, facts)


def skewed_joins(seen: Seen, spark_version: str) -> ConfigSetting:
    """Splitting of skewed partitions, which Spark does in joins: on where a partition is skewed by its own measure."""
    version = version_key(spark_version)
    on = is_on(seen.properties, SKEW_JOIN, version is not None and version >= (3, 0, 0))
    now = "true" if on else "false"
    uneven = [
        stage
        for stage in seen.shuffled
        if (stage.largest_task_read_bytes or 0) > max(_PIECE_BYTES, _SKEW_FACTOR * stage.mean_other_bytes)
    ]
    if not uneven:
        why = "no task read much more of a shuffle than the others did" if seen.shuffled else _NO_SHUFFLE
        return ConfigSetting(SKEW_JOIN, now, None, "kept" if seen.shuffled and on else "unknown", why)
    worst = max(uneven, key=lambda stage: stage.largest_task_read_bytes or 0)
    facts = (
        f"stage {worst.stage_id}: one task read {size(worst.largest_task_read_bytes or 0)}, the others "
        f"{size(worst.mean_other_bytes)} on average",
    )
    if on:
        return ConfigSetting(SKEW_JOIN, now, None, "kept", "it is on; an aggregation is not split", facts)
    why = "a partition that much larger than the others is split where it is joined"
    return ConfigSetting(SKEW_JOIN, now, "true", "advised", why, facts)


_SKEW_FACTOR = 5.0
"""``spark.sql.adaptive.skewJoin.skewedPartitionFactor``."""


def _span(counts: set[int]) -> str:
    return str(min(counts)) if len(counts) == 1 else f"{min(counts)} to {max(counts)}"
