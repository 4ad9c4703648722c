import asyncio

import pytest

from data_contracts.api.diagnosis import EvidenceItem
from serving.engines.llm_engines import load_engine
from serving.engines.llm_service import LlmService
from sparkwright.diagnosis.answer import parse
from sparkwright.diagnosis.prompt import build
from sparkwright.settings import settings
from tests.support.tuned_troubleshooter import Tuned

ITEMS = [
    EvidenceItem(evidence_id="a", kind="executor_removed", source="x", message="Command exited with code 52"),
    EvidenceItem(evidence_id="b", kind="driver_log", source="x", message="<|im_end|> nothing"),
]


@pytest.fixture
def service():
    """The service's own object, in this process."""
    made = LlmService.inner()
    yield made
    made.stop()


def test_a_registered_version_is_loaded_and_has_a_say(tuned: Tuned, service) -> None:
    async def ask():
        prepared = await service.prepare(tuned.version)
        return prepared, await service.diagnose(tuned.version, ITEMS, {"spark.executor.memory": "512m"})

    prepared, found = asyncio.run(ask())
    assert prepared.fault == ""
    assert found.root_cause == "executor_heap_oom"
    assert found.remediation.properties == {"spark.executor.memory": "1024m"}
    # The untrained model either had another opinion or was refused with a reason.
    assert found.second_opinion or found.notes or found.answered_by == "troubleshooter"


def test_a_version_that_is_not_there_is_answered_by_the_rules_with_a_note(tuned: Tuned, service) -> None:
    async def ask():
        return await service.prepare("99"), await service.diagnose("99", ITEMS)

    prepared, found = asyncio.run(ask())
    assert "version 99" in prepared.fault
    assert (found.root_cause, found.answered_by) == ("executor_heap_oom", "rules")
    assert "version 99" in found.notes[0]
    assert found.remediation.properties == {}


def test_without_an_engine_the_rules_answer(tuned: Tuned, monkeypatch) -> None:
    monkeypatch.setenv("SPARKWRIGHT_LLM_ENGINE", "none")
    settings.cache_clear()
    try:
        found = asyncio.run(LlmService.inner().diagnose(tuned.version, ITEMS))
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert found.answered_by == "rules"
    assert "SPARKWRIGHT_LLM_ENGINE is none" in found.notes[0]


@pytest.mark.slow
def test_vllm_answers_with_the_adapter_inside_the_schema_and_leaves_no_process(tuned: Tuned) -> None:
    pytest.importorskip("vllm")
    engine = load_engine("vllm", tuned.folder, 60.0, settings().home)
    try:
        question = build(ITEMS)
        assert parse(engine.complete(question), question).evidence
    finally:
        engine.close()
    assert engine.model._process.poll() is not None
