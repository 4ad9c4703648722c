"""Sizes for needs that were observed."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.properties.spark import GIB, MIB
from sparkwright.allocation.limits import RiskLimits
from sparkwright.allocation.observed import next_need, size_for

needs = st.lists(st.floats(MIB, 64 * GIB), min_size=1, max_size=40)
inputs = st.none() | st.floats(1, 1e13)


@given(needs, inputs, st.integers(0, 50), st.none() | st.integers(MIB, 64 * GIB), st.data())
def test_the_risk_never_rises_with_the_size(seen, read, under_way, asked, data):
    read_before = data.draw(st.lists(inputs, min_size=len(seen), max_size=len(seen)))
    need = next_need(seen, read_before, read, under_way=under_way, asked_bytes=asked)
    sizes = np.sort(np.r_[np.geomspace(1, 1e13, 200), seen, asked or 1])
    risk = need.exceed_probability(sizes)
    assert (np.diff(risk) <= 1e-12).all()
    assert ((risk >= 0) & (risk <= 1)).all()


@given(needs, st.sampled_from([0.0, 512 * MIB]), st.booleans(), st.floats(0, 30))
def test_the_claim_is_that_of_the_size_and_within_the_limit(seen, least, capped, lost):
    need = next_need(seen)
    size = size_for(need, RiskLimits(lost_attempts=lost), min_bytes=least, capped=capped)
    assert size.risk == need.exceed_probability([size.size_bytes])[0]
    assert size.size_bytes >= least
    largest_weighed = math.ceil(need.sizes(least)[-1])
    assert not capped or size.risk <= 0.01 or size.size_bytes == largest_weighed


@given(needs)
def test_nothing_dearer_than_the_size_chosen_is_cheaper(seen):
    limits = RiskLimits()
    need = next_need(seen)

    def cost(size):
        return size + sum(
            size * 2**k * need.exceed_probability([size * 2**k])[0] * (2 + limits.lost_attempts) for k in range(8)
        )

    chosen = size_for(need, limits, capped=False).size_bytes
    assert cost(chosen) <= min(cost(size) for size in need.sizes(0)) * 1.0001


@given(st.floats(MIB, 64 * GIB), st.integers(1, 100))
def test_more_runs_of_the_same_need_never_ask_for_more(seen, count):
    assert size_for(next_need([seen] * (count + 1))).size_bytes <= size_for(next_need([seen] * count)).size_bytes


@given(needs)
def test_the_same_needs_once_more_ask_for_hardly_more(seen):
    """A wide spread is believed more the more runs show it, so a little more is right."""
    once, twice = (size_for(next_need(some)).size_bytes for some in (seen, seen + seen))
    assert twice <= 1.1 * max(once, max(seen))


def test_beyond_the_largest_is_one_in_n_plus_one_and_the_tail_is_heavy():
    seen = [1.0 * GIB] * 9
    need = next_need(seen)
    at, far = need.exceed_probability([GIB, 4 * GIB])
    assert at == pytest.approx(0.1)
    assert 0 < far < 0.001
    spread = next_need([GIB * 2**k for k in range(9)])
    assert spread.exceed_probability([4 * 256 * GIB])[0] > 20 * far


@pytest.mark.parametrize("unseen", [[], [None], [math.nan, 0.0, -1.0, math.inf]])
def test_without_an_observation_there_is_no_distribution(unseen):
    assert next_need(unseen) is None


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_runs_ask_for_much_more_or_what_was_asked(count):
    seen = [None, math.nan, *[GIB] * count]
    free, asked = (size_for(next_need(seen, asked_bytes=most)).size_bytes for most in (None, int(1.2 * GIB)))
    assert 1.3 * GIB < free < 4 * GIB
    assert asked == int(1.2 * GIB)


def test_a_request_that_was_outgrown_is_no_safe_size():
    asked = 2 * GIB
    safe, outgrown = (
        next_need([3.0 * GIB] * over + [GIB] * 50, asked_bytes=asked).exceed_probability([asked])[0] for over in (0, 10)
    )
    assert safe < 0.002 < 0.015 < outgrown


@pytest.mark.parametrize("poison", [1000.0 * GIB, 1e30, 1.0])
def test_one_poisoned_run_among_many_moves_the_size_little(poison):
    clean = list(GIB * (1 + 0.1 * np.random.default_rng(1).random(150)))
    sizes = [size_for(next_need(seen)).size_bytes for seen in (clean, [*clean, poison])]
    assert sizes[1] <= 1.5 * sizes[0]
    assert sizes[1] >= 0.9 * sizes[0]


def test_a_known_input_is_used_where_it_helps_and_only_there():
    rng = np.random.default_rng(2)
    read = rng.uniform(1, 20, 40) * GIB
    grows = 0.3 * read * rng.uniform(0.97, 1.03, 40)
    small, large = (size_for(next_need(grows, read, told)).size_bytes for told in (2.0 * GIB, 19.0 * GIB))
    assert small < 0.25 * large
    assert large > 0.3 * 19 * GIB
    constant = GIB * rng.uniform(0.97, 1.03, 40)
    assert size_for(next_need(constant, read, 20.0 * GIB)).size_bytes < 1.3 * GIB
    assert size_for(next_need(grows, read)).size_bytes > 0.9 * max(grows)


def test_after_one_run_a_larger_input_asks_for_more_and_a_smaller_one_for_no_less_than_was_seen():
    small, same, large = (size_for(next_need([GIB], [GIB], told * GIB)).size_bytes for told in (0.1, 1.0, 10.0))
    assert GIB < small <= same < large / 3


def test_runs_under_way_raise_the_risk_of_those_that_ended_first():
    seen = [GIB * 1.01**k for k in range(5)]
    alone, crowded = (next_need(seen, under_way=count).exceed_probability([1.1 * GIB])[0] for count in (0, 50))
    assert crowded > 1.5 * alone


def test_the_claim_is_kept_where_needs_come_from_one_distribution():
    rng = np.random.default_rng(3)
    for draw in (lambda n: rng.lognormal(0, 0.3, n), lambda n: rng.uniform(1, 2, n)):
        claimed, died = 0.0, 0
        for _ in range(1500):
            *seen, after = draw(31) * GIB
            size = size_for(next_need(seen), RiskLimits(max_risk=0.02))
            claimed, died = claimed + size.risk, died + (after > size.size_bytes)
        assert died <= 1.5 * claimed


def test_inputs_that_fit_no_need_are_refused():
    with pytest.raises(ValueError, match="one input for each of 2 needs"):
        next_need([1.0, 2.0], [1.0])
