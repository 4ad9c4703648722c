"""The posterior's likelihood against others' implementations of it: SciPy's censored fit, and numerical integration."""

import math

import numpy as np
import pytest
from scipy.integrate import simpson
from scipy.special import expit
from scipy.stats import CensoredData, logistic, norm

from data_contracts.properties.spark import MIB
from sparkwright.allocation.inputs import Inputs, told
from sparkwright.allocation.need import LEVELS, STEP, NeedPosterior
from sparkwright.allocation.need_prior import DEFAULT_PRIOR, ELASTICITIES, NOISE_SCALES, LevelComponent
from tests.allocation.runs import DIED, HELD, runs

FIRST_MIB, USUAL_MIB = 4096, 1000
STILL = DEFAULT_PRIOR.model_copy(
    update={"walk": 1e-6, "jump_probability": 0.0, "death_label_error": 1e-12, "success_label_error": 1e-12}
)
"""Of workloads that never change and logs that never err."""


def only(position: int, count: int) -> tuple[float, ...]:
    return tuple(float(at == position) for at in range(count))


@pytest.mark.parametrize(("need_mib", "scale"), [(1500, NOISE_SCALES[2]), (2600, NOISE_SCALES[4])])
def test_the_mode_without_a_prior_is_the_likeliest_need_by_scipys_censored_fit(need_mib, scale):
    generator = np.random.default_rng(3)
    heaps = np.round(need_mib * np.exp(generator.normal(0, 2 * scale, 400))).astype(int)
    died = need_mib * np.exp(scale * generator.logistic(size=400)) > heaps
    flat = STILL.model_copy(
        update={
            "levels": (LevelComponent(share=1.0, mean=0.0, spread=1e3),),
            "elasticity_shares": only(0, len(ELASTICITIES)),
            "noise_shares": (1 / len(NOISE_SCALES),) * len(NOISE_SCALES),
        }
    )
    seen = [(FIRST_MIB, HELD, USUAL_MIB)]
    seen += [
        (heap, DIED if dead else HELD, USUAL_MIB) for heap, dead in zip(heaps.tolist(), died.tolist(), strict=True)
    ]
    belief = NeedPosterior.of(runs(seen), flat)
    _, scale_at, level_at = np.unravel_index(belief.weights.argmax(), belief.weights.shape)
    level = math.exp(belief.anchor_log_bytes + LEVELS[level_at]) / MIB
    # A death says that need is larger, a run that held that it is smaller.
    logs = np.log(heaps)
    location, width = logistic.fit(CensoredData(left=[*logs[~died], math.log(FIRST_MIB)], right=logs[died]))
    assert math.log(level) == pytest.approx(location, abs=STEP)
    nearest = min(NOISE_SCALES, key=lambda one: abs(math.log(one / width)))
    assert NOISE_SCALES[scale_at] == nearest == scale


def by_integration(facts, prior, heap_mib, inputs: Inputs) -> float:
    """P(death) of the next run, from the model's formula alone."""
    levels, usual = np.linspace(-6, 6, 40_001), facts[0][2]
    density = sum(part.share * norm(part.mean, part.spread).pdf(levels) for part in prior.levels)
    seen, died = 0.0, 0.0
    for elasticity, share in zip(ELASTICITIES, prior.elasticity_shares, strict=True):
        for scale, weight in zip(NOISE_SCALES, prior.noise_shares, strict=True):

            def dies(heap, size, elasticity=elasticity, scale=scale):
                need = levels + math.log(1 - elasticity + elasticity * size / usual)
                return expit((need - math.log(heap / FIRST_MIB)) / scale)

            likely = share * weight * density
            for heap, verdict, size in facts:
                dead = dies(heap, size)
                told_dead = prior.death_label_error * (1 - dead) + (1 - prior.success_label_error) * dead
                likely = likely * (told_dead if verdict == DIED else 1 - told_dead)
            sizes = zip(inputs.input_bytes / MIB, inputs.weights, strict=True)
            next_dies = sum(part * dies(heap_mib, size) for size, part in sizes)
            seen, died = seen + simpson(likely, levels), died + simpson(likely * next_dies, levels)
    return prior.min_risk + (1 - prior.min_risk) * died / seen


@pytest.mark.parametrize("heap_mib", [1600, 2300, 3300])
def test_the_risk_is_what_numerical_integration_finds(heap_mib):
    prior = STILL.model_copy(update={"death_label_error": 1e-3, "success_label_error": 1e-3})
    facts = [(FIRST_MIB, HELD, 1000), (2048, DIED, 1000), (2560, HELD, 900), (3072, HELD, 1500), (2048, HELD, 400)]
    inputs = Inputs(np.array([900.0, 1800.0]) * MIB, np.array([0.7, 0.3]))
    belief = NeedPosterior.of(runs(facts), prior)
    expected = by_integration(facts, prior, heap_mib, inputs)
    assert belief.death_probability([heap_mib * MIB], inputs)[0] == pytest.approx(expected, rel=0.03)
    alone = by_integration(facts, prior, heap_mib, told(1200 * MIB))
    assert belief.death_probability([heap_mib * MIB], told(1200 * MIB))[0] == pytest.approx(alone, rel=0.03)
