"""A long text is searched for secrets beside the event loop, and too many are turned away."""

import asyncio
import time

from data_contracts.api.diagnosis import EvidenceItem
from data_contracts.api.recommendation import RecommendRequest
from serving.decisions import redacting
from serving.gateway.overload import OverloadedError

SLOW = "token-" * 10_000  # the slowest text for the patterns that we know
REQUEST = RecommendRequest.model_validate(
    {
        "app_name": "x --password hunter2",
        "properties": {f"spark.x{number}": SLOW for number in range(4)} | {"spark.y": "password=hunter2"},
    }
)


def test_the_loop_turns_while_a_long_text_is_searched():
    async def measure() -> tuple[float, int]:
        started_s = time.perf_counter()
        searching = asyncio.create_task(redacting.prepared(REQUEST))
        turns = 0
        while not searching.done():
            await asyncio.sleep(0.001)
            turns += 1
        assert "hunter2" not in (await searching).request.app_name
        return time.perf_counter() - started_s, turns

    took_s, turns = asyncio.run(measure())
    # Searched on the loop, it would be done at the first turn; how many more there are is the machine's affair.
    assert turns >= 2, f"{turns} turns in {took_s:.2f} s"


def test_a_flood_of_long_texts_is_turned_away_and_short_ones_go_on():
    async def flood() -> None:
        long = [asyncio.create_task(redacting.prepared(REQUEST)) for _ in range(redacting.MAX_WAITING + 3)]
        await asyncio.sleep(0)
        short = await asyncio.wait_for(redacting.prepared(RecommendRequest(app_name="x", workload="w")), 5)
        assert short.workload_id == "w"
        refused = [task for task in long if task.done() and isinstance(task.exception(), OverloadedError)]
        assert len(refused) == 3
        for task in long:
            task.cancel()
        await asyncio.gather(*long, return_exceptions=True)

    asyncio.run(flood())


def test_facts_of_a_client_lose_their_secrets_however_long_they_are():
    item = EvidenceItem(
        evidence_id="e1", kind="driver_log", source="x" * 20_000 + " password=hunter2", message="password=hunter2"
    )
    [found] = asyncio.run(redacting.without_secrets([item]))
    assert "hunter2" not in found.model_dump_json()
    assert len(found.source) <= 1000
