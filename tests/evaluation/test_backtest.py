from datetime import timedelta

import numpy as np
import pytest

from evaluation.backtest import ALL, FORECASTER, TOLD, backtest, tables
from evaluation.baselines import baselines
from sparkwright.errors import SparkwrightError

GAP = np.nan


def test_baselines_are_each_rule_as_a_point_and_with_its_errors_and_for_unseen_workloads_what_others_were_like():
    past = np.array([[[7.0], [10.0]], [[GAP], [GAP]]])
    before_past, before = np.array([[[1.0]], [[2.0]], [[3.0]], [[GAP]]]), np.array([[2.0], [4.0], [6.0], [8.0]])
    forecasts = baselines(past, before_past, before, (0.0, 0.5, 1.0))
    np.testing.assert_allclose(forecasts["last value"][:, 0], [[10, 10, 10], [5, 5, 5]])
    np.testing.assert_allclose(forecasts["last value +- its errors"][:, 0], [[11, 12, 13], [2, 5, 8]])
    np.testing.assert_allclose(forecasts["median of the past"][:, 0], [[8.5, 8.5, 8.5], [5, 5, 5]])


def test_only_runs_after_the_training_are_scored(forecaster, index):
    report = backtest(forecaster, index.rows)
    cut = forecaster.spec.trained_until
    apart = forecaster.spec.held_out_workloads
    rows = [row for row in index.rows.to_pylist() if row["started_at"] >= cut and row["workload_id"] not in apart]
    assert report.metrics["run_count"] == sum(row["status"] == "succeeded" for row in rows)
    assert report.metrics["oom_run_count"] == sum(row["memory_verdict"] in {"enough", "heap_oom"} for row in rows)


def test_groups_add_up_to_all_runs(forecaster, index):
    report = backtest(forecaster, index.rows)
    own = {
        score.group: score.run_count
        for score in report.requirements
        if (score.model, score.requirement) == (FORECASTER, "duration_ms")
    }
    assert own["origin simulated"] == own["evidence_tier process_tree"] == own[ALL]
    assert own["unseen workload"] > 0


def test_what_is_told_its_input_is_not_scored_on_it(forecaster, index):
    scores = {(s.model, s.requirement): s for s in backtest(forecaster, index.rows).requirements if s.group == ALL}
    assert scores[FORECASTER + TOLD, "input_bytes"].run_count == 0
    assert scores[FORECASTER + TOLD, "duration_ms"].run_count == scores[FORECASTER, "duration_ms"].run_count > 0
    assert scores["LightGBM", "duration_ms"].run_count == 0, "this forecaster has no boosters"


def test_no_newer_runs_is_a_clear_error(forecaster, index):
    with pytest.raises(SparkwrightError, match="harvest newer runs"):
        backtest(forecaster, index.rows, forecaster.spec.trained_until + timedelta(days=99))


def test_tables_show_each_forecast_of_each_release(forecaster, index):
    report = backtest(forecaster, index.rows)
    requirements, groups, deaths = tables({"1": report, "2": report})
    # Forecaster, network and LightGBM with the input told and without; two rules with their errors and without.
    assert requirements.row_count == 2 * (2 * 3 + 4)
    assert groups.row_count and deaths.row_count
