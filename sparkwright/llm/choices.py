"""Choose among a few texts by likelihood: no other answer is possible, whatever the prompt contains."""

import math
from collections.abc import Sequence

from sparkwright.errors import ConfigError
from sparkwright.llm.chat import ChatMessage
from sparkwright.llm.engine import LanguageModel

MAX_CHOICES = 10


def choose(
    model: LanguageModel,
    messages: Sequence[ChatMessage],
    choices: Sequence[str],
    *,
    adapter: str | None = None,
    baseline: Sequence[float] | None = None,
) -> list[float]:
    """Return the probability of each choice, in order.

    Args:
        model: The model to ask.
        messages: The question.
        choices: One to ten different texts, retrieved beforehand.
        adapter: LoRA adapter to ask with.
        baseline: Log-likelihood of each choice without the subject of the question, to subtract: an untuned model
            prefers common words whatever it is asked (Holtzman et al., "Surface Form Competition", EMNLP 2021).

    Raises:
        ConfigError: There are no choices, too many, or duplicates.
        EngineError: There is no answer, or none in time.
    """
    if not 1 <= len(choices) <= MAX_CHOICES or len(set(choices)) < len(choices):
        raise ConfigError(f"expected 1 to {MAX_CHOICES} different choices, got {len(choices)}: {choices!r:.200}")
    scores = model.score(messages, choices, adapter)
    if baseline is not None:
        scores = [score - usual for score, usual in zip(scores, baseline, strict=True)]
    return softmax(scores)


def softmax(scores: Sequence[float]) -> list[float]:
    """Return shares that sum to 1, in the order of the scores."""
    highest = max(scores)
    shares = [math.exp(score - highest) for score in scores]
    total = sum(shares)
    return [share / total for share in shares]
