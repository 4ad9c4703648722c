"""Texts that are made to take long, to lose their scope or to say two things at once."""

import time

import pytest

from sparkwright.policy.language.read import MAX_LENGTH, read_policy


@pytest.fixture(scope="module", autouse=True)
def _patterns_are_compiled():
    read_policy("Executors of team ads get at most 8 GB.")


@pytest.mark.parametrize(
    "letters",
    ["a/b/c/" * 7, "a/b/c/" * 300, "执行器内存最多8GB," * 200, "\n" * 2000, "at most 8 GB 9 GB " * 200, "ab-" * 666],
)
def test_repeated_words_take_no_longer_than_others(letters):
    started_s = time.monotonic()
    read_policy(letters[:MAX_LENGTH])
    assert time.monotonic() - started_s < 2.0


@pytest.mark.parametrize("names", ["alpha/beta", "alpha / beta", "alpha and beta", "alpha & beta"])
def test_names_that_a_stroke_joins_are_several(names):
    scope = read_policy(f"Executors in queues {names} may use at most 8 GB.").parts["scope"]
    assert scope == {"queues": ["alpha", "beta"]}
