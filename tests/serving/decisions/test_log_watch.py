import asyncio
import logging
import sqlite3
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from serving.decisions import log_watch
from sparkwright.feedback.decision_log import DecisionLog


def usable() -> float | None:
    return REGISTRY.get_sample_value("sparkwright_decision_log_usable")


def test_a_log_that_breaks_is_told_once_and_shown_until_it_works_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(log_watch, "_EVERY_S", 0.01)
    monkeypatch.setattr(log_watch, "_SOON_S", 0.01)
    caplog.set_level(logging.WARNING)
    log = DecisionLog(f"sqlite:///{tmp_path / 'decisions.db'}")
    log.count()

    async def until(value: float) -> None:
        while usable() != value:
            await asyncio.sleep(0.01)

    async def go_through_it() -> None:
        watching = asyncio.create_task(log_watch.LogWatch(log).keep())
        await asyncio.wait_for(until(1.0), 10)
        with sqlite3.connect(tmp_path / "decisions.db") as other:
            other.execute("CREATE TRIGGER full BEFORE INSERT ON decisions BEGIN SELECT RAISE(ABORT, 'no space'); END")
        await asyncio.wait_for(until(0.0), 10)
        await asyncio.sleep(0.1)
        with sqlite3.connect(tmp_path / "decisions.db") as other:
            other.execute("DROP TRIGGER full")
        await asyncio.wait_for(until(1.0), 10)
        watching.cancel()

    asyncio.run(go_through_it())
    log.close()
    assert [record.levelname for record in caplog.records if "bentoml" in record.name] == ["ERROR", "WARNING"]
    assert "no space" in caplog.text
