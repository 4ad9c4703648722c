"""Packed boosters answer what they answer one by one, to the bit."""

import lightgbm
import numpy as np
import pytest

from sparkwright.forecast.packed import packed

LEVELS = (0.1, 0.5, 0.9)


@pytest.fixture(scope="module")
def boosters() -> list[lightgbm.Booster]:
    chance = np.random.default_rng(5)
    rows = features(chance, 400)
    came = np.nansum(rows[:, :2], axis=1) + chance.normal(size=len(rows))
    # Stopping early leaves each level with another number of trees.
    return [
        lightgbm.train(
            {"objective": "quantile", "alpha": level, "num_leaves": 7, "verbosity": -1, "num_threads": 1},
            lightgbm.Dataset(rows, came),
            num_boost_round=rounds,
        )
        for level, rounds in zip(LEVELS, (3, 12, 1), strict=True)
    ]


def features(chance: np.random.Generator, count: int) -> np.ndarray:
    rows = chance.normal(size=(count, 4)).astype(np.float32)
    rows[chance.random(rows.shape) < 0.2] = np.nan
    return rows


@pytest.mark.parametrize("level_count", [1, 3])
@pytest.mark.parametrize("row_count", [1, 16])
def test_one_call_says_what_the_boosters_say(boosters, level_count, row_count):
    rows = features(np.random.default_rng(6), row_count)
    some = boosters[:level_count]
    texts = [booster.model_to_string() for booster in some]
    one = lightgbm.Booster(model_str=packed(texts, [range(4)] * level_count, 4))
    expected = np.stack([booster.predict(rows) for booster in some], axis=-1)
    np.testing.assert_array_equal(one.predict(rows).reshape(row_count, level_count), expected)


def test_each_reads_its_own_columns(boosters):
    rows = features(np.random.default_rng(7), 16)
    columns = [[5, 1, 0, 3], [2, 3, 4, 6], [6, 5, 4, 3]]
    shared = np.full((len(rows), 7), 99, dtype=np.float32)
    for booster, mine in zip(boosters, columns, strict=True):
        shared[:, mine] = rows
        texts = [one.model_to_string() for one in boosters]
        found = lightgbm.Booster(model_str=packed(texts, columns, 7)).predict(shared)
        np.testing.assert_array_equal(found[:, boosters.index(booster)], booster.predict(rows))


def test_a_feature_without_a_column_is_refused(boosters):
    with pytest.raises(ValueError, match="more than 1 feature"):
        packed([boosters[1].model_to_string()], [[0]], 1)


@pytest.mark.parametrize("broken", ["", "tree\nversion=v4\n", "no booster\n\nTree=0\nend of trees\n"])
def test_what_is_no_booster_is_refused(boosters, broken):
    with pytest.raises(ValueError, match="a text that starts with"):
        packed([boosters[0].model_to_string(), broken], [range(4)] * 2, 4)
