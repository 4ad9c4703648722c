"""The adapter: train and write LoRA weights on the linear layers of a base model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from peft import LoraConfig as PeftConfig
from peft import PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from sparkwright.diagnosis import version
from sparkwright.errors import ConfigError, reason
from training.lora.checkpoint import Checkpoint
from training.lora.config import LoraConfig
from training.lora.loop import Example, batches, optimise

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast


@dataclass(frozen=True, slots=True)
class Base:
    """A base model on its device, and its tokenizer."""

    model: "PreTrainedModel"
    tokenizer: "PreTrainedTokenizerFast"


def load_base(source: str) -> Base:
    """Load the base model: bfloat16 on a GPU, float32 on a CPU.

    Args:
        source: A Hugging Face id or a folder.

    Raises:
        ConfigError: There is no such model, or it is not a chat model.
    """
    from safetensors import SafetensorError

    gpu = torch.cuda.is_available()
    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
        model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.bfloat16 if gpu else torch.float32)
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        raise ConfigError(
            "expected base_model to be smollm2-135m-instruct, a folder or a Hugging Face id of a whole causal language "
            f"model, got {source!r}: {reason(error)}"
        ) from error
    if tokenizer.chat_template is None:
        raise ConfigError(f"expected a chat model as base_model (its tokenizer has a chat template), got {source!r}")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return Base(model.to("cuda" if gpu else "cpu"), tokenizer)


def train_adapter(
    base: Base,
    examples: Sequence[Example],
    lora: LoraConfig,
    seed: int,
    on_step: Callable[[int, int, float], None],
    checkpoint: Checkpoint | None = None,
) -> tuple[PeftModel, list[float]]:
    """Train an adapter; return the tuned model and the loss of every step.

    Args:
        base: The model to tune; its own weights do not change.
        examples: Questions with their answers; each is read once.
        lora: The adapter and its schedule.
        seed: Seed of the adapter's weights and of the order.
        on_step: Called with the step, the number of steps and the loss.
        checkpoint: Where the training is saved while it runs.

    Raises:
        ConfigError: The base has none of the layers that should get an adapter, or the checkpoint is damaged.
    """
    torch.manual_seed(seed)
    try:
        model = get_peft_model(
            base.model,
            PeftConfig(
                r=lora.r,
                lora_alpha=lora.lora_alpha,
                lora_dropout=lora.lora_dropout,
                target_modules=list(lora.target_modules),
                task_type="CAUSAL_LM",
            ),
        )
    except ValueError as error:
        raise ConfigError(
            f"expected lora.target_modules to name layers of the base model, which has another architecture: {error}"
        ) from error
    steps = -(-len(examples) // lora.batch_size)
    losses = optimise(
        model,
        batches(examples, lora.batch_size, 1, seed),
        steps=steps,
        learning_rate=lora.learning_rate,
        weight_decay=0.0,
        on_step=lambda step, loss: on_step(step, steps, loss),
        checkpoint=checkpoint,
    )
    return model, losses


def write_adapter(model: PeftModel, base_model: str, folder: Path) -> None:
    """Write the LoRA weights to ``folder`` as peft does, with a name for the base that is also valid elsewhere."""
    model.peft_config["default"].base_model_name_or_path = base_model
    model.save_pretrained(str(folder), save_embedding_layers=False)
    # peft's own card is an empty form; ours is in the version's folder.
    (folder / "README.md").unlink(missing_ok=True)


def write_version_folder(
    folder: Path, model: PeftModel, base: Base, starter: Path | None, described: version.TroubleshooterVersion
) -> None:
    """Write everything that serving needs: a starter's own files are included, another base is only named."""
    write_adapter(model, described.base_model, folder / version.ADAPTER)
    if starter is not None:
        (folder / version.BASE).mkdir()
        for path in sorted(starter.iterdir()):
            (folder / version.BASE / path.name).write_bytes(path.read_bytes())
    else:
        base.tokenizer.save_pretrained(folder / version.TOKENIZER)
    described.write(folder)
