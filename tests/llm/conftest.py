from collections.abc import Iterator

import pytest

from tests.support.running_service import installation
from tests.support.tuned_troubleshooter import Tuned, tuned_troubleshooter


@pytest.fixture
def tuned() -> Iterator[Tuned]:
    """A registered troubleshooter, with this process in its installation."""
    made = tuned_troubleshooter()
    with installation(made.home):
        yield made
