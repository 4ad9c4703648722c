"""Evidence of the recorded campaign, and a way to write facts by hand."""

from pathlib import Path

import pytest

from sparkwright.diagnosis.cases import Case, lab_cases
from sparkwright.history.harvest import harvest
from sparkwright.lake import Lake

CAMPAIGN = Path(__file__).parents[1] / "fixtures" / "campaign"


@pytest.fixture(scope="session")
def recorded_lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The recorded campaign, harvested from its real event and driver logs."""
    lake = Lake(str(tmp_path_factory.mktemp("lake")))
    harvest(CAMPAIGN / "eventlogs", None, lake)
    return lake


@pytest.fixture(scope="session")
def recorded_cases(recorded_lake: Lake) -> list[Case]:
    """Every failure of the recorded campaign."""
    return lab_cases(CAMPAIGN / "truth", recorded_lake)
