import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import chi2, entropy

from data_contracts.arrow import schema
from data_contracts.checks.drift import (
    DriftCheck,
    drift_check,
    limit_of,
    profile_of,
    profiles_from_json,
    profiles_to_json,
)
from data_contracts.tables import Run

COUNT = 200


def runs(seed: int, *, factor: float = 1.0, failed: float = 0.1, count: int = COUNT) -> pa.Table:
    """Runs whose durations and spills vary by a factor of e and whose peaks are missing in part."""
    random = np.random.default_rng(seed)
    size = (random.lognormal(8, 1, count) * factor).astype(int)
    columns: dict[str, object] = {
        "duration_ms": size,
        "disk_spilled_bytes": np.where(random.random(count) < 0.8, 0, size),
        "task_cpus_count": np.ones(count, int),
        "peak_jvm_heap_bytes": pa.array(size.tolist(), mask=random.random(count) < 0.3),
        "status": np.where(random.random(count) < failed, "failed", "succeeded"),
    }
    table = {}
    for field in schema(Run):
        table[field.name] = (
            pa.array(columns[field.name], field.type) if field.name in columns else pa.nulls(count, field.type)
        )
    return pa.table(table)


def check(then: pa.Table, now: pa.Table) -> DriftCheck:
    return drift_check(Run, now, profile_of(Run, then), max_divergence=0.2, min_count=50)


def drifted(then: pa.Table, now: pa.Table, tmp_path) -> set[str]:
    from data_contracts.checks.expectations import check_tables

    _, drift = check_tables({}, tmp_path, drift=check(then, now))
    return {one.column for one in drift if one.drifted}


def test_what_comes_from_the_same_cluster_has_not_drifted_and_what_doubled_has(tmp_path) -> None:
    assert drifted(runs(1), runs(2), tmp_path / "same") == set()
    changed = drifted(runs(1), runs(2, factor=3, failed=0.9), tmp_path / "changed")
    assert changed >= {"duration_ms", "peak_jvm_heap_bytes", "status"}
    assert "task_cpus_count" not in changed


def test_great_expectations_measures_the_divergence_that_scipy_computes(tmp_path) -> None:
    from data_contracts.checks.expectations import check_tables

    _, drift = check_tables({}, tmp_path, drift=check(runs(1), runs(2)))
    (duration,) = [one for one in drift if one.column == "duration_ms"]
    bins = [-np.inf, *duration.reference.bins, np.inf]
    now = np.histogram(runs(2)["duration_ms"].to_numpy().astype(float), bins)[0]
    then = [0.005, *(0.99 * weight for weight in duration.reference.weights), 0.005]
    assert duration.divergence == pytest.approx(entropy(now, then), rel=0.02)


def test_chance_alone_seldom_crosses_the_limit() -> None:
    """100 pairs of samples of one distribution over 3 columns that vary."""
    crossed = 0
    for seed in range(100):
        for one in check(runs(2 * seed, count=100), runs(2 * seed + 1, count=100)).columns:
            values = one.values[~np.isnan(one.values)] if one.values.dtype != object else None
            if values is None:
                continue
            bins = [-np.inf, *one.reference.bins, np.inf]
            now = np.histogram(values, bins)[0]
            then = [0.005, *(0.99 * weight for weight in one.reference.weights), 0.005]
            crossed += entropy(now, then) > one.limit
    assert crossed <= 1


def test_the_limit_adds_what_chance_explains_to_what_is_tolerated() -> None:
    (column,) = [one for one in check(runs(1), runs(2)).columns if one.column == "duration_ms"]
    freedom = len(column.reference.weights) - 1
    chance = chi2.ppf(0.999, freedom) * (1 / COUNT + 1 / COUNT) / 2
    assert limit_of(column.reference, column.observed, 0.2) == pytest.approx(0.2 + chance, rel=0.01)


def test_columns_with_too_few_values_are_not_compared() -> None:
    assert {one.column for one in check(runs(1), runs(2)).columns} >= {
        "peak_jvm_heap_bytes",
        "task_cpus_count",
        "status",
    }
    names = {one.column for one in check(runs(1, count=60), runs(2, count=60)).columns}
    assert "duration_ms" in names
    assert "peak_jvm_heap_bytes" not in names  # a third of 60 is missing
    assert check(runs(1), runs(2, count=49)).columns == ()


def test_profiles_come_back_from_the_lake_as_they_were() -> None:
    profiles = profile_of(Run, runs(1))
    assert profiles_from_json(profiles_to_json(profiles)) == profiles
    assert profiles["task_cpus_count"].weights == (1.0,)
