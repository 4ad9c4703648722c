"""Choose the cases that a training reads: as many as a token budget allows, every cause equally often."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from data_contracts.api.diagnosis import EvidenceItem
from sparkwright.diagnosis.cases import Case
from sparkwright.diagnosis.choosing import question_of, words_for
from sparkwright.llm.chat import encode_chat, encode_text
from training.lora.config import PairsConfig
from training.lora.loop import Example, common_length
from training.lora.pairs import drop_words_of
from training.lora.sources import fact
from training.lora.vary import vary

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast


def examples_for(
    tokenizer: "PreTrainedTokenizerFast",
    cases: Sequence[Case],
    noise: Sequence[EvidenceItem],
    pairs: PairsConfig,
    train_tokens: int,
    batch_size: int,
    seed: int,
) -> list[Example]:
    """Questions with their answers, as many as ``train_tokens`` tokens allow.

    The common beginning of all questions is read once per batch, and counted accordingly.

    Args:
        tokenizer: The base model's.
        cases: Cases of the training split, at least one.
        noise: Facts of healthy applications.
        pairs: Limits of a question, and how cases are varied.
        train_tokens: Budget; the last example may exceed it.
        batch_size: Examples per batch.
        seed: Seed of order and variations.
    """
    made: list[Example] = []
    shared = _shared_length(tokenizer, pairs)
    spent = 0.0
    for case in _drawn(cases, noise, pairs, random.Random(seed)):
        answer = [*encode_text(tokenizer, words_for(case.root_cause)), tokenizer.eos_token_id]
        asked = encode_chat(tokenizer, question_of(case.items, pairs.prompt_chars), pairs.prompt_tokens)
        made.append(Example((*asked, *answer), len(answer)))
        spent += len(asked) + len(answer) - shared + shared / batch_size
        if spent >= train_tokens:
            return made
    raise AssertionError("the draws have no end")


def _shared_length(tokenizer: "PreTrainedTokenizerFast", pairs: PairsConfig) -> int:
    """How many tokens every question begins with."""
    asked = [
        Example((*encode_chat(tokenizer, question_of([fact(text)], pairs.prompt_chars), pairs.prompt_tokens), 0), 1)
        for text in ("disk", "9")
    ]
    return common_length(asked)


def _drawn(
    cases: Sequence[Case], noise: Sequence[EvidenceItem], pairs: PairsConfig, rng: random.Random
) -> Iterator[Case]:
    """Yield cases endlessly: all causes in random order, over and over; of a cause, each case before any repeats."""
    by_cause: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_cause[case.root_cause].append(case)
    waiting: dict[str, list[Case]] = {cause: [] for cause in by_cause}
    while True:
        for cause in rng.sample(list(by_cause), len(by_cause)):
            if not waiting[cause]:
                waiting[cause] = rng.sample(by_cause[cause], len(by_cause[cause]))
            case = waiting[cause].pop()
            if rng.random() < pairs.varied_share:
                case = vary(case, rng, noise)
            yield drop_words_of(case, pairs.dropped_share, rng)
