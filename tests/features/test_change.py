import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sparkwright.features.change import change_positions, changed

GAP = np.nan


def steps(*levels: tuple[int, float], noise: float = 0.1, seed: int = 1) -> np.ndarray:
    values = np.concatenate([np.full(count, level) for count, level in levels])
    return values + np.random.default_rng(seed).normal(0, noise, len(values))


@pytest.mark.parametrize("factor", [-1.4, -0.7, 0.7, 1.4])
def test_a_lasting_change_is_found_where_it_began(factor):
    assert changed(steps((30, 5.0), (8, 5.0 + factor))) == pytest.approx(30, abs=1)


def test_of_several_changes_the_newest_counts():
    assert changed(steps((20, 5.0), (20, 6.4), (10, 5.2))) == pytest.approx(40, abs=1)


def test_three_runs_of_four_times_the_input_are_a_change_and_one_is_an_outlier():
    usual = steps((20, 5.0))
    large = np.log(4.0)
    assert changed([*usual, 5 + large, 5 + large, 5 + large]) == 20
    assert changed([*usual, 5 + large]) is None
    assert changed([*usual, 5 + large, *usual]) is None


def test_steady_noise_is_rarely_called_a_change():
    noise = np.random.default_rng(3).normal(0, 0.15, (500, 60))
    assert (change_positions(noise) > 0).mean() < 0.05


def test_gaps_say_nothing():
    values = steps((30, 5.0), (9, 6.0))
    with_gaps = np.repeat(values, 2)
    with_gaps[1::2] = GAP
    assert changed(values) == 30
    assert changed(with_gaps) == 60


@pytest.mark.parametrize("values", [[], [3.0], [GAP, GAP], [4.0] * 40])
def test_little_and_constant_series_have_no_change(values):
    assert changed(values) is None


@given(arrays(np.float64, (3, 12), elements=st.one_of(st.floats(-50, 50), st.just(GAP))))
def test_series_do_not_see_each_other_and_a_change_lies_on_a_known_value(values):
    together = change_positions(values)
    for series, position in zip(values, together, strict=True):
        assert position == change_positions(series[None])[0]
        assert 0 <= position < 12
        assert position == 0 or not np.isnan(series[position])


@given(arrays(np.float64, 12, elements=st.floats(-50, 50)))
@example(np.array([0.0, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 1]))
def test_a_series_turned_upside_down_changes_at_the_same_place(values):
    assert changed(values) == changed(-values)
