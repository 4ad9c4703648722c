"""Boosters scored together answer what LightGBM answers for each of them, to the bit."""

import lightgbm
import numpy as np
import pytest

from sparkwright.forecast.scorer import Scorer

LEVELS = (0.1, 0.5, 0.9)


def fitted(level: float, rounds: int, *, leaves: int = 7, seed: int = 5, unknown: float = 0.2) -> lightgbm.Booster:
    chance = np.random.default_rng(seed)
    rows = features(chance, 800, unknown)
    came = np.nansum(rows[:, :2], axis=1) + chance.normal(size=len(rows))
    settings = {"objective": "quantile", "alpha": level, "num_leaves": leaves, "min_data_in_leaf": 5}
    quiet = {"verbosity": -1, "num_threads": 1}
    return lightgbm.train(settings | quiet, lightgbm.Dataset(rows, came), num_boost_round=rounds)


@pytest.fixture(scope="module")
def boosters() -> list[lightgbm.Booster]:
    # Stopping early leaves each level with another number of trees.
    return [fitted(level, rounds) for level, rounds in zip(LEVELS, (3, 40, 1), strict=True)]


def features(chance: np.random.Generator, count: int, unknown: float = 0.2) -> np.ndarray:
    rows = chance.normal(size=(count, 4)).round(1).astype(np.float32)
    rows[:, 3] = np.where(chance.random(count) < 0.5, 0.0, rows[:, 3])
    rows[chance.random(rows.shape) < unknown] = np.nan
    return rows


@pytest.mark.parametrize("level_count", [1, 3])
@pytest.mark.parametrize("row_count", [0, 1, 300])
def test_together_they_say_what_each_says(boosters, level_count, row_count):
    rows = features(np.random.default_rng(6), row_count)
    some = boosters[:level_count]
    found = Scorer([one.model_to_string() for one in some], [range(4)] * level_count, 4).predict(rows)
    assert found.shape == (row_count, level_count)
    if row_count:
        np.testing.assert_array_equal(found, np.stack([one.predict(rows) for one in some], axis=-1))


@pytest.mark.parametrize("leaves", [2, 31, 32, 33, 64])
@pytest.mark.parametrize("unknown", [0.0, 0.2])
def test_trees_of_any_size_with_and_without_unknown_values(leaves, unknown):
    booster = fitted(0.5, 20, leaves=leaves, unknown=unknown)
    rows = features(np.random.default_rng(7), 500)
    found = Scorer([booster.model_to_string()], [range(4)], 4).predict(rows)
    np.testing.assert_array_equal(found[:, 0], booster.predict(rows))


def test_a_value_at_a_threshold_goes_where_lightgbm_sends_it():
    booster = fitted(0.5, 30, leaves=31, unknown=0.0)
    thresholds = [
        tree["threshold"] for tree in booster.trees_to_dataframe().dropna(subset="threshold").to_dict("records")
    ]
    at = np.float32(thresholds)[:, None]
    around = np.concatenate([np.nextafter(at, np.float32(-9)), at, np.nextafter(at, np.float32(9))])
    rows = np.repeat(around, 4, axis=1)
    found = Scorer([booster.model_to_string()], [range(4)], 4).predict(rows)
    np.testing.assert_array_equal(found[:, 0], booster.predict(rows))


def test_each_reads_its_own_columns(boosters):
    mine = [features(np.random.default_rng(seed), 16) for seed in range(3)]
    columns = [[11, 1, 0, 3], [2, 4, 5, 6], [10, 9, 8, 7]]
    shared = np.empty((16, 12), dtype=np.float32)
    for rows, of in zip(mine, columns, strict=True):
        shared[:, of] = rows
    found = Scorer([one.model_to_string() for one in boosters], columns, 12).predict(shared)
    expected = [one.predict(rows) for one, rows in zip(boosters, mine, strict=True)]
    np.testing.assert_array_equal(found, np.stack(expected, axis=-1))


def test_a_booster_that_learned_nothing_is_a_constant():
    rows = np.ones((40, 4), dtype=np.float32)
    settings = {"objective": "quantile", "alpha": 0.5, "verbosity": -1}
    booster = lightgbm.train(settings, lightgbm.Dataset(rows, np.full(40, 3.0)), num_boost_round=2)
    found = Scorer([booster.model_to_string()], [range(4)], 4).predict(rows[:2])
    np.testing.assert_array_equal(found[:, 0], booster.predict(rows[:2]))


@pytest.mark.parametrize("broken", ["", "tree\nversion=v4\n", "no booster\n\nTree=0\nend of trees\n"])
def test_what_is_no_booster_is_refused(boosters, broken):
    with pytest.raises(ValueError, match="a text that starts with"):
        Scorer([boosters[0].model_to_string(), broken], [range(4)] * 2, 4)


def test_trees_that_are_too_large_are_refused():
    with pytest.raises(ValueError, match="at most 64 leaves"):
        Scorer([fitted(0.5, 1, leaves=65).model_to_string()], [range(4)], 4)


def test_categories_are_refused(boosters):
    text = boosters[0].model_to_string().replace("decision_type=", "decision_type=1 ", 1)
    with pytest.raises(ValueError, match="decision type 1"):
        Scorer([text], [range(4)], 4)
