"""Transforms of a belief are kept as long as the belief is, and never taken for those of another one."""

import numpy as np

from sparkwright.allocation.need import LEVELS, _Remembered, _with_noise
from sparkwright.allocation.need_prior import DEFAULT_PRIOR


def test_an_array_is_computed_once_and_goes_with_its_owner():
    computed = []

    def compute(array):
        computed.append(float(array.sum()))
        return array * 1j

    remembered = _Remembered(compute, max_count=8)
    for round_number in range(200):  # addresses are used again
        array = np.full(4, float(round_number))
        first = remembered.of(array)
        assert remembered.of(array) is first
        assert first[0] == round_number * 1j
        del array
    assert computed == [4.0 * one for one in range(200)]
    assert len(remembered._kept) <= 1


def test_no_more_than_allowed_are_kept_and_the_first_goes_first():
    calls = []
    remembered = _Remembered(lambda array: calls.append(1) or array * 1j, max_count=2)
    arrays = [np.full(2, float(one)) for one in range(3)]
    for array in arrays:
        remembered.of(array)
    assert len(remembered._kept) == 2
    remembered.of(arrays[2])
    assert len(calls) == 3
    remembered.of(arrays[0])
    assert len(calls) == 4


def test_what_is_remembered_is_what_would_be_computed():
    weights = DEFAULT_PRIOR.weights(LEVELS).astype(np.float32)
    remembered = _Remembered(_with_noise, max_count=2)
    for _ in range(2):
        np.testing.assert_array_equal(remembered.of(weights), _with_noise(weights.copy()))
