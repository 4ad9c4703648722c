import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sparkwright.forecast.calibration import conformal_offsets, widen

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)


@pytest.mark.parametrize("scale", [0.3, 3.0])
def test_offsets_bring_intervals_to_their_nominal_coverage_on_new_runs(scale):
    """Quantiles of a spread that is wrong by ``scale``, in both directions."""
    random = np.random.default_rng(1)
    normal = np.array([-1.2816, -0.6745, 0.0, 0.6745, 1.2816])
    quantiles = np.broadcast_to(scale * normal, (4000, 1, 5))
    offsets = conformal_offsets(quantiles, random.normal(size=(4000, 1)), LEVELS)
    new = random.normal(size=20_000)
    low, *_, high = widen(quantiles[0], offsets)[0]
    assert np.mean((low <= new) & (new <= high)) == pytest.approx(0.8, abs=0.02)


def test_few_runs_widen_but_do_not_narrow_and_fewer_do_nothing():
    wide = np.broadcast_to(np.array([-9.0, -5, 0, 5, 9]), (20, 1, 5))
    narrow = np.broadcast_to(np.array([-0.02, -0.01, 0, 0.01, 0.02]), (20, 1, 5))
    actual = np.linspace(-1, 1, 20)[:, None]
    assert (conformal_offsets(wide, actual, LEVELS) == 0).all()
    assert (conformal_offsets(narrow, actual, LEVELS) > 0.25).all()
    assert (conformal_offsets(narrow[:4], actual[:4], LEVELS) == 0).all()


def test_the_fewer_runs_the_less_they_widen():
    quantiles = np.broadcast_to(np.array([-0.02, -0.01, 0, 0.01, 0.02]), (400, 1, 5))
    actual = np.tile(np.linspace(-1, 1, 10), 40)[:, None]
    few, some, many = (conformal_offsets(quantiles[:n], actual[:n], LEVELS)[0, 0] for n in (10, 40, 400))
    assert 0 < few < some < many < 1


def test_runs_of_which_nothing_is_known_do_not_count():
    quantiles = np.broadcast_to(np.array([-0.02, -0.01, 0, 0.01, 0.02]), (40, 1, 5))
    actual = np.linspace(-1, 1, 40)[:, None]
    with_gaps = np.concatenate([actual, np.full_like(actual, np.nan)])
    doubled = np.concatenate([quantiles, quantiles])
    np.testing.assert_array_equal(
        conformal_offsets(quantiles, actual, LEVELS), conformal_offsets(doubled, with_gaps, LEVELS)
    )


@given(
    distances=arrays(np.float64, (3, 5), elements=st.floats(0, 10)),
    offsets=arrays(np.float64, (2, 3), elements=st.floats(-20, 20)),
)
def test_widened_quantiles_never_cross_and_keep_the_median(distances, offsets):
    quantiles = np.cumsum(distances, axis=-1)
    widened = widen(quantiles, offsets)
    assert (np.diff(widened, axis=-1) >= 0).all()
    np.testing.assert_array_equal(widened[:, 2], quantiles[:, 2])
