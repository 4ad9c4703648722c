"""The starter: a small Qwen2-architecture model with its own tokenizer, built on the spot and kept.

It makes the whole path run offline on two cores. It has read about as much text as a small book, all of it about
Spark: it knows Spark's words, not the world, and it is a base to tune, not one to talk to.
"""

import hashlib
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyspark
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM, Qwen2Tokenizer

from sparkwright.diagnosis.prompt import answer_text
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES
from training.lora import corpus
from training.lora.config import StarterConfig
from training.lora.loop import Batch, Example, collate, optimise

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

_BEGIN, _END, _PAD = "<|im_start|>", "<|im_end|>", "<|endoftext|>"
_CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
_ANSWERS = [answer_text(cause, [1, 2]) for cause in ROOT_CAUSES] * 100
"""So often that the tokenizer merges the words of answers: they are written much more often than read."""
_RECIPE_VERSION = 1
"""Raised when this file builds something else from the same configuration."""


def starter_folder(home: Path, recipe: StarterConfig, seed: int) -> Path:
    """Where the starter of a recipe is kept: its name is a hash of all that decides its weights."""
    key = f"{_RECIPE_VERSION}|{pyspark.__version__}|{torch.__version__}|{seed}|{recipe.model_dump_json()}"
    return home / "starter" / hashlib.sha256(key.encode()).hexdigest()[:16]


def build_starter(folder: Path, recipe: StarterConfig, seed: int, on_step: Callable[[int, float], None]) -> list[float]:
    """The loss of every pretraining step; model and tokenizer are in ``folder`` afterwards, whole or not at all."""
    texts = _texts(seed)
    tokenizer = train_tokenizer([*texts, *_ANSWERS], recipe.vocab_size)
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
    losses = optimise(
        model,
        _blocks(texts, tokenizer, recipe, seed),
        steps=recipe.steps,
        learning_rate=recipe.learning_rate,
        weight_decay=0.1,
        on_step=on_step,
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        made = Path(work) / folder.name
        model.save_pretrained(made)
        tokenizer.save_pretrained(made)
        if not folder.exists():
            made.rename(folder)
    return losses


def train_tokenizer(texts: list[str], vocab_size: int) -> "PreTrainedTokenizerFast":
    """A byte-level BPE tokenizer with Qwen2's own way to split text, and its chat markers.

    ``AutoTokenizer`` gives every Qwen2 model Qwen2's splitting, so one trained with another would not load as it was.
    """
    tokenizer = Qwen2Tokenizer().train_new_from_iterator(
        (texts[start : start + 1000] for start in range(0, len(texts), 1000)),
        vocab_size,
        new_special_tokens=[_BEGIN, _END],
        show_progress=False,
    )
    tokenizer.eos_token = _END
    tokenizer.pad_token = _PAD
    tokenizer.chat_template = _CHAT_TEMPLATE
    return tokenizer


def _texts(seed: int) -> list[str]:
    """What the starter reads, mixed."""
    folder = corpus.pyspark_folder()
    texts = [f"[{c.name}] {c.message} SQLSTATE: {c.sql_state}" for c in corpus.error_conditions(folder)]
    texts += corpus.configuration_docs(folder)
    texts += corpus.docstrings(folder)
    random.Random(seed).shuffle(texts)
    return texts


def _blocks(
    texts: list[str], tokenizer: "PreTrainedTokenizerFast", recipe: StarterConfig, seed: int
) -> Iterator[Batch]:
    """Batches of ``block_length`` tokens cut from the texts laid end to end, as many as the steps need."""
    needed = recipe.steps * recipe.batch_size * recipe.block_length
    stream: list[int] = []
    while len(stream) < needed:
        for text in texts:
            stream += [*tokenizer(text, split_special_tokens=True)["input_ids"], tokenizer.pad_token_id]
            if len(stream) >= needed:
                break
    starts = list(range(0, needed, recipe.block_length))
    random.Random(seed).shuffle(starts)
    for first in range(0, len(starts), recipe.batch_size):
        yield collate(
            [
                # The first token has nothing before it that could foretell it.
                Example(tuple(stream[start : start + recipe.block_length]), recipe.block_length - 1)
                for start in starts[first : first + recipe.batch_size]
            ],
            tokenizer.pad_token_id,
        )
