import dataclasses
import time
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
import torch
from scipy.stats import norm
from sklearn.metrics import mean_pinball_loss

from evaluation.backtest import backtest
from sparkwright.allocation.need_prior import DEFAULT_PRIOR
from sparkwright.config import load_config
from sparkwright.errors import ConfigError, RegistryError
from sparkwright.features.columns import REQUIREMENTS
from sparkwright.features.windows import ENOUGH, HEAP_OOM, HistoryIndex, encode_candidates
from sparkwright.forecast.answers import input_quantiles
from sparkwright.forecast.blend import TREES
from sparkwright.forecast.forecaster import Forecaster
from sparkwright.forecast.replay import Replay
from sparkwright.spark.allocation import Allocation
from tests.support.simulated_runs import GIB, MIB, START, as_table, simulated_runs
from tests.training_temporal.conftest import CONFIG
from training.temporal.config import TemporalConfig
from training.temporal.data_module import RunsDataModule
from training.temporal.figures import calibration_figure, duration_figure, risk_figure
from training.temporal.fit_need import fit_need
from training.temporal.lit_module import censored_log_loss, pinball
from training.temporal.model_card import model_card
from training.temporal.train import train_forecaster


def test_pinball_loss_equals_that_of_scikit_learn():
    generator = torch.Generator().manual_seed(1)
    actual, quantiles = torch.randn(80, generator=generator), torch.randn(80, 3, generator=generator)
    levels = torch.tensor([0.1, 0.5, 0.9])
    expected = [mean_pinball_loss(actual, quantiles[:, n], alpha=level) for n, level in enumerate((0.1, 0.5, 0.9))]
    assert pinball(quantiles, actual, levels).mean().item() == pytest.approx(np.mean(expected), rel=1e-5)


def test_the_memory_likelihood_equals_that_of_scipy_and_ignores_other_endings():
    score = torch.tensor([-1.5, 0.3, 2.0, 40.0])
    memory = torch.tensor([ENOUGH, HEAP_OOM, HEAP_OOM, 0])
    expected = [-norm.logcdf(1.5), -norm.logcdf(0.3), -norm.logcdf(2.0), 0.0]
    np.testing.assert_allclose(censored_log_loss(score, memory).numpy(), expected, rtol=1e-5)


def test_it_beats_the_baselines_where_there_is_something_to_learn(trained):
    metrics = backtest(trained.forecaster, trained.index.rows).metrics
    assert metrics["pinball"] < metrics["naive_pinball"]
    assert 0.6 <= metrics["coverage_ratio"] <= 0.98


def test_unseen_workloads_get_wider_intervals(trained):
    replay = Replay(trained.index, trained.forecaster.context_length)
    widths = []
    for is_cold in (False, True):
        (asked,) = replay.in_order(trained.split.test, cold=is_cold)
        quantiles = trained.forecaster.predict(asked.history, asked.candidates).quantiles
        widths.append(np.log(quantiles[:, 0, 0, -1] / quantiles[:, 0, 0, 0]).mean())
    warm, cold = widths
    assert cold > 2 * warm


def test_a_told_input_makes_the_forecast_better_and_is_taken_at_its_word(trained):
    metrics = backtest(trained.forecaster, trained.index.rows).metrics
    for name in ("duration_ms", "executor_run_time_ms", "shuffle_write_bytes"):
        assert metrics[f"told_pinball.{name}"] < metrics[f"pinball.{name}"]
    at = trained.forecaster.spec.trained_until
    for workload in ("workload-001", "never seen"):
        history = trained.index.history(workload, at, trained.forecaster.context_length, input_bytes=7 * GIB)
        levels, quantiles = input_quantiles(trained.forecaster, history)
        assert len(levels) == len(quantiles)
        np.testing.assert_allclose(quantiles, 7 * GIB, rtol=1e-5)
        plain = trained.index.history(workload, at, trained.forecaster.context_length)
        found = input_quantiles(trained.forecaster, plain)[1]
        whole = trained.forecaster.predict(plain, trained.index.arrays.allocation[:1][None])
        np.testing.assert_allclose(found, whole.quantiles[0, 0, REQUIREMENTS.index("input_bytes")])
        assert (np.diff(found) > 0).all()


