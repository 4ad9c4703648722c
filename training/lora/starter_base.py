"""The starter: a small model of Qwen2 architecture with its own tokenizer, built on the spot and cached; for tests.

It makes the whole path run in seconds. It has learned one thing: which lines of a question describe a root cause as the
taxonomy does, among lines about other things in Spark. It is a base to tune, not one to talk to.
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

from sparkwright.diagnosis.choosing import words_for
from sparkwright.diagnosis.prompt import QUESTION
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES
from sparkwright.llm.chat import ChatMessage, encode_chat
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
_TEXT_CHARS = 300
_TOLD_SENTENCES = 2
_OTHER_LINES = 2
_OTHER_WORDS = 12
_DROPPED_SHARE = 0.3
_RECIPE_VERSION = 3
"""Increase it when this file builds something else from the same configuration."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A question about some lines, and its answer."""

    asked: str
    answered: str


def starter_folder(home: Path, recipe: StarterConfig, seed: int) -> Path:
    """Where the starter of a recipe is kept: its name is a hash of everything that determines its weights."""
    key = f"{_RECIPE_VERSION}|{pyspark.__version__}|{torch.__version__}|{seed}|{recipe.model_dump_json()}"
    return home / "starter" / hashlib.sha256(key.encode()).hexdigest()[:16]


def build_starter(
    folder: Path, recipe: StarterConfig, seed: int, on_step: Callable[[int, int, float], None]
) -> list[float]:
    """Write model and tokenizer to ``folder``, completely or not at all; return the loss of every pretraining step."""
    texts = spark_texts()
    read = readings(texts, recipe.readings, seed)
    tokenizer = train_tokenizer(
        [*texts, *(text for reading in read for text in (reading.asked, reading.answered))], recipe
    )
    torch.manual_seed(seed)
    model = Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=recipe.vocab_size,
            hidden_size=recipe.hidden_size,
            intermediate_size=recipe.intermediate_size,
            num_hidden_layers=recipe.layers,
            num_attention_heads=recipe.attention_heads,
            # Values of the full width: the answer knows of the facts only what attention pools.
            num_key_value_heads=recipe.attention_heads,
            # The default is meant for wide models; here it would take hundreds of steps to overcome.
            initializer_range=recipe.hidden_size**-0.5,
            max_position_embeddings=recipe.context_length,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    examples = [_example(reading, tokenizer, recipe.read_tokens) for reading in read]
    steps = -(-len(examples) // recipe.batch_size)
    losses = optimise(
        model,
        batches(examples, recipe.batch_size, 1, seed),
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
    """A byte-level BPE tokenizer with Qwen2's pre-tokenization and chat markers.

    ``AutoTokenizer`` applies Qwen2's pre-tokenization to every Qwen2 model, so one trained with another would change
    when loaded.
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


def spark_texts() -> list[str]:
    """The texts of the installed pyspark: error conditions, configuration documentation and docstrings."""
    folder = corpus.pyspark_folder()
    named = [
        *((condition.name, condition.message) for condition in corpus.error_conditions(folder)),
        *corpus.configuration_docs(folder),
        *corpus.docstrings(folder),
    ]
    return [f"{name} {text[:_TEXT_CHARS]}" for name, text in named]


def readings(texts: Sequence[str], count: int, seed: int) -> list[Reading]:
    """What the starter reads: in each question one line is about a root cause, and the answer names it.

    That line consists of random words from the cause's description in the taxonomy; the lines around it are the
    beginnings of ``texts``. None is evidence of a failure: that is what the adapter learns from.
    """
    rng = random.Random(seed)
    described = {
        cause.name: [
            sentence
            for text in (cause.name, cause.title, cause.explanation, cause.remedy)
            for sentence in text.split(". ")
        ]
        for cause in ROOT_CAUSES.values()
    }
    made = []
    for _ in range(count):
        cause = rng.choice(list(described))
        words = " ".join(rng.sample(described[cause], _TOLD_SENTENCES)).split()
        told = " ".join(word for word in words if rng.random() > _DROPPED_SHARE)
        others = rng.choices(texts, k=rng.randint(0, _OTHER_LINES))
        lines = [told, *(" ".join(text.split()[:_OTHER_WORDS]) for text in others)]
        rng.shuffle(lines)
        made.append(Reading("\n".join([QUESTION, *lines]), words_for(cause)))
    return made


def _example(reading: Reading, tokenizer: "PreTrainedTokenizerFast", max_tokens: int) -> Example:
    """A reading as one sequence; only its answer counts in the loss."""
    message: ChatMessage = {"role": "user", "content": reading.asked}
    answered = [*tokenizer(reading.answered)["input_ids"], tokenizer.eos_token_id]
    return Example((*encode_chat(tokenizer, [message], max_tokens), *answered), len(answered))
