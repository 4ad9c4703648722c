import numpy as np
import pytest

from sparkwright.forecast.blend import Blend, stacking_weights
from sparkwright.forecast.naive import NaiveForecasts, last_value, median_value

GAP = np.nan
LEVELS = (0.1, 0.5, 0.9)
PAST = np.array([[[1.0], [GAP], [5.0], [GAP]], [[2.0], [4.0], [9.0], [3.0]], [[GAP], [GAP], [GAP], [GAP]]])


def test_rules_take_the_newest_and_the_middle_known_value():
    np.testing.assert_array_equal(last_value(PAST), [[5.0], [3.0], [GAP]])
    np.testing.assert_array_equal(median_value(PAST), [[3.0], [3.5], [GAP]])


def test_naive_intervals_come_from_the_errors_made_and_for_the_unseen_from_all_values():
    past, actual = PAST[[0, 0, 2]], np.array([[6.0], [8.0], [40.0]])
    naive = NaiveForecasts.fit(past, actual, (0.0, 0.5, 1.0))
    by_last, by_median = naive.quantiles(PAST)
    np.testing.assert_allclose(by_last[:, 0], [[6, 7, 8], [4, 5, 6], [6, 8, 40]])
    np.testing.assert_allclose(by_median[:, 0], [[6, 7, 8], [6.5, 7.5, 8.5], [6, 8, 40]])


def forecasts_of(good: int, run_count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Learned ``[2, N, 1, Q]``, naive ``[2, N, 1, Q]``, actual ``[N, 1]``; only forecast number ``good`` is right."""
    actual = np.random.default_rng(4).normal(size=(run_count, 1))
    spread = np.array([-0.1, 0.0, 0.1])
    made = np.stack([actual[..., None] + spread + (0.0 if number == good else 3.0) for number in range(4)])
    return made[:2], made[2:], actual


@pytest.mark.parametrize("good", range(4))
def test_with_many_runs_the_best_forecast_gets_nearly_all_the_weight(good):
    weights = stacking_weights(*forecasts_of(good, 2000), LEVELS, independent_count=2000)
    assert weights.sum() == pytest.approx(1)
    assert weights[0].argmax() == good
    assert weights[0, good] > 0.98


@pytest.mark.parametrize("good", [0, 1])
def test_with_few_runs_even_a_perfect_model_stays_beside_the_naive_forecasts(good):
    few, many = (stacking_weights(*forecasts_of(good, 40), LEVELS, independent_count=count)[0] for count in (2, 40))
    assert 0 < few[good] < many[good] < 1
    assert few[2] == few[3] > few[good]


def test_a_model_without_an_answer_gets_no_weight():
    learned, naive, actual = forecasts_of(1, 500)
    learned[1] = GAP
    weights = stacking_weights(learned, naive, actual, LEVELS, independent_count=500)
    assert weights[0, 1] == 0
    assert weights.sum() == pytest.approx(1)


def test_a_network_that_gains_next_to_nothing_over_the_boosters_is_left_out():
    learned, naive, actual = forecasts_of(0, 500)
    for far, expected in ((0.0001, 0), (0.1, 1)):
        learned[1] = learned[0] + far
        weights = stacking_weights(learned, naive, actual, LEVELS, independent_count=10**9)
        np.testing.assert_allclose(weights[0, :2], [expected, 1 - expected], atol=0.11)
        assert (weights[0, 0] > 0) == (expected > 0)


def test_without_a_run_only_the_naive_forecasts_count():
    nothing = np.zeros((2, 0, 2, 3))
    weights = stacking_weights(nothing, nothing, np.zeros((0, 2)), LEVELS, independent_count=0)
    np.testing.assert_allclose(weights, [[0, 0, 0.5, 0.5]] * 2)
    unknown = stacking_weights(*forecasts_of(0, 9)[:2], np.full((9, 1), GAP), LEVELS, independent_count=9)
    np.testing.assert_allclose(unknown, [[0, 0, 0.5, 0.5]])


def test_an_unseen_workload_and_a_told_input_are_answered_with_weights_of_their_own():
    naive = NaiveForecasts.fit(PAST, np.array([[6.0], [5.0], [9.0]]), LEVELS)
    blend = Blend(
        naive,
        warm_weights=[[1.0, 0.0, 0.0, 0.0]],
        told_weights=[[0.0, 1.0, 0.0, 0.0]],
        cold_weights=[[0.0, 0.0, 1.0, 0.0]],
    )
    network, trees = np.full((3, 2, 1, 3), 77.0), np.full((3, 2, 1, 3), 55.0)
    answer = blend.quantiles(network, trees, PAST, np.array([False, True, True]))
    np.testing.assert_array_equal(answer[:2], np.stack([network[0], trees[1]]))
    np.testing.assert_allclose(answer[2], [naive.values] * 2)


def test_trees_that_have_no_part_need_no_answer():
    naive = NaiveForecasts.fit(PAST, np.array([[6.0], [5.0], [9.0]]), LEVELS)
    blend = Blend(naive, *[[[0.5, 0.0, 0.5, 0.0]]] * 3)
    answer = blend.quantiles(np.full((3, 1, 1, 3), 7.0), np.full((3, 1, 1, 3), GAP), PAST, np.zeros(3, dtype=bool))
    assert np.isfinite(answer).all()
