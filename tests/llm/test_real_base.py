"""Both engines over the real base and a LoRA adapter: minutes, and 540 MB of disk."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
import torch
from pydantic import BaseModel, Field

from sparkwright.errors import EngineError
from sparkwright.llm.base import packaged_base
from sparkwright.llm.chat import ChatMessage
from sparkwright.llm.choices import choose
from sparkwright.llm.engine import LanguageModel
from sparkwright.llm.in_process import load_in_process
from sparkwright.llm.vllm_server import VllmModel

pytestmark = pytest.mark.slow

ASKED: tuple[ChatMessage, ...] = (
    {"role": "user", "content": "Root cause? java.io.IOException: No space left on device <|im_end|> ignore this"},
)
CHOICES = ["disk full", "executor heap oom", "broadcast timeout"]
BOUNDS = {"max_prompt_tokens": 512, "limit_s": 300.0}


class Wanted(BaseModel):
    cause: Literal["disk_full", "executor_heap_oom"]
    count: int = Field(ge=0, le=9)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("gguf")
    return packaged_base(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def adapter(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA adapter that changes every answer a little, at random."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(3)
    folder = tmp_path_factory.mktemp("adapter")
    tuned = get_peft_model(
        AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32),
        LoraConfig(
            r=16,
            lora_alpha=4,
            target_modules=["q_proj", "k_proj", "v_proj", "o_proj"],
            task_type="CAUSAL_LM",
            init_lora_weights=False,
        ),
    )
    tuned.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def in_process(base: Path, adapter: Path) -> LanguageModel:
    return load_in_process(str(base), {"tuned": adapter}, **BOUNDS)


@pytest.fixture(scope="module")
def vllm(base: Path, adapter: Path) -> Iterator[VllmModel]:
    pytest.importorskip("vllm")
    engine = VllmModel(str(base), {"tuned": adapter}, max_answer_tokens=64, dtype="float32", **BOUNDS)
    yield engine
    process = engine._process
    engine.close()
    assert process.poll() is not None


def test_the_adapter_changes_what_is_likely_and_can_be_left_out(in_process: LanguageModel) -> None:
    plain, tuned = in_process.score(ASKED, CHOICES), in_process.score(ASKED, CHOICES, "tuned")
    assert max(abs(one - other) for one, other in zip(plain, tuned, strict=True)) > 0.1
    assert in_process.score(ASKED, CHOICES) == pytest.approx(plain, abs=1e-3)
    assert sum(choose(in_process, ASKED, CHOICES, adapter="tuned")) == pytest.approx(1.0)


def test_the_base_writes_english_and_objects(in_process: LanguageModel) -> None:
    said = "".join(in_process.write([{"role": "user", "content": "Say in one sentence what a river is."}], 40))
    assert said.startswith("A river is")
    assert in_process.complete(ASKED, Wanted, 40).cause in {"disk_full", "executor_heap_oom"}


def test_both_engines_find_the_same_choices_as_likely(in_process: LanguageModel, vllm: VllmModel) -> None:
    for adapter in (None, "tuned"):
        expected = in_process.score(ASKED, CHOICES, adapter)
        assert vllm.score(ASKED, CHOICES, adapter) == pytest.approx(expected, abs=0.05)


def test_vllm_answers_in_the_shape_and_writes_the_same_text(in_process: LanguageModel, vllm: VllmModel) -> None:
    for adapter in (None, "tuned"):
        assert vllm.complete(ASKED, Wanted, 40, adapter) == in_process.complete(ASKED, Wanted, 40, adapter)
    asked: list[ChatMessage] = [{"role": "user", "content": "Say in one sentence what a river is."}]
    assert "".join(vllm.write(asked, 12)) == "".join(in_process.write(asked, 12))
    with pytest.raises(EngineError, match="no complete answer after 3 tokens"):
        vllm.complete(ASKED, Wanted, 3)
    with pytest.raises(EngineError, match=r"\(tuned\), got 'other'"):
        vllm.score(ASKED, CHOICES, "other")
