"""The adapter: a base model with LoRA weights on its linear layers, trained and written."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from peft import LoraConfig as PeftConfig
from peft import PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from sparkwright.diagnosis import prompt, version
from sparkwright.diagnosis.cases import Case
from sparkwright.diagnosis.decoding import encode_chat
from sparkwright.errors import ConfigError
from training.lora.config import LoraConfig, PairsConfig
from training.lora.loop import Example, batches, optimise

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast


@dataclass(frozen=True, slots=True)
class Base:
    """A base model on its device, and its tokenizer."""

    model: "PreTrainedModel"
    tokenizer: "PreTrainedTokenizerFast"


def load_base(source: str) -> Base:
    """The base model: bfloat16 on a GPU, float32 on a CPU.

    Args:
        source: A Hugging Face id or a folder.

    Raises:
        ConfigError: There is no such model, or it is none that chats.
    """
    gpu = torch.cuda.is_available()
    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
        model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.bfloat16 if gpu else torch.float32)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"expected base_model to be `starter`, a folder or a Hugging Face id of a causal language model, "
            f"got {source!r}: {error}"
        ) from error
    if tokenizer.chat_template is None:
        raise ConfigError(f"expected a chat model as base_model (its tokenizer has a chat template), got {source!r}")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return Base(model.to("cuda" if gpu else "cpu"), tokenizer)


def train_adapter(
    base: Base,
    cases: Sequence[Case],
    lora: LoraConfig,
    pairs: PairsConfig,
    seed: int,
    on_step: Callable[[int, int, float], None],
) -> tuple[PeftModel, list[float]]:
    """The tuned model and the loss of every step.

    Args:
        base: What is tuned; its own weights stay as they are.
        cases: Training pairs.
        lora: The adapter and its schedule.
        pairs: Bounds of the prompts.
        seed: Of the adapter's weights and the order.
        on_step: Called with the step, the number of steps and the loss.

    Raises:
        ConfigError: The base has none of the layers that should get an adapter.
    """
    torch.manual_seed(seed)
    try:
        model = get_peft_model(
            base.model,
            PeftConfig(
                r=lora.rank,
                lora_alpha=lora.alpha,
                lora_dropout=lora.dropout,
                target_modules=list(lora.targets),
                task_type="CAUSAL_LM",
            ),
        )
    except ValueError as error:
        raise ConfigError(f"lora.targets do not fit the base model: {error}") from error
    examples = list(training_examples(base.tokenizer, cases, pairs))
    steps = lora.epochs * -(-len(examples) // lora.batch_size)
    losses = optimise(
        model,
        batches(examples, lora.batch_size, lora.epochs, base.tokenizer.pad_token_id, seed),
        steps=steps,
        learning_rate=lora.learning_rate,
        weight_decay=0.0,
        on_step=lambda step, loss: on_step(step, steps, loss),
    )
    return model, losses


def training_examples(
    tokenizer: "PreTrainedTokenizerFast", cases: Sequence[Case], pairs: PairsConfig
) -> Iterator[Example]:
    """Each case as the prompt that serving will send and the answer a troubleshooter should give."""
    for case in cases:
        question = prompt.build(case.items, pairs.prompt_chars)
        shown = [item.evidence_id for item in question.shown]
        cited = [number for number, name in enumerate(shown, start=1) if name in case.cited][: prompt.MAX_CITED]
        text = prompt.answer_text(case.root_cause, cited or [1])
        answer = [*tokenizer(text, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
        asked = encode_chat(tokenizer, question.messages, pairs.prompt_tokens)
        yield Example((*asked, *answer), len(answer))


def write_adapter(model: PeftModel, base_model: str, folder: Path) -> None:
    """Write the LoRA weights into ``folder`` as peft does, with the base named so that it means the same elsewhere."""
    model.peft_config["default"].base_model_name_or_path = base_model
    model.save_pretrained(folder, save_embedding_layers=False)
    # peft's own card is an empty form; ours stands in the version's folder.
    (folder / "README.md").unlink(missing_ok=True)


def write_version_folder(
    folder: Path, model: PeftModel, base: Base, starter: Path | None, described: version.TroubleshooterVersion
) -> None:
    """Write everything that serving needs; a starter's own files travel along, another base is named."""
    write_adapter(model, described.base_model, folder / version.ADAPTER)
    if starter is not None:
        (folder / version.BASE).mkdir()
        for path in sorted(starter.iterdir()):
            (folder / version.BASE / path.name).write_bytes(path.read_bytes())
    else:
        base.tokenizer.save_pretrained(folder / version.TOKENIZER)
    described.write(folder)
