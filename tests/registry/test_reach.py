"""Whether the registry can be there is asked of the address that MLflow's own client would ask."""

from pathlib import Path

import pytest

from sparkwright.registry.reach import refuse_unreachable
from sparkwright.settings import Settings
from tests.support.answering_server import answering


@pytest.mark.parametrize("status", [200, 401])
@pytest.mark.parametrize("user", ["", "user@", "user:p%40ss@"])
def test_a_server_is_asked_whoever_its_address_names(tmp_path: Path, user: str, status: int) -> None:
    with answering((status, b"OK")) as (url, asked):
        uri = url.replace("://", f"://{user}") + "/mlflow/"
        refuse_unreachable(Settings(home=tmp_path, tracking_uri=uri))
    assert asked == ["/mlflow/health"]
