"""Evidence of the recorded failures, and a way to write facts by hand."""

from pathlib import Path

import pytest
import yaml

from sparkwright.diagnosis.cases import Case, lab_cases
from sparkwright.history.harvest.incremental import harvest
from sparkwright.lake import Lake

RECORDED = [Path(__file__).parents[1] / "fixtures" / name for name in ("campaign", "faults")]


@pytest.fixture(scope="session")
def recorded_lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The recorded campaigns with failures, harvested from their real event and driver logs."""
    lake = Lake(str(tmp_path_factory.mktemp("lake")))
    for campaign in RECORDED:
        harvest(campaign / "eventlogs", None, lake)
    return lake


@pytest.fixture(scope="session")
def recorded_cases(recorded_lake: Lake) -> list[Case]:
    """Every recorded failure."""
    return [case for campaign in RECORDED for case in lab_cases(campaign / "truth", recorded_lake)]


@pytest.fixture(scope="session")
def marked_lines() -> list[str]:
    """Every line of the table of marks, as the rules see it: what the causes say and what only looks like them."""
    table = yaml.safe_load(Path(__file__).with_name("marks.yaml").read_text(encoding="utf-8"))
    lines = [line for entry in table.values() for kind in ("says", "not") for line in entry[kind]]
    return [" ".join(line.partition("|")[2].split()) for line in lines]
