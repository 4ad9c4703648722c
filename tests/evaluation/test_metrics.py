import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, mean_pinball_loss
from sklearn.metrics import log_loss as sklearn_log_loss

from evaluation.metrics import (
    brier_score,
    coverage_ratio,
    interval_width,
    log_loss,
    pinball_loss,
    pinball_losses,
    worse_p_value,
)

LEVELS = (0.1, 0.5, 0.9)


@pytest.fixture
def random():
    return np.random.default_rng(4)


def test_pinball_loss_equals_that_of_scikit_learn_averaged_over_levels(random):
    actual, quantiles = random.normal(size=200), np.sort(random.normal(size=(200, 3)), axis=1)
    expected = np.mean([mean_pinball_loss(actual, quantiles[:, n], alpha=level) for n, level in enumerate(LEVELS)])
    assert pinball_loss(actual, quantiles, LEVELS) == pytest.approx(expected)


def test_scores_of_probabilities_equal_those_of_scikit_learn(random):
    happened, probability = random.integers(0, 2, 300).astype(float), random.uniform(0.01, 0.99, 300)
    assert brier_score(happened, probability) == pytest.approx(brier_score_loss(happened, probability))
    assert log_loss(happened, probability) == pytest.approx(sklearn_log_loss(happened, probability))


def test_certainty_that_was_wrong_costs_much_but_not_infinitely():
    assert 10 < log_loss(np.array([1.0]), np.array([0.0])) < 20


def test_unknown_runs_do_not_count(random):
    actual, quantiles = random.normal(size=50), np.sort(random.normal(size=(50, 3)), axis=1)
    more_actual = np.r_[actual, np.full(50, np.nan)]
    more_quantiles = np.r_[quantiles, 9 * quantiles]
    assert pinball_loss(more_actual, more_quantiles, LEVELS) == pytest.approx(pinball_loss(actual, quantiles, LEVELS))
    low, high = more_quantiles[:, 0], more_quantiles[:, 2]
    assert coverage_ratio(more_actual, low, high) == coverage_ratio(actual, low[:50], high[:50])
    assert interval_width(more_actual, low, high) == pytest.approx((high - low)[:50].mean())
    assert np.isnan(pinball_loss(np.array([np.nan]), quantiles[:1], LEVELS))


def test_coverage_counts_the_ends_of_the_interval():
    assert coverage_ratio(np.array([0.0, 1.0, 2.0, 3.0]), np.zeros(4), np.full(4, 2.0)) == 0.75


def test_losses_of_single_runs_average_to_the_loss(random):
    actual, quantiles = random.normal(size=40), np.sort(random.normal(size=(40, 3)), axis=1)
    assert pinball_losses(actual, quantiles, LEVELS).mean() == pytest.approx(pinball_loss(actual, quantiles, LEVELS))


def test_worse_beyond_chance_is_told_from_worse_by_chance(random):
    other = random.uniform(0.1, 0.3, 30)
    assert worse_p_value(other + random.uniform(0.0, 0.1, 30), other) < 0.001
    assert worse_p_value(other + random.normal(0.005, 0.1, 30), other) > 0.05
    assert worse_p_value(other - 0.01, other) == 1.0
    assert worse_p_value(np.array([0.5, np.nan]), np.array([0.1, 0.1])) == 1.0
