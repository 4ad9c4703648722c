"""No process of the service looks for another machine by itself."""

import json
from ipaddress import ip_address

import pytest

from sparkwright.orchestration import REPOSITORY
from tests.support.running_service import serving

# Python tells an audit hook of every name that is looked up and every address that is connected to.
WATCH = """
import os, sys

def watch(event, args):
    if event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.connect", "socket.sendto"}:
        place = args[0] if event.startswith("socket.get") else args[1]
        with open(os.environ["WATCHED"], "a") as file:
            file.write(f"{event} {place!r}\\n")

sys.addaudithook(watch)
"""


def is_elsewhere(line: str) -> bool:
    """Whether a line names another machine; sockets of the file system and names of this one are none."""
    place = line.split(" ", 1)[1].strip()
    host = (
        json.loads("[" + place.strip("()").replace("'", '"') + "]")[0] if place.startswith("(") else place.strip("'\"")
    )
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost" and not host.startswith("/") and host != "None"


@pytest.mark.slow
def test_a_service_that_starts_answers_and_stops_connects_to_no_other_machine(tmp_path):
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(WATCH)
    watched = tmp_path / "watched"
    told = {"PYTHONPATH": f"{tmp_path / 'hook'}:{REPOSITORY}", "WATCHED": str(watched)}
    with serving(tmp_path / "home", "--workers", "1", environ=told) as running:
        assert running.ask("/v1/recommend", {"app_name": "x"})[0] == 200
        fact = {"evidence_id": "e1", "kind": "driver_log", "source": "x", "message": "java.lang.OutOfMemoryError"}
        assert running.ask("/v1/diagnose", {"evidence": [fact]})[0] == 200
    lines = watched.read_text().splitlines()
    assert any("socket.connect" in line for line in lines), "the hook saw nothing"
    assert [line for line in lines if is_elsewhere(line)] == []
    assert is_elsewhere("socket.connect ('93.184.216.34', 443)")
    assert is_elsewhere("socket.getaddrinfo 'telemetry.example.com'")
