"""Logs by place and path where the place is in a store."""

from pathlib import Path

import pytest

from data_contracts.api.diagnosis_job import LogAddress
from sparkwright.advisor.placed_logs import find_log, is_here, read_placed
from sparkwright.errors import LakeError
from sparkwright.settings import read_settings

CAMPAIGN = Path(__file__).parents[1] / "fixtures" / "campaign"


@pytest.fixture
def where(put, tmp_path, monkeypatch):
    """Event logs in ``s3://history/spark/logs``, and beside the place what is nobody's business."""
    folder = sorted((CAMPAIGN / "eventlogs").iterdir())[0]
    for path in folder.iterdir():
        put(f"spark/logs/{folder.name}/{path.name}", path.read_bytes())
    put("spark/logs/driver.log", b"24/01/01 00:00:01 ERROR Main: java.lang.OutOfMemoryError: Java heap space\n")
    put("spark/outside.log", b"24/01/01 00:00:01 ERROR Main: java.lang.OutOfMemoryError: secret\n")
    monkeypatch.setenv("SPARKWRIGHT_HOME", str(tmp_path / "home"))
    return read_settings(event_log_dir="s3://history/spark/logs")


def test_a_folder_of_a_store_is_one_event_log(where):
    name, told = sorted((CAMPAIGN / "eventlogs").iterdir())[0].name, []
    address = LogAddress(place="event_logs", path=name)
    assert not is_here(address, where)
    known = read_placed(address, where, progress=lambda *one: told.append(one))
    assert (known.status, told[-1][0]) == ("failed", told[-1][1])
    assert known.evidence


def test_a_file_of_a_store_is_read_as_one_of_this_machine(where):
    known = read_placed(LogAddress(place="event_logs", path="driver.log"), where)
    assert [item.message for item in known.evidence] == ["Main: java.lang.OutOfMemoryError: Java heap space"]


@pytest.mark.parametrize("path", ["nothing", "nothing/below", "driver.log/below", "outside.log", "logs"])
def test_a_path_outside_the_place_does_not_exist(where, path):
    with pytest.raises(LakeError, match="found none"):
        find_log(LogAddress(place="event_logs", path=path), where)
