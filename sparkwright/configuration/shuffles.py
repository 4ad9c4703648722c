"""Shuffle partitions, adaptive execution and skewed joins, from what stages read of shuffles."""

import math
from collections.abc import Mapping

from data_contracts.properties.spark import MIB, parse_size_bytes
from sparkwright.configuration.setting import ConfigSetting, Seen
from sparkwright.diagnosis.detectors.metrics import ApplicationMetrics, StageMetrics
from sparkwright.diagnosis.detectors.words import is_on, number
from sparkwright.spark.figures import size

PARTITIONS = "spark.sql.shuffle.partitions"
ADAPTIVE = "spark.sql.adaptive.enabled"
SKEW_JOIN = "spark.sql.adaptive.skewJoin.enabled"

_SKEW_THRESHOLD = "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes"
_COALESCE = "spark.sql.adaptive.coalescePartitions.enabled"
_DEFAULT_PARTITIONS = 200
_PIECE_BYTES = 64 * MIB
"""``spark.sql.adaptive.advisoryPartitionSizeInBytes``: what adaptive execution merges partitions up to."""
_TASKS_PER_CORE = 2
_SKEW_FACTOR = 5.0
"""``spark.sql.adaptive.skewJoin.skewedPartitionFactor``."""
_DEFAULT_SKEW_BYTES = 256 * MIB
_MIN_SKEW_BYTES = 8 * MIB
"""A task that reads less does not keep the others waiting for long."""
_HEADROOM = 2.0
"""How much more than the largest shuffle that was seen is expected, before pieces outgrow ``_PIECE_BYTES``."""
_WORTH = 2
_WORTH_FEWER = 16
"""Fewer partitions are advised where they are no more than one in ``_WORTH``, and so many fewer."""

_NO_SHUFFLE = "no SQL stage of the runs seen read a shuffle"


def shuffle_partitions(seen: Seen) -> ConfigSetting:
    """As many as the cores and the largest shuffle ask for; never fewer where a task has spilled.

    With adaptive execution, too: it merges what reducers read, but each mapper still cuts its rows into that many.
    """
    now = number(seen.properties, PARTITIONS, _DEFAULT_PARTITIONS)
    shuffled = seen.shuffled
    if not shuffled:
        return ConfigSetting(PARTITIONS, str(now), None, "unknown", _NO_SHUFFLE)
    if any(_set_by_code(seen, run) for run in seen.runs):
        counts = {stage.task_count for stage in shuffled}
        why = f"the stages that read shuffles had {_span(counts)} tasks, so the code sets it where it runs"
        return ConfigSetting(PARTITIONS, str(now), None, "unknown", why)
    merged = _merges(seen, seen.properties)
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
        value = str(min(max(2 * now, _TASKS_PER_CORE * slots), wanted))
        why = f"pieces of at most {size(_PIECE_BYTES)} where the shuffle doubles; at most twice as many at once"
        return ConfigSetting(PARTITIONS, str(now), value, "advised", why, tuple(facts))
    if spilled:
        facts.append(f"{size(spilled)} were spilled by stages that read shuffles")
        why = "fewer partitions would make the pieces larger that did not fit into memory"
        return ConfigSetting(PARTITIONS, str(now), None, "kept", why, tuple(facts))
    if uneven := _uneven(seen, _MIN_SKEW_BYTES):
        facts.append(f"stage {uneven[0].stage_id}: one task read {size(uneven[0].largest_task_read_bytes or 0)} of it")
        why = "one task reads much more than the others: with fewer partitions more keys would wait behind it"
        return ConfigSetting(PARTITIONS, str(now), None, "kept", why, tuple(facts))
    if _WORTH * wanted > now or now - wanted < _WORTH_FEWER:
        return ConfigSetting(PARTITIONS, str(now), None, "kept", "it fits the shuffles and the cores", tuple(facts))
    cut = sum(stage.task_count for stage in seen.sql_stages if stage.shuffle_write_bytes > 0)
    if merged:
        facts.append(f"{cut:,} tasks cut their rows into {now} pieces each, which were merged again")
    else:
        most = max(shuffled, key=lambda stage: stage.task_count)
        facts.append(f"stage {most.stage_id} ran {most.task_count:,} tasks: adaptive execution merges none")
    why = f"{_TASKS_PER_CORE} tasks a core and pieces of at most {size(_PIECE_BYTES)} where the shuffle doubles"
    return ConfigSetting(PARTITIONS, str(now), str(wanted), "advised", why, tuple(facts))


def _merges(seen: Seen, properties: Mapping[str, str]) -> bool:
    return is_on(properties, ADAPTIVE, seen.is_since(3, 2, 0)) and is_on(properties, _COALESCE, True)


def _set_by_code(seen: Seen, run: ApplicationMetrics) -> bool:
    """Whether the stages of a run had another number of tasks than the number in force can have given them."""
    counts = {one.task_count for one in run.stages if one.sql_execution_id is not None and one.shuffle_read_bytes > 0}
    had = number(run.properties, PARTITIONS, _DEFAULT_PARTITIONS)
    return bool(counts) and (max(counts) > had or (not _merges(seen, run.properties) and had not in counts))


def adaptive_execution(seen: Seen) -> ConfigSetting:
    """On, where SQL shuffles and the Spark version has it by default."""
    on = seen.is_adaptive
    now = "true" if on else "false"
    shuffled = seen.shuffled
    if not shuffled:
        return ConfigSetting(ADAPTIVE, now, None, "unknown", _NO_SHUFFLE)
    pieces = max(shuffled, key=lambda stage: stage.task_count)
    each = size(pieces.read_bytes / max(1, pieces.task_count))
    facts = (f"stage {pieces.stage_id}: {pieces.task_count:,} tasks read {each} each",)
    if on:
        return ConfigSetting(ADAPTIVE, now, None, "kept", "it is on", facts)
    if not seen.is_since(3, 2, 0):
        version = seen.spark_version or "(unknown version)"
        why = f"Spark {version} is not known to have it on by default, as 3.2 and later have"
        return ConfigSetting(ADAPTIVE, now, None, "unknown", why, facts)
    why = "pieces are merged, and joins chosen again, by the sizes that shuffles really had"
    return ConfigSetting(ADAPTIVE, now, "true", "advised", why, facts)


def skewed_joins(seen: Seen) -> ConfigSetting:
    """Splitting of skewed partitions, which Spark does in joins: on where a partition is skewed by its own measure."""
    on = is_on(seen.properties, SKEW_JOIN, seen.is_since(3, 0, 0))
    now = "true" if on else "false"
    uneven = _uneven(seen, _size_of(seen, _SKEW_THRESHOLD, _DEFAULT_SKEW_BYTES))
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


def _uneven(seen: Seen, min_bytes: int) -> list[StageMetrics]:
    """Stages one task of which read much more of a shuffle than the others, and no less than so much."""
    return [
        stage
        for stage in seen.shuffled
        if (stage.largest_task_read_bytes or 0) > max(min_bytes, _SKEW_FACTOR * stage.mean_other_bytes)
    ]


def _size_of(seen: Seen, name: str, default: int) -> int:
    try:
        return parse_size_bytes(seen.properties[name], default_unit="b")
    except (KeyError, ValueError):
        return default


def _span(counts: set[int]) -> str:
    return str(min(counts)) if len(counts) == 1 else f"{min(counts)} to {max(counts)}"
