"""One real service for all tests of the room: BentoML takes seconds to start."""

from collections.abc import Iterator

import pytest

from data_contracts.tables import Run
from sparkwright.lake import Lake
from tests.support.running_service import Service, installation, promote, register_forecaster, serving
from tests.support.simulated_runs import simulated_runs


@pytest.fixture(scope="session")
def service(tmp_path_factory) -> Iterator[Service]:
    """A service of two workers with a champion over five workloads."""
    home = tmp_path_factory.mktemp("served") / "home"
    with installation(home) as where:
        Lake(where.lake_uri).merge(Run, simulated_runs(5, 20))
        promote(where, register_forecaster(where))
    with serving(home, "--workers", "2") as running:
        yield running
