import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.column import Target
from data_contracts.fields.requirement import DurationMs
from data_contracts.row import contract_hash
from data_contracts.tables import Run
from sparkwright.errors import ContractMismatchError, RegistryError
from sparkwright.features.columns import COLUMNS, REQUIREMENTS
from sparkwright.features.scaling import Scaler
from sparkwright.features.windows import HistoryIndex
from sparkwright.forecast.forecaster import Forecaster
from sparkwright.forecast.levels import check_levels
from sparkwright.spark.allocation import Allocation
from tests.support.simulated_runs import GIB, MIB, START

CANDIDATE = Allocation(2 * GIB, 384 * MIB, 0, 0, GIB, 2, 4, 1, 200, False, "standalone")
SPILL = REQUIREMENTS.index("disk_spilled_bytes")
LATER = START + timedelta(days=9)


@pytest.mark.parametrize("workload", ["workload-001", "never seen"])
def test_quantiles_never_cross_and_are_never_below_zero(forecaster, index, workload):
    heaps = [replace(CANDIDATE, executor_memory_bytes=size * MIB) for size in (512, 1000, 4000, 64000)]
    quantiles = forecaster.forecast(index.history(workload, LATER, 8), heaps).quantiles
    assert (np.diff(quantiles, axis=-1) >= 0).all()
    assert (quantiles >= 0).all()


@settings(max_examples=30, deadline=None)
@given(
    heaps=st.lists(st.integers(512 * MIB, 200 * GIB), min_size=2, max_size=6, unique=True),
    cores=st.integers(1, 64),
    executors=st.none() | st.integers(1, 500),
    workload=st.sampled_from(["workload-000", "workload-003", "never seen"]),
)
def test_spill_and_risk_never_rise_with_memory(forecaster, index, heaps, cores, executors, workload):
    asked = replace(CANDIDATE, executor_cores_count=cores, executor_count=executors)
    candidates = [replace(asked, executor_memory_bytes=heap) for heap in sorted(heaps)]
    forecasts = forecaster.forecast(index.history(workload, LATER, 8), candidates)
    assert (np.diff(forecasts.oom_probability[0]) <= 0).all()
    spill = forecasts.quantiles[0, :, SPILL]
    assert (np.diff(spill, axis=0) <= 1e-3 * spill[:-1] + 1).all()


def test_the_input_forecast_does_not_depend_on_the_candidate(forecaster, index):
    candidates = [CANDIDATE, replace(CANDIDATE, executor_memory_bytes=64 * GIB, executor_count=90)]
    quantiles = forecaster.forecast(index.history("workload-001", LATER, 8), candidates).quantiles[0]
    position = REQUIREMENTS.index("input_bytes")
    np.testing.assert_array_equal(quantiles[0, position], quantiles[1, position])


def test_more_tasks_in_one_heap_are_riskier(forecaster, index):
    history = index.history("workload-001", LATER, 8)
    few, many = (replace(CANDIDATE, executor_cores_count=cores) for cores in (1, 16))
    risk = forecaster.forecast(history, [few, many]).oom_probability[0]
    assert risk[0] < risk[1]


def test_only_an_unseen_workload_is_cold(forecaster, index):
    assert forecaster.forecast(index.history("never seen", LATER, 8), [CANDIDATE]).cold.tolist() == [True]
    assert forecaster.forecast(index.history("workload-001", LATER, 8), [CANDIDATE]).cold.tolist() == [False]


def test_a_saved_forecaster_answers_the_same_after_loading(forecaster, index, tmp_path):
    forecaster.save(tmp_path / "forecaster")
    assert sorted(path.name for path in (tmp_path / "forecaster").iterdir()) == [
        "forecaster.json",
        "network.safetensors",
    ]
    loaded = Forecaster.load(tmp_path / "forecaster")
    assert loaded.spec == forecaster.spec
    history = index.history("workload-002", LATER, 8)
    for mine, theirs in zip(
        forecaster.forecast(history, [CANDIDATE]), loaded.forecast(history, [CANDIDATE]), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)


def test_a_model_trained_on_columns_that_mean_something_else_is_refused(forecaster, tmp_path):
    forecaster.save(tmp_path / "forecaster")
    spec = tmp_path / "forecaster" / "forecaster.json"
    spec.write_text(json.dumps(json.loads(spec.read_text()) | {"contract_hash": "0123456789ab"}))
    with pytest.raises(ContractMismatchError, match="0123456789ab"):
        Forecaster.load(tmp_path / "forecaster")


def test_the_hash_changes_with_a_column_that_is_read_and_not_with_one_that_is_added():
    class Wider(Run):
        added: str

    class Other(Run):
        input_bytes: Target[DurationMs]

    assert contract_hash(Wider, COLUMNS) == contract_hash(Run, COLUMNS)
    assert contract_hash(Other, COLUMNS) != contract_hash(Run, COLUMNS)


@pytest.mark.parametrize("damage", ["missing", "not json", "no fields", "other weights", "cut weights"])
def test_a_broken_folder_is_refused_with_a_reason(forecaster, tmp_path, damage):
    folder = tmp_path / "forecaster"
    forecaster.save(folder)
    weights, spec = folder / "network.safetensors", folder / "forecaster.json"
    if damage == "missing":
        weights.unlink()
    elif damage == "not json":
        spec.write_text("{")
    elif damage == "no fields":
        spec.write_text(json.dumps({"contract_hash": forecaster.contract_hash}))
    elif damage == "other weights":
        spec.write_text(json.dumps(json.loads(spec.read_text()) | {"hidden_size": 8}))
    else:
        weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(RegistryError, match="expected a forecaster"):
        Forecaster.load(folder)


@pytest.mark.parametrize("levels", [(0.5, 0.1, 0.9), (0.1, 0.5), (0.2, 0.5, 0.8), (0.1, 0.3, 0.5, 0.9), ()])
def test_levels_that_make_no_intervals_are_refused(levels):
    with pytest.raises(ValueError, match="expected"):
        check_levels(levels)


def test_statistics_ignore_unknown_values_and_tell_spread_within_from_spread_between(index):
    arrays = index.arrays._replace(requirement=index.arrays.requirement.copy())
    arrays.requirement[::3] = np.nan
    scaler = Scaler.fit(arrays, index.workload_codes)
    known = np.delete(index.arrays.requirement, np.s_[::3], axis=0)
    np.testing.assert_allclose(scaler.requirement_mean, np.nanmean(known, axis=0), rtol=1e-4)
    assert scaler.requirement_spread[0] < 0.5 * scaler.requirement_std[0]


def test_a_forecast_needs_no_more_than_what_the_index_cut(forecaster, index):
    """The runs after the decision may say anything: the answer stays."""
    at = START + timedelta(hours=10)
    altered = index.rows.to_pandas()
    late = altered["ended_at"] >= at
    altered.loc[late, ["duration_ms", "input_bytes", "executor_memory_bytes"]] *= 50
    other = HistoryIndex(pa.Table.from_pandas(altered, schema=index.rows.schema, preserve_index=False))
    for workload in ("workload-000", "workload-004"):
        mine = forecaster.forecast(index.history(workload, at, 8), [CANDIDATE])
        theirs = forecaster.forecast(other.history(workload, at, 8), [CANDIDATE])
        np.testing.assert_array_equal(mine.quantiles, theirs.quantiles)
        np.testing.assert_array_equal(mine.oom_probability, theirs.oom_probability)
