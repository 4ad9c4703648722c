"""From which figure on something counts: data, each with its source, in ``thresholds.yaml``."""

from functools import cache
from pathlib import Path

from sparkwright.config import Config, load_config

THRESHOLDS = Path(__file__).with_name("thresholds.yaml")


class Threshold(Config):
    """One figure and where it comes from."""

    value: float
    source: str


class Thresholds(Config):
    """All figures; what each means is said where it is used and in ``thresholds.yaml``."""

    min_lost_s: Threshold
    min_lost_share: Threshold
    min_wasted_core_s: Threshold
    min_gap_s: Threshold
    skewed_bytes_ratio: Threshold
    straggler_time_ratio: Threshold
    straggler_bytes_ratio: Threshold
    min_skew_s: Threshold
    min_skew_share: Threshold
    tasks_per_core: Threshold
    min_uncut_s: Threshold
    tiny_task_ms: Threshold
    tiny_task_bytes: Threshold
    many_tasks: Threshold
    partition_bytes: Threshold
    split_bytes: Threshold
    small_file_bytes: Threshold
    small_file_task_ms: Threshold
    spill_ratio: Threshold
    spill_bytes_per_s: Threshold
    max_heap_bytes: Threshold
    gc_share: Threshold
    usual_gc_share: Threshold
    idle_share: Threshold
    wasted_task_share: Threshold
    driver_share: Threshold


def load_thresholds(overrides: list[str] | None = None) -> Thresholds:
    """The thresholds with ``overrides`` such as ``min_lost_s.value=10`` laid over them.

    Raises:
        ConfigError: A name is unknown or a value is no number.
    """
    return load_config(Thresholds, THRESHOLDS, overrides or [])


@cache
def default_thresholds() -> Thresholds:
    """The thresholds as they are shipped."""
    return load_thresholds()
