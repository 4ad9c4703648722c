"""A fleet's prior from its own runs, and whether it foresees others better."""

import numpy as np
import pytest

from sparkwright.allocation.need_fit import fit_prior, log_score
from sparkwright.allocation.need_prior import DEFAULT_PRIOR, PRIOR_FILE, load_prior, save_prior
from sparkwright.errors import RegistryError
from tests.allocation.runs import DIED, HELD, runs


def fleet(count: int, need_share: float, seed: int):
    """Workloads whose need is about a share of their first heap, tried at heaps around it."""
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        first = 4096
        need = first * need_share * np.exp(0.1 * generator.standard_normal())
        heaps = [first, *(64 * np.round(first * generator.uniform(0.2, 1.2, 12) / 64)).astype(int).tolist()]
        found.append(runs([(heap, DIED if heap < need else HELD, 1000) for heap in heaps]))
    return found


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_the_prior_finds_how_a_fleet_sizes_and_foresees_its_other_workloads_better(share):
    fitted = fit_prior(fleet(20, share, seed=1))
    assert fitted.levels[0].mean == pytest.approx(np.log(share), abs=0.12)
    others = fleet(10, share, seed=2)
    assert log_score(others, fitted) > log_score(others, DEFAULT_PRIOR)


def test_runs_that_say_nothing_teach_and_score_nothing():
    silent = [runs([(4096, "unknown", 1000)] * 3), []]
    assert fit_prior(silent) == DEFAULT_PRIOR
    assert log_score(silent, DEFAULT_PRIOR) is None


def test_a_score_is_the_mean_log_likelihood_of_what_was_seen():
    held, died = runs([(64 * 4096, HELD, 1000)]), runs([(4096, DIED, 1000)])
    assert 0 > log_score([held], DEFAULT_PRIOR) > log_score([died], DEFAULT_PRIOR)
    both = log_score([held, died], DEFAULT_PRIOR)
    assert both == pytest.approx((log_score([held], DEFAULT_PRIOR) + log_score([died], DEFAULT_PRIOR)) / 2)


def test_a_prior_is_kept_beside_the_forecaster(tmp_path):
    assert load_prior(tmp_path) == DEFAULT_PRIOR
    fitted = fit_prior(fleet(4, 0.5, seed=3))
    save_prior(fitted, tmp_path)
    assert load_prior(tmp_path) == fitted != DEFAULT_PRIOR
    file = tmp_path / PRIOR_FILE
    file.write_text(file.read_text().replace("min_risk", "least_risk"))
    assert load_prior(tmp_path) == fitted, "priors that were registered before the field was renamed stay readable"
    (tmp_path / PRIOR_FILE).write_text('{"levels": []}')
    with pytest.raises(RegistryError, match="sparkwright train"):
        load_prior(tmp_path)
