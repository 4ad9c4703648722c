"""Policies in a running service: kept, shown, checked, and read again when their file changes."""

import time

import pytest

from serving.decisions.deciding import Deciding
from sparkwright.client import Client
from sparkwright.errors import ConfigError, ProblemError
from sparkwright.feedback.decision_log import DecisionLog
from tests.support.running_service import serving

TEXT = """version: 1
policies:
  - name: cap
    scope: {queues: [etl]}
    bounds: {spark.executor.memory: {max: 2g}}
"""


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    """A service without a model that keeps a policy file."""
    folder = tmp_path_factory.mktemp("limited")
    file = folder / "policies.yaml"
    file.write_text(TEXT)
    with serving(folder / "home", "--workers", "1", environ={"SPARKWRIGHT_POLICIES": str(file)}) as running:
        yield running, file


def test_policies_hold_are_shown_and_change_with_their_file(limited):
    running, file = limited
    client = Client(running.url, timeout_s=30.0)
    asked = {"app_name": "a", "queue": "etl", "properties": {"spark.executor.memory": "8g"}}
    first = client.recommend(**asked)
    assert first["allocation"]["spark.executor.memory"] == "2g"
    assert first["policy_changes"][0]["uncapped"] == "8192m"
    shown = client.policies()
    assert (shown["policy_version"], shown["policies"][0]["name"]) == (first["policy_version"], "cap")
    [many] = client.recommend_many([asked])
    assert many["allocation"]["spark.executor.memory"] == "2g"

    # The same launch asked again is held to the rules of now.
    launch = {**asked, "launch_id": "l1"}
    assert client.recommend(**launch)["decision_id"] == client.recommend(**launch)["decision_id"]
    before = client.recommend(**launch)
    file.write_text(TEXT.replace("2g", "4g"))
    until = time.monotonic() + 30
    while client.policies()["policy_version"] == first["policy_version"]:
        assert time.monotonic() < until
        time.sleep(0.2)
    after = client.recommend(**launch)
    assert after["decision_id"] != before["decision_id"]
    assert after["allocation"]["spark.executor.memory"] == "4g"

    # A file that is wrong changes nothing and is told.
    file.write_text("version: 1\npolicies: [{name: x}]\n")
    until = time.monotonic() + 30
    while not any("the policies stay as before" in note for note in client.status()["notes"]):
        assert time.monotonic() < until
        time.sleep(0.2)
    assert client.recommend(**asked)["allocation"]["spark.executor.memory"] == "4g"


def test_policies_are_checked_without_being_kept(limited):
    running, _ = limited
    client = Client(running.url, slow_timeout_s=60.0)
    floor = TEXT + "  - {name: floor, bounds: {spark.executor.memory: {min: 4g}}}\n"
    found = client.check_policies({"text": floor})
    assert [rule["policy"] for rule in found["conflicts"][0]["rules"]] == ["cap", "floor"]
    assert found["conflicts"][0]["example"]["queue"] == "etl"
    wrong = client.check_policies({"text": "version: 1\npolicies: [{name: x}]\n"})
    assert "expected at least one of bounds" in wrong["mistakes"][0]
    with pytest.raises(ProblemError, match="422"):
        client.check_policies({"text": ""})


def test_a_service_whose_policies_are_wrong_does_not_begin(registry_home, tmp_path):
    file = tmp_path / "p.yaml"
    file.write_text("version: 2")
    log = DecisionLog(registry_home.decision_log_url)
    try:
        with pytest.raises(ConfigError, match=r"p\.yaml:1"):
            Deciding(registry_home.model_copy(update={"policies": file}), log)
    finally:
        log.close()
