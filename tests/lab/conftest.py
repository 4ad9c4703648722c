from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The recorded campaign that is kept with the code."""
    return Path(__file__).resolve().parents[1] / "fixtures" / "campaign"
