"""The starter: a small Qwen2-architecture model with its own tokenizer, built on the spot and kept.

It makes the whole path run offline on two cores. It has read about as much text as a small book, all of it about
Spark: it knows Spark's words, not the world, and it is a base to tune, not one to talk to.
"""

import hashlib
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyspark
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM, Qwen2Tokenizer

from sparkwright.diagnosis.decoding import encode_chat
from sparkwright.diagnosis.prompt import QUESTION, ChatMessage, answer_text
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES
from training.lora import corpus
from training.lora.config import StarterConfig
from training.lora.loop import Example, batches, optimise

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

_BEGIN, _END, _PAD = "<|im_start|>", "<|im_end|>", "<|endoftext|>"
_CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
_DESCRIPTION_REPEATS = 6
_TEXT_CHARS = 300
_RECIPE_VERSION = 1
"""Raised when this file builds something else from the same configuration."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A question about a text, and its answer."""

    asked: str
    answered: str


def starter_folder(home: Path, recipe: StarterConfig, seed: int) -> Path:
    """Where the starter of a recipe is kept: its name is a hash of all that decides its weights."""
    key = f"{_RECIPE_VERSION}|{pyspark.__version__}|{torch.__version__}|{seed}|{recipe.model_dump_json()}"
    return home / "starter" / hashlib.sha256(key.encode()).hexdigest()[:16]


def build_starter(
    folder: Path, recipe: StarterConfig, seed: int, on_step: Callable[[int, int, float], None]
) -> list[float]:
    """The loss of every pretraining step; model and tokenizer are in ``folder`` afterwards, whole or not at all."""
    read = readings(recipe.readings, seed)
    tokenizer = train_tokenizer([text for reading in read for text in (reading.asked, reading.answered)], recipe)
    torch.manual_seed(seed)
    model = Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=recipe.vocab_size,
            hidden_size=recipe.hidden_size,
            intermediate_size=recipe.intermediate_size,
            num_hidden_layers=recipe.layers,
            num_attention_heads=recipe.attention_heads,
            num_key_value_heads=recipe.key_value_heads,
            max_position_embeddings=recipe.context_length,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    examples = [_example(reading, tokenizer, recipe.read_tokens) for reading in read]
    steps = recipe.epochs * -(-len(examples) // recipe.batch_size)
    losses = optimise(
        model,
        batches(examples, recipe.batch_size, recipe.epochs, tokenizer.pad_token_id, seed),
        steps=steps,
        learning_rate=recipe.learning_rate,
        weight_decay=0.1,
        on_step=lambda step, loss: on_step(step, steps, loss),
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        made = Path(work) / folder.name
        model.save_pretrained(made)
        tokenizer.save_pretrained(made)
        if not folder.exists():
            made.rename(folder)
    return losses


def train_tokenizer(texts: Sequence[str], recipe: StarterConfig) -> "PreTrainedTokenizerFast":
    """A byte-level BPE tokenizer with Qwen2's own way to split text, and its chat markers.

    ``AutoTokenizer`` gives every Qwen2 model Qwen2's splitting, so one trained with another would not load as it was.
    """
    tokenizer = Qwen2Tokenizer().train_new_from_iterator(
        (texts[start : start + 1000] for start in range(0, len(texts), 1000)),
        recipe.vocab_size,
        new_special_tokens=[_BEGIN, _END],
        show_progress=False,
    )
    tokenizer.eos_token = _END
    tokenizer.pad_token = _PAD
    tokenizer.chat_template = _CHAT_TEMPLATE
    return tokenizer


def readings(count: int, seed: int) -> list[Reading]:
    """What the starter reads, as questions and answers, so that it has seen a chat before it is tuned.

    The name of an error condition, a property or a function from its text, and the name of a root cause from its
    description in the taxonomy. No evidence of a failure is among them: that is what the adapter learns from.
    ``count`` of the names are sampled, the taxonomy is read whole.
    """
    folder = corpus.pyspark_folder()
    named = [
        *((condition.name, condition.message) for condition in corpus.error_conditions(folder)),
        *corpus.configuration_docs(folder),
        *corpus.docstrings(folder),
    ]
    named = random.Random(seed).sample(named, min(count, len(named)))
    described = [
        (cause.name, text)
        for cause in ROOT_CAUSES.values()
        for text in (cause.title, cause.explanation, cause.remedy, cause.name)
    ]
    return [
        Reading(f"Name?\n1. {text[:_TEXT_CHARS]}", f'{{"name": "{name}", "evidence": [1]}}') for name, text in named
    ] + [Reading(f"{QUESTION}\n1. {text}", answer_text(name, [1])) for name, text in described * _DESCRIPTION_REPEATS]


def _example(reading: Reading, tokenizer: "PreTrainedTokenizerFast", max_tokens: int) -> Example:
    """A reading as one sequence; the loss counts all of it, the text as well as its name."""
    message: ChatMessage = {"role": "user", "content": reading.asked}
    answered = [*tokenizer(reading.answered)["input_ids"], tokenizer.eos_token_id]
    ids = (*encode_chat(tokenizer, [message], max_tokens), *answered)
    # The first token has nothing before it that could foretell it.
    return Example(ids, len(ids) - 1)
