"""How hard the tests look: the same examples in every `make test`, others and more of them in `make test-all`."""

import os
import random

from hypothesis import HealthCheck, settings

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"

# What CI runs must fail for everybody or for nobody; what is new is looked for where a failure stops no one.
settings.register_profile("reproducible", derandomize=True, deadline=None)
settings.register_profile("thorough", max_examples=1000, deadline=None, print_blob=True)


def relaxed(count: int) -> settings:
    """Settings of a test that writes files: ``count`` examples, ten times as many in a thorough run."""
    fixtures = [HealthCheck.function_scoped_fixture]
    return settings(deadline=None, max_examples=10 * count if THOROUGH else count, suppress_health_check=fixtures)


def draws(seed: int) -> random.Random:
    """Numbers that are the same in every run, others in a thorough one; the seed is printed, for a run that fails."""
    seed = random.SystemRandom().getrandbits(32) if THOROUGH else seed
    print(f"random numbers of seed {seed}")
    return random.Random(seed)
