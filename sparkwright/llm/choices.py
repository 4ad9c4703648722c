"""One of a few choices by likelihood: nothing else can be answered, whatever the text that is judged says."""

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
    """Probability of each choice, in their order.

    Args:
        model: Who is asked.
        messages: The question.
        choices: One to ten different texts, retrieved before.
        adapter: LoRA adapter to ask with.
        baseline: Log-likelihood of each choice without what the question is about, taken off: a model that was not
            tuned prefers common words whatever it is asked (Holtzman et al., "Surface Form Competition", EMNLP 2021).

    Raises:
        ConfigError: There are no choices, or too many.
        EngineError: There is no answer, or none in time.
    """
    if not 1 <= len(choices) <= MAX_CHOICES or len(set(choices)) < len(choices):
        raise ConfigError(f"expected 1 to {MAX_CHOICES} different choices, got {len(choices)}: {choices!r:.200}")
    scores = model.score(messages, choices, adapter)
    if baseline is not None:
        scores = [score - usual for score, usual in zip(scores, baseline, strict=True)]
    return softmax(scores)


def softmax(scores: Sequence[float]) -> list[float]:
    """Shares that sum to 1, in the order of the scores."""
    highest = max(scores)
    shares = [math.exp(score - highest) for score in scores]
    total = sum(shares)
    return [share / total for share in shares]