def test_the_network_is_worth_what_the_blend_loses_without_it(trained):
    assert set(trained.worth) == set(REQUIREMENTS)
    for name, worth in trained.worth.items():
        assert worth.weight == trained.forecaster.spec.blend.warm_weights[REQUIREMENTS.index(name)][0]
        if worth.weight == 0:
            assert worth.pinball == pytest.approx(worth.pinball_without)


def test_a_saved_forecaster_with_boosters_answers_the_same_after_loading(trained, tmp_path):
    assert trained.forecaster.spec.blend.requirements_of(TREES), "no booster is used: this test looks at nothing"
    trained.forecaster.save(tmp_path / "forecaster")
    loaded = Forecaster.load(tmp_path / "forecaster")
    (asked,) = Replay(trained.index, trained.forecaster.context_length).in_order(trained.split.test)
    mine, theirs = (one.predict(asked.history, asked.candidates) for one in (trained.forecaster, loaded))
    np.testing.assert_array_equal(mine.quantiles, theirs.quantiles)
    next((tmp_path / "forecaster" / "trees").iterdir()).unlink()
    with pytest.raises(RegistryError, match="expected a forecaster"):
        Forecaster.load(tmp_path / "forecaster")


def test_with_boosters_spill_never_rises_with_memory_and_input_knows_no_candidate(trained):
    index, length = trained.index, trained.forecaster.context_length
    heaps = [GIB // 2, GIB, 4 * GIB, 64 * GIB]
    asked = [Allocation(heap, 384 * MIB, 0, 0, GIB, 2, 4, 1, 200, False, "standalone") for heap in heaps]
    for workload in ("workload-001", "workload-007", "never seen"):
        history = index.history(workload, trained.forecaster.spec.trained_until, length)
        members = trained.forecaster.members(history, encode_candidates(asked)[None])
        for quantiles in members.values():
            spill = quantiles[0, :, REQUIREMENTS.index("disk_spilled_bytes")]
            assert (np.diff(spill, axis=0) <= 1e-4).all()
            assert np.ptp(quantiles[0, :, REQUIREMENTS.index("input_bytes")], axis=0).max() == 0


def test_deaths_and_only_deaths_raise_the_risk(trained):
    """Two pasts that differ in the verdict of the smaller heap."""
    rows = simulated_runs(workload_count=1, runs_each=8, seed=2)
    small = [row.model_copy(update={"executor_memory_bytes": GIB * (1 + n % 2)}) for n, row in enumerate(rows)]
    died = [
        row.model_copy(update={"memory_verdict": "heap_oom", "status": "failed"})
        if row.executor_memory_bytes == GIB
        else row.model_copy(update={"memory_verdict": "enough", "status": "succeeded"})
        for row in small
    ]
    held = [row.model_copy(update={"memory_verdict": "enough", "status": "succeeded"}) for row in small]
    candidate = Allocation(GIB, 384 * MIB, 0, 0, GIB, rows[0].executor_cores_count, 4, 1, 200, False, "standalone")
    risk = []
    for past in (held, died):
        history = HistoryIndex(as_table(past)).history(past[0].workload_id, START + timedelta(days=9), 8)
        risk.append(trained.forecaster.forecast(history, [candidate]).oom_probability[0, 0])
    assert risk[0] < 0.2 < 0.5 < risk[1]


def test_a_heap_far_below_all_that_held_is_not_called_safe(trained):
    """Histories without a single death must not teach that no heap is too small."""
    rows = [row for row in simulated_runs(4, 10, seed=5) if row.memory_verdict == "enough"]
    index = HistoryIndex(as_table(rows))
    last = index.rows.slice(len(index) - 1).to_pylist()[0]
    names = Allocation.__dataclass_fields__
    candidate = Allocation(**{name: last[name] for name in names} | {"executor_memory_bytes": 128 * MIB})
    history = index.history(last["workload_id"], START + timedelta(days=9), 8)
    assert trained.forecaster.forecast(history, [candidate]).oom_probability[0, 0] > 0.2


def test_the_same_seed_gives_the_same_forecaster(index, split, config):
    short = config.model_copy(update={"epochs": 1, "steps_per_epoch": 5})
    first, second = (train_forecaster(index, split, short, {}, lambda number, metrics: None) for _ in range(2))
    assert first.forecaster.spec == second.forecaster.spec
    assert first.test_metrics == second.test_metrics


def test_each_epoch_reports_its_losses(index, split, config):
    short = config.model_copy(update={"epochs": 2, "steps_per_epoch": 3})
    told = []
    train_forecaster(index, split, short, {}, lambda number, metrics: told.append((number, metrics)))
    assert [number for number, _ in told] == [0, 1]
    assert {"train_loss", "stop_loss", "cold_stop_loss"} <= told[-1][1].keys()


def test_a_hundred_thousand_runs_are_indexed_and_batched_in_seconds(split, config):
    rows = as_table(simulated_runs(workload_count=10, runs_each=100))
    many = pa.concat_tables(
        rows.set_column(
            rows.column_names.index("workload_id"),
            "workload_id",
            pa.array([f"{copy}-{name}" for name in rows["workload_id"].to_pylist()]),
        )
        for copy in range(100)
    )
    began = time.process_time()
    index = HistoryIndex(many)
    large = config.model_copy(update={"batch_size": 1024, "context_length": 32, "steps_per_epoch": 20})
    data = RunsDataModule(Replay(index, 32), split, [0.7] * len(REQUIREMENTS), large)
    for _ in data.train_dataloader():
        pass
    assert len(index) == 100_000
    assert time.process_time() - began < 15


def test_steps_of_an_epoch_grow_with_the_fleet_within_bounds(config):
    sized = config.model_copy(update={"epochs": 60, "batch_size": 128, "steps_per_epoch": 20, "passes": 6})
    assert sized.steps(100) == 20
    assert sized.steps(100_000) == 79
    assert sized.steps(100_000_000) == sized.max_steps_per_epoch


def test_plots_and_model_card_are_made_from_the_test_runs(trained):
    assert f"Calibration on {len(trained.split.test)} test runs" in calibration_figure(trained).axes[0].get_title()
    assert len(risk_figure(trained).axes) == 8
    assert duration_figure(trained).axes
    card = model_card(trained, {"simulated": len(trained.index)})
    assert f"{len(trained.index)} from `simulated`" in card
    assert "`runs` v5" in card
    assert all(f"`{name}`" in card for name in REQUIREMENTS)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("quantiles=[0.2,0.5]", "symmetric"),
        ("region=XX", "ISO 3166"),
        ("train_ratio=0.95", "below 1"),
        ("epoch=3", "epoch"),
        ("seed=-1", "seed"),
    ],
)
def test_wrong_settings_are_named(override, said):
    with pytest.raises(ConfigError, match=said):
        load_config(TemporalConfig, CONFIG, [override])


def test_the_prior_of_need_is_kept_only_where_workloads_apart_say_that_it_is_better(trained):
    need = trained.need
    fitted_on = np.concatenate([trained.split.train, trained.split.stop])
    assert need.workload_count == len(set(trained.index.workload_codes[fitted_on].tolist()))
    assert need.is_fitted == (need.fitted_score > need.default_score)
    assert (need.prior != DEFAULT_PRIOR) == need.is_fitted
    assert need.metrics["need_prior_log_score"] == need.fitted_score


def test_a_prior_that_nobody_can_judge_is_the_default(index, split, config):
    nobody = dataclasses.replace(split, **dict.fromkeys(("cold_stop", "cold_blend", "cold_calibrate"), split.train[:0]))
    found = fit_need(index, nobody, config)
    assert (found.prior, found.is_fitted, found.fitted_score) == (DEFAULT_PRIOR, False, None)
    few = config.model_copy(update={"prior_workload_count": 3, "prior_run_count": 2})
    assert fit_need(index, split, few).workload_count <= 3
