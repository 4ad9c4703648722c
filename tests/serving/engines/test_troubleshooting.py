"""The language model's process as the front sees it: a server of ours stands in for the process, not for the front."""

import asyncio
import time

import pytest

from data_contracts.api.diagnosis import EvidenceItem
from serving.engines.troubleshooting import Troubleshooting
from serving.messages import LoadReply
from sparkwright.errors import EngineError

ITEMS = [EvidenceItem(evidence_id="a", kind="driver_log", source="x", message="m")]


class Behind:
    """Answers as the process does, or not at all."""

    def __init__(self):
        self.hangs = False
        self.fault = ""

    async def prepare(self, troubleshooter_version):
        if self.hangs:
            await asyncio.sleep(60)
        return LoadReply(fault=self.fault)

    async def diagnose(self, **asked):
        if self.hangs:
            await asyncio.sleep(60)
        return asked["troubleshooter_version"]


def test_it_is_asked_once_its_model_is_loaded_and_not_before():
    async def go_through_it():
        front = Troubleshooting(Behind())
        with pytest.raises(EngineError, match="no troubleshooter"):
            await front.diagnose("1", ITEMS)
        await front.prepare("1")
        assert (await front.diagnose("1", ITEMS), front.note) == ("1", "")
        with pytest.raises(EngineError, match="being loaded"):
            await front.diagnose("2", ITEMS)

    asyncio.run(go_through_it())


def test_who_waits_for_a_process_that_hangs_hears_of_it_within_two_seconds_and_later_it_has_a_say_again():
    async def go_through_it():
        behind = Behind()
        front = Troubleshooting(behind)
        await front.prepare("1")
        keeping = asyncio.create_task(front.keep())
        behind.hangs = True
        began_s = time.monotonic()
        with pytest.raises(EngineError, match="does not answer"):
            await front.diagnose("1", ITEMS)
        assert time.monotonic() - began_s < 2.5
        began_s = time.monotonic()
        with pytest.raises(EngineError):
            await front.diagnose("1", ITEMS)
        assert time.monotonic() - began_s < 1
        behind.hangs = False
        keeping.cancel()
        await front._look()
        assert await front.diagnose("1", ITEMS) == "1"

    asyncio.run(go_through_it())


def test_a_model_that_cannot_be_loaded_says_why():
    async def go_through_it():
        behind = Behind()
        behind.fault = "version 1 is not there"
        front = Troubleshooting(behind)
        await front.prepare("1")
        with pytest.raises(EngineError, match="version 1 is not there"):
            await front.diagnose("1", ITEMS)

    asyncio.run(go_through_it())
