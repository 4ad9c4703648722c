"""Sizes that the next input may have: as likely as they came, the rare large ones too."""

import numpy as np
import pytest

from sparkwright.forecast.input_sizes import WEIGHTS, sizes_bytes, standard_errors

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
NORMAL = np.array([-1.2816, -0.6745, 0.0, 0.6745, 1.2816])


def surging(count, seed, share=0.02):
    """Logarithms of inputs that scatter by 0.1 around what was forecast; a few are three times as large."""
    generator = np.random.default_rng(seed)
    middle = generator.normal(20, 1, count)
    actual = middle + 0.1 * generator.normal(size=count) + np.log(3) * (generator.random(count) < share)
    return middle[:, None] + 0.1 * NORMAL, actual


def test_each_size_is_exceeded_as_often_as_it_says():
    logs, actual = surging(20_000, seed=1)
    errors = standard_errors(logs, LEVELS, actual, np.ones(len(actual)))
    assert sorted(errors) == list(errors)
    logs, actual = surging(20_000, seed=2)
    sizes = np.log(sizes_bytes(np.exp(logs), LEVELS, errors))
    assert sizes.shape == (20_000, len(WEIGHTS))
    for at, above in zip(range(3, len(WEIGHTS), 3), np.cumsum(WEIGHTS[::-1])[::-1][3::3], strict=True):
        assert np.mean(actual > sizes[:, at]) == pytest.approx(above - WEIGHTS[at] / 2, abs=0.01)
    mean = np.exp(sizes - logs[:, [2]]) @ WEIGHTS
    assert mean.mean() == pytest.approx(np.exp(actual - logs[:, 2]).mean(), rel=0.02)


def test_a_run_that_counts_for_nothing_moves_nothing():
    logs, actual = surging(500, seed=3)
    counted = standard_errors(logs, LEVELS, actual, np.ones(500))
    more, odd = np.vstack([logs, logs[:1]]), np.r_[actual, 99.0]
    assert standard_errors(more, LEVELS, odd, np.r_[np.ones(500), 1e-12]) == pytest.approx(counted)


def test_one_run_is_enough_to_say_something_and_no_width_is_no_certainty():
    flat = np.full((1, 5), 20.0)
    errors = standard_errors(flat, LEVELS, np.array([20.02]), np.ones(1))
    assert errors == pytest.approx([1.0] * len(WEIGHTS))
    assert np.log(sizes_bytes(np.exp(flat), LEVELS, errors)) == pytest.approx(np.full((1, len(WEIGHTS)), 20.02))
