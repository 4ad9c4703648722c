"""The language model's process is killed under a service that runs."""

import time
from collections.abc import Iterator

import psutil
import pytest

from sparkwright.registry import releases, tracking
from sparkwright.registry.models import RELEASE
from sparkwright.settings import settings
from tests.support.running_service import serving
from tests.support.tuned_troubleshooter import Tuned

OOM = {
    "evidence_id": "a",
    "kind": "executor_removed",
    "source": "x",
    "message": "Command exited with code 52",
}


def has_a_say(status: dict) -> bool:
    return not any("the rules diagnose" in note for note in status["notes"])


@pytest.fixture
def promoted(tuned: Tuned) -> Iterator[Tuned]:
    """The challenger as the champion, while the test runs: other tests look for the proposal as it was made."""
    client = tracking.connect(settings())
    challenger = releases.by_alias(client, "challenger")
    assert challenger is not None
    releases.promote(client, challenger)
    yield tuned
    client.delete_registered_model_alias(RELEASE, "champion")
    client.set_registered_model_alias(RELEASE, "challenger", challenger.version)


@pytest.mark.slow
def test_a_language_model_that_is_killed_stalls_no_diagnosis_and_has_a_say_again(promoted: Tuned) -> None:
    with serving(promoted.home, "--workers", "1", engine="transformers") as running:
        running.wait_for_status(has_a_say, 240)
        below = psutil.Process(running.process.pid).children(recursive=True)
        [process] = [one for one in below if "LlmService" in one.cmdline()]
        process.kill()
        took_s = []
        until = time.monotonic() + 5
        while time.monotonic() < until:
            began_s = time.monotonic()
            status, answer = running.ask("/v1/diagnose", {"evidence": [OOM]})
            took_s.append(time.monotonic() - began_s)
            assert (status, answer["root_cause"]) == (200, "executor_heap_oom")
        assert max(took_s) < 2
        running.wait_for_status(has_a_say, 240)
