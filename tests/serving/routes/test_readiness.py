"""What a probe is told: all that it needs, and the rest only to whom it concerns."""

import asyncio
import json

import pytest

from serving.gateway.authentication import CALLER
from serving.routes import readiness
from sparkwright.access.caller import Caller


class Service:
    def missing(self) -> list[str]:
        return []

    def notes(self) -> list[str]:
        return ["the registry at a name inside cannot be used"]


def asked(scope: dict) -> dict:
    sent = []

    async def send(message):
        sent.append(message)

    guarded = readiness.Readiness(None)
    asyncio.run(guarded({"type": "http", "path": "/readyz", **scope}, None, send))
    assert sent[0]["status"] == 200
    return json.loads(sent[1]["body"])


@pytest.mark.parametrize(
    ("scope", "is_told"),
    [
        ({"server": ("127.0.0.1", 3000)}, True),
        ({"server": ("10.0.0.7", 3000)}, False),
        ({"server": None}, False),
        ({"server": ("10.0.0.7", 3000), CALLER: Caller("k", "t", frozenset({"reader"}))}, True),
    ],
)
def test_notes_are_for_this_machine_and_for_who_shows_a_key(monkeypatch, scope, is_told):
    monkeypatch.setattr(readiness.bentoml, "get_current_service", Service)
    told = asked(scope)
    assert told["ready"]
    assert ("notes" in told) == is_told
