"""The installation with a tuned troubleshooter."""

from collections.abc import Iterator

import pytest

from tests.support.running_service import installation
from tests.support.tuned_troubleshooter import Tuned, tuned_troubleshooter


@pytest.fixture
def tuned() -> Iterator[Tuned]:
    """The installation is this process's own while the test runs."""
    made = tuned_troubleshooter()
    with installation(made.home):
        yield made
