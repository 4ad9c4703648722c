from pathlib import Path

import pytest

from sparkwright.lake import Lake
from tests.support.moto_server import cloud as cloud
from tests.support.moto_server import s3 as s3


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))
